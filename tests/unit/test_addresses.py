"""The public address of a page, computed alike from what each gateway tells."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings
from hypothesis import strategies as st

from chapbook.errors import BadRequest, NotFound
from chapbook.request import Request
from chapbook.response import is_path
from chapbook.testing import site


@pytest.fixture
def at(settings):
    """A request for a script, with the variables that a gateway sets."""
    for name in ("index", "guestbook", "admin/users"):
        path = Path(settings.path("cgi-bin", name + ".py"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def made(script: str = "guestbook", config=settings, **environ: str) -> Request:
        file = settings.path("cgi-bin", script + ".py")
        return Request({"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": file, **environ}, config)
    return made


# What gateways really sent: how it came about, the script, and then its variables.
RECORDED = {
    "Apache CGI, clean": ("guestbook", "/guestbook?before=3", "/guestbook", None),
    "Apache CGI, clean, with a rest": ("guestbook", "/guestbook/feed", "/guestbook", "/feed"),
    "Apache CGI, as a file": ("guestbook", "/cgi-bin/guestbook.py", "/cgi-bin/guestbook.py", None),
    "Apache CGI, as a file, with a rest": (
        "guestbook", "/cgi-bin/guestbook.py/feed?x", "/cgi-bin/guestbook.py", "/feed"),
    "Apache CGI, in a folder": ("admin/users", "/admin/users/7", "/admin/users", "/7"),
    "Apache, .htaccess": ("guestbook", "/guestbook/feed", "/cgi-bin/guestbook.py", "/feed"),
    "sub-folder, .htaccess": (
        "guestbook", "/club/guestbook/feed", "/club/cgi-bin/guestbook.py", "/feed"),
    "sub-folder, as a file": (
        "guestbook", "/club/cgi-bin/guestbook.py/feed", "/club/cgi-bin/guestbook.py", "/feed"),
    "scripts beside the pages": ("guestbook", "/~ann/guestbook.py", "/~ann/guestbook.py", None),
    "dispatcher": ("guestbook", "/guestbook/feed", "/guestbook", "/feed"),
    "home page": ("index", "/", "", ""),
    "home page, mod_rewrite": ("index", "/", "/cgi-bin/index.py", "/"),
    "home page of a sub-folder": ("index", "/club/", "/club/cgi-bin/index.py", "/"),
    "absolute-form": ("guestbook", "http://evil.example/guestbook/feed", "/guestbook", "/feed"),
    "absolute-form, bare": ("index", "http://evil.example", "", ""),
    "absolute-form, slashes": ("guestbook", "http://evil.example//guestbook", "/guestbook", None),
    "double slashes": ("guestbook", "//guestbook//feed", "/guestbook", "/feed"),
    "encoded twice by the host": (
        "guestbook", "/guestbook/caf%25C3%25A9", "/cgi-bin/guestbook.py", "/café"),
    "a percent sign": ("guestbook", "/guestbook/%2541", "/guestbook", "/%41"),
    "escaped letters": ("guestbook", "/%67uestbook/%66eed", "/guestbook", "/feed"),
    "no REQUEST_URI": ("guestbook", None, "/guestbook", "/feed"),
    "no REQUEST_URI, home page": ("index", None, "", "/"),
    "fragment": ("guestbook", "/guestbook#x", "/guestbook", None),
    "REQUEST_URI not UTF-8": ("guestbook", "/guestbook%ff", "/guestbook", None),
}
EXPECTED = {          # url, script_url, root, url_for("guestbook/feed"), url_for("index")
    "Apache CGI, clean": ("/guestbook", "/guestbook", "", "/guestbook/feed", "/"),
    "Apache CGI, clean, with a rest": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "Apache CGI, as a file": (
        "/cgi-bin/guestbook.py", "/cgi-bin/guestbook.py", "", "/cgi-bin/guestbook.py/feed",
        "/cgi-bin/index.py"),
    "Apache CGI, as a file, with a rest": (
        "/cgi-bin/guestbook.py/feed", "/cgi-bin/guestbook.py", "", "/cgi-bin/guestbook.py/feed",
        "/cgi-bin/index.py"),
    "Apache CGI, in a folder": ("/admin/users/7", "/admin/users", "", "/guestbook/feed", "/"),
    "Apache, .htaccess": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "sub-folder, .htaccess": (
        "/club/guestbook/feed", "/club/guestbook", "/club", "/club/guestbook/feed", "/club/"),
    "sub-folder, as a file": (
        "/club/cgi-bin/guestbook.py/feed", "/club/cgi-bin/guestbook.py", "/club",
        "/club/cgi-bin/guestbook.py/feed", "/club/cgi-bin/index.py"),
    "scripts beside the pages": (
        "/~ann/guestbook.py", "/~ann/guestbook.py", "/~ann", "/~ann/guestbook.py/feed",
        "/~ann/index.py"),
    "dispatcher": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "home page": ("/", "/", "", "/guestbook/feed", "/"),
    "home page, mod_rewrite": ("/", "/", "", "/guestbook/feed", "/"),
    "home page of a sub-folder": ("/club/", "/club/", "/club", "/club/guestbook/feed", "/club/"),
    "absolute-form": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "absolute-form, bare": ("/", "/", "", "/guestbook/feed", "/"),
    "absolute-form, slashes": ("/guestbook", "/guestbook", "", "/guestbook/feed", "/"),
    "double slashes": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "encoded twice by the host": (
        "/guestbook/caf%C3%A9", "/guestbook", "", "/guestbook/feed", "/"),
    "a percent sign": ("/guestbook/%2541", "/guestbook", "", "/guestbook/feed", "/"),
    "escaped letters": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "no REQUEST_URI": ("/guestbook/feed", "/guestbook", "", "/guestbook/feed", "/"),
    "no REQUEST_URI, home page": ("/", "/", "", "/guestbook/feed", "/"),
    "fragment": ("/guestbook", "/guestbook", "", "/guestbook/feed", "/"),
    "REQUEST_URI not UTF-8": ("/guestbook", "/guestbook", "", "/guestbook/feed", "/"),
}


@pytest.mark.parametrize("case", RECORDED)
def test_a_page_knows_its_address_and_those_of_others(at, case: str) -> None:
    script, uri, name, rest = RECORDED[case]
    wsgi = {"REQUEST_URI": uri, "SCRIPT_NAME": name, "PATH_INFO": rest}
    environ = {k: v.encode().decode("latin-1") for k, v in wsgi.items() if v is not None}
    request = at(script, **environ)
    assert (
        request.url, request.script_url, request.root, request.url_for("guestbook/feed"),
        request.url_for("index"),
    ) == EXPECTED[case]


EVIL = [
    "//evil.example/guestbook", "///evil.example/guestbook", "/\\evil.example/guestbook",
    "/%2F/evil.example/guestbook", "/%5Cevil.example/guestbook", "http://evil.example//x/guestbook",
    "/.//evil.example/guestbook", "/%09/evil.example/guestbook", "//evil.example", "/%2Fevil.net",
    "//evil.example/%2e%2e", "https:evil.example", "\\\\evil.example", "@evil.example",
]


@pytest.mark.parametrize(("uri", "rest", "url", "script_url"), [
    ("/x/y/../../%65vil/../guestbook", "", "/guestbook", "/guestbook"),
    ("/cheap-pills/../guestbook/feed", "/feed", "/guestbook/feed", "/guestbook"),
    ("/cheap/%2e%2e/guestbook/./feed", "/feed", "/guestbook/feed", "/guestbook"),
    ("/pills/../club/guestbook/x/../feed", "/feed", "/club/guestbook/feed", "/club/guestbook"),
    ("http://evil.example/pills/../guestbook", "", "/guestbook", "/guestbook"),
    ("/pills/../../guestbook", "", "/guestbook", "/guestbook"),
])
def test_no_words_of_the_visitors_come_into_the_links_of_a_page(
    at, uri: str, rest: str, url: str, script_url: str
) -> None:
    request = at(REQUEST_URI=uri, SCRIPT_NAME="/guestbook", PATH_INFO=rest)
    assert (request.url, request.script_url) == (url, script_url)
    assert request.url_for("guestbook") == script_url


def test_the_words_of_the_visitors_are_not_in_the_links_of_the_home_page(at) -> None:
    request = at("index", REQUEST_URI="/pills/../club/x/..", SCRIPT_NAME="/cgi-bin/index.py",
                 PATH_INFO="/")
    assert (request.url, request.root, request.url_for("guestbook")) == (
        "/club/", "/club", "/club/guestbook")


@pytest.mark.parametrize("uri", EVIL)
@pytest.mark.parametrize("script", ["index", "guestbook"])
@pytest.mark.parametrize("how", ["as PATH_INFO", "as SCRIPT_NAME", "as both", "as REQUEST_URI"])
def test_no_address_leads_to_another_host(at, script: str, how: str, uri: str) -> None:
    environ = {"REQUEST_URI": uri} if how == "as REQUEST_URI" else {}
    if how in ("as PATH_INFO", "as both"):
        environ["PATH_INFO"] = uri
    if how in ("as SCRIPT_NAME", "as both"):
        environ["SCRIPT_NAME"] = uri
    request = at(script, **environ)
    try:
        made = [request.url, request.script_url, request.url_for("guestbook"), request.url_for(""),
                request.static("style.css"), request.root + "/x"]
    except NotFound:                              # a control character in the address
        return
    assert [path for path in made if not is_path(path)] == []


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[st.text("/\\.:%2fF5Cc@ev\xe9guestbook?#", max_size=15)] * 3)
def test_any_address_is_a_path_on_this_host_or_refused(at, uri: str, name: str, rest: str) -> None:
    request = at(REQUEST_URI=uri, SCRIPT_NAME=name, PATH_INFO=rest)
    try:
        assert is_path(request.url) and is_path(request.url_for("index"))
    except (BadRequest, NotFound):
        pass


@pytest.mark.parametrize("sent", ["/\xff", "/\xc0\xae", "/\xed\xa0\x80", "/a\x00", "/\x1b"])
def test_a_rest_that_is_no_text_is_a_400(at, sent: str) -> None:
    with pytest.raises(BadRequest):
        at(PATH_INFO=sent).path_info


@pytest.mark.parametrize("sent", ["/a\nb", "/a\r\nb", "/\t"])
def test_a_rest_with_line_ends_or_tabs_is_a_404(at, sent: str) -> None:
    with pytest.raises(NotFound):
        at(PATH_INFO=sent).path_info


def test_the_rest_is_decoded_once_and_in_nfc(at) -> None:
    assert at(PATH_INFO="/%41/e\u0301".encode().decode("latin-1")).path_info == "/%41/é"


@pytest.mark.parametrize(("name", "query", "expected"), [
    ("guestbook", {"before": 3, "q": "a&b", "none": None}, "/guestbook?before=3&q=a%26b"),
    ("/guestbook/", {}, "/guestbook"), ("", {}, "/"), ("a b/é", {}, "/a%20b/%C3%A9"),
    ("guestbook", {"name": "x"}, "/guestbook?name=x"), ("what?", {}, "/what%3F"),
])
def test_an_address_is_quoted_with_its_query(at, name: str, query: dict, expected: str) -> None:
    assert at(REQUEST_URI="/guestbook").url_for(name, **query) == expected


def test_an_address_as_a_file_finds_the_script_in_it(at) -> None:
    request = at(REQUEST_URI="/cgi-bin/guestbook.py")
    assert request.url_for("admin/users/7") == "/cgi-bin/admin/users.py/7"
    assert request.url_for("nowhere") == "/cgi-bin/nowhere.py"


def test_a_static_file_has_the_hash_of_its_content(at, settings) -> None:
    Path(settings.path("htdocs", "css")).mkdir(parents=True)
    file = Path(settings.path("htdocs", "css", "a b.css"))
    seen = []
    for text in ("one", "two", "one"):
        file.write_text(text)
        os.utime(file, ns=(10**18, 10**18 + len(seen)))
        seen.append(at(REQUEST_URI="/club/guestbook").static("css/a b.css"))
    assert seen[0].startswith("/club/css/a%20b.css?v=") and len(seen[0].partition("=")[2]) == 8
    assert seen[0] == seen[2] != seen[1]


def test_a_static_file_that_is_not_there_has_its_plain_address(at) -> None:
    assert at(REQUEST_URI="/guestbook").static("none.css") == "/none.css"


@pytest.mark.parametrize(("base", "expected"), [
    ("", "/club/x"), ("https://example.org", "https://example.org/club/x"),
    ("https://example.org/club", "https://example.org/club/x"),
])
def test_an_absolute_address_is_built_from_the_settings_only(at, base: str, expected: str) -> None:
    config = site("/nowhere", site={"base_url": base})
    request = at(config=config, REQUEST_URI="http://evil.example/club/x", HTTP_HOST="evil.example")
    assert request.absolute("/club/x") == expected


def test_an_alias_that_says_nothing_of_the_site_is_below_the_base_url(at) -> None:
    config = site("/nowhere", site={"base_url": "https://example.org/club"})
    assert at(config=config, REQUEST_URI="/alias", SCRIPT_NAME="/alias").root == "/club"


def test_a_script_is_known_by_its_file_or_by_what_the_dispatcher_says(at) -> None:
    assert at("admin/users").script == "admin/users"
    assert at("admin/users", **{"chapbook.script": "guestbook"}).script == "guestbook"
