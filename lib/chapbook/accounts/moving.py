"""From one address to another: changed when both have agreed, in whichever order.

Each gets a token of its own by mail: `change` the new address, `allow` the one on file. Both are
about the new address, and a day old at most; a newer wish replaces them. Moments are Unix seconds.
"""
from __future__ import annotations

import time

from ..errors import Duplicate
from ..mail.address import checked
from . import accounts, events, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database, Row
    from .events import Who

PURPOSES = ("change", "allow")

# Of two who confirm at once, one has to wait, and then sees what the other did.
_HOLD = {
    "sqlite": "SELECT id, address FROM account WHERE id = :id",
    "mysql": "SELECT id, address FROM account WHERE id = :id FOR UPDATE",
}
_TOKENS = ("SELECT purpose, about, made_at, expires_at, used_at FROM account_token"
           " WHERE account_id = :id AND purpose IN ('change', 'allow') AND expires_at > :now"
           " ORDER BY purpose, token_hash")
_HELD_TOKENS = {"sqlite": _TOKENS, "mysql": _TOKENS + " FOR UPDATE"}


class Pending:
    """A change that waits: the new `address`, until when (`expires_at`), and who has agreed."""

    __slots__ = ("address", "expires_at", "by_new", "by_old")

    def __init__(self, address: str, expires_at: int, by_new: bool, by_old: bool) -> None:
        self.address, self.expires_at = address, expires_at
        self.by_new, self.by_old = by_new, by_old


class Step:
    """What came of a token: `moved` where the address is another now; else `taken` where another
    account has it by now, or neither, where the other address is still to agree.

    `before` is the address on file until then, `address` the new one.
    """

    __slots__ = ("before", "address", "moved", "taken")

    def __init__(self, before: str, address: str, moved: bool, taken: bool) -> None:
        self.before, self.address, self.moved, self.taken = before, address, moved, taken


def begin(
    db: Database, id: int, address: str, who: Who, now: int | None = None
) -> tuple[str, str]:
    """The tokens for the new address and for the one on file; BadAddress for what is none."""
    now = int(time.time()) if now is None else now
    address = checked(address)
    made = [tokens.make(db, purpose, id, about=address, now=now) for purpose in PURPOSES]
    events.note(db, "address asked", "done", who, id, now=now)
    return made[0], made[1]


def pending(db: Database, id: int, now: int | None = None) -> Pending | None:
    """The change that waits; None where none does, or its time is over."""
    return _pending(db.all(_TOKENS, id=id, now=int(time.time()) if now is None else now))


def take(
    db: Database, purpose: str, token: str, id: int, who: Who, now: int | None = None
) -> Step | None:
    """Have one of the two agree, by its token; None for a token that is none of this account.

    The second one changes the address, if nobody else has it by then. KeyError for a purpose that
    is not of these.
    """
    now = int(time.time()) if now is None else now
    if purpose not in PURPOSES:
        raise KeyError(purpose)
    account = db.one(_HOLD[db.engine], id=id)
    found = tokens.look(db, purpose, token, now)
    if account is None or found is None or found.account_id != id:
        return None
    if tokens.take(db, purpose, token, now) is None:
        return None
    events.note(db, "address confirmed", "new" if purpose == "change" else "old", who, id, now=now)
    waits = _pending(db.all(_HELD_TOKENS[db.engine], id=id, now=now))
    if waits is None or not (waits.by_new and waits.by_old):
        return Step(account.address, found.about, False, False)
    other = accounts.find(db, waits.address)
    if other is not None and other.id != id:
        return _taken(db, id, account, waits)
    try:
        accounts.change_address(db, id, waits.address, who, now)
    except Duplicate:                         # in this very moment
        return _taken(db, id, account, waits)
    return Step(account.address, waits.address, True, False)


def cancel(db: Database, id: int) -> bool:
    """Give up the change that waits; whether there was one."""
    return bool(db.run("DELETE FROM account_token WHERE account_id = :id"
                       " AND purpose IN ('change', 'allow')", id=id))


def _taken(db: Database, id: int, account: Row, waits: Pending) -> Step:
    cancel(db, id)
    return Step(account.address, waits.address, False, True)


def _pending(rows: list[Row]) -> Pending | None:
    found = {row.purpose: row for row in rows}
    new, old = found.get("change"), found.get("allow")
    if new is None or old is None or new.about != old.about:
        return None
    return Pending(str(new.about), min(new.expires_at, old.expires_at),
                   new.used_at is not None, old.used_at is not None)
