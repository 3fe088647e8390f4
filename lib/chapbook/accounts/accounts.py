"""Accounts: made, found, changed, closed. Each change is written down as a security event.

An account is `waiting` (for approval, or for its address to be confirmed), `active` or `disabled`.
Who may do what is not asked here. The last active administrator stays one: such a change is a
Conflict. Functions that write are part of the caller's transaction; moments are Unix seconds.
"""
from __future__ import annotations

import time

from .. import session
from ..errors import Conflict, NotFound
from ..mail.address import checked
from . import events, identity, names, passwords, recovery, tokens, totp
from .turns import turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database, Row
    from .events import Who

ROLES = ("member", "editor", "administrator")
NAME_MOST = 80                # characters

# What may be told of an account. Hashes and secrets are asked for by those alone who need them.
_COLUMNS = ("SELECT id, address, name, role, state, created_at, confirmed_at, password_at,"
            " signed_in_at, totp_at, timezone, picture FROM account")
_LAST = "This is the last administrator: please make somebody else one first."
# Of two administrators who close each other's account at once, one has to wait for the other.
_HOLD = {
    "sqlite": "SELECT id FROM account WHERE role = 'administrator' ORDER BY id",
    "mysql": "SELECT id FROM account WHERE role = 'administrator' ORDER BY id FOR UPDATE",
}
# Somebody else is one as well, or this one is none. MySQL takes no table that it changes, but it
# takes a count of it.
_NOT_THE_LAST = (
    "(role <> 'administrator' OR state <> 'active' OR (SELECT number FROM (SELECT COUNT(*)"
    " AS number FROM account WHERE role = 'administrator' AND state = 'active') AS known) > 1)"
)


def create(
    db: Database, address: str, name: str, password: str | None, who: Who, *,
    role: str = "member", state: str = "active", confirmed: bool = False, now: int | None = None,
) -> int:
    """A new account; its id. Without a password nobody can sign in until one is set.

    Duplicate where the address has an account, BadAddress for what is none, ValueError for an
    unknown role, a name that is empty or longer than 80 characters, or a password that
    `passwords.fault` has something to say about.
    """
    now = _now(now)
    address, name = checked(address), names.cleaned(name)
    _check_name(name)
    _check_role(role)
    stored = None if password is None else _hashed(db, password, address, name)
    id = db.insert(
        "INSERT INTO account (address, address_key, name, role, state, password_hash,"
        " password_kind, created_at, confirmed_at, password_at) VALUES (:address, :key, :name,"
        " :role, :state, :hash, :kind, :now, :confirmed_at, :password_at)",
        address=address, key=identity.key(address), name=name, role=role, state=state, hash=stored,
        kind=None if stored is None else passwords.kind(stored), now=now,
        confirmed_at=now if confirmed else None, password_at=None if stored is None else now)
    events.note(db, "account made", "done", who, id, role, now)
    return id


def find(db: Database, address: str) -> Row | None:
    """The account of an address, in whatever letters it is written; None where there is none."""
    key = identity.key_or_none(address)
    return None if key is None else db.one(_COLUMNS + " WHERE address_key = :key", key=key)


def by_id(db: Database, id: int) -> Row | None:
    """The account of this number."""
    return db.one(_COLUMNS + " WHERE id = :id", id=id)


def page(db: Database, *, after: int = 0, most: int = 50) -> list[Row]:
    """Accounts in the order in which they were made; `after` is the id of the last one shown."""
    return db.all(_COLUMNS + " WHERE id > :after ORDER BY id LIMIT :most", after=after, most=most)


def change_password(
    db: Database, id: int, password: str, who: Who, *, but: int | None = None,
    now: int | None = None,
) -> None:
    """Give an account a new password; its other sessions end, and tokens it was mailed are spoilt.

    `but` is the id of a session that stays (`request.session.id`). ValueError for a password that
    `passwords.fault` has something to say about, NotFound where there is no such account.
    """
    now = _now(now)
    account = by_id(db, id)
    if account is None:
        raise NotFound("There is no such account.")
    stored = _hashed(db, password, account.address, account.name)
    db.run(
        "UPDATE account SET password_hash = :hash, password_kind = :kind, password_at = :now"
        " WHERE id = :id", hash=stored, kind=passwords.kind(stored), now=now, id=id)
    tokens.spoil(db, id)
    session.end_all(db, id, but=but)
    events.note(db, "password changed", "done", who, id, now=now)


def change_name(db: Database, id: int, name: str, who: Who) -> None:
    """Give an account another display name; ValueError for one that is empty or too long."""
    name = names.cleaned(name)
    _check_name(name)
    _found(db.run("UPDATE account SET name = :name WHERE id = :id", name=name, id=id))
    events.note(db, "account changed", "done", who, id, "name")


def change_timezone(db: Database, id: int, timezone: str, who: Who) -> None:
    """Have them read times in another zone, an IANA name; "" for that of the site."""
    _found(db.run("UPDATE account SET timezone = :zone WHERE id = :id", zone=timezone, id=id))
    events.note(db, "account changed", "done", who, id, "time zone")


def change_picture(db: Database, id: int, picture: str, who: Who) -> str:
    """Give an account another picture, the name of its file; "" for none. The name before it."""
    before = db.value("SELECT picture FROM account WHERE id = :id", id=id)
    _found(db.run("UPDATE account SET picture = :picture WHERE id = :id", picture=picture, id=id))
    events.note(db, "account changed", "done", who, id, "picture")
    return str(before)


def change_address(db: Database, id: int, address: str, who: Who, now: int | None = None) -> None:
    """Give an account another address, which was confirmed; Duplicate where it is taken."""
    now = _now(now)
    address = checked(address)
    _found(db.run(
        "UPDATE account SET address = :address, address_key = :key, confirmed_at = :now"
        " WHERE id = :id", address=address, key=identity.key(address), now=now, id=id))
    tokens.spoil(db, id)
    events.note(db, "account changed", "done", who, id, "address", now)


def confirm(db: Database, id: int, who: Who, *, activate: bool, now: int | None = None) -> None:
    """Note that the address is theirs; with `activate`, an account that waits for that is open."""
    now = _now(now)
    _found(db.run(
        "UPDATE account SET confirmed_at = :now, state = CASE WHEN state = 'waiting' AND"
        " :activate = 1 THEN 'active' ELSE state END WHERE id = :id",
        now=now, activate=activate, id=id))
    events.note(db, "account changed", "done", who, id, "confirmed", now)


def signed_in(db: Database, id: int, now: int | None = None) -> None:
    """Note that they are in by a link that was mailed to them, and not by `signin`."""
    db.run("UPDATE account SET signed_in_at = :now WHERE id = :id", now=_now(now), id=id)


def set_role(db: Database, id: int, role: str, who: Who, *, but: int | None = None) -> None:
    """Give an account another role; its sessions end, except the one whose id is `but`.

    Conflict where it is the last administrator, NotFound where there is no such account.
    """
    _check_role(role)
    _hold(db)
    _changed(db, id, db.run(
        "UPDATE account SET role = :role WHERE id = :id"
        " AND (:role = 'administrator' OR " + _NOT_THE_LAST + ")", role=role, id=id))
    session.end_all(db, id, but=but)
    events.note(db, "role changed", "done", who, id, role)


def disable(db: Database, id: int, who: Who) -> None:
    """Close an account: its sessions end, and nobody signs in to it; Conflict for the last
    administrator."""
    _hold(db)
    _changed(db, id, db.run(
        "UPDATE account SET state = 'disabled' WHERE id = :id AND " + _NOT_THE_LAST, id=id))
    tokens.spoil(db, id)
    session.end_all(db, id)
    events.note(db, "account disabled", "done", who, id)


def enable(db: Database, id: int, who: Who) -> None:
    """Open an account that was disabled, or that waits for approval."""
    _found(db.run("UPDATE account SET state = 'active' WHERE id = :id", id=id))
    events.note(db, "account enabled", "done", who, id)


def remove(db: Database, id: int, who: Who) -> None:
    """Delete an account with all that belongs to it here; Conflict for the last administrator."""
    _hold(db)
    session.end_all(db, id)
    _changed(db, id, db.run(
        "DELETE FROM account WHERE id = :id AND " + _NOT_THE_LAST, id=id))
    events.note(db, "account removed", "done", who, id)


def is_last_administrator(db: Database, id: int) -> bool:
    """Whether it is the only active administrator, which `remove` would refuse to delete."""
    return bool(db.value("SELECT COUNT(*) FROM account WHERE id = :id AND NOT " + _NOT_THE_LAST,
                         id=id))


def second_factor_on(
    db: Database, id: int, code: str, who: Who, now: int | None = None
) -> list[str] | None:
    """Recovery codes, once the code shows that the app has the secret that `totp.begin` made.

    None where it is another code.
    """
    if not totp.turn_on(db, id, code, now):
        return None
    events.note(db, "second factor on", "done", who, id, now=now)
    return recovery.make(db, id)


def second_factor_off(db: Database, id: int, who: Who) -> None:
    """Do without a second factor; its secret and the recovery codes are forgotten."""
    recovery.forget(db, id)
    if totp.turn_off(db, id):
        events.note(db, "second factor off", "done", who, id)


def new_recovery_codes(db: Database, id: int, who: Who) -> list[str]:
    """Ten other recovery codes, to be shown once."""
    events.note(db, "recovery codes", "done", who, id)
    return recovery.make(db, id)


def _hashed(db: Database, password: str, address: str, name: str) -> str:
    fault = passwords.fault(password, address=address, name=name)
    if fault is not None:
        raise ValueError(fault)
    with turn(db.config):
        return passwords.hashed(password)


def _hold(db: Database) -> None:
    """See that nobody else changes who is an administrator until this transaction has ended."""
    db.all(_HOLD[db.engine])


def _changed(db: Database, id: int, count: int) -> None:
    if not count and by_id(db, id) is not None:
        raise Conflict(_LAST)
    _found(count)


def _found(count: int) -> None:
    if not count:
        raise NotFound("There is no such account.")


def _check_name(name: str) -> None:
    if not 0 < len(name) <= NAME_MOST:
        raise ValueError(f"A name has 1 to {NAME_MOST} characters.")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; there are: {', '.join(ROLES)}.")


def _now(now: int | None) -> int:
    return int(time.time()) if now is None else now
