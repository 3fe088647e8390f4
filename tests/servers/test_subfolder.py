"""A site below another address than "/": by .htaccess, as on shared hosts, and by mod_wsgi."""
from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.db import connect
from chapbook.testing import Client
from collection import attachments, submissions

from tests.servers.conftest import SETTINGS
from tests.support.gateways import ApacheGateway, Gateway
from tests.support.letters import PLAN, accept_all, book
from tests.support.people import People, session
from tests.support.sites import TREE, Site
from tests.support.wire import multipart

SHIPPED = (TREE / "apache/htaccess").read_text("utf-8")
HTACCESS = SHIPPED.replace("E=CHAPBOOK:", "E=CHAPBOOK:/club").replace(
    ' "/apache/dispatch', ' "/club/apache/dispatch')       # as its comments say
BY_HTACCESS = """
DocumentRoot "{top}"
<Directory "{top}">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
<Directory "{root}">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
"""
BY_WSGI = """
DocumentRoot "{top}"
WSGIDaemonProcess club processes=1 threads=2 home="{root}"
WSGIScriptAlias "/club" "{root}/apache/dispatch.wsgi" process-group=club \\
    application-group=%{{GLOBAL}}
WSGIPassAuthorization On
AddDefaultCharset utf-8
AliasMatch "^/club/([a-z]+[.](?:css|svg|html))$" "{root}/htdocs/$1"
AddDefaultCharset utf-8
<Directory "{root}">
    AllowOverride None
    Require all granted
</Directory>
"""


@pytest.fixture(scope="module", params=["htaccess", "wsgi"])
def club(request: pytest.FixtureRequest, apache_here: None) -> Iterator[Gateway]:
    """A site of its own at /club/, base_url included."""
    site = Site({**SETTINGS, "site": {"base_url": "https://site.example/club"}})
    (site.root.parent / "www").mkdir()
    (site.root.parent / "www/club").symlink_to(site.root)
    accept_all(site)
    places = {"root": site.root, "top": site.root.parent / "www"}
    if request.param == "htaccess":
        site.drop(".htaccess", HTACCESS)
        gateway = ApacheGateway("apache-cgi", site, BY_HTACCESS.format(**places))
    else:
        gateway = ApacheGateway("wsgi-daemon", site, BY_WSGI.format(**places))
    yield gateway
    gateway.stop()
    site.remove()


def test_pages_have_their_addresses_below_the_folder(club: Gateway) -> None:
    for target, script_url, path_info in (
        ("/club/echo", "/club/echo", ""), ("/club/echo/%C3%A9/a%20b", "/club/echo", "/é/a b"),
        ("/club/cgi-bin/echo.py/x", "/club/cgi-bin/echo.py", "/x"),
        ("/club//echo//x", "/club/echo", "/x"), ("/club/echo/100%25", "/club/echo", "/100%"),
        ("/club/echo/a%3Fb", "/club/echo", "/a?b"),
    ):
        seen = club.get(target + "?a=1&b=%26").json
        assert (seen["script_url"], seen["path_info"]) == (script_url, path_info), target
        assert seen["root"] == "/club" and seen["script"] == "echo"
        assert seen["query"] == [["a", "1"], ["b", "&"]]
        assert club.get(seen["url"]).json["url"] == seen["url"]


def test_a_script_in_a_folder_gets_what_follows_it_whole(club: Gateway) -> None:
    club.site.script("deep/page", "application = Routes({'/{rest:path}': Page("
                     "get=lambda request, rest: Response.json(rest))})")
    for sent, seen in (("a", "a"), ("a%3Fb", "a?b"), ("100%25", "100%"), ("%2541", "%41")):
        assert club.get(f"/club/deep/page/{sent}").json == seen


def test_a_long_address_takes_no_longer_than_a_short_one(club: Gateway) -> None:
    """One pattern with a quantifier in a quantifier, and each such request takes half a second."""
    def seconds(address: str) -> float:
        begun = time.monotonic()
        assert club.get(address).status in (403, 404)
        return time.monotonic() - begun

    name = "a" * 200
    for target in (f"/club/{name}/.x", f"/club/{name}" + f"/{name}" * 18 + "/.x"):
        quickest = min(seconds(target) for _ in range(3))
        assert quickest < min(seconds("/club/a/.x") for _ in range(3)) + 0.2


def test_links_stay_in_the_folder_and_in_the_style_of_the_visit(club: Gateway) -> None:
    seen = club.get("/club/echo/x").json
    assert (seen["guestbook"], seen["home"]) == ("/club/guestbook", "/club/")
    assert seen["absolute"] == "https://site.example/club/echo/x"
    plain = club.get("/club/cgi-bin/echo.py/x").json
    assert plain["guestbook"] == "/club/cgi-bin/guestbook.py"


def test_the_first_page_and_its_links_work(club: Gateway) -> None:
    page = club.get("/club/")
    assert page.status == 200
    links = set(re.findall(r'(?:href|src|action)="([^"#]+)', page.text))
    assert "/club/guestbook" in links
    for link in links:
        if not link.startswith(("http:", "https:", "mailto:")):
            assert link.startswith("/club/"), link
            # The page says how to write /club/hello, and links to it; an account wants a sign-in.
            known = {"/club/hello": 404, "/club/account/me": 303}
            assert club.get(link).status == known.get(link, 200), link


def test_static_files_are_found_where_pages_say(club: Gateway) -> None:
    static = club.get("/club/echo").json["static"]
    assert static.startswith("/club/style.css?v=")
    answer = club.get(static)
    assert answer.body == Path(club.site.root / "htdocs/style.css").read_bytes()


def test_a_static_page_is_utf_8_so_that_its_form_sends_that(club: Gateway) -> None:
    club.site.drop("htdocs/old.html", "<form method=post action=forms/old><input name=a></form>")
    assert club.get("/club/old.html")["Content-Type"].lower() == "text/html; charset=utf-8"
    sent = club.post("/club/forms/old", "a=Caf%C3%A9".encode())
    assert sent.status == 200 and "Café" in sent.text


def test_the_guestbook_can_be_signed(club: Gateway) -> None:
    signed = club.post("/club/guestbook", b"name=Ann&message=From+the+club")
    assert (signed.status, signed["Location"]) == (303, "/club/guestbook#entry-1")
    assert b"From the club" in club.get("/club/guestbook").body
    feed = club.get("/club/guestbook/feed")
    assert b"<id>https://site.example/club/guestbook</id>" in feed.body


def test_a_form_of_a_static_page_can_be_sent(club: Gateway) -> None:
    page = club.get("/club/booking.html")
    assert page.status == 200 and 'action="forms/booking"' in page.text
    same = club.get("/club/forms/booking")
    assert same.status == 200 and 'action="/club/forms/booking"' in same.text
    refused = book(club, path="/club/forms/booking", guests="81")
    assert refused.status == 422 and 'id="guests-error"' in refused.text
    assert 'action="/club/forms/booking"' in refused.text
    links = set(re.findall(r'(?:href|src)="([^"#]+)', refused.text))
    assert {"/club/", "/club/guestbook", "/club/contact.html"} < links
    for link in links:
        assert link.startswith("/club/"), link
        assert club.get(link).status == (303 if link == "/club/account/me" else 200), link
    thanked = book(club, path="/club/forms/booking", _once=refused.once)
    assert thanked.status == 200 and 'href="/club/booking.html"' in thanked.text
    with connect(club.site.config) as db:
        one, = submissions.whole(db, form="booking")
        sent = db.value("SELECT body FROM outbox WHERE about = :about",
                        about=submissions.about(one.id))
    assert f"https://site.example/club/admin/inbox/read/{one.id}" in sent
    file = Path(attachments.path_of(club.site.config, one.files[0].path))
    assert file.read_bytes() == PLAN and file.stat().st_mode & 0o777 == 0o600


def test_the_administration_is_below_the_folder(club: Gateway) -> None:
    config = club.site.config
    cookie = f"__Host-session={session(config, People(Client, config).add('editor'))}"
    links = set(re.findall(r'href="([^"#]+)', club.get("/club/admin/inbox", Cookie=cookie).text))
    assert {"/club/admin/inbox/list/booking", "/club/admin/moderation?show=all"} < links
    for link in links:
        assert link.startswith("/club/") and club.get(link, Cookie=cookie).status == 200, link
        stranger = club.get(link)
        assert "/admin/" not in link or (
            (stranger["Location"] or "").startswith("/club/account/signin?")), link


def test_a_form_with_a_file_arrives(club: Gateway) -> None:
    kind, body = multipart(("a", None, b"1"), ("file", "x", b"y" * 100_000))
    seen = club.post("/club/echo", body, kind).json
    assert seen["form"] == [["a", "1"]] and seen["files"][0][2] == 100_000


def test_authorization_arrives(club: Gateway) -> None:
    seen = club.ask("GET", "/club/echo", {"Authorization": "Basic dTpw"}).json
    assert seen["headers"]["Authorization"] == "Basic dTpw"


def test_what_is_no_page_is_not_found_and_nothing_else_can_be_had(club: Gateway) -> None:
    for target in ("/club/nothing", "/club/site.ini", "/club/lib/chapbook/config.py",
                   "/club/keeper/x", "/club/apache/chapbook.conf", "/club/.htaccess",
                   "/club/cgi-bin/", "/club/_x", "/club/var/site.sqlite", "/club/setup.cfg"):
        answer = club.get(target)
        assert answer.status in (403, 404), target
        if answer.status == 404:
            assert b'<p class="status">404</p>' in answer.body
            assert b'href="/club/"' in answer.body
