"""Confirm: an account is made by the link that was mailed, and by its button alone."""
from functools import partial

import pytest

from chapbook.accounts import accounts
from chapbook.db import close_kept, connect

from tests.support.people import PASSWORD
from tests.support.postbox import Postbox, fill, quick_hashes, send
from tests.support.threads import together


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that cost nothing."""
    quick_hashes(monkeypatch)


@pytest.fixture
def postbox(visitor, database_config):
    """The mails of this site, on which everybody may ask for an account."""
    vars(database_config.accounts).update(registration="open")
    return Postbox(database_config)


@pytest.fixture
def link(visitor, postbox):
    """The link that was mailed to ann@example.org."""
    assert fill(visitor, "/account/register", address="ann@example.org").status == 303
    return postbox.link("ann@example.org")


def begin(client, link, name="Ann", password=PASSWORD, **more):
    return fill(client, link, address="ann@example.org", name=name, password=password, **more)


def test_the_account_is_made_and_its_owner_is_signed_in(visitor, people, link):
    answer = begin(visitor, link, "  Ann \u202e Smith ")
    assert answer.status == 303 and answer["Location"] == "/account/me"
    account = people.account("ann")
    assert (account.name, account.role, account.state) == ("Ann Smith", "member", "active")
    assert account.confirmed_at
    assert "You are signed in as <bdi>Ann Smith" in visitor.get("/account/signin").text
    assert "You are signed in as" not in people.nobody.get("/account/signin").text


def test_what_opens_links_in_mails_uses_nothing_up(visitor, people, link):
    for _ in range(3):
        page = people.nobody.get(link)
        assert page.status == 200 and page["Cache-Control"] == "no-store"
        assert 'autocomplete="new-password"' in page.text
        assert 'readonly value="ann@example.org" autocomplete="username"' in page.text
        assert people.nobody.head(link).status == 200
    assert begin(visitor, link).status == 303


def test_a_link_is_good_once(visitor, people, link):
    begin(visitor, link)
    worn = people.nobody.get(link)
    assert worn.status == 404 and "opens nothing any more" in worn.text


def test_a_newer_link_takes_the_place_of_the_older(visitor, people, postbox, link):
    fill(people.nobody, "/account/register", address="ann@example.org")
    assert visitor.get(link).status == 404
    assert begin(visitor, postbox.link("ann@example.org")).status == 303


@pytest.mark.parametrize(("field", "value", "words"), [
    ("password", "password1", "among those that are guessed first"),
    ("password", "ann@example.org", "nothing that others know of you"),
    ("password", "short", "at least 8 characters"),
    ("password", "\u00e4" * 600, "at most 1024 bytes"),
    ("name", "\u200b", "Please give a name"),
])
def test_what_cannot_be_is_said_beside_its_field_and_the_link_stays_good(
    visitor, link, field, value, words
):
    answer = begin(visitor, link, **{field: value})
    assert answer.status == 422 and words in answer.text and f'id="{field}-error"' in answer.text
    assert begin(visitor, link).status == 303


def test_the_address_is_that_of_the_link(visitor, people, link):
    answer = fill(visitor, link, address="bob@example.org", name="Bob", password=PASSWORD)
    assert answer.status == 422
    more = begin(visitor, link, role="administrator", state="active", id="1")
    assert more.status == 303 and people.account("ann").role == "member"


def test_where_administrators_approve_it_waits_and_they_are_told(
    visitor, people, postbox, link, database_config
):
    vars(database_config.accounts).update(registration="approval")
    for name, state in (("boss", "active"), ("gone", "disabled")):
        people.add("administrator", name, state=state)
    answer = begin(visitor, link, "Buy <b>pills</b> at evil.example")
    assert answer["Location"] == "/account/register?sent=waits"
    assert "an administrator has to open it" in visitor.get(answer["Location"]).text
    assert "session" not in visitor.cookies and people.account("ann").state == "waiting"
    assert postbox.subjects("boss@example.org") == ["Somebody waits for an account"]
    assert postbox.subjects("gone@example.org") == []
    assert "/admin/users" in postbox.all()[-1].body and "pills" not in str(postbox.all())


@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_a_link_ends_when_accounts_are_for_everybody_no_more(
    visitor, link, database_config, mode
):
    vars(database_config.accounts).update(registration=mode)
    assert visitor.get(link).status == 404


def test_who_has_an_account_by_now_is_told_to_sign_in(visitor, people, link, database_config):
    people.add("member", "ann")
    page = visitor.get(link)
    assert page.status == 200 and "has an account already" in page.text
    assert "<form" not in page.text


def test_a_second_click_makes_no_second_account(visitor, people, link, database_config):
    page = visitor.get(link).text
    token = page.partition('name="_once" value="')[2].partition('"')[0]
    sent = {"address": "ann@example.org", "name": "Ann", "password": PASSWORD, "_once": token}
    answers = [visitor.post(link, **sent) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {"/account/me"}
    with connect(database_config) as db:
        assert len(accounts.page(db)) == 1


def test_of_two_who_press_the_button_at_once_one_makes_the_account(
    people, link, database_config
):
    def press(name):
        try:
            return send(people.nobody, link, {
                "address": "ann@example.org", "name": name, "password": PASSWORD}).status
        finally:
            close_kept()

    answers = sorted(together(*(partial(press, f"Ann {number}") for number in range(4))))
    assert answers[0] == 303 and set(answers[1:]) <= {403, 409}
    with connect(database_config) as db:
        assert len(accounts.page(db)) == 1
