"""Bodies and text: read exactly, within limits, or a 4xx before anything happened."""
from __future__ import annotations

import io
import sys
import unicodedata
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import body, fields
from chapbook.errors import BadRequest, LengthRequired, RequestTimeout, TooLarge
from chapbook.response import Response
from chapbook.testing import site

LIMITS = site("/nowhere", limits={"fields": "5", "text": "1 KiB"})


def body_of(sent: bytes, length: object = None, **environ: object) -> body.Body:
    if length is not False:
        environ["CONTENT_LENGTH"] = str(len(sent) if length is None else length)
    return body.Body({"wsgi.input": io.BytesIO(sent), **environ})


class Failing(io.RawIOBase):
    """A stream that gives some bytes, then fails as mod_wsgi's does when the visitor has left."""

    def __init__(self, sent: bytes) -> None:
        self.sent = sent

    def read(self, size: int = -1) -> bytes:
        if not self.sent:
            raise OSError("request data read error")
        sent, self.sent = self.sent, b""
        return sent


def test_a_body_is_read_whole() -> None:
    assert body_of(b"hello").read_all(5) == b"hello"


def test_nothing_beyond_the_announced_length_is_read() -> None:
    stream = io.BytesIO(b"helloGET / HTTP/1.1")
    assert body.Body({"wsgi.input": stream, "CONTENT_LENGTH": "5"}).read_all(100) == b"hello"
    assert stream.tell() == 5


@pytest.mark.parametrize("length", [False, "", 0])
def test_no_length_is_no_body(length: object) -> None:
    made = body_of(b"ignored", length)
    made.check()
    assert made.read_all(100) == b""


@pytest.mark.parametrize("length", [
    "-1", "+1", "1e3", "0x10", "five", "5, 5", "5 ", "1_0", "٥", "９", "9" * 19, "9" * 5000, "1.0",
])
def test_a_length_that_is_no_number_is_a_400(length: str) -> None:
    with pytest.raises(BadRequest):
        body_of(b"hello", length).check()


@pytest.mark.parametrize("encoding", ["chunked", "identity", "gzip, chunked"])
@pytest.mark.parametrize("read", [body.Body.check, body.Body.read, lambda made: made.read_all(9)])
def test_a_body_of_unknown_length_is_a_411(encoding: str, read) -> None:
    with pytest.raises(LengthRequired):
        read(body_of(b"hello", HTTP_TRANSFER_ENCODING=encoding))


@pytest.mark.parametrize("stream", [io.BytesIO(b"hel"), Failing(b"hel"), None])
def test_a_body_that_was_cut_off_is_a_400(stream: object) -> None:
    with pytest.raises(BadRequest, match="bytes are missing"):
        body.Body({"wsgi.input": stream, "CONTENT_LENGTH": "5"}).read_all(5)


def test_a_body_over_the_limit_is_refused_unread() -> None:
    made = body_of(b"hello")
    with pytest.raises(TooLarge):
        made.read_all(4)
    assert made.left == 5


def test_draining_reads_what_is_left() -> None:
    made = body_of(b"x" * 200_000)
    made.read(10)
    made.drain(5, 1 << 20)
    assert made.left == 0


def test_draining_stops_at_its_bound() -> None:
    made = body_of(b"x" * 1_000_000)
    made.drain(5, 100_000)
    assert made.left > 800_000


def test_draining_stops_when_its_time_is_over() -> None:
    made = body_of(b"x" * 1_000_000)
    made.drain(0, 1 << 30)
    assert made.left == 1_000_000


def test_draining_waits_for_no_more_than_has_come() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("this waits until all of it has come")
    made = body.Body({"wsgi.input": Slow(b"x" * 9), "CONTENT_LENGTH": "9"})
    made.drain(5, 100)
    assert made.left == 0


def test_draining_a_body_that_was_cut_off_ends_quietly() -> None:
    made = body_of(b"x" * 10, 1000)
    made.drain(5, 1 << 20)
    made.drain(5, 1 << 20)


def test_a_chunked_body_is_drained_where_the_stream_ends_with_it() -> None:
    stream = io.BytesIO(b"x" * 200_000)
    environ = {"wsgi.input": stream, "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.run_once": True}
    body.Body(environ).drain(5, 1 << 20)
    assert stream.tell() == 200_000


def test_a_chunked_body_is_left_alone_where_nobody_knows_its_end() -> None:
    stream = io.BytesIO(b"x" * 200_000)
    body.Body({"wsgi.input": stream, "HTTP_TRANSFER_ENCODING": "chunked"}).drain(5, 1 << 20)
    assert stream.tell() == 0


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_text_is_given_in_nfc(text: str) -> None:
    assert fields.clean(text.encode(), "x") == unicodedata.normalize("NFC", text)


def test_lines_end_in_line_feeds() -> None:
    assert fields.clean(b"a\r\nb\rc\nd\te", "x") == "a\nb\nc\nd\te"


@pytest.mark.parametrize("data", [
    b"\xff", b"\xc0\xae", b"\xe9", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"a\xcc",
])
def test_what_is_not_utf_8_is_a_400(data: bytes) -> None:
    with pytest.raises(BadRequest):
        fields.clean(data, "x")


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_control_characters_but_tab_and_line_ends_are_a_400(code: int) -> None:
    data = b"a" + bytes([code]) + "é".encode()
    if chr(code) in "\t\n\r":
        fields.clean(data, "x")
    else:
        with pytest.raises(BadRequest):
            fields.clean(data, "x")


def test_accents_beyond_all_writing_are_a_400() -> None:
    assert len(fields.clean(("e" + "\u0300\u0315" * 50).encode(), "x")) == 100
    with pytest.raises(BadRequest, match="x"):
        fields.clean(("e" + "\u0300\u0315" * 51).encode(), "x")


def test_no_letter_hides_its_marks_from_that_count() -> None:
    hidden = {letter for letter, _ in fields._HIDDEN_MARKS}
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        first = unicodedata.normalize("NFD", letter)[0]
        if unicodedata.combining(first) and not unicodedata.combining(letter):
            assert letter in hidden, hex(code)


@pytest.mark.parametrize("piece", [
    "\u0300\u0315", "e" + "\u0300\u0315" * 49, "\u0f73", "\u0f71" * 99 + "a", "é", "가", "ᄀ",
    "\u1160", "\n", "\x85", "🙂",
], ids=lambda piece: ascii(piece)[:14])
def test_cleaning_takes_linear_time(piece: str, grows_linearly) -> None:
    def work(data: bytes) -> None:
        try:
            fields.clean(data, "x")
        except BadRequest:
            pass
    grows_linearly(work, lambda size: (piece * (size // len(piece))).encode(), 100_000)


def test_fields_are_read_as_browsers_write_them() -> None:
    data = b"name=Ann+Lee&m=%C3%A9%26&&empty=&bare&=nameless&100%=%zz"
    assert fields.pairs(data, site("/nowhere"), "x") == [
        ("name", "Ann Lee"), ("m", "é&"), ("empty", ""), ("bare", ""), ("", "nameless"),
        ("100%", "%zz"),
    ]


@given(st.lists(st.tuples(st.text("ab é+&=%;?#/", max_size=4), st.text("ab é&=%\t\n", max_size=4))))
def test_fields_agree_with_the_standard_library(sent: list[tuple[str, str]]) -> None:
    data = urlencode(sent)
    expected = parse_qsl(data, keep_blank_values=True, strict_parsing=False, separator="&")
    assert fields.pairs(data.encode(), site("/nowhere"), "x") == expected


def test_a_semicolon_divides_nothing() -> None:
    assert fields.pairs(b"a=1;b=2", LIMITS, "x") == [("a", "1;b=2")]


@pytest.mark.parametrize("data", [
    b"&".join([b"a=1"] * 6), b"&" * 5, b"a=" + b"x" * 1025, b"a=" + b"%41" * 1025,
    b"n" * 4097 + b"=1", b"%41" * 1400,
])
def test_too_much_is_a_413(data: bytes) -> None:
    with pytest.raises(TooLarge):
        fields.pairs(data, LIMITS, "x")


@pytest.mark.parametrize("data", [
    b"&".join([b"a=1"] * 5), b"a=" + b"x" * 1024, b"a=" + b"%41" * 1024, b"n" * 4096 + b"=1",
])
def test_as_much_as_is_allowed_is_read(data: bytes) -> None:
    assert fields.pairs(data, LIMITS, "x")


@pytest.mark.parametrize("data", [b"a=%ff", b"%ff=a", b"a=%00", b"%00=a", b"a=%C0%AE", b"a=\xff"])
def test_fields_that_are_no_text_are_a_400(data: bytes) -> None:
    with pytest.raises(BadRequest):
        fields.pairs(data, LIMITS, "x")


@pytest.mark.parametrize("piece", [b"a=1&", b"%41", b"+", b"%"])
def test_reading_fields_takes_linear_time(piece: bytes, grows_linearly) -> None:
    wide = site("/nowhere", limits={"fields": "1000000"})
    grows_linearly(
        lambda data: fields.pairs(data, wide, "x"),
        lambda size: b"a=" + piece * (size // len(piece)), 40_000,
    )


class Trickle:
    """A stream that takes a second for each read, on the test's own clock, and gives few bytes."""

    def __init__(self, monkeypatch, pace: int, first: int = 0) -> None:
        self.now, self.pace, self.first = 0.0, pace, first
        monkeypatch.setattr(body.time, "monotonic", lambda: self.now)

    def read1(self, size: int) -> bytes:
        self.now += 1
        given, self.first = self.first or self.pace, 0
        return b"x" * min(given, size)


def trickling(stream: object, length: int = 1_000_000) -> body.Body:
    return body.Body({"wsgi.input": stream, "CONTENT_LENGTH": str(length)})


@pytest.mark.parametrize("first", [0, 50_000])
def test_a_body_that_trickles_in_is_a_408_soon_after_its_grace(monkeypatch, first: int) -> None:
    stream = Trickle(monkeypatch, 600, first)
    made = trickling(stream)
    with pytest.raises(RequestTimeout, match="bytes are missing after"):
        made.read_all(1_000_000)
    assert stream.now == (18 if first else 11)
    with pytest.raises(RequestTimeout):
        made.read()


def test_a_body_that_came_too_slowly_is_not_waited_for_by_draining_it(monkeypatch) -> None:
    stream = Trickle(monkeypatch, 1)
    made = trickling(stream)
    with pytest.raises(RequestTimeout):
        made.read_all(1_000_000)
    ended = stream.now
    made.drain(5, 1 << 20)
    assert stream.now == ended


@pytest.mark.parametrize(("pace", "length"), [(8000, 1_000_000), (600, 6000)])
def test_a_slow_body_within_the_rate_or_the_grace_is_read(monkeypatch, pace, length) -> None:
    assert len(trickling(Trickle(monkeypatch, pace), length).read_all(1 << 20)) == length


def test_the_time_that_a_handler_takes_between_two_reads_is_not_the_visitors(monkeypatch) -> None:
    stream = Trickle(monkeypatch, 600)
    made = trickling(stream, 2400)
    for _ in range(4):
        assert len(made.read()) == 600
        stream.now += 100


def test_a_stream_that_waits_for_all_that_is_asked_for_is_asked_for_little(monkeypatch) -> None:
    class Waiting:
        def __init__(self) -> None:
            self.now = 0.0

        def read(self, size: int) -> bytes:
            self.now += size / 600
            return b"x" * size
    stream = Waiting()
    monkeypatch.setattr(body.time, "monotonic", lambda: stream.now)
    with pytest.raises(RequestTimeout):
        trickling(stream).read_all(1_000_000)
    assert stream.now < 15


def test_the_settings_say_how_slowly_a_body_may_come(ask, settings, monkeypatch) -> None:
    page = ask(post=lambda request: Response.text(str(len(request.body.read_all(1 << 20)))))

    def status() -> int:
        stream = Trickle(monkeypatch, 600)
        given = {"wsgi.input": io.BufferedReader(Raw(stream), 1), "CONTENT_LENGTH": "30000"}
        return page.request("POST", "/", environ=given).status
    assert status() == 408
    settings.limits.body_rate = 500
    assert status() == 200


class Raw(io.RawIOBase):
    """A Trickle as a file, which wsgiref.validate wants."""

    def __init__(self, trickle: Trickle) -> None:
        self.trickle = trickle

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[override]
        data = self.trickle.read1(len(buffer))
        buffer[:len(data)] = data
        return len(data)
