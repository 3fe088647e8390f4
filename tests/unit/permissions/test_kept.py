"""What is sent by somebody who has to sign in first: kept, offered again, and then forgotten."""
from __future__ import annotations

import time
from html import unescape

import pytest

from chapbook import Page, Response, Routes, redirect
from chapbook.db import connect
from chapbook.kept import LIVES, LIMIT, MOST, OFFERED

from tests.support.people import sign_in

PAGE = """<!doctype html>
<html lang="en">
<title>Essay</title>
<form method="post">
<p><label>Title <input name="title" required maxlength="40"></label></p>
<p><label>Text <textarea name="text"></textarea></label></p>
<p><label>Public <input type="checkbox" name="public"></label></p>
<p><label>Password <input type="password" name="new_password"></label></p>
<p><label>PIN <input type="password" name="pwd"></label></p>
<p><button>Send</button></p>
</form>
"""
TEXT = "A long <essay> & more\n" * 400


@pytest.fixture
def essays(people):
    """People at a page with a form for members, and what has been sent there."""
    sent = []

    def take(request):
        sent.append(request.form)
        return redirect(request.url)

    page = Page(get=lambda request: Response.html(PAGE), post=take, allow="member")
    return people(Routes({"/essay": page, "/other": page})), sent


@pytest.fixture
def ahead(monkeypatch):
    """Sets the clock forward by so many seconds."""
    real = time.time
    return lambda seconds: monkeypatch.setattr(time, "time", lambda: real() + seconds)


def returned(some, **fields):
    """Somebody who sends a form, signs in meanwhile, and has come back; and the page then."""
    client = some.nobody
    answer = client.post("/essay?draft=2", **fields)
    assert answer.status == 303 and "account/signin?next=%2Fessay%3Fdraft%3D2" in answer["Location"]
    id = some.add("member", "ann")
    keep = client.cookies["session"]
    moved(some, client, id)
    assert client.cookies["session"] == keep
    return client


def moved(some, client, id) -> None:
    """Give the session of a client to an account, as signing in does."""
    with connect(some.config) as db:
        db.transact(db.run, "UPDATE session SET account_id = :id WHERE account_id IS NULL", id=id)


def test_what_was_written_is_offered_again_and_sent_then(essays) -> None:
    some, sent = essays
    client = returned(some, title='"Bears"', text=TEXT, public="on")
    page = client.get("/essay?draft=2")
    assert page.status == 200 and OFFERED in page.text
    assert 'value="&quot;Bears&quot;"' in page.text and page.text.count('name="_once"') == 1
    assert TEXT in unescape(page.text).replace("\r\n", "\n") and "<essay>" not in page.text
    token = page.text.partition('name="_once" value="')[2].partition('"')[0]
    assert client.post("/essay?draft=2", title='"Bears"', text=TEXT, public="on",
                       new_password="", pwd="", _once=token).status == 303
    assert [(form["title"], form["public"]) for form in sent] == [('"Bears"', True)]
    assert OFFERED not in client.get("/essay?draft=2").text


def test_a_password_is_not_kept(essays) -> None:
    some, _ = essays
    client = returned(some, title="x", new_password="open sesame", pwd="open sesame",
                      passphrase="open sesame", Kennwort2="open sesame", pw="open sesame")
    page = client.get("/essay?draft=2").text
    assert OFFERED in page and "open sesame" not in page
    with connect(some.config) as db:
        kept = [row.data for row in db.all("SELECT data FROM session ORDER BY id")]
    assert '"title"' in kept[0] and "open sesame" not in "".join(kept)


def test_it_is_offered_at_its_own_page_alone(essays) -> None:
    some, _ = essays
    client = returned(some, title="Mine", text="")
    for other in ("/essay", "/essay?draft=3", "/other?draft=2"):
        assert "Mine" not in client.get(other).text


def test_it_is_offered_for_an_hour(essays, ahead) -> None:
    some, _ = essays
    client = returned(some, title="Mine", text="")
    assert OFFERED in client.get("/essay?draft=2").text
    ahead(LIVES + 1)
    assert OFFERED not in client.get("/essay?draft=2").text


def test_it_stays_until_the_form_is_taken(essays) -> None:
    some, sent = essays
    client = returned(some, title="x", text="y")
    assert client.post("/essay?draft=2", title="", text="y").status == 422
    assert OFFERED in client.get("/essay?draft=2").text and sent == []


@pytest.mark.parametrize("letter", ["y", '"', "\n", "\u00e9"])
def test_a_text_too_long_to_be_kept_can_be_sent_again(essays, letter) -> None:
    some, sent = essays
    client = some.nobody
    answer = client.post("/essay", title="x", text=letter * (MOST - 100))
    assert answer.status == (303 if letter == "y" else 413)
    assert letter == "y" or "reload this page to send it again" in answer.text
    answer = client.post("/essay", title="x", text="y" * (MOST + 1))
    assert answer.status == 413 and "reload this page to send it again" in answer.text
    sign_in(client, some.add("member", "ann"))
    assert client.post(
        "/essay", title="x", text="y" * (MOST + 1), new_password="", pwd="").status == 303
    assert len(sent) == 1


def test_strangers_cannot_fill_the_table_with_it(essays) -> None:
    some, _ = essays
    statuses = [some.nobody.post("/essay", title="x").status for _ in range(LIMIT.burst + 2)]
    assert statuses == [303] * LIMIT.burst + [429] * 2


def test_a_foreign_page_gets_nothing_kept(essays) -> None:
    some, _ = essays
    client = some.nobody
    answer = client.request("POST", "/essay", b"title=x", "application/x-www-form-urlencoded",
                            headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403 and not client.cookies


def test_a_second_click_on_a_form_that_renewed_the_session_gets_the_first_answer(people) -> None:
    def renew(request):
        request.session.rotate()
        return redirect("/done")

    page = Page(get=lambda request: Response.html(PAGE), post=renew, allow="member")
    client = people(Routes({"/essay": page})).member
    token = client.get("/essay").text.partition('name="_once" value="')[2].partition('"')[0]
    old = dict(client.cookies)
    fields = {"title": "x", "text": "", "new_password": "", "pwd": "", "_once": token}
    assert client.post("/essay", **fields)["Location"] == "/done"
    new = dict(client.cookies)
    client.cookies = dict(old)
    again = client.post("/essay", **fields)
    assert again["Location"] == "/done" and "Set-Cookie" not in again and new != old


@pytest.mark.parametrize("again", ["ann", "bob"])
def test_whose_session_has_ended_is_alone_offered_what_they_wrote(essays, again) -> None:
    some, _ = essays
    client = some.client("member", "ann")
    with connect(some.config) as db:
        db.transact(db.run, "UPDATE session SET ends_at = 1, seen_at = 1, created_at = 1")
    assert client.post("/essay", title="Mine", text="").status == 303
    if again == "bob":
        some.add("member", "bob")
    moved(some, client, some.account(again).id)
    assert ("Mine" in client.get("/essay").text) is (again == "ann")


def test_a_second_click_on_a_form_that_is_run_each_time_is_led_on_as_well(people) -> None:
    def renew(request):
        request.session.rotate()
        return redirect("/done")

    page = Page(get=lambda request: Response.html(PAGE), post=renew, allow="member", once=False)
    client = people(Routes({"/essay": page})).member
    token = client.get("/essay").text.partition('name="_once" value="')[2].partition('"')[0]
    old = dict(client.cookies)
    fields = {"title": "x", "text": "", "new_password": "", "_once": token}
    assert client.post("/essay", **fields)["Location"] == "/done"
    client.cookies = dict(old)
    again = client.post("/essay", **fields)
    assert again["Location"] == "/done" and "Set-Cookie" not in again
