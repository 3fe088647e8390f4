"""The door of the inbox: who is let in, and what everybody else sees."""
import re

import pytest

from chapbook.testing import Client
from collection import guestbook

from tests.support.owner import send

PAGES = ("/inbox", "/inbox/list/contact", "/inbox/list/contact?show=spam", "/inbox/read/1",
         "/inbox/delete?id=1", "/owner/door/out", "/owner/take/csv/contact",
         "/owner/take/json/contact", "/owner/take/file/1/1", "/owner/settings/contact",
         "/owner/guestbook", "/owner/guestbook?show=all", "/owner/guestbook/delete?id=1")


@pytest.mark.parametrize("cookie", [
    {}, {"inbox": "x" * 43}, {"inbox": ""}, {"__Host-inbox": "y" * 43},
], ids=str)
def test_who_is_not_signed_in_learns_how_and_nothing_else(owner, cookie):
    owner.add("Canary Bird", files=[("canary.txt", b"canary")])
    owner.in_database(guestbook.sign, "Canary", "canary", wait=True)
    stranger = Client(config=owner.config)
    for url in PAGES:
        stranger.cookies = dict(cookie)
        answer = stranger.get(url)
        assert answer.status == 403 and answer["Cache-Control"] == "no-store"
        assert "./chapbook inbox" in answer.text
        assert "anary" not in answer.text and "contact</a>" not in answer.text
        assert "<form" not in answer.text
        assert stranger.post(url, do="delete", id="1").status in (403, 405)
    assert owner.read(1) and owner.asked(guestbook.entry, 1)


def test_nothing_that_is_posted_without_signing_in_changes_anything(owner):
    id = owner.add()
    stranger = Client(config=owner.config)
    for url in ("/inbox/list/contact?upto=2", f"/inbox/read/{id}", f"/inbox/delete?id={id}",
                "/owner/settings/contact", "/owner/guestbook", "/owner/door/out"):
        page = owner.get(url)
        token = re.search(r'name="_once" value="([^"]+)"', page.text)
        fields = {"_once": token[1]} if token else {}
        assert stranger.post(url, do="delete", id=str(id), **fields).status == 403
    assert owner.read(id).state == "new"
    assert owner.get("/inbox").status == 200


def test_a_link_opens_once(owner, database_config):
    first, second = Client(config=database_config), Client(config=database_config)
    url = f"/owner/door?key={owner.key()}"
    pages = first.get(url), second.get(url), first.get(url)
    assert {page.status for page in pages} == {200}, "to look at it does not use it up"
    assert send(first, pages[0], [("do", "open")]).status == 303
    assert send(second, pages[1], [("do", "open")]).status == 403
    assert first.get("/inbox").status == 200 and second.get("/inbox").status == 403
    used = second.get(url)
    assert used.status == 403 and "opens nothing any more" in used.text
    assert send(first, pages[2], [("do", "open")]).status == 403


def test_a_wrong_link_opens_nothing(owner, database_config):
    stranger = Client(config=database_config)
    answer = stranger.get("/owner/door")
    assert answer.status == 403 and "./chapbook inbox" in answer.text
    assert "opens nothing any more" not in answer.text
    for key in ("x", "x" * 43, "' OR ''='", "%F0%9F%98%80", "x" * 5000):
        answer = stranger.get(f"/owner/door?key={key}")
        assert answer.status == 403 and "opens nothing any more" in answer.text
        assert stranger.post(f"/owner/door?key={key}", do="open").status == 403
    assert stranger.cookies == {}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(owner, database_config):
    client = Client(config=database_config)
    cookie = owner.sign_in(client)["Set-Cookie"]
    assert re.fullmatch(r"inbox=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)


@pytest.mark.parametrize("environ, base_url", [
    ({"wsgi.url_scheme": "https"}, ""),
    ({}, "https://example.org"),                  # behind a proxy that has the certificate
])
def test_over_https_the_cookie_is_bound_to_it(owner, database_config, environ, base_url):
    vars(database_config.site).update(base_url=base_url)
    client = Client(config=database_config)
    cookie = owner.sign_in(client, **environ)["Set-Cookie"]
    assert re.fullmatch(r"__Host-inbox=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert client.request("GET", "/inbox", environ=environ).status == 200
    token = client.cookies.pop("__Host-inbox")
    client.cookies["inbox"] = token               # what another scheme has planted is nothing here
    assert client.request("GET", "/inbox", environ=environ).status == 403


def test_two_cookies_that_differ_are_none(owner):
    token = owner.visitor.cookies["inbox"]
    stranger = Client(config=owner.config)
    answer = stranger.get("/inbox", Cookie=f"inbox={token}; inbox=planted")
    assert answer.status == 403
    assert stranger.get("/inbox", Cookie=f"inbox={token}").status == 200


def test_a_new_session_is_another_and_ends_the_one_before(owner):
    before = owner.visitor.cookies["inbox"]
    owner.sign_in()
    after = owner.visitor.cookies["inbox"]
    assert before != after
    assert owner.get("/inbox").status == 200
    owner.visitor.cookies["inbox"] = before
    assert owner.get("/inbox").status == 403


def test_who_signs_out_is_out_also_with_the_old_cookie(owner):
    token = owner.visitor.cookies["inbox"]
    answer = owner.send("/owner/door/out", do="out")
    assert (answer.status, answer["Location"]) == (303, "/owner/door/closed")
    assert "inbox" not in owner.visitor.cookies
    assert "You are signed out" in owner.get("/owner/door/closed").text
    owner.visitor.cookies["inbox"] = token
    assert owner.get("/inbox").status == 403


def test_what_is_stored_of_an_answer_has_no_token_in_it(owner):
    rows = owner.asked(lambda db: db.all("SELECT sent, headers FROM form_answer ORDER BY sent"))
    assert rows and not [row for row in rows if "inbox=" in (row.headers or "")]


def test_no_page_is_kept_anywhere(owner):
    owner.add(files=[("a.txt", b"a")])
    owner.in_database(guestbook.sign, "Ann", "Hello", wait=True)
    for url in PAGES:
        answer = owner.get(url)
        assert (answer.status, answer["Cache-Control"]) == (200, "no-store"), url


def test_what_there_is_not_is_a_404(owner):
    owner.add()
    for url in ("/inbox/list/none", "/inbox/list/CONTACT", "/inbox/list/contact?show=x",
                "/inbox/read/99", "/owner/take/file/1/1", "/owner/take/xml/contact",
                "/owner/take/csv/none", "/owner/settings/none", "/inbox/delete",
                "/inbox/delete?id=99", "/inbox/delete?id=-1", "/inbox/delete?id=x",
                "/owner/guestbook/delete?id=99", "/owner/guestbook?show=x", "/inbox/x"):
        assert owner.get(url).status == 404, url
