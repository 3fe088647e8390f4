"""Delete: one's own account, for good."""
import pytest

from chapbook.accounts import accounts, events, tokens

from tests.support.ann import Ann, is_in
from tests.support.people import sign_in


def deleted(ann):
    return ann.proves("delete", sure="on")


def test_the_account_goes_with_all_that_belongs_to_it(ann):
    other = ann.other_browser()
    ann.write(tokens.make, "reset", ann.id)
    answer = deleted(ann)
    assert (answer.status, answer["Location"]) == (303, "/")
    assert "Your account is deleted." in ann.client.get("/").text
    assert ann.read(accounts.by_id, ann.id) is None
    assert not is_in(other) and not is_in(ann.client)
    for table in ("SELECT COUNT(*) FROM session WHERE account_id = :id",
                  "SELECT COUNT(*) FROM account_token WHERE account_id = :id",
                  "SELECT COUNT(*) FROM recovery_code WHERE account_id = :id"):
        assert ann.read(lambda db: db.value(table, id=ann.id)) == 0
    assert ann.mails == [("ann@example.org", "Your account is deleted")]


def test_what_stays_is_numbers_alone(ann):
    deleted(ann)
    rows = ann.read(events.of, ann.id)
    assert (rows[0].what, rows[0].outcome) == ("account removed", "done")
    assert "ann" not in " ".join(str(dict(row)) for row in rows).replace("'actor_id'", "").lower()


@pytest.mark.parametrize("fields", [
    {"own_password": "another one", "sure": "on"}, {"own_password": "another one"}, {"sure": "on"},
])
def test_without_the_password_or_being_sure_nothing_goes(ann, fields):
    assert ann.post("delete", **fields).status == 422
    assert ann.proves("delete").status == 422
    assert ann.read(accounts.by_id, ann.id) is not None and ann.mails == []


@pytest.fixture
def chief(people, ann):
    """The last administrator."""
    id = ann.id
    ann.write(accounts.set_role, id, "administrator", events.SHELL)
    sign_in(ann.client, id)
    return ann


def test_the_last_administrator_is_told_what_to_do_first(chief: Ann):
    page = chief.get("delete").text
    assert "last administrator" in page and 'href="/admin/users"' in page
    assert "own_password" not in page
    assert deleted(chief).status == 403
    assert chief.read(accounts.by_id, chief.id) is not None


def test_of_two_administrators_one_may_go(chief: Ann):
    chief.people.add("administrator", "root")
    assert deleted(chief).status == 303
    assert chief.read(accounts.by_id, chief.id) is None


def test_who_became_the_last_one_meanwhile_stays(chief: Ann, monkeypatch):
    root = chief.people.add("administrator", "root")
    remove = accounts.remove

    def late(db, *args):
        accounts.disable(db, root, events.SHELL)
        remove(db, *args)
    monkeypatch.setattr(accounts, "remove", late)
    answer = deleted(chief)
    assert answer.status == 422 and "last administrator" in answer.text
    assert chief.read(accounts.by_id, chief.id) is not None and chief.mails == []
    assert is_in(chief.client)
