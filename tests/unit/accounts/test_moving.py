"""From one address to another: when both have agreed, whoever is first, and never for others."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from chapbook.accounts import accounts, events, moving, tokens
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.mail.address import BadAddress

from tests.support.threads import together

NOW = 1_800_000_000
NEW = "New.Ann@example.net"


def begun(box: Database, id: int, who: Who, address: str = NEW) -> dict[str, str]:
    return dict(zip(moving.PURPOSES, box.transact(moving.begin, box, id, address, who, NOW)))


def taken(box: Database, purpose: str, token: str, id: int, who: Who, now: int = NOW
          ) -> moving.Step | None:
    return box.transact(moving.take, box, purpose, token, id, who, now)


def address(box: Database, id: int) -> str:
    found = accounts.by_id(box, id)
    assert found is not None
    return str(found.address)


@pytest.mark.parametrize("order", [("change", "allow"), ("allow", "change")])
def test_the_address_changes_when_both_have_agreed(
    box: Database, person: Callable[..., int], who: Who, order: tuple[str, str]
) -> None:
    id = person("ann")
    made = begun(box, id, who)
    first = taken(box, order[0], made[order[0]], id, who)
    assert first is not None and not first.moved and address(box, id) == "ann@example.org"
    waits = moving.pending(box, id, NOW)
    assert waits is not None and waits.address == NEW
    assert (waits.by_new, waits.by_old) == (order[0] == "change", order[0] == "allow")
    second = taken(box, order[1], made[order[1]], id, who)
    assert second is not None and second.moved and second.before == "ann@example.org"
    assert address(box, id) == NEW and moving.pending(box, id, NOW) is None
    assert [(event.what, event.outcome) for event in events.of(box, id)][:4] == [
        ("account changed", "done"),
        ("address confirmed", "new" if order[1] == "change" else "old"),
        ("address confirmed", "new" if order[0] == "change" else "old"),
        ("address asked", "done")]


def test_one_token_twice_is_not_two(box: Database, person: Callable[..., int], who: Who) -> None:
    id = person("ann")
    made = begun(box, id, who)
    assert taken(box, "change", made["change"], id, who) is not None
    assert taken(box, "change", made["change"], id, who) is None
    assert taken(box, "allow", made["change"], id, who) is None
    assert address(box, id) == "ann@example.org"


def test_a_token_of_another_account_is_none(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id, other = person("ann"), person("bob")
    made = begun(box, id, who)
    assert taken(box, "change", made["change"], other, who) is None
    assert tokens.look(box, "change", made["change"], NOW) is not None


def test_after_a_day_it_is_over(box: Database, person: Callable[..., int], who: Who) -> None:
    id = person("ann")
    made = begun(box, id, who)
    assert taken(box, "change", made["change"], id, who) is not None
    assert moving.pending(box, id, NOW + tokens.DAY) is None
    assert taken(box, "allow", made["allow"], id, who, NOW + tokens.DAY) is None


def test_a_newer_wish_replaces_it_with_what_was_agreed(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    old = begun(box, id, who)
    assert taken(box, "allow", old["allow"], id, who) is not None
    new = begun(box, id, who, "third@example.net")
    assert taken(box, "change", old["change"], id, who) is None
    step = taken(box, "change", new["change"], id, who)
    assert step is not None and not step.moved and address(box, id) == "ann@example.org"


def test_what_is_cancelled_can_be_agreed_to_by_nobody(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    made = begun(box, id, who)
    assert box.transact(moving.cancel, box, id) and not box.transact(moving.cancel, box, id)
    assert moving.pending(box, id, NOW) is None
    assert taken(box, "change", made["change"], id, who) is None


def test_an_address_that_somebody_has_by_then_stays_theirs(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    made = begun(box, id, who)
    assert taken(box, "allow", made["allow"], id, who) is not None
    box.transact(accounts.create, box, NEW.upper(), "Other", None, who)
    step = taken(box, "change", made["change"], id, who)
    assert step is not None and (step.moved, step.taken) == (False, True)
    assert address(box, id) == "ann@example.org" and moving.pending(box, id, NOW) is None


def test_a_new_password_spoils_it(box: Database, person: Callable[..., int], who: Who) -> None:
    id = person("ann")
    made = begun(box, id, who)
    box.transact(accounts.change_password, box, id, "quite another one", who)
    assert taken(box, "change", made["change"], id, who) is None


def test_what_is_no_address_is_refused(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    with pytest.raises(BadAddress):
        box.transact(moving.begin, box, person("ann"), "a@b.example, c@d.example", who)


def test_two_who_agree_at_once_change_it(
    box: Database, site: Config, person: Callable[..., int], who: Who
) -> None:
    for number in range(5):
        id = person(f"ann{number}")
        made = begun(box, id, who, f"new{number}@example.net")
        steps: list[moving.Step | None] = []

        def agree(purpose: str) -> None:
            with connect(site) as own:
                steps.append(taken(own, purpose, made[purpose], id, who))

        together(lambda: agree("change"), lambda: agree("allow"))
        assert sorted(step is not None and step.moved for step in steps) == [False, True]
        assert address(box, id) == f"new{number}@example.net"
