"""FastCGI, spoken byte for byte with a process of its own."""
from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.server.records import Broken
from chapbook.server.records import pairs as read

from tests.support import fastcgi
from tests.support.fastcgi import Process, begin, pairs, record, request
from tests.support.fastcgi_script import about, starting
from tests.support.sites import eventually


@pytest.fixture(scope="module")
def process() -> Iterator[Process]:
    """One that all tests share: each leaves it as it was."""
    with starting() as made:
        yield made()


def test_an_answer_is_a_head_with_a_status_and_a_body(process: Process) -> None:
    out, errors, status = process.ask("/big")
    head, _, body = out.partition(b"\r\n\r\n")
    assert head == b"Status: 200 OK\r\nX-One: 1\r\nX-One: 2"
    assert (body, errors, status) == (b"x" * 3_000_000, b"", 0)


def test_the_variables_are_those_of_wsgi(process: Process) -> None:
    seen = about(process, HTTP_X="é" * 200, HTTP_PROXY="evil", HTTPS="on")["environ"]
    assert seen["HTTP_X"] == repr("é" * 200) and "HTTP_PROXY" not in seen
    assert {name: seen[name] for name in seen if name.startswith("wsgi.") and "'" not in seen[name]
            and "<" not in seen[name]} == {
        "wsgi.version": "(1, 0)", "wsgi.multithread": "False", "wsgi.multiprocess": "True",
        "wsgi.run_once": "False"}
    assert seen["wsgi.url_scheme"] == "'https'"


def test_a_header_that_comes_twice_is_joined(process: Process) -> None:
    with process.line() as line:
        twice = pairs({"HTTP_A": "1", "HTTP_COOKIE": "a=1"}) + pairs(
            {"HTTP_A": "2", "HTTP_COOKIE": "b=2", "PATH_INFO": "/about"})
        line.send(begin() + record(fastcgi.PARAMS, 1, twice) + record(fastcgi.PARAMS, 1)
                  + record(fastcgi.STDIN, 1))
        seen = json.loads(line.answer()[0].partition(b"\r\n\r\n")[2])["environ"]
    assert (seen["HTTP_A"], seen["HTTP_COOKIE"]) == ("'1, 2'", "'a=1; b=2'")


def test_it_has_one_thread_and_what_it_writes_is_private(process: Process) -> None:
    seen = about(process)
    assert (seen["tasks"], seen["umask"]) == (1, "0077")
    assert seen["stdin"] == "/dev/null"                 # what programs that it starts inherit


def test_a_connection_is_closed_after_an_answer_unless_it_is_to_be_kept(process: Process) -> None:
    with process.line() as line:
        line.send(request())
        line.answer()
        assert line.file.read() == b""
    with process.line() as line:
        for number in (1, 2, 900):
            line.send(request(number=number, keep=True))
            assert line.answer(number)[2] == 0
            assert process.ask()[2] == 0                # meanwhile, others are answered
        line.send(request(keep=True) + request(number=2))
        assert (line.answer()[2], line.answer(2)[2]) == (0, 0)
        assert line.file.read() == b""


def test_a_long_body_is_not_kept_in_memory(process: Process) -> None:
    before = about(process)["memory"]
    body = bytes(range(256)) * (64 << 12)
    out, _, _ = process.ask("/body", body=body, method="POST", HTTP_MOST=str(len(body)))
    assert json.loads(out.partition(b"\r\n\r\n")[2]) == [len(body), zlib.crc32(body), ""]
    assert about(process)["memory"] - before < 8 << 10         # KiB


def test_a_body_can_be_read_by_lines(process: Process) -> None:
    out, _, _ = process.ask("/lines", body=b"one\ntwo\nthree", method="POST")
    assert json.loads(out.partition(b"\r\n\r\n")[2]) == ["one\n", ["two\n", "three"]]


def test_an_answer_waits_until_the_body_has_come_and_nothing_of_it_is_left(
    process: Process
) -> None:
    """mod_fcgid reads no answer before it has sent all; a kept connection goes on behind it."""
    body = b"x" * 3_000_000
    with process.line() as line:
        line.send(request("/big", body, "POST", keep=True) + request("/about", number=2))
        assert len(line.answer()[0]) > 3_000_000
        assert line.answer(2)[2] == 0


def test_padding_and_what_is_for_others_is_passed_over(process: Process) -> None:
    with process.line() as line:
        line.send(begin() + record(77, 1, b"?") + record(fastcgi.PARAMS, 5, b"other", 3)
                  + record(fastcgi.PARAMS, 1, pairs({"PATH_INFO": "/lines"}), 255)
                  + record(fastcgi.PARAMS, 1, b"", 8) + record(fastcgi.STDIN, 2, b"no", 1)
                  + record(fastcgi.DATA, 1, b"no") + record(fastcgi.STDIN, 1, b"yes", 7)
                  + record(fastcgi.STDIN, 1))
        assert line.answer()[0].endswith(b'["yes", []]')


def test_it_tells_what_it_can_do(process: Process) -> None:
    with process.line() as line:
        line.send(record(fastcgi.GET_VALUES, 0, pairs(
            {"FCGI_MAX_CONNS": "", "FCGI_MPXS_CONNS": "", "OTHER": ""})) + record(99, 0, b"?"))
        told = line.records()
        assert next(told) == (fastcgi.VALUES, 0, pairs(
            {"FCGI_MAX_CONNS": "1", "FCGI_MPXS_CONNS": "0"}))
        assert next(told) == (fastcgi.UNKNOWN, 0, b"\x63" + bytes(7))


def test_other_roles_and_a_second_request_at_once_are_refused(process: Process) -> None:
    with process.line() as line:
        line.send(begin(1, role=2) + begin(2) + begin(3)
                  + record(fastcgi.PARAMS, 2, pairs({"PATH_INFO": "/lines"}))
                  + record(fastcgi.PARAMS, 2) + record(fastcgi.STDIN, 2, b"a") + begin(4)
                  + record(fastcgi.STDIN, 2))
        ends = [(number, content[4]) for kind, number, content in line.records()
                if kind == fastcgi.END]
    assert ends == [(1, 3), (3, 1), (4, 1), (2, 0)]


def test_a_request_that_is_called_off_is_over(process: Process) -> None:
    with process.line() as line:
        line.send(begin(keep=True) + record(fastcgi.PARAMS, 1, pairs({"A": "1"}))
                  + record(fastcgi.ABORT, 1))
        assert line.answer() == (b"", b"", 0)
        whole = request("/body", b"12345", "POST", HTTP_MOST="9", keep=True)
        line.send(whole.replace(record(fastcgi.STDIN, 1), record(fastcgi.ABORT, 1)))
        assert line.answer()[0].endswith(b'[5, %d, ""]' % 3421846044)
        line.send(request())
        assert line.answer()[2] == 0


@pytest.mark.parametrize("sent", [
    b"", b"\1\1\0\1", begin(), begin() + record(fastcgi.PARAMS, 1, pairs({"A": "1"})),
    request("/body", b"x" * 1000, "POST", HTTP_MOST="1000")[:-300], request("/big"),
], ids=["at once", "in a head", "begun", "in the variables", "in the body", "in the answer"])
def test_a_web_server_that_goes_away_stops_nothing(process: Process, sent: bytes) -> None:
    said = process.said()
    with process.line() as line:
        line.send(sent)
    assert process.ask()[2] == 0
    assert process.said() == said                       # a visitor who leaves is no news


@pytest.mark.parametrize(("sent", "why"), [
    (b"GET / HTTP/1.1\r\n\r\n", "a record of version 71"),
    (begin() + record(fastcgi.PARAMS, 1, b"\x80\x00\x00"), "longer than the record"),
    (begin() + record(fastcgi.PARAMS, 1, b"\x05\x05abc"), "longer than the record"),
    (begin() + record(fastcgi.PARAMS, 1, b"x" * 65_000) * 17, "are more than 1048576 bytes"),
], ids=["HTTP", "a length cut off", "a value cut off", "a mebibyte"])
def test_what_is_no_fastcgi_is_noted_and_closed(process: Process, sent: bytes, why: str) -> None:
    with process.line() as line:
        try:
            line.send(sent + record(fastcgi.PARAMS, 1))
            assert line.file.read() == b""
        except ConnectionError:
            pass
    eventually(lambda: why in process.said())
    assert process.ask()[2] == 0


def test_what_a_page_prints_is_for_the_log_of_the_web_server(process: Process) -> None:
    out, errors, _ = process.ask("/print", HTTP_MORE="0")
    assert errors.decode() == "for the author\nfor the log: €"
    assert b"author" not in out
    eventually(lambda: "after the answer" in process.said())   # for nobody's request any more
    _, errors, _ = process.ask("/print", HTTP_MORE="100000")
    assert errors == b"for the author\n" and "x" * 100_000 in process.said()


def test_an_application_that_fails_is_a_500_and_half_an_answer_no_whole_one(
    process: Process
) -> None:
    out, errors, _ = process.ask("/fail")
    assert out.startswith(b"Status: 500 ") and b"ValueError: a mistake" in errors
    with process.line() as line:
        line.send(request("/half", keep=True))
        assert fastcgi.END not in [kind for kind, _, _ in line.records()]
    eventually(lambda: "ValueError: broken off" in process.said())
    assert process.ask()[2] == 0


@given(st.dictionaries(st.text("ABC_", min_size=1, max_size=300), st.binary(max_size=300)))
def test_variables_arrive_as_they_were_sent(variables: dict[str, bytes]) -> None:
    sent = pairs({name: value.decode("latin-1") for name, value in variables.items()})
    assert read(sent) == {name.encode(): value for name, value in variables.items()}


@given(st.binary(max_size=60) | st.lists(st.sampled_from(
    [b"\x80", b"\0\0\0", b"\x05", b"\xff" * 4, b"A", b"\1\1AB"])).map(b"".join))
def test_variables_of_any_kind_are_read_or_refused(content: bytes) -> None:
    try:
        assert sum(map(len, read(content))) <= len(content)
    except Broken:
        pass
