"""Tokens that are mailed: for one purpose, for a time, once; the table of them opens nothing."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from chapbook.accounts import tokens
from chapbook.config import Config
from chapbook.db import Database, connect

from tests.support.threads import together

NOW = 1_800_000_000
HOUR, DAY = 3600, 86400


@pytest.fixture
def ann(box: Database, person: Callable[..., int]) -> int:
    return person("ann")


def make(box: Database, purpose: str, id: int | None, now: int = NOW, **more: str) -> str:
    return box.transact(tokens.make, box, purpose, id, now=now, **more)


def take(box: Database, purpose: str, token: str, now: int = NOW) -> object:
    return box.transact(tokens.take, box, purpose, token, now)


def test_a_token_is_taken_once_and_looking_uses_nothing_up(box: Database, ann: int) -> None:
    token = make(box, "reset", ann)
    for _ in range(3):
        found = tokens.look(box, "reset", token, NOW)
        assert found is not None and found.account_id == ann
    assert take(box, "reset", token) == {"account_id": ann, "about": "", "role": ""}
    assert take(box, "reset", token) is None and tokens.look(box, "reset", token, NOW) is None


def test_the_table_has_no_token(box: Database, ann: int) -> None:
    token = make(box, "reset", ann)
    assert len(token) == tokens.SIZE and token.isascii()
    row = box.one("SELECT token_hash, about FROM account_token")
    assert row is not None and row.token_hash == tokens.hashed(token) and token not in str(row)
    assert take(box, "reset", row.token_hash) is None
    made = [make(box, "reset", ann) for _ in range(50)]
    for part in range(0, tokens.SIZE, 8):         # random from its beginning to its end
        assert len({token[part:part + 8] for token in made}) >= 48


@pytest.mark.parametrize("purpose", tokens.LIVES)
def test_a_token_lives_as_long_as_its_purpose_and_serves_no_other(
    box: Database, ann: int, purpose: str
) -> None:
    token = make(box, purpose, ann)
    end = NOW + tokens.LIVES[purpose]
    for other in tokens.LIVES:
        assert other == purpose or take(box, other, token) is None
    assert take(box, purpose, token, end) is None
    assert take(box, purpose, token, end - 1) is not None


def test_a_newer_one_replaces_it(box: Database, ann: int) -> None:
    old, other = make(box, "reset", ann), make(box, "confirm", ann)
    new = make(box, "reset", ann)
    assert take(box, "reset", old) is None
    assert take(box, "reset", new) is not None and take(box, "confirm", other) is not None


def test_an_invitation_is_about_an_address_and_brings_a_role(box: Database, ann: int) -> None:
    old = make(box, "invite", None, about="bob@example.org", role="member")
    new = make(box, "invite", None, about="bob@example.org", role="editor")
    make(box, "invite", None, about="eve@example.org", role="member")
    assert take(box, "invite", old) is None
    assert take(box, "invite", new) == {
        "account_id": None, "about": "bob@example.org", "role": "editor"}


def test_a_token_for_nobody_or_nothing_is_not_made(box: Database, ann: int) -> None:
    with pytest.raises(ValueError, match="an account, or"):
        make(box, "invite", None)
    with pytest.raises(KeyError):
        make(box, "anything", ann)


def test_of_eight_who_come_with_it_at_once_one_has_it(
    box: Database, site: Config, ann: int
) -> None:
    token = make(box, "reset", ann)

    def use() -> bool:
        with connect(site) as own:
            return take(own, "reset", token) is not None

    assert sum(together(*[use] * 8)) == 1


@pytest.mark.parametrize(
    "token", ["", "x", "a" * 43, "a" * 44, "\ud800" * 43, "é" * 43, "a" * 10**6])
def test_what_is_no_token_is_nothing(box: Database, ann: int, token: str) -> None:
    make(box, "reset", ann)
    assert tokens.look(box, "reset", token, NOW) is None and take(box, "reset", token) is None


def test_all_of_an_account_can_be_spoilt(
    box: Database, ann: int, person: Callable[..., int]
) -> None:
    bob = person("bob")
    mine = [make(box, purpose, ann) for purpose in ("reset", "confirm")]
    his = make(box, "reset", bob)
    assert box.transact(tokens.spoil, box, ann) == 2
    assert tokens.look(box, "reset", mine[0], NOW) is None
    assert tokens.look(box, "reset", his, NOW) is not None


@pytest.mark.parametrize("back", [HOUR, DAY, 3650 * DAY])
def test_a_clock_that_is_set_back_gives_no_token_a_longer_life(
    box: Database, ann: int, back: int
) -> None:
    token = make(box, "reset", ann)
    assert take(box, "reset", token, NOW - back) is None
    assert take(box, "reset", token, NOW - 60) is not None


def test_times_beyond_2038_are_times(box: Database, ann: int) -> None:
    token = make(box, "reset", ann, 2**32)
    assert take(box, "reset", token, 2**32 + 10) is not None


def test_old_ones_are_swept_in_batches_and_good_ones_stay(
    box: Database, ann: int, person: Callable[..., int]
) -> None:
    with box.transaction():
        for number in range(700):
            tokens.make(box, "invite", None, about=f"a{number}@example.org", now=NOW - 30 * DAY)
    good = make(box, "reset", ann)
    assert [box.transact(tokens.sweep, box, NOW) for _ in range(3)] == [500, 200, 0]
    assert tokens.look(box, "reset", good, NOW) is not None


def test_invitations_are_listed_until_they_are_taken_withdrawn_or_over(box: Database) -> None:
    def listed(now: int = NOW) -> list[tuple[str, str]]:
        return [(row.about, row.role) for row in tokens.invitations(box, now=now)]

    for number, name in enumerate(("ann", "bob", "eve")):
        make(box, "invite", None, NOW + number, about=f"{name}@example.org", role="editor")
    taken = make(box, "invite", None, NOW + 9, about="ann@example.org", role="member")
    assert listed(NOW + 10) == [("ann@example.org", "member"), ("eve@example.org", "editor"),
                                ("bob@example.org", "editor")]
    assert take(box, "invite", taken, NOW + 10) is not None
    assert box.transact(tokens.withdraw, box, "eve@example.org") is True
    assert box.transact(tokens.withdraw, box, "ann@example.org") is False, "taken already"
    assert listed(NOW + 10) == [("bob@example.org", "editor")]
    assert listed(NOW + 14 * DAY + 1) == []


def test_an_invitation_that_is_withdrawn_opens_nothing(box: Database) -> None:
    token = make(box, "invite", None, about="ann@example.org", role="member")
    box.transact(tokens.withdraw, box, "ann@example.org")
    assert take(box, "invite", token) is None
