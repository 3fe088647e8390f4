"""FastCGI, spoken byte for byte with a process of its own."""
from __future__ import annotations

import json
import signal
import sys
import tempfile
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.server.records import Broken
from chapbook.server.records import pairs as read

from tests.support import fastcgi
from tests.support.fastcgi import Process, begin, pairs, record, request
from tests.support.sites import eventually
from tests.unit.conftest import TREE

SCRIPT = '''
import json, os, resource, sys, threading, time, zlib
sys.path.insert(0, {lib!r})
from chapbook.server import fastcgi

BEGUN = time.monotonic()


class Noted(list):
    def close(self):
        print("after the answer")


def application(environ, start):
    path, stdin = environ["PATH_INFO"], environ["wsgi.input"]
    body = b""
    if path == "/body":
        size, crc, most = 0, 0, int(environ["HTTP_MOST"])
        try:
            while most > size and (part := stdin.read1(65536)):
                size, crc = size + len(part), zlib.crc32(part, crc)
            cut = ""
        except OSError as error:
            cut = str(error)
        body = json.dumps([size, crc, cut]).encode()
    elif path == "/lines":
        body = json.dumps([stdin.readline().decode(), list(map(bytes.decode, stdin))]).encode()
    elif path == "/about":
        os.chdir("/tmp")
        body = json.dumps({{
            "pid": os.getpid(), "stdin": os.readlink("/proc/self/fd/0"),
            "begun": BEGUN, "tasks": len(os.listdir("/proc/self/task")),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "umask": open("/proc/self/status").read().partition("Umask:\\t")[2][:4],
            "argv": sys.argv, "word": "one",
            "environ": {{name: repr(value) for name, value in environ.items()}}}}).encode()
    elif path == "/print":
        print("for the author")
        environ["wsgi.errors"].write("for the log: \\u20ac" + "x" * int(environ["HTTP_MORE"]))
    elif path == "/slow":
        open({folder!r} + "/begun", "w").close()
        while not os.path.exists({folder!r} + "/go"):
            time.sleep(0.01)
    elif path == "/thread":
        def work():
            while not os.path.exists({folder!r} + "/go"):
                time.sleep(0.01)
            open({folder!r} + "/done", "w").close()
        threading.Thread(target=work, daemon=True).start()
    elif path == "/fail":
        raise ValueError("a mistake")
    elif path == "/big":
        body = b"x" * 3_000_000
    start("200 OK", [("X-One", "1"), ("X-One", "2")])
    if path == "/half":
        def half():
            yield b"half"
            raise ValueError("broken off")
        return half()
    return (Noted if path == "/print" else list)([body, b""])


if __name__ == "__main__":
    fastcgi.MOST_REQUESTS = int(os.environ.get("MOST", 1000))
    fastcgi.serve(application)
'''


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[..., Process]]:
    """Starts the script above, with variables for its environment."""
    started: list[Process] = []
    folders: list[tempfile.TemporaryDirectory[str]] = []

    def made(**environ: str) -> Process:
        folders.append(tempfile.TemporaryDirectory())
        folder = Path(folders[-1].name)
        script = folder / "dispatch.fcgi"
        script.write_text(SCRIPT.format(lib=str(TREE / "lib"), folder=str(folder)))
        started.append(Process(folder, [sys.executable, str(script)[1:]], **environ))
        return started[-1]
    yield made
    for each in started:
        each.stop()
    for each in folders:
        each.cleanup()


@pytest.fixture(scope="module")
def process(start: Callable[..., Process]) -> Process:
    """One that many tests share: each leaves it as it was."""
    return start()


def about(process: Process, **more: Any) -> Any:
    """What the process says of itself."""
    out, _, _ = process.ask("/about", **more)
    return json.loads(out.partition(b"\r\n\r\n")[2])


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


def test_it_starts_anew_in_its_place_and_nobody_is_turned_away(
    start: Callable[..., Process]
) -> None:
    process = start(MOST="3")
    found: list[tuple[int, float]] = []

    def visit() -> None:
        for _ in range(4):
            seen = about(process)
            found.append((seen["pid"], seen["begun"]))
    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert {pid for pid, _ in found} == {process.process.pid}
    assert len({begun for _, begun in found}) == 6 and len(found) == 16
    assert process.said() == ""


@pytest.mark.parametrize("ended", [False, True], ids=["of a new start", "of the end"])
def test_what_a_page_still_does_in_a_thread_is_waited_for_and_holds_nobody_up(
    start: Callable[..., Process], ended: bool
) -> None:
    process = start(MOST="2")
    folder = process.path.parent
    begun = about(process)["begun"]
    process.ask("/thread")
    assert {about(process)["begun"] for _ in range(3)} == {begun}        # it is due, and waits
    if ended:
        process.process.send_signal(signal.SIGTERM)
    (folder / "go").touch()
    eventually((folder / "done").exists)
    if ended:
        assert process.process.wait(10) == 0
    else:
        eventually(lambda: about(process)["begun"] != begun)


def test_a_changed_script_is_started_anew_but_a_broken_one_is_not(
    start: Callable[..., Process]
) -> None:
    process = start()
    script = Path("/", about(process)["argv"][0])
    text = script.read_text()
    script.write_text(text.replace('"word": "one"', '"word": "two'))
    eventually(lambda: about(process)["word"] == "one" and "SyntaxError" in process.said()
               or "the site goes on as it was" in process.said())
    assert about(process)["word"] == "one"
    script.write_text(text.replace('"word": "one"', '"word": "two"'))
    eventually(lambda: about(process)["word"] == "two")
    assert about(process)["pid"] == process.process.pid


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGUSR1])
def test_who_is_being_answered_and_who_waits_is_answered_before_the_end(
    start: Callable[..., Process], end: signal.Signals
) -> None:
    process = start()
    folder = process.path.parent
    with process.line() as first, process.line() as second:
        first.send(request("/slow"))
        eventually((folder / "begun").exists)
        second.send(request("/about"))
        process.process.send_signal(end)
        (folder / "go").touch()
        assert first.answer()[2] == second.answer()[2] == 0
    assert process.process.wait(10) == 0
    assert "Traceback" not in process.said()


def test_a_process_that_starts_anew_ends_as_well_and_answers_who_waits(
    start: Callable[..., Process]
) -> None:
    for _ in range(4):
        process = start(MOST="1")
        process.ask()
        with process.line() as line:
            line.send(request())
            process.process.send_signal(signal.SIGTERM)
            assert line.answer()[2] == 0
        assert process.process.wait(10) == 0


def test_an_idle_process_ends_at_once(start: Callable[..., Process]) -> None:
    process = start(GATEWAY_INTERFACE="CGI/1.1")       # as some hosts set it
    with process.line() as kept:
        kept.send(request(keep=True))
        assert kept.answer()[2] == 0
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(10) == 0


def test_a_single_script_is_a_page_by_fastcgi_and_follows_its_edits(tree: Any) -> None:
    body = "application = Page(get=lambda request: Response.text('%s ' + str(os.getpid())))"
    script = tree.script("echo", body % "one")
    with tempfile.TemporaryDirectory() as folder:
        process = Process(Path(folder), [sys.executable, str(script)])
        try:
            def said(word: str) -> bool:
                out, _, _ = process.ask("/", SCRIPT_FILENAME=str(script))
                return out.endswith(f"\r\n\r\n{word} {process.process.pid}".encode())
            assert said("one")
            tree.script("echo", body % "two")
            eventually(lambda: said("two"))
        finally:
            process.stop()


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
