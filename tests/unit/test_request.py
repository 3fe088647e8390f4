"""What was sent with a request: nothing is parsed before it is used, nothing odd gets through."""
from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings
from hypothesis import strategies as st

from chapbook import Response
from chapbook.errors import BadRequest, TooLarge, UnsupportedMediaType
from chapbook.request import Request
from chapbook.testing import BOUNDARY, multipart, site

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def posted(settings):
    """A request with a body."""
    def made(sent: bytes, kind: str = FORM, config=settings) -> Request:
        return Request({
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(sent)),
            "wsgi.input": io.BytesIO(sent),
        }, config)
    return made


def test_headers_are_had_in_any_case_of_letters(request_of) -> None:
    headers = request_of(HTTP_USER_AGENT="curl", CONTENT_TYPE="a/b", CONTENT_LENGTH="3").headers
    assert headers["User-Agent"] == headers.get("USER-agent") == "curl"
    assert (headers["content-type"], headers["Content-Length"]) == ("a/b", "3")


def test_a_header_that_was_not_sent_is_the_default_or_a_key_error(request_of) -> None:
    headers = request_of(HTTP_EMPTY="").headers
    assert headers.get("Accept") == "" and headers.get("Accept", "x") == "x"
    assert "Accept" not in headers and "Empty" in headers
    with pytest.raises(KeyError):
        headers["Accept"]


def test_a_content_header_is_not_had_from_its_http_twin(request_of) -> None:
    assert "Content-Type" not in request_of(HTTP_CONTENT_TYPE="text/plain").headers


def test_the_query_is_read(request_of) -> None:
    query = request_of(QUERY_STRING="a=1&b=%C3%A9&a=2").query
    assert query.all("a") == ["1", "2"] and query["b"] == "é"


@pytest.mark.parametrize("query", ["a=%ff", "a=\xff", "a=%00", "%1b=a"])
def test_a_query_that_is_no_text_is_a_400_when_it_is_used(request_of, query: str) -> None:
    request = request_of(QUERY_STRING=query)
    with pytest.raises(BadRequest):
        request.query


def test_a_query_of_too_many_fields_is_a_413(request_of) -> None:
    with pytest.raises(TooLarge):
        request_of(QUERY_STRING="&" * 1000).query


def test_cookies_are_read(request_of) -> None:
    assert request_of(HTTP_COOKIE="a=1; b[]=2; c=3").cookies == {"a": "1", "c": "3"}
    assert request_of().cookies == {}


@pytest.mark.parametrize(("sent", "kind"), [
    ("Text/HTML; charset=utf-8", "text/html"), (" application/json ", "application/json"), ("", ""),
])
def test_the_content_type_is_without_parameters(request_of, sent: str, kind: str) -> None:
    assert request_of(CONTENT_TYPE=sent).content_type == kind


def test_the_address_is_that_of_the_connection_whatever_headers_say(request_of) -> None:
    request = request_of(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.1")
    assert request.remote_address == "192.0.2.1"
    assert request_of().remote_address == ""


def test_nothing_is_read_before_it_is_used(settings) -> None:
    request = Request({
        "REQUEST_METHOD": "POST", "wsgi.input": None, "CONTENT_LENGTH": "5", "CONTENT_TYPE": FORM,
        "QUERY_STRING": "%ff", "PATH_INFO": "/\xff",
    }, settings)
    assert request.method == "POST"


def test_what_was_read_is_kept(posted) -> None:
    request = posted(b"name=Ann")
    assert request.form is request.form and request.files is request.files
    assert request.body is request.body and request.body.left == 0


@pytest.mark.parametrize("kind", [FORM, FORM + "; charset=UTF-8", FORM.title()])
def test_a_urlencoded_form_is_read(posted, kind: str) -> None:
    request = posted(b"name=Ann+Lee&tag=a&tag=b", kind)
    assert request.form["name"] == "Ann Lee" and request.form.all("tag") == ["a", "b"]
    assert not request.files


def test_a_multipart_form_is_read(posted) -> None:
    sent = multipart({"name": "Ann"}, {"photo": ("a.png", b"\x00")})
    request = posted(sent, f"multipart/form-data; boundary={BOUNDARY}")
    assert request.form["name"] == "Ann"
    assert request.files["photo"].read() == b"\x00"
    request.close()


def test_uploads_are_closed_with_the_request(posted) -> None:
    sent = multipart({}, {"photo": ("a.png", b"\x00")})
    request = posted(sent, f"multipart/form-data; boundary={BOUNDARY}")
    file = request.files["photo"].file
    request.close()
    assert file.closed


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "", "multipart/mixed", "form"])
def test_a_body_that_is_no_form_is_a_415(posted, kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        posted(b"name=Ann", kind).form


def test_no_body_is_an_empty_form(posted) -> None:
    request = posted(b"", "")
    assert not request.form and not request.files


def test_a_form_over_the_limit_is_a_413(posted, tmp_path) -> None:
    small = site(str(tmp_path), limits={"body": "10 B"})
    assert posted(b"name=56789", config=small).form
    with pytest.raises(TooLarge):
        posted(b"name=567890", config=small).form


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
                                  "application/ld+json"])
def test_a_json_document_is_read(posted, kind: str) -> None:
    sent = '{"name": "Ann", "tags": [1, 2.5, true, null, "e\u0301"]}'.encode()
    assert posted(sent, kind).json == {"name": "Ann", "tags": [1, 2.5, True, None, "é"]}


@pytest.mark.parametrize("sent", [
    b"", b"{", b"{'a': 1}", b"[1,]", b"\xff", b"NaN", b"[Infinity]", b"-Infinity", b"1e999",
    b"-1e999", b"9" * 5000, b"[" * 100_000, b'"\\ud800"', b'"a\\u0000b"', b'{"\\u001b": 1}',
    "\ufeff{}".encode(), b"nul",
], ids=lambda sent: ascii(sent)[:14])
def test_broken_json_is_a_400(posted, sent: bytes) -> None:
    with pytest.raises(BadRequest):
        posted(sent, "application/json").json


@pytest.mark.parametrize("kind", ["text/plain", FORM, "", "application/jsonp"])
def test_a_body_that_is_no_json_is_a_415(posted, kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        posted(b"{}", kind).json


def test_json_over_its_own_limit_is_a_413(posted, tmp_path) -> None:
    with pytest.raises(TooLarge):
        posted(b"[1, 2]", "application/json", site(str(tmp_path), limits={"json": "5 B"})).json


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab é\n\t\"\\"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé"), inner, max_size=3),
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON, st.booleans())
def test_json_agrees_with_the_standard_library(posted, value: object, ascii_only: bool) -> None:
    sent = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert posted(sent, "application/json").json == value


@pytest.mark.parametrize("piece", [b"[],", b'"e",', b"1e9,"])
def test_reading_json_takes_linear_time(posted, grows_linearly, piece: bytes) -> None:
    grows_linearly(
        lambda sent: posted(sent, "application/json").json,
        lambda size: b"[" + piece * (size // len(piece)) + b"0]", 60_000,
    )


def test_the_database_is_the_threads_own_and_made_once(settings, request_of) -> None:
    request = request_of()
    assert request.db is request.db is request_of().db
    assert request.db.config is settings


def test_a_request_says_what_it_is(request_of) -> None:
    assert repr(request_of(REQUEST_URI="/x?y")) == "<Request GET /x?y>"


def test_without_a_form_a_file_over_its_limit_is_a_413_when_it_is_asked_for(ask, settings) -> None:
    vars(settings.limits).update(file=10)
    files = {"a": ("b", b"x" * 11)}
    for read in (lambda request: request.files, lambda request: request.form):
        def take(request, read=read):
            return Response.text(str(read(request)))
        answer = ask(post=take).post("/", files=files)
        assert answer.status == 413 and "it may have 10 B" in answer.text
