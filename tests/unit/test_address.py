"""Addresses as Apache hands them on, for servers that pass them as they came."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import Page, Response
from chapbook.errors import BadRequest, HTTPError, NotFound
from chapbook.paths import normal
from chapbook.server.address import Address
from chapbook.testing import Client


@pytest.mark.parametrize(("target", "path"), [
    (b"/", b"/"), (b"/a", b"/a"), (b"/a/", b"/a/"), (b"//a//b", b"/a/b"), (b"/./a/.", b"/a/"),
    (b"/a/../b", b"/b"), (b"/a/..", b"/"), (b"/a/b/..", b"/a/"), (b"/a?b/../c", b"/a"),
    (b"/a#b", b"/a"), (b"/%61%2E%2e", b"/a.."), (b"/a/%2e%2e/b", b"/b"), (b"/%C3%A9", b"/\xc3\xa9"),
    (b"/%2541", b"/%41"), (b"http://evil.example/a", b"/a"), (b"http://evil.example", b"/"),
    (b"/...", b"/..."), (b"/%ff", b"/\xff"), (b"/a;b", b"/a;b"), (b"/\\", b"/\\"),
])
def test_a_path_is_made_normal(target: bytes, path: bytes) -> None:
    assert normal(target) == path


@pytest.mark.parametrize("target", [
    b"/..", b"/a/../..", b"/%2e%2e/etc/passwd", b"/%", b"/%4", b"/%zz", b"/a%", b"*", b"", b"a/b",
    b"example.org:443", b"/%2%65", b"/../a",
])
def test_a_path_that_is_broken_or_climbs_out_is_a_400(target: bytes) -> None:
    with pytest.raises(BadRequest):
        normal(target)


@pytest.mark.parametrize("target", [b"/a%2fb", b"/a%2Fb", b"/a%00", b"/..%2f..%2fetc"])
def test_an_escaped_slash_or_nul_is_a_404(target: bytes) -> None:
    with pytest.raises(NotFound):
        normal(target)


@given(st.binary(max_size=30) | st.text("/.%2eEfF0a?#\\", max_size=20).map(str.encode))
def test_any_target_is_refused_or_has_neither_dots_nor_double_slashes(target: bytes) -> None:
    try:
        path = normal(target)
    except HTTPError as error:
        assert error.status in (400, 404)
        return
    assert path.startswith(b"/") and b"//" not in path and b"\0" not in path
    assert not {b".", b".."} & set(path.split(b"/"))


@pytest.mark.parametrize("piece", [b"/a", b"/..", b"/.", b"/", b"%41", b"%"])
def test_a_long_target_takes_linear_time(grows_linearly, piece: bytes) -> None:
    def work(target: bytes) -> None:
        try:
            normal(target)
        except BadRequest:
            pass
    grows_linearly(work, lambda size: b"/" + piece * size, 20_000)


@pytest.mark.parametrize(("url", "status", "seen"), [
    ("//page/./x/..", 200, "/page/"), ("http://evil.example/page", 200, "/page"),
    ("/a%2fb", 404, None), ("/../x", 400, None), ("/%ff/..%2f", 404, None),
])
def test_an_application_behind_it_is_given_a_normal_path(settings, url, status, seen) -> None:
    def inner(environ, start_response):
        path, environ["PATH_INFO"] = environ["PATH_INFO"], ""
        return Page(get=lambda request: Response.text(path))(environ, start_response)
    answer = Client(Address(inner), settings).request("GET", url, environ={"PATH_INFO": "/sent"})
    assert answer.status == status
    assert seen is None or answer.text == seen


@pytest.mark.parametrize(("target", "host"), [
    ("/echo", "localhost"), ("http://other.example/echo", "other.example"),
    ("http://other.example:81?x", "other.example:81"), ("http:///echo", "localhost"),
])
def test_a_host_in_the_request_line_is_the_host(settings, target, host) -> None:
    seen = []

    def look(environ, start_response):
        seen.append(environ["HTTP_HOST"])
        return Page(get=lambda request: Response.text(""))(environ, start_response)

    Client(Address(look), settings).request("GET", "/", environ={"REQUEST_URI": target})
    assert seen == [host]


def handed_on(uri: str, **variables: str) -> dict[str, str]:
    """The environ that the application behind it gets."""
    seen: list[dict[str, str]] = []

    def application(environ: dict[str, str], start: object) -> list[bytes]:
        seen.append(environ)
        return []
    Address(application)({"REQUEST_URI": uri, **variables}, print)
    return seen[0]


@pytest.mark.parametrize(("uri", "path_info"), [
    ("/club/echo/%C3%A9", "/echo/\xc3\xa9"), ("/club", "/"), ("/club/", "/"), ("/club?a", "/"),
    ("//club//x/../y", "/y"), ("/clubs/x", "/clubs/x"), ("/other/club", "/other/club"),
])
def test_where_a_site_is_below_another_address_its_paths_begin_there(
    uri: str, path_info: str
) -> None:
    """Passenger, and "Setup Python App" with it, give the site's address as SCRIPT_NAME."""
    assert handed_on(uri, SCRIPT_NAME="/club", PATH_INFO="/x%C3")["PATH_INFO"] == path_info
    assert handed_on("/club/x", SCRIPT_NAME="/club/")["PATH_INFO"] == "/x"


def test_spaces_and_tabs_around_a_header_are_none_of_it() -> None:
    seen = handed_on("/", HTTP_A=" \t a b \t", QUERY_STRING=" ")
    assert (seen["HTTP_A"], seen["QUERY_STRING"]) == ("a b", " ")


def test_a_server_that_does_not_tell_the_address_has_its_own_path() -> None:
    assert handed_on("", PATH_INFO="/a b")["PATH_INFO"] == "/a b"
