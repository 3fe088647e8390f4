"""Forgotten password: a link is mailed to who has an account, and nobody is told who has."""
import statistics

import pytest

from chapbook.accounts import events
from chapbook.db import close_kept, connect

from tests.support.postbox import Postbox, fill

SENT = "/account/forgotten?sent=yes"


@pytest.fixture
def postbox(visitor, database_config):
    """The mails of this site."""
    return Postbox(database_config)


def ask(client, address, **more):
    return fill(client, "/account/forgotten", address=address, **more)


def test_the_answer_is_the_same_for_everybody(visitor, people, postbox):
    people.add("member", "ann")
    answers = [ask(visitor, f"{name}@example.org") for name in ("ann", "nobody")]
    first, second = ((answer.status, sorted(answer.headers), answer.body) for answer in answers)
    assert first == second and answers[0]["Location"] == SENT
    assert "If there is an account" in visitor.get(SENT).text
    mail, = postbox.all()
    assert mail.recipient == "ann@example.org" and "/account/reset?token=" in mail.body


def test_that_somebody_asked_is_written_down_and_not_what_they_typed(
    visitor, people, postbox, database_config
):
    id = people.add("member", "ann")
    for name in ("ann", "nobody"):
        ask(visitor, f"{name}@example.org", network="192.0.2.9")
    with connect(database_config) as db:
        known = [(event.account_id, event.about, event.network) for event in events.latest(db)
                 if event.what == "link asked"]
    assert known == [(None, "reset", "192.0.2.9"), (id, "reset", "192.0.2.9")]


def test_the_mail_goes_to_the_address_on_file(visitor, people, postbox):
    people.add("member", "Ann")
    ask(visitor, "aNN@EXAMPLE.org")
    assert [row.recipient for row in postbox.all()] == ["Ann@example.org"]


@pytest.mark.parametrize("address", [
    "\u0430nn@example.org", "ann@ex\u0430mple.org", "ann@example.org.evil.example",
    "ann@example.org, eve@evil.example", "ann@example.org\teve@evil.example",
    "\ufb01ona@example.org", "m\u0131ke@example.org", "\uff4dike@example.org",
])
def test_an_address_that_only_looks_like_anothers_gets_nothing(visitor, people, postbox, address):
    for name in ("ann", "fiona", "mike"):
        people.add("member", name)
    assert ask(visitor, address).status in (303, 400, 422)
    assert postbox.all() == []


@pytest.mark.parametrize(("state", "subject"), [
    ("waiting", "Your account waits"), ("disabled", "Your account is closed"),
])
def test_an_account_that_is_not_open_gets_no_link(visitor, people, postbox, state, subject):
    people.add("member", "ann", state=state)
    assert ask(visitor, "ann@example.org")["Location"] == SENT
    assert postbox.subjects("ann@example.org") == [subject]
    assert "token=" not in postbox.all()[0].body


def test_nobody_is_flooded_with_mail_though_the_answer_stays_the_same(visitor, people, postbox):
    people.add("member", "ann")
    answers = [ask(visitor, "ann@example.org", network=f"192.0.2.{number}") for number in range(5)]
    assert {answer["Location"] for answer in answers} == {SENT}
    assert postbox.subjects("ann@example.org") == ["Set a new password"] * 3


@pytest.mark.parametrize("what", ["making an account", "forgotten password"])
def test_the_time_does_not_tell_whether_somebody_has_an_account(sqlite_config, what):
    from tests.bench import accounts as bench

    vars(sqlite_config.accounts).update(registration="open")
    with connect(sqlite_config) as db:
        bench.prepare(db, sqlite_config)
    for _ in range(5):                            # other programs run here too
        known, unknown = bench.differences(sqlite_config, bench.MEASURED[what], 60)
        apart = abs(statistics.median(known) - statistics.median(unknown))
        if apart < 0.003:
            break
    close_kept()
    assert apart < 0.003
