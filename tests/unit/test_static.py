"""Static files: what lies in htdocs/ wins over scripts, and nothing else is ever served."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from chapbook.response import Response
from chapbook.server.static import A_YEAR, AN_HOUR, Static
from chapbook.testing import Client


def otherwise(environ, start_response):
    response = Response.text("a script")
    start_response("200 OK", response.headers)
    return [response.body]


@pytest.fixture
def visit(settings, drop) -> Client:
    """A visitor of a site with some files, and a script at every other address."""
    drop("htdocs/style.css", "body {}")
    drop("htdocs/a b/é.txt", "deep")
    drop("htdocs/about.html", "<!doctype html><title>About</title><form></form>")
    drop("htdocs/about.html.bak", "old")
    drop("htdocs/_drafts/secret.html", "secret")
    drop("htdocs/.htaccess", "secret")
    drop("htdocs/.git/HEAD", "secret")
    drop("htdocs/_secret", "secret")
    drop("secret.txt", "secret")
    os.symlink(settings.path("secret.txt"), settings.path("htdocs/link.txt"))
    os.symlink(settings.root, settings.path("htdocs/linked"))
    os.symlink("style.css", settings.path("htdocs/alias.css"))
    os.mkfifo(settings.path("htdocs/pipe"))
    return Client(Static(settings.path("htdocs"), otherwise), settings)


@pytest.mark.parametrize(("url", "text", "kind"), [
    ("/style.css", "body {}", "text/css; charset=utf-8"),
    ("/a%20b/%C3%A9.txt", "deep", "text/plain; charset=utf-8"),
    ("/about.html.bak", "old", "application/octet-stream"),
    ("/style.css?%ff", "body {}", "text/css; charset=utf-8"),
])
def test_a_file_is_served_with_its_type(visit, url: str, text: str, kind: str) -> None:
    answer = visit.get(url)
    assert (answer.status, answer.text, answer["Content-Type"]) == (200, text, kind)


@pytest.mark.parametrize("url", [
    "/", "/nothing", "/a%20b", "/a%20b/", "/style.css/", "/style.css/x", "/.htaccess", "/.git/HEAD",
    "/_secret", "/_drafts/secret.html", "/link.txt", "/linked/secret.txt", "/alias.css",
    "/../secret.txt",
    "/%2e%2e/secret.txt", "/a%20b/../../secret.txt", "/style.css%00", "/%00", "/%ff", "/pipe",
    "/STYLE.CSS", "/style.css%20", "/./style.css", "/" + "x" * 5000, "/..%5csecret.txt",
])
def test_everything_else_is_left_to_the_scripts(visit, url: str) -> None:
    assert visit.get(url).text == "a script"


def test_a_file_named_by_its_hash_may_be_kept_for_ever_and_others_for_an_hour(visit) -> None:
    assert visit.get("/style.css?v=0123abcd")["Cache-Control"] == A_YEAR
    assert visit.get("/style.css")["Cache-Control"] == AN_HOUR
    assert visit.get("/about.html?x=1&v=2")["Cache-Control"] == AN_HOUR


def test_a_reader_who_has_the_file_gets_a_304(visit) -> None:
    first = visit.get("/style.css")
    for condition in ({"If_None_Match": first["ETag"]},
                      {"If_Modified_Since": first["Last-Modified"]}):
        again = visit.get("/style.css", **condition)
        assert (again.status, again.body) == (304, b"")


def test_a_file_that_may_not_be_read_is_not_found(visit, monkeypatch) -> None:
    def refused(path: str) -> Response:
        raise PermissionError(13, "Permission denied", path)
    monkeypatch.setattr(Response, "file", refused)
    assert visit.get("/style.css").status == 404


def test_a_part_of_a_file_is_served(visit) -> None:
    answer = visit.get("/style.css", Range="bytes=0-3")
    assert (answer.status, answer.text, answer["Content-Range"]) == (206, "body", "bytes 0-3/7")


def test_head_is_answered_without_the_file(visit) -> None:
    answer = visit.head("/style.css")
    assert (answer.status, answer.body, answer["Content-Length"]) == (200, b"", "7")


def test_options_tells_the_methods(visit) -> None:
    answer = visit.request("OPTIONS", "/style.css")
    assert (answer.status, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_a_file_is_only_read(visit, method: str) -> None:
    answer = visit.request(method, "/style.css")
    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_an_edited_file_is_served_at_once(visit, settings) -> None:
    before = visit.get("/style.css")
    Path(settings.path("htdocs/style.css")).write_text("body { }")
    after = visit.get("/style.css", If_None_Match=before["ETag"])
    assert (after.status, after.text) == (200, "body { }")


def test_files_have_the_security_headers(visit) -> None:
    assert visit.get("/about.html")["X-Content-Type-Options"] == "nosniff"
