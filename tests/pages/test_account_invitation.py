"""Invitation: who was invited makes an account with the role that they were invited to."""
import pytest

from chapbook.accounts import tokens
from chapbook.db import connect

from tests.support.people import PASSWORD
from tests.support.postbox import fill, quick_hashes


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that cost nothing."""
    quick_hashes(monkeypatch)


@pytest.fixture
def link(visitor, database_config):
    """A link by which ann@example.org becomes an editor."""
    with connect(database_config) as db:
        token = db.transact(tokens.make, db, "invite", about="ann@example.org", role="editor")
    return f"/account/invitation?token={token}"


def begin(client, link):
    return fill(client, link, address="ann@example.org", name="Ann", password=PASSWORD)


@pytest.mark.parametrize("mode", ["open", "approval", "invitation", "closed"])
def test_who_is_invited_comes_in_however_others_do(visitor, people, link, database_config, mode):
    vars(database_config.accounts).update(registration=mode)
    assert begin(visitor, link)["Location"] == "/account/me"
    account = people.account("ann")
    assert (account.role, account.state) == ("editor", "active") and account.confirmed_at
    assert account.signed_in_at
    assert "You are signed in as <bdi>Ann</bdi>" in visitor.get("/account/signin").text
    assert people.nobody.get(link).status == 404


@pytest.mark.parametrize("token", ["", "x" * 43, "x" * 5000, "'--"])
def test_a_link_that_was_never_mailed_opens_nothing(visitor, token):
    answer = visitor.get(f"/account/invitation?token={token}")
    assert answer.status == 404 and "ask whoever has invited you" in answer.text
    assert visitor.post(f"/account/invitation?token={token}", name="Eve").status == 403


def test_a_link_for_one_thing_opens_no_other(visitor, link):
    for page in ("confirm", "reset"):
        assert visitor.get(link.replace("invitation", page)).status == 404
