"""The password, asked once more of who is signed in: counted, and nobody is signed in by it."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from chapbook.accounts import accounts, events, signin, throttle
from chapbook.accounts.events import Who
from chapbook.db import Database
from chapbook.errors import BadRequest

from tests.unit.accounts.conftest import PASSWORD

NOW = 1_800_000_000


def asked(box: Database, id: int, password: str, who: Who) -> str:
    return signin.again(box, id, password, who, NOW).why


def test_the_right_password_is_good_and_nothing_is_written_down(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    before = len(events.of(box, id))
    outcome = signin.again(box, id, PASSWORD, who, NOW)
    assert outcome.why == "good" and outcome.account is not None
    assert "password_hash" not in outcome.account
    found = accounts.by_id(box, id)
    assert found is not None and found.signed_in_at is None
    assert len(events.of(box, id)) == before


def test_a_wrong_one_is_written_down(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    outcome = signin.again(box, id, "another one", who, NOW)
    assert (outcome.why, outcome.account) == ("wrong", None)
    event = events.of(box, id)[0]
    assert (event.what, event.outcome) == ("password asked", "wrong")


def test_tries_are_counted_with_those_of_signing_in(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    for _ in range(throttle.ACCOUNT.burst):
        assert asked(box, id, "another one", who) == "wrong"
    outcome = signin.again(box, id, PASSWORD, who, NOW)
    assert outcome.why == "throttled" and outcome.retry_after > 0
    elsewhere = Who(None, "-", "198.51.100.7")
    assert signin.authenticate(box, "ann@example.org", PASSWORD, elsewhere, NOW).why == "throttled"


def test_the_right_password_is_not_counted(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    for _ in range(throttle.ACCOUNT.burst + 2):
        assert asked(box, id, PASSWORD, who) == "good"


def test_of_a_closed_account_or_none_nothing_is_good(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    box.transact(accounts.disable, box, id, who)
    assert asked(box, id, PASSWORD, who) == "disabled"
    assert asked(box, id + 1, PASSWORD, who) == "unknown"


def test_an_account_without_a_password_has_none_that_fits(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    assert asked(box, person("ann", None), PASSWORD, who) == "wrong"


def test_a_very_long_one_is_refused_before_it_is_hashed(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    with pytest.raises(BadRequest):
        asked(box, person("ann"), "x" * 2000, who)
