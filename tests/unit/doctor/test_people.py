"""Who looks after the site, and what is left undone: each is found, and nothing else with it."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from chapbook import doctor, mail
from chapbook.db import Database, connect

from tests.support.sound import Sound

NOW = int(time.time())
HOUR, DAY = 3600, 86400


@pytest.fixture
def db(sound: Sound) -> Iterator[Database]:
    """The site's database."""
    with connect(sound.config) as database:
        yield database


@pytest.fixture
def change(db: Database) -> Callable[..., None]:
    """Runs one statement in a transaction."""
    def changed(sql: str, **values: object) -> None:
        with db.transaction():
            db.run(sql, **values)
    return changed


@pytest.mark.parametrize("sql", [
    "UPDATE account SET role = 'editor'", "UPDATE account SET state = 'disabled'",
    "DELETE FROM account"])
def test_nobody_can_administer_the_site(
    sound: Sound, change: Callable[..., None], sql: str
) -> None:
    change(sql)
    assert sound.finding().name == "no-administrator"


def test_an_administrator_with_a_password_alone(
    sound: Sound, change: Callable[..., None]
) -> None:
    change("UPDATE account SET totp_at = NULL, totp_secret = NULL")
    assert sound.finding().name == "one-factor"
    assert "ann@club.example" in sound.finding().sentence


def test_mail_that_has_waited_for_long(sound: Sound, db: Database) -> None:
    with db.transaction():
        mail.queue(db, sound.config, to="bob@example.org", subject="Hello", text="Hello")
    assert sound.names() == []
    with db.transaction():
        db.run("UPDATE outbox SET written_at = :then, last_error = 'Greylisted.'",
               then=NOW - 3 * HOUR)
    assert sound.finding().name == "mail-waiting"
    assert "for 3 hours" in sound.finding().sentence
    assert sound.finding().sentence.endswith("The last try said: Greylisted.")


def test_mail_that_was_given_up(sound: Sound, db: Database) -> None:
    with db.transaction():
        mail.queue(db, sound.config, to="bob@example.org", subject="Hello", text="Hello")
        db.run("UPDATE outbox SET state = 'failed'")
    assert sound.finding().name == "mail-failed"


@pytest.mark.parametrize(("seen", "told"), [(0, "never come"), (NOW - 3 * DAY, "for 3 days")],
                         ids=["never", "long ago"])
def test_cron_does_not_come(
    sound: Sound, change: Callable[..., None], seen: int, told: str
) -> None:
    change("UPDATE cron_seen SET seen_at = :seen", seen=seen)
    assert sound.finding().name == "cron-missing"
    assert told in sound.finding().sentence


@pytest.mark.parametrize(("table", "sql"), [
    ("session", "INSERT INTO session (token_hash, data, created_at, seen_at, ends_at, remember,"
                " agent) VALUES (:hash, '{}', :then, :then, :then, 0, '')"),
    ("throttle", "INSERT INTO throttle (name, free_at) VALUES (:name, :then)"),
    ("account_token", "INSERT INTO account_token (token_hash, purpose, about, role, made_at,"
                      " expires_at) VALUES (:hash, 'invite', '', '', :then, :then)"),
    ("form_answer", "INSERT INTO form_answer (sent, sent_at) VALUES (:name, :then)"),
])
def test_what_has_ended_is_not_deleted(
    sound: Sound, change: Callable[..., None], table: str, sql: str
) -> None:
    values = {"hash": "a" * 64, "name": "a" * 32, "then": NOW - 20 * DAY}
    change(sql, **{name: value for name, value in values.items() if f":{name}" in sql})
    assert sound.finding().name == "tables-unswept"
    assert table in sound.finding().sentence


def test_a_page_is_told_the_same(sound: Sound, db: Database) -> None:
    assert doctor.quick(sound.config, db) == []
    with db.transaction():
        db.run("UPDATE cron_seen SET seen_at = 0")
    sound.settings(site={"debug": "yes"})
    assert [finding.name for finding in doctor.quick(sound.config, db)] == [
        "debug-on", "cron-missing"]


def test_without_deploy_nobody_asks_for_people_and_mail(sound: Sound, db: Database) -> None:
    with db.transaction():
        db.run("DELETE FROM account")
        db.run("UPDATE cron_seen SET seen_at = 0")
    sound.settings(site={"debug": "yes", "base_url": ""}, mail={"via": "folder"})
    assert doctor.examine(str(sound.root)) == []
