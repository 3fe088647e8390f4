"""What a script prints before its page: taken, repaired, or refused by the line that is wrong."""
from __future__ import annotations

import hypothesis
import hypothesis.strategies as some
import pytest

from chapbook.errors import ServerError
from chapbook.server import heads

TEXT = b"Content-Type: text/plain\n"


def read(data: bytes, raw: bool = False) -> heads.Head:
    """The head of output that has ended."""
    head = heads.read(data, True, raw)
    assert head is not None
    return head


@pytest.mark.parametrize(("data", "status", "fields", "body"), [
    (b"Content-Type: text/plain\r\n\r\nx", 0, [], b"x"),
    (b"content-type:text/plain\n\nx\n\ny", 0, [], b"x\n\ny"),
    (b"Content-Type : text/plain\n\n", 0, [], b""),
    (b"Set-Cookie: a=1\nSet-Cookie: b=2\n" + TEXT + b"\nx", 0,
     [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"x"),
    (b"Status: 404 Not Here\n" + TEXT + b"X-A: \xfc\n\n", 404, [("X-A", "\xfc")], b""),
    (b"Status:404\n\n", 404, [], b""),
    (TEXT + b"X-Long: a\n  b\n\tc\n\n", 0, [("X-Long", "a b c")], b""),
    (TEXT + b"Etag: \"x\"\n\n", 0, [("ETag", '"x"')], b""),
])
def test_a_head_that_is_right_is_taken_as_it_is(data, status, fields, body) -> None:
    head = read(data)
    assert (head.status, head.fields, data[head.begin:], head.repaired) == (
        status, fields, body, [])


@pytest.mark.parametrize(("data", "body", "said"), [
    (b"\n\r\n" + TEXT + b"\nx", b"x", "blank lines, or a byte order mark"),
    (b"\xef\xbb\xbf" + TEXT + b"\nx", b"x", "blank lines, or a byte order mark"),
    (TEXT + b"<p>x", b"<p>x", "the blank line between the headers and the page was missing"),
    (TEXT + b"just words\nand more", b"just words\nand more", "the blank line between"),
    (TEXT, b"", "the blank line after the headers was missing"),
    (b"Location: https://x.example/", b"", "the blank line after the headers was missing"),
    (b"HTTP/1.1 200 OK\n" + TEXT + b"\nx", b"x", "the status line of HTTP"),
    (b"<!--: spam\n" + TEXT + b"\nx", b"x", "a comment among the headers"),
    (b"Content-Type: a/b\n" + TEXT + b"\n", b"", "the header content-type was printed twice"),
])
def test_what_has_one_meaning_is_repaired(data: bytes, body: bytes, said: str) -> None:
    head = read(data)
    assert data[head.begin:] == body and said in "; ".join(head.repaired)
    assert head.type == "text/plain" or b"Location" in data


@pytest.mark.parametrize(("data", "said"), [
    (b"", "printed no headers, and ended"), (b"\n\n", "printed no headers, and ended"),
    (b"<html>\nContent-Type: text/html\n\n", "it printed '<html>' where its headers should be"),
    (b"Traceback (most recent call last):\n", "where its headers should be"),
    (b"X-Only: this\n", "printed none of the headers that a server needs"),
    (b"Set-Cookie: a=1\n<p>", "where its headers should be"),
    (b"Status: OK\n\n", "its header Status is 'OK'"), (b"Status: 99 x\n\n", "Status is '99 x'"),
    (b"Status: 102 x\n\n", "its status 102"), (b"Status: 999 x\n\n", "its status 999"),
    (TEXT + b"X: a\rSet-Cookie: b\n\n", "'\\r' in it"), (TEXT + b"X: a\0b\n\n", "'\\x00' in it"),
    (TEXT + b"X: \x1b[31m\n\n", "'\\x1b' in it"), (TEXT + b"Y: a\n \x08\n\n", "'\\x08' in it"),
    (b"X: " + b"y" * 70_000, "do not end within"), (TEXT + b"X: y\n" * 300, "do not end within"),
])
def test_what_has_none_or_two_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ServerError) as refused:
        read(data)
    assert said in refused.value.detail


def test_what_is_between_servers_stays_between_them() -> None:
    head = read(TEXT + b"Connection: close\nTransfer-Encoding: chunked\nKeep-Alive: 5\nTE: x\n"
                b"Trailer: x\nUpgrade: h2c\nProxy-Authenticate: x\nX-CGI-Odd: 1\nDate: x\n"
                b"Server: x\nX-Mine: 1\n\n")
    assert head.fields == [("X-Mine", "1")]


def test_location_and_length_are_told_apart_from_the_rest() -> None:
    head = read(b"Location: /x y\nContent-Length: 12\n\n")
    assert (head.location, head.length, head.fields) == ("/x y", 12, [])
    for text in (b"-1", b"1 2", b"x", b"9" * 30, "²".encode()):
        assert read(TEXT + b"Content-Length: " + text + b"\n\n").length is None


def test_nph_is_as_it_is() -> None:
    head = read(b"HTTP/1.0 302 Away\r\nLocation: /x\r\n\r\n", raw=True)
    assert (head.status, head.reason, head.is_raw, head.repaired) == (302, "Away", True, [])
    assert not read(TEXT + b"\n", raw=True).is_raw


def test_a_head_that_has_not_ended_is_waited_for() -> None:
    whole = b"\nSet-Cookie: a=1\r\nContent-Type: text/plain\r\n\r\n"
    for length in range(len(whole)):
        assert heads.read(whole[:length], False) is None
    assert heads.read(whole, False) is not None
    for endless in (b"X: " + b"y" * 70_000, b"\n" * 70_000):
        with pytest.raises(ServerError, match="do not end within"):
            heads.read(endless, False)


@hypothesis.given(some.binary(max_size=200) | some.lists(some.sampled_from(
    [b"Content-Type", b"Status", b"X", b": ", b"\r\n", b"\n", b"200", b" ", b"\0", b"<p>",
     b"HTTP/1.1 200 OK", b"Location", b"/"])).map(b"".join))
def test_nothing_that_is_printed_breaks_out_of_a_header(data: bytes) -> None:
    for raw in (False, True):
        try:
            head = heads.read(data, True, raw)
        except ServerError:
            continue
        assert head is not None and 0 <= head.begin <= len(data)
        for name, value in [*head.fields, ("Location", head.location), ("", head.type)]:
            assert "\n" not in name + value and "\r" not in name + value and "\0" not in value


def test_the_time_grows_with_the_length(grows_linearly) -> None:
    grows_linearly(lambda data: heads.read(data, True), lambda size: TEXT + b"<p>\n" * size,
                   300_000)
