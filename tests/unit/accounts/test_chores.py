"""The chores: all that is over goes, batch by batch, and within the time that there is."""
from __future__ import annotations

from chapbook.accounts import chores, events, throttle, tokens
from chapbook.db import Database

NOW = 1_800_000_000
YEAR = 365 * 86400


def test_everything_that_is_over_goes_and_the_rest_stays(box: Database) -> None:
    with box.transaction():
        for number in range(520):
            box.run("INSERT INTO throttle (name, free_at) VALUES (:name, 5)", name=f"{number:032}")
        for number, then in enumerate((NOW - YEAR, NOW)):
            tokens.make(box, "invite", None, about=f"a{number}@example.org", now=then)
            events.note(box, "sign-in", "good", events.SHELL, None, now=then - 1)
        throttle.know(box, "ann", "net", NOW)
    assert chores.run(box, NOW) == 522
    assert chores.run(box, NOW) == 0
    for table in ("throttle", "account_token", "security_event"):
        assert box.value(f"SELECT COUNT(*) FROM {table}") == 1


def test_when_the_time_is_over_the_rest_is_left(box: Database) -> None:
    with box.transaction():
        box.run("INSERT INTO throttle (name, free_at) VALUES (:name, 5)", name="0" * 32)
    assert chores.run(box, NOW, 0) == 0
    assert chores.run(box, NOW) == 1
