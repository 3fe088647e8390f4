"""Answers: headers that cannot be broken out of, conditions and ranges as RFC 9110 has them."""
from __future__ import annotations

import calendar
import email.utils
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.conditions import http_date, http_time
from chapbook.errors import ServerError
from chapbook.response import SECURITY_HEADERS, Response, is_path, redirect

from tests.support.answers import sent

PAGE = "<!doctype html><title>x</title>"
FORM = PAGE + '<FORM method="post"></FORM>'


@pytest.mark.parametrize(("made", "kind", "body"), [
    (Response.html("é"), "text/html; charset=utf-8", "é".encode()),
    (Response.text("é"), "text/plain; charset=utf-8", "é".encode()),
    (Response.json({"a": ["é", None, 1.5]}), "application/json", '{"a":["é",null,1.5]}'.encode()),
    (Response(b"\xff"), "application/octet-stream", b"\xff"),
    (Response(b"x", headers=[("content-type", "image/png")]), "image/png", b"x"),
])
def test_an_answer_has_its_type_and_length(made: Response, kind: str, body: bytes) -> None:
    answer = sent(made)
    assert answer.body == body
    assert answer["Content-Type"] == kind
    assert answer["Content-Length"] == str(len(body))


def test_text_as_a_body_is_an_error_that_names_the_remedy() -> None:
    with pytest.raises(TypeError, match=r"Response.html\(text\)"):
        Response("text")  # type: ignore[arg-type]


def test_json_holds_no_constants_that_are_no_json() -> None:
    with pytest.raises(ValueError):
        Response.json(float("nan"))
    assert sent(Response.json("</script>")).json() == "</script>"


@pytest.mark.parametrize("status", [200, 303, 304, 404, 500])
def test_every_answer_has_the_security_headers_once(status: int) -> None:
    answer = sent(Response.html(PAGE, status))
    for name, value in SECURITY_HEADERS:
        assert [v for n, v in answer.headers if n == name] == [value]


def test_the_security_headers_are_those_that_are_promised() -> None:
    """Written out once more: whoever weakens one has to say so here."""
    assert dict(SECURITY_HEADERS) == {
        "Content-Security-Policy":
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
    }


def test_a_page_may_replace_a_security_header() -> None:
    answer = Response.html(PAGE)
    answer["referrer-policy"] = "no-referrer"
    given = sent(answer).headers
    assert [v for n, v in given if n.lower() == "referrer-policy"] == ["no-referrer"]
    assert [v for n, v in given if n == "X-Content-Type-Options"] == ["nosniff"]


@pytest.mark.parametrize(("name", "value"), [
    ("X-A", "a\r\nX-B: b"), ("X-A", "a\nb"), ("X-A", "a\x00"), ("X-A", "\x7f"), ("X-A", "\x85"),
    ("X-A", "€"), ("X-A", "\u2028"), ("X A", "b"), ("X:", "b"), ("", "b"), ("X\n", "b"), ("É", "b"),
    ("Location", "/a\r\nSet-Cookie: s=planted"),
])
def test_a_header_that_breaks_out_is_an_error(name: str, value: str) -> None:
    with pytest.raises(ServerError):
        Response(b"", 200, [(name, value)]).prepare("GET", {})


def test_the_error_of_a_header_does_not_tell_its_value() -> None:
    with pytest.raises(ServerError) as caught:
        Response(b"", 200, [("Set-Cookie", "s=secret\n")]).check()
    assert "secret" not in caught.value.detail


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=3))
def test_headers_are_refused_or_stay_in_their_lines(headers: list[tuple[str, str]]) -> None:
    try:
        answer = sent(Response(b"", 200, headers))
    except ServerError:
        return
    block = "".join(f"{name}: {value}\r\n" for name, value in answer.headers).encode("latin-1")
    assert block.count(b"\r") == block.count(b"\n") == len(answer.headers)
    assert not set(block) & ({*range(32), 127} - {10, 13})


@pytest.mark.parametrize("name", [
    "Connection", "keep-alive", "Proxy-Authenticate", "proxy-x", "TE", "Trailer",
    "Transfer-Encoding", "UPGRADE", "Status",
])
def test_a_header_of_the_servers_is_an_error(name: str) -> None:
    with pytest.raises(ServerError, match="it is the server's"):
        Response(b"", 200, [(name, "x")]).check()


@pytest.mark.parametrize("name", [
    "Content-Type", "ETag", "Location", "Last-Modified", "Cache-Control", "Content-Length",
    "Content-Disposition", "X-Frame-Options", "Retry-After",
])
def test_a_header_that_may_come_once_is_an_error_when_it_comes_twice(name: str) -> None:
    with pytest.raises(ServerError, match=f"header {name.lower()} twice"):
        Response(b"", 200, [(name, '"x"'), (name.lower(), '"x"')]).check()


@pytest.mark.parametrize("name", ["Set-Cookie", "Link", "Vary", "Content-Security-Policy"])
def test_other_headers_may_come_twice(name: str) -> None:
    Response(b"", 200, [(name, "x"), (name, "x")]).check()


@pytest.mark.parametrize("value", [
    "v1", '"v1', 'v1"', '"v"1"', '"', "", "W/v1", 'w/"v1"', '"v 1"', '"v\t1"', '"a", "b"', "*",
])
def test_an_etag_that_readers_could_misread_is_an_error(value: str) -> None:
    with pytest.raises(ServerError):
        Response(b"", 200, [("ETag", value)]).check()


@pytest.mark.parametrize("value", ['"v1"', 'W/"v1"', '""', '"é,;"'])
def test_an_etag_is_in_quotes(value: str) -> None:
    Response(b"", 200, [("ETag", value)]).check()


def test_a_quote_in_a_version_is_an_error() -> None:
    answer = Response(b"")
    answer.etag = 'v"1'
    with pytest.raises(ServerError):
        answer.check()


@pytest.mark.parametrize("body", ["text", None, [b"x"], bytearray(b"x"), 5])
def test_a_body_that_is_no_bytes_is_an_error(body: object) -> None:
    answer = Response(b"")
    answer.body = body  # type: ignore[assignment]
    with pytest.raises(ServerError, match="not bytes"):
        answer.check()


@pytest.mark.parametrize("status", [0, 199, 299, 418, 600, True, "200"])
def test_an_unknown_status_is_an_error(status: int) -> None:
    with pytest.raises(ServerError):
        Response(b"", status).prepare("GET", {})


def test_headers_are_had_set_and_deleted_in_any_case() -> None:
    answer = Response(b"", headers=[("X-A", "1"), ("x-a", "2")])
    assert answer["X-a"] == "1" and "x-A" in answer
    answer["x-A"] = "3"
    assert answer.headers == [("x-A", "3")]
    del answer["X-A"]
    assert answer["X-A"] is None


def test_cookies_add_up() -> None:
    answer = Response(b"")
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2", max_age=5)
    assert [v.partition(";")[0] for n, v in answer.headers if n == "Set-Cookie"] == ["a=1", "b=2"]


@pytest.mark.parametrize(("answer", "method", "kept"), [
    (Response.html(PAGE), "GET", True), (Response.html(PAGE), "HEAD", True),
    (redirect("/x", 301), "GET", True), (Response.html(PAGE), "POST", False),
    (Response.html(FORM), "GET", False), (Response.html(PAGE, 404), "GET", False),
    (redirect("/x"), "GET", False),
])
def test_only_a_page_without_forms_may_be_kept(answer: Response, method: str, kept: bool) -> None:
    assert sent(answer, method)["Cache-Control"] == ("no-cache" if kept else "no-store")


@pytest.mark.parametrize(("method", "headers"), [
    ("HEAD", {}), ("GET", {"IF_NONE_MATCH": "*"}), ("POST", {}), ("GET", {}),
])
def test_an_answer_that_is_made_once_serves_every_request(method: str, headers: dict) -> None:
    answer = Response.html(PAGE)
    before = list(answer.headers)
    sent(answer, method, **headers)
    assert (answer.status, answer.headers, answer.body) == (200, before, PAGE.encode())
    assert sent(answer).body == PAGE.encode()
    assert sent(answer).headers == sent(Response.html(PAGE)).headers


def test_the_answer_to_a_cookie_is_kept_by_its_reader_alone() -> None:
    assert sent(Response.html(PAGE), COOKIE="a=1")["Cache-Control"] == "private, no-cache"
    assert sent(Response.html(PAGE), COOKIE="")["Cache-Control"] == "no-cache"
    assert sent(Response.html(FORM), COOKIE="a=1")["Cache-Control"] == "no-store"


def test_a_page_that_sets_a_cookie_is_not_kept() -> None:
    answer = Response.html(PAGE)
    answer.set_cookie("a", "1")
    assert sent(answer)["Cache-Control"] == "no-store" and "ETag" not in sent(answer)


def test_a_page_says_itself_how_long_it_may_be_kept() -> None:
    answer = Response.html(FORM)
    answer["Cache-Control"] = "private, max-age=60"
    assert sent(answer)["Cache-Control"] == "private, max-age=60"


def test_a_reader_who_has_the_page_gets_a_304_without_it() -> None:
    first = sent(Response.html(PAGE))
    again = sent(Response.html(PAGE), IF_NONE_MATCH=f'"other", {first["ETag"]}')
    assert (again.status, again.body, again["ETag"]) == (304, b"", first["ETag"])
    assert "Content-Type" not in again and "Content-Length" not in again


@pytest.mark.parametrize(("condition", "status"), [
    ({"IF_NONE_MATCH": '"v1"'}, 304), ({"IF_NONE_MATCH": 'W/"v1"'}, 304),
    ({"IF_NONE_MATCH": "*"}, 304), ({"IF_NONE_MATCH": '"v2"'}, 200), ({"IF_NONE_MATCH": "v1"}, 200),
    ({"IF_NONE_MATCH": 'W/"x,y" , "v1"'}, 304), ({"IF_NONE_MATCH": '"x, "v1", "'}, 200),
    ({"IF_NONE_MATCH": 'x"v1"'}, 200), ({"IF_NONE_MATCH": ""}, 200),
    ({"IF_NONE_MATCH": '"v1'}, 200),
    ({"IF_MODIFIED_SINCE": "Sun, 09 Sep 2001 01:46:40 GMT"}, 304),
    ({"IF_MODIFIED_SINCE": "Sun, 09 Sep 2001 01:46:39 GMT"}, 200),
    ({"IF_MODIFIED_SINCE": "yesterday"}, 200), ({"IF_MODIFIED_SINCE": ""}, 200),
    ({"IF_NONE_MATCH": '"v2"', "IF_MODIFIED_SINCE": "Sun, 09 Sep 2001 01:46:40 GMT"}, 200),
])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_are_as_rfc_9110_has_them(method: str, condition: dict, status: int) -> None:
    answer = Response.html(PAGE)
    answer.etag, answer.last_modified = "v1", 10**9
    assert sent(answer, method, **condition).status == status


def test_a_comma_in_an_etag_divides_nothing() -> None:
    answer = Response.html(PAGE)
    answer.etag = "a,b"
    assert sent(answer, IF_NONE_MATCH='"x", "a,b"').status == 304
    assert sent(answer, IF_NONE_MATCH='"a", "b"').status == 200


def test_a_changed_page_has_another_etag() -> None:
    pages = [Response.html(PAGE), Response.html(PAGE + " ")]
    assert len({sent(page)["ETag"] for page in pages}) == 2


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("GET", 404), ("GET", 303)])
def test_conditions_are_for_a_page_that_is_there_and_is_read(method: str, status: int) -> None:
    answer = Response.html(PAGE, status)
    answer.etag = "v1"
    assert sent(answer, method, IF_NONE_MATCH='"v1"').status == status


def test_head_has_the_length_and_no_body() -> None:
    answer = sent(Response.html(PAGE), "HEAD")
    assert answer.body == b"" and answer["Content-Length"] == str(len(PAGE))


def test_a_204_has_neither_body_nor_its_headers() -> None:
    answer = sent(Response.html("ignored", 204), "POST")
    assert answer.body == b""
    assert "Content-Type" not in answer and "Content-Length" not in answer


@given(st.integers(0, 253402300799))
def test_an_http_date_is_that_of_the_standard_library_and_can_be_read_back(seconds: int) -> None:
    assert http_date(seconds) == email.utils.formatdate(seconds, usegmt=True)
    assert http_time(http_date(seconds)) == seconds


@given(st.text() | st.text("SunMonSep 0123456789:,GMT", min_size=25, max_size=31))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert http_time(text) is None or 20 < len(text) < 40


@pytest.mark.parametrize("text", [
    "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
])
def test_a_time_may_be_written_as_of_old(text: str) -> None:
    assert http_time(text) == 784_111_777


def test_a_year_of_two_digits_is_at_most_fifty_years_ahead() -> None:
    this_year = time.gmtime().tm_year
    for year in range(this_year - 48, this_year + 49):
        text = f"Monday, 01-Jan-{year % 100:02} 00:00:00 GMT"
        assert http_time(text) == calendar.timegm((year, 1, 1, 0, 0, 0))


@pytest.mark.parametrize("path", ["/", "/a?b=c&d=%C3%A9#e", "/~ann/", "/a//b", "/@x", "/a:b"])
def test_a_redirect_goes_to_a_path_of_this_site(path: str) -> None:
    answer = redirect(path)
    assert (answer.status, answer["Location"]) == (303, path)


@pytest.mark.parametrize("path", [
    "", "a", "//evil.example", "https://evil.example", "/\\evil.example", "\\evil.example",
    "/\t/evil.example", "/a\\b", "/é", "/a b", "/a\r\nX: y", "javascript:alert(1)", "?a", "/\x7f",
    " /a", "///evil.example", "/\x00",
])
def test_a_redirect_elsewhere_is_an_error(path: str) -> None:
    with pytest.raises(ServerError):
        redirect(path)
    assert not is_path(path)
