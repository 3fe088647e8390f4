"""The keys to the inbox, on both engines: once, for a while, and never as they were in a table."""
from __future__ import annotations

import threading
from pathlib import Path

import pytest

import collection
from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from collection import doorkeys

FOLDER = str(Path(collection.__file__).parent / "schema")
NOW = 1_795_335_300
MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.fixture
def hall(db: Database) -> Database:
    """A database with the tables of the keys."""
    schema.apply(db, FOLDER)
    return db


def key(hall: Database, now: int = NOW) -> str:
    return hall.transact(doorkeys.make, hall, now)


def enter(hall: Database, key: str, now: int = NOW) -> str | None:
    return hall.transact(doorkeys.enter, hall, key, now)


def session(hall: Database, now: int = NOW) -> str:
    token = enter(hall, key(hall, now), now)
    assert token is not None
    return token


def test_a_key_opens_once(hall: Database) -> None:
    made = key(hall)
    token = enter(hall, made)
    assert token and doorkeys.is_open(hall, token, NOW)
    assert enter(hall, made) is None and not doorkeys.fits(hall, made, NOW)


def test_to_ask_whether_a_key_fits_does_not_use_it_up(hall: Database) -> None:
    made = key(hall)
    assert doorkeys.fits(hall, made, NOW) and doorkeys.fits(hall, made, NOW)
    assert enter(hall, made)


@pytest.mark.parametrize("wrong", ["", "x", "0", "' OR 1=1 --", "é" * 50, "x" * 100_000])
def test_another_key_opens_nothing(hall: Database, wrong: str) -> None:
    made = key(hall)
    for tried in (wrong, made[:-1], made + "A", made.swapcase(), made + " "):
        assert not doorkeys.fits(hall, tried, NOW) and enter(hall, tried) is None
        assert not doorkeys.is_open(hall, tried, NOW)
    assert not doorkeys.is_open(hall, made, NOW), "a key is no session"


def test_a_key_lives_for_fifteen_minutes(hall: Database) -> None:
    made = key(hall)
    assert doorkeys.fits(hall, made, NOW + 15 * MINUTE - 1)
    assert not doorkeys.fits(hall, made, NOW + 15 * MINUTE)
    assert enter(hall, made, NOW + 15 * MINUTE) is None
    assert enter(hall, made, NOW + 15 * MINUTE - 1)


def test_a_key_from_the_future_opens_nothing_after_the_clock_was_set_back(hall: Database) -> None:
    made = key(hall)
    assert enter(hall, made, NOW - DAY) is None
    assert doorkeys.fits(hall, made, NOW - MINUTE), "two clocks may differ a little"


def test_a_session_ends_after_two_idle_hours(hall: Database) -> None:
    token = session(hall)
    assert doorkeys.is_open(hall, token, NOW + 2 * HOUR - 1)         # and is seen then
    assert doorkeys.is_open(hall, token, NOW + 4 * HOUR - 2)
    assert not doorkeys.is_open(hall, token, NOW + 6 * HOUR)


def test_a_busy_session_ends_after_twelve_hours(hall: Database) -> None:
    token = session(hall)
    for hour in range(1, 12):
        assert doorkeys.is_open(hall, token, NOW + hour * HOUR)
    assert doorkeys.is_open(hall, token, NOW + 12 * HOUR - 1)
    assert not doorkeys.is_open(hall, token, NOW + 12 * HOUR)


def test_a_session_of_tomorrow_is_none(hall: Database) -> None:
    token = session(hall)
    assert not doorkeys.is_open(hall, token, NOW - DAY)


def test_visits_in_a_row_write_nothing(hall: Database) -> None:
    token = session(hall)
    doorkeys.is_open(hall, token, NOW + 4 * MINUTE)
    assert hall.value("SELECT seen_at FROM doorkey_session") == NOW
    doorkeys.is_open(hall, token, NOW + 6 * MINUTE)
    assert hall.value("SELECT seen_at FROM doorkey_session") == NOW + 6 * MINUTE


def test_a_session_is_open_also_while_nothing_can_be_written(
    hall: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chapbook.errors import Unavailable

    def full(*args: object, **kwargs: object) -> int:
        raise Unavailable(detail="the disk is full")

    token = session(hall)
    monkeypatch.setattr(Database, "run", full)
    assert doorkeys.is_open(hall, token, NOW + HOUR)


def test_who_leaves_is_out_and_nobody_else(hall: Database) -> None:
    one, other = session(hall), session(hall)
    hall.transact(doorkeys.leave, hall, one)
    assert not doorkeys.is_open(hall, one, NOW) and doorkeys.is_open(hall, other, NOW)


def test_to_lock_ends_every_session_and_every_link(hall: Database) -> None:
    sessions, left = [session(hall), session(hall)], key(hall)
    assert hall.transact(doorkeys.lock, hall) == 2
    assert not any(doorkeys.is_open(hall, token, NOW) for token in sessions)
    assert enter(hall, left) is None


def test_the_tables_have_neither_keys_nor_tokens(hall: Database) -> None:
    made, token = key(hall), session(hall)
    kept = str(hall.all("SELECT key_hash FROM doorkey")
               + hall.all("SELECT token_hash FROM doorkey_session"))
    assert made not in kept and token not in kept
    assert len(made) == len(token) == 43 and len({key(hall) for _ in range(50)}) == 50


def test_what_has_run_out_is_forgotten_with_the_next_key(hall: Database) -> None:
    for _ in range(3):
        session(hall)
    key(hall, NOW + 2 * DAY)
    assert hall.value("SELECT COUNT(*) FROM doorkey") == 1
    assert hall.value("SELECT COUNT(*) FROM doorkey_session") == 0


def test_of_many_with_the_same_key_at_once_one_gets_in(
    hall: Database, database_config: Config
) -> None:
    made, tokens, start = key(hall), [], threading.Barrier(6)

    def come() -> None:
        with connect(database_config) as database:
            start.wait()
            tokens.append(database.transact(doorkeys.enter, database, made, NOW))

    threads = [threading.Thread(target=come) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 6 and len([token for token in tokens if token]) == 1
