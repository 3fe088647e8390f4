"""The events: what is written down, for whom it is listed, and that old ones go."""
from __future__ import annotations

import pytest

from chapbook.accounts import events
from chapbook.accounts.events import Who
from chapbook.db import Database

NOW = 1_800_000_000
YEAR = 365 * 86400


def note(box: Database, what: str = "sign-in", account_id: int | None = 7, now: int = NOW) -> None:
    who = Who(3, "0123456789ab", "2001:db8:1:2:3::4")
    box.transact(events.note, box, what, "good", who, account_id, "about it", now)


def test_an_event_says_who_did_what_to_whom_from_where_and_when(box: Database) -> None:
    note(box)
    event, = events.of(box, 7)
    assert dict(event) == {
        "id": event.id, "happened_at": NOW, "what": "sign-in", "outcome": "good", "account_id": 7,
        "actor_id": 3, "request_id": "0123456789ab", "network": "2001:db8:1:2::/64",
        "about": "about it"}


def test_an_unknown_event_is_a_mistake_and_each_known_one_fits(box: Database) -> None:
    with pytest.raises(ValueError, match="is no event"):
        note(box, "something")
    for what in events.EVENTS:
        note(box, what)


def test_lists_begin_with_the_newest_and_go_on_where_they_ended(box: Database) -> None:
    for account_id in (1, 2, None, 1, 1):
        note(box, account_id=account_id)
    ids = [row.id for row in events.latest(box)]
    assert ids == sorted(ids, reverse=True) and len(ids) == 5
    assert [row.id for row in events.latest(box, before=ids[1], most=2)] == ids[2:4]
    mine = [row.id for row in events.of(box, 1)]
    assert len(mine) == 3 and [row.id for row in events.of(box, 1, before=mine[0])] == mine[1:]


def test_texts_that_are_too_long_are_cut(box: Database) -> None:
    who = Who(None, "x" * 99, "y" * 999)
    box.transact(events.note, box, "sign-in", "good", who, None, "z" * 999)
    event, = events.latest(box)
    assert (len(event.request_id), len(event.network), len(event.about)) == (40, 100, 200)


def test_a_year_later_they_are_swept_in_batches(box: Database) -> None:
    with box.transaction():
        for _ in range(600):
            events.note(box, "sign-in", "good", events.SHELL, None, now=NOW - YEAR - 1)
    note(box)
    assert [box.transact(events.sweep, box, NOW) for _ in range(3)] == [500, 100, 0]
    assert len(events.latest(box)) == 1
