"""Reset: another password by the link that was mailed, and what ends with the old one."""
import pytest

from chapbook.accounts import accounts, totp
from chapbook.accounts.events import SHELL
from chapbook.db import connect

from tests.support.people import PASSWORD, sign_in
from tests.support.postbox import Postbox, fill, quick_hashes

NEW = "seven grey geese 4"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that cost nothing."""
    quick_hashes(monkeypatch)


@pytest.fixture
def postbox(visitor, database_config):
    """The mails of this site."""
    return Postbox(database_config)


@pytest.fixture
def link(visitor, people, postbox):
    """The link that was mailed to Ann, who has forgotten her password."""
    people.add("member", "ann", PASSWORD, confirmed=False)
    assert fill(visitor, "/account/forgotten", address="ann@example.org").status == 303
    return postbox.link("ann@example.org")


def enter(client, password):
    return fill(client, "/account/signin", address="ann@example.org", password=password)


def test_the_new_password_opens_and_the_old_one_does_not(visitor, people, link):
    answer = fill(visitor, link, password=NEW)
    assert answer.status == 303 and answer["Location"] == "/account/signin"
    assert "Your password is set." in visitor.get("/account/signin").text
    assert enter(visitor, PASSWORD).status == 422 and enter(visitor, NEW).status == 303
    assert people.account("ann").confirmed_at, "who reads what is mailed there has the address"


def test_all_sessions_end_and_the_owner_is_told(visitor, people, postbox, link):
    elsewhere = people.nobody
    sign_in(elsewhere, people.account("ann").id)
    assert "You are signed in as <bdi>Ann</bdi>" in elsewhere.get("/account/signin").text
    fill(visitor, link, password=NEW)
    assert "You are signed in as <bdi>Ann</bdi>" not in elsewhere.get("/account/signin").text
    assert postbox.subjects("ann@example.org")[-1] == "You have a new password"
    assert "session" not in visitor.cookies, "nobody is signed in by the link alone"


def test_the_page_does_not_tell_whose_password_it_is(visitor, link):
    page = visitor.get(link)
    assert page.status == 200 and page["Cache-Control"] == "no-store"
    assert "ann" not in page.text.casefold().replace("cannot", "")
    assert 'autocomplete="new-password"' in page.text


def test_a_link_is_good_once_and_looking_at_it_uses_nothing_up(visitor, people, link):
    for _ in range(2):
        assert people.nobody.get(link).status == 200
    other = people.nobody
    page = other.get(link).text
    assert fill(visitor, link, password=NEW).status == 303
    assert other.get(link).status == 404
    token = page.partition('name="_once" value="')[2].partition('"')[0]
    assert other.post(link, password="five red foxes 9", _once=token).status == 403
    assert enter(visitor, NEW).status == 303


def test_a_link_opens_no_account_that_is_closed(visitor, people, link, database_config):
    with connect(database_config) as db, db.transaction():         # as by hand: the link is left
        db.run("UPDATE account SET state = 'disabled' WHERE id = :id", id=people.account("ann").id)
    assert fill(visitor, link, password=NEW).status == 409
    with connect(database_config) as db, db.transaction():
        accounts.enable(db, people.account("ann").id, SHELL)
    assert enter(visitor, PASSWORD).status == 303


def test_a_password_that_cannot_be_is_refused_and_the_link_stays_good(visitor, link):
    answer = fill(visitor, link, password="password1")
    assert answer.status == 422 and "among those that are guessed first" in answer.text
    assert 'id="password-error"' in answer.text
    assert fill(visitor, link, password=NEW).status == 303


def test_the_second_factor_is_asked_for_all_the_same(visitor, people, link, database_config):
    import pyotp

    id = people.account("ann").id
    with connect(database_config) as db:
        app = pyotp.TOTP(db.transact(totp.begin, db, id))
        assert db.transact(accounts.second_factor_on, db, id, app.now(), SHELL)
    fill(visitor, link, password=NEW)
    assert enter(visitor, NEW)["Location"] == "/account/signin/code"


def test_a_link_opens_nothing_after_an_hour(visitor, link, monkeypatch):
    from chapbook.accounts import tokens

    later = tokens._now(None) + 3601
    monkeypatch.setattr(tokens, "_now", lambda now: later)
    worn = visitor.get(link)
    assert worn.status == 404 and "/account/forgotten" in worn.text


def test_the_link_of_a_closed_account_opens_nothing(visitor, people, link, database_config):
    with connect(database_config) as db:
        db.transact(accounts.disable, db, people.account("ann").id, SHELL)
    assert visitor.get(link).status == 404


def test_who_was_kept_out_by_strangers_is_let_in_with_the_new_password(visitor, people, link):
    for number in range(11):
        fill(people.nobody, "/account/signin", network="198.51.100.7",
             address="ann@example.org", password=f"guess {number}")
    assert enter(visitor, PASSWORD).status == 429
    fill(visitor, link, password=NEW)
    assert enter(visitor, NEW).status == 303
