"""Accounts: made, found, changed, closed; the last administrator stays; all of it written down."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from chapbook.accounts import accounts, events, passwords, recovery, signin, tokens, totp
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import Conflict, Duplicate, NotFound
from chapbook.mail.address import BadAddress
from chapbook.session import rows

from tests.support.threads import together

PASSWORD, OTHER = "a rather good one", "quite another one"
Person = Callable[..., int]


def sign_in(box: Database, *ids: int) -> list[int]:
    """Two sessions for each of these accounts; the ids of all."""
    with box.transaction():
        for id in ids * 2:
            rows.insert(box, rows.new_token(), "{}", id, False, "a browser")
    return sessions(box)


def sessions(box: Database) -> list[int]:
    return [row.id for row in box.all("SELECT id FROM session ORDER BY id")]


def row(box: Database, id: int) -> Any:
    found = accounts.by_id(box, id)
    assert found is not None
    return found


def fits(box: Database, id: int, password: str) -> bool:
    stored = box.value("SELECT password_hash FROM account WHERE id = :id", id=id)
    return stored is not None and passwords.verify(stored, password)


def test_an_account_is_what_was_asked_for_and_tells_nothing_secret(
    box: Database, who: Who, quick: None
) -> None:
    id = box.transact(accounts.create, box, "Ann@Example.org", "  Ann Smith ", PASSWORD, who,
                      role="editor", confirmed=True, now=1_800_000_000)
    assert dict(row(box, id)) == {
        "id": id, "address": "Ann@Example.org", "name": "Ann Smith", "role": "editor",
        "state": "active", "created_at": 1_800_000_000, "confirmed_at": 1_800_000_000,
        "password_at": 1_800_000_000, "signed_in_at": None, "totp_at": None,
        "timezone": "", "picture": ""}
    assert accounts.find(box, "ann@example.org") == row(box, id) == accounts.page(box)[0]
    event, = events.of(box, id)
    assert (event.what, event.about, event.request_id) == ("account made", "editor", who.request_id)


def test_time_zone_and_picture_are_changed_and_the_picture_before_is_told(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    box.transact(accounts.change_timezone, box, id, "Europe/Oslo", who)
    assert box.transact(accounts.change_picture, box, id, "a.png", who) == ""
    assert box.transact(accounts.change_picture, box, id, "", who) == "a.png"
    assert (row(box, id).timezone, row(box, id).picture) == ("Europe/Oslo", "")
    assert [event.about for event in events.of(box, id)][:3] == ["picture", "picture", "time zone"]


def test_what_nobody_sees_is_no_part_of_a_name(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    id = person("ann")
    box.transact(accounts.change_name, box, id, "\u202eAnn\u200b  Smith", who)
    assert row(box, id).name == "Ann Smith"
    with pytest.raises(ValueError):
        box.transact(accounts.change_name, box, id, "\u200b\u202e", who)


@pytest.mark.parametrize(("given", "error"), [
    ({"address": "nobody"}, BadAddress), ({"address": "a@b.example, c@d.example"}, BadAddress),
    ({"name": " "}, ValueError), ({"name": "x" * 81}, ValueError),
    ({"password": "short"}, ValueError), ({"password": "password1"}, ValueError),
    ({"password": "Ann@Example.org"}, ValueError), ({"role": "king"}, ValueError),
])
def test_what_is_not_fit_is_refused_and_nothing_is_left(
    box: Database, who: Who, quick: None, given: dict[str, str], error: type[Exception]
) -> None:
    fields = {"address": "ann@example.org", "name": "Ann", "password": PASSWORD, **given}
    role = fields.pop("role", "member")
    with pytest.raises(error):
        box.transact(accounts.create, box, *fields.values(), who, role=role)
    assert box.value("SELECT COUNT(*) FROM account") == 0


def test_of_two_who_take_an_address_at_once_one_has_it(
    box: Database, site: Config, who: Who, quick: None
) -> None:
    def take() -> bool:
        with connect(site) as own:
            try:
                own.transact(accounts.create, own, "ann@example.org", "Ann", PASSWORD, who)
            except Duplicate:
                return False
            return True

    assert sorted(together(take, take, take)) == [False, False, True]


def test_a_new_password_ends_the_other_sessions_and_spoils_what_was_mailed(
    box: Database, person: Person, who: Who
) -> None:
    id, other = person("ann"), person("bob")
    mine, his, _, _ = sign_in(box, id, other)
    token = box.transact(tokens.make, box, "reset", id)
    box.transact(accounts.change_password, box, id, OTHER, who, but=mine)
    assert fits(box, id, OTHER) and not fits(box, id, PASSWORD)
    assert sessions(box) == [mine, his, his + 2] and tokens.look(box, "reset", token) is None
    assert events.of(box, id)[0].what == "password changed"
    with pytest.raises(ValueError, match="at least 8"):
        box.transact(accounts.change_password, box, id, "short", who)
    with pytest.raises(NotFound):
        box.transact(accounts.change_password, box, other + 1, OTHER, who)


def test_name_and_address_change_and_the_address_must_be_free(
    box: Database, person: Person, who: Who
) -> None:
    id, _ = person("ann"), person("bob")
    token = box.transact(tokens.make, box, "reset", id)
    box.transact(accounts.change_name, box, id, "Ann Jones", who)
    assert tokens.look(box, "reset", token) is not None
    box.transact(accounts.change_address, box, id, "Ann@New.example", who)
    assert row(box, id).name == "Ann Jones" and row(box, id).address == "Ann@New.example"
    assert tokens.look(box, "reset", token) is None, "it was mailed to the old address"
    assert accounts.find(box, "ann@example.org") is None
    assert accounts.find(box, "ANN@new.example") == row(box, id)
    with pytest.raises(Duplicate):
        box.transact(accounts.change_address, box, id, "BOB@example.org", who)
    with pytest.raises(ValueError, match="1 to 80"):
        box.transact(accounts.change_name, box, id, "", who)


def test_a_confirmed_address_opens_an_account_that_waits_for_that(
    box: Database, person: Person, who: Who
) -> None:
    waits, approval, closed = (person(name, state=state) for name, state in
                               (("a1", "waiting"), ("a2", "waiting"), ("a3", "disabled")))
    box.transact(accounts.confirm, box, waits, who, activate=True)
    box.transact(accounts.confirm, box, approval, who, activate=False)
    box.transact(accounts.confirm, box, closed, who, activate=True)
    assert [row(box, id).state for id in (waits, approval, closed)] == [
        "active", "waiting", "disabled"]
    assert row(box, approval).confirmed_at is not None
    box.transact(accounts.enable, box, approval, who)
    assert row(box, approval).state == "active"


def test_another_role_or_a_closed_account_ends_the_sessions(
    box: Database, person: Person, who: Who
) -> None:
    id = person("ann")
    sign_in(box, id)
    box.transact(accounts.set_role, box, id, "editor", who)
    assert sessions(box) == []
    token = box.transact(tokens.make, box, "reset", id)
    sign_in(box, id)
    box.transact(accounts.disable, box, id, who)
    assert sessions(box) == []
    assert (row(box, id).role, row(box, id).state) == ("editor", "disabled")
    assert tokens.look(box, "reset", token) is None
    assert [event.what for event in events.of(box, id)] == [
        "account disabled", "role changed", "account made"]


CLOSINGS = {
    "role": lambda db, id, who: accounts.set_role(db, id, "member", who),
    "disable": accounts.disable,
    "remove": accounts.remove,
}
each_closing = pytest.mark.parametrize("closing", CLOSINGS)


@each_closing
def test_the_last_administrator_stays(
    box: Database, person: Person, who: Who, closing: str
) -> None:
    id = person("ann", role="administrator")
    person("bob", role="administrator", state="disabled")
    person("eve", role="editor")
    with pytest.raises(Conflict, match="last administrator"):
        box.transact(CLOSINGS[closing], box, id, who)
    assert (row(box, id).role, row(box, id).state) == ("administrator", "active")
    assert len(events.of(box, id)) == 1, "what was not done is not written down as done"
    other = person("zoe", role="administrator")
    box.transact(CLOSINGS[closing], box, id, who)
    with pytest.raises(Conflict):
        box.transact(CLOSINGS[closing], box, other, who)


@each_closing
def test_two_administrators_who_close_each_other_at_once_leave_one(
    box: Database, site: Config, person: Person, who: Who, closing: str
) -> None:
    for turn in range(5):
        both = [person(f"{name}{turn}", role="administrator") for name in ("a", "b")]

        def close(id: int) -> bool:
            with connect(site) as own:
                try:
                    own.transact(CLOSINGS[closing], own, id, who)
                except Conflict:
                    return False
                return True

        assert sorted(together(lambda: close(both[0]), lambda: close(both[1]))) == [False, True]
        left = box.all("SELECT id FROM account WHERE role = 'administrator' AND state = 'active'"
                       " ORDER BY id")
        assert len(left) == 1 and left[0].id in both
        with box.transaction():
            box.run("UPDATE account SET role = 'member'")


def test_an_administrator_may_stay_what_they_are_or_be_closed_twice(
    box: Database, person: Person, who: Who
) -> None:
    id = person("ann", role="administrator")
    box.transact(accounts.set_role, box, id, "administrator", who)
    closed = person("bob", role="administrator", state="disabled")
    box.transact(accounts.disable, box, closed, who)
    box.transact(accounts.set_role, box, closed, "member", who)
    box.transact(accounts.remove, box, closed, who)


@pytest.mark.parametrize("change", [
    lambda db, who: accounts.set_role(db, 99, "editor", who),
    lambda db, who: accounts.disable(db, 99, who), lambda db, who: accounts.enable(db, 99, who),
    lambda db, who: accounts.remove(db, 99, who),
    lambda db, who: accounts.change_name(db, 99, "Ann", who),
    lambda db, who: accounts.confirm(db, 99, who, activate=True),
    lambda db, who: accounts.change_address(db, 99, "a@b.example", who),
])
def test_nobody_cannot_be_changed(box: Database, who: Who, change: Callable[..., None]) -> None:
    with pytest.raises(NotFound):
        box.transact(change, box, who)
    assert events.latest(box) == []


def test_who_is_removed_is_gone_with_tokens_and_codes_and_the_events_stay(
    box: Database, person: Person, who: Who
) -> None:
    id = person("ann")
    box.transact(tokens.make, box, "reset", id)
    box.transact(recovery.make, box, id)
    sign_in(box, id)
    box.transact(accounts.remove, box, id, who)
    assert sessions(box) == []
    assert accounts.by_id(box, id) is None
    assert box.value("SELECT COUNT(*) FROM account_token") == 0
    assert box.value("SELECT COUNT(*) FROM recovery_code") == 0
    assert [event.what for event in events.of(box, id)] == ["account removed", "account made"]
    assert person("ann") != id, "a number is never somebody else's"


def test_a_second_factor_comes_with_codes_and_goes_with_them(
    box: Database, person: Person, who: Who
) -> None:
    id = person("ann")
    secret = box.transact(totp.begin, box, id)
    assert box.transact(accounts.second_factor_on, box, id, "000", who) is None
    codes = box.transact(accounts.second_factor_on, box, id, pyotp.TOTP(secret).now(), who)
    assert codes is not None and len(codes) == 10 and row(box, id).totp_at is not None
    new = box.transact(accounts.new_recovery_codes, box, id, who)
    assert not set(new) & set(codes) and recovery.left(box, id) == 10
    box.transact(accounts.second_factor_off, box, id, who)
    box.transact(accounts.second_factor_off, box, id, who)
    assert recovery.left(box, id) == 0 and row(box, id).totp_at is None
    assert [event.what for event in events.of(box, id)] == [
        "second factor off", "recovery codes", "second factor on", "account made"]
    assert signin.second(box, id, new[0], who).account is None


def test_lists_go_on_where_they_ended(box: Database, person: Person) -> None:
    ids = [person(f"p{number}") for number in range(5)]
    first = accounts.page(box, most=3)
    assert [found.id for found in first] == ids[:3]
    assert [found.id for found in accounts.page(box, after=first[-1].id)] == ids[3:]


def test_importing_accounts_loads_nothing_that_hashes_or_draws() -> None:
    from tests.test_imports import loaded_by

    loaded = loaded_by("from chapbook.accounts import accounts, signin")
    assert not loaded & {"argon2", "pyotp", "segno", "hashlib", "ipaddress", "sqlite3", "pymysql"}


def test_who_is_the_last_administrator_can_be_asked(
    box: Database, person: Callable[..., int], who: Who
) -> None:
    ann, bob = person("ann", role="administrator"), person("bob")
    assert accounts.is_last_administrator(box, ann)
    assert not accounts.is_last_administrator(box, bob)
    eve = person("eve", role="administrator")
    assert not accounts.is_last_administrator(box, ann)
    box.transact(accounts.disable, box, eve, who)
    assert accounts.is_last_administrator(box, ann) and not accounts.is_last_administrator(box, eve)
