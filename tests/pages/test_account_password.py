"""Password: another one, for who gives the one before."""
import pytest

from chapbook.accounts import accounts, signin, throttle, tokens
from chapbook.accounts.events import SHELL, Who

from tests.support.ann import is_in
from tests.support.people import PASSWORD

NEW = "seven green ducks"


def fits(ann, password):
    return ann.read(signin.authenticate, "ann@example.org", password, SHELL).account is not None


def changed(ann, own=PASSWORD, new=NEW):
    return ann.post("password", username="ann@example.org", own_password=own, password=new)


def test_it_is_changed_and_only_this_browser_stays_signed_in(ann):
    other = ann.other_browser()
    before = dict(ann.client.cookies)
    answer = changed(ann)
    assert (answer.status, answer["Location"]) == (303, "/account/me")
    assert fits(ann, NEW) and not fits(ann, PASSWORD)
    assert is_in(ann.client) and not is_in(other)
    assert ann.client.cookies["session"] != before["session"]
    stolen = ann.people.nobody
    stolen.cookies.update(before)
    assert not is_in(stolen)
    assert ann.mails == [("ann@example.org", "You have a new password")]


def test_links_that_were_mailed_open_nothing_any_more(ann):
    token = ann.write(tokens.make, "reset", ann.id)
    changed(ann)
    assert ann.read(tokens.look, "reset", token) is None


@pytest.mark.parametrize(("own", "new", "field", "said"), [
    ("another one", NEW, "own_password", "This is not your password."),
    ("", NEW, "own_password", "required"),
    (PASSWORD, "short", "password", "at least 8 characters"),
    (PASSWORD, "password1", "password", "guessed first"),
    (PASSWORD, "ann@example.org", "password", "nothing that others know"),
    (PASSWORD, "é" * 1000, "password", "at most 1024 bytes"),
    ("é" * 1000, NEW, "own_password", "at most 1024 bytes"),
])
def test_what_is_refused_is_said_beside_its_field(ann, own, new, field, said):
    answer = changed(ann, own, new)
    assert answer.status == 422 and f'id="{field}-error"' in answer.text and said in answer.text
    assert PASSWORD not in answer.text and NEW not in answer.text
    assert fits(ann, PASSWORD) and ann.mails == []


def test_wrong_ones_are_counted_though_the_page_refuses(ann):
    for _ in range(throttle.ACCOUNT.burst):
        assert "This is not your password." in changed(ann, "another one").text
    answer = changed(ann)
    assert answer.status == 422 and "too many wrong passwords" in answer.text
    assert ann.events.count(("password asked", "wrong")) == throttle.ACCOUNT.burst
    there = Who(None, "-", "198.51.100.7")
    assert ann.read(signin.authenticate, "ann@example.org", PASSWORD, there).why == "throttled"


def test_who_was_closed_meanwhile_is_sent_to_sign_in(ann):
    ann.people.add("administrator", "root")
    ann.write(accounts.disable, ann.id, SHELL)
    answer = changed(ann)
    assert answer.status == 303 and answer["Location"].startswith("/account/signin?next=")
    assert ann.mails == []


def test_a_password_that_changes_while_it_is_looked_at_is_refused(ann, monkeypatch):
    again = signin.again

    def slow(*args):
        outcome = again(*args)
        ann.write(accounts.change_password, ann.id, "changed elsewhere", SHELL, but=1)
        return outcome
    monkeypatch.setattr(signin, "again", slow)
    answer = changed(ann)
    assert answer.status >= 400
    assert fits(ann, "changed elsewhere") and ann.mails == []
