"""Whether somebody is who they say: a password, then the code of a second factor if there is one.

An unknown address, a wrong password and a closed account take the same work and the same writes,
and a page must give the same answer to all of them. Every try is counted before a password is
hashed. Counts and events are kept whatever the page answers, as long as it has not begun to write
when it asks (see `throttle.apart`).
"""
from __future__ import annotations

import os
import time

from .. import log, signing
from ..errors import BadRequest
from . import events, identity, passwords, recovery, throttle, totp
from .turns import turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..db import Database, Row
    from .events import Who
    from .throttle import Limit


SWEPT_BELOW = 16              # of 256: how many of them sweep
SWEPT_AT_ONCE = 50            # rows, which is more than all of them have made meanwhile

# Whoever changes an account's password waits until the sign-in that saw the old one has ended, and
# then ends it.
_HELD = {
    "sqlite": "SELECT state, password_hash, totp_at FROM account WHERE id = :id",
    "mysql": "SELECT state, password_hash, totp_at FROM account WHERE id = :id FOR UPDATE",
}


class Outcome:
    """How it ended. `account` is the row (id, address, name, role) of whom may go on, or None.

    `wants_code`: a second factor is on, and `second` has to be asked before anybody is signed in.
    `retry_after`: seconds to wait where there were too many tries, else 0. `why` ("good", "wrong",
    "unknown", "disabled", "waiting", "changed", "unreadable", "throttled") is for the log; a page
    tells nothing of it but that there were too many tries.

    `mark` is for `admit`. `is_new_place`: they had not signed in from this network within 30 days.
    `by_recovery`: the code was a recovery code.
    """

    __slots__ = ("account", "why", "retry_after", "wants_code", "mark", "is_new_place",
                 "by_recovery")

    def __init__(self, account: Row | None, why: str, retry_after: int = 0) -> None:
        self.account, self.why, self.retry_after = account, why, retry_after
        self.wants_code = account is not None and account.totp_at is not None
        self.mark, self.is_new_place, self.by_recovery = "", False, False


def authenticate(
    db: Database, address: str, password: str, who: Who, now: int | None = None
) -> Outcome:
    """Whether this is the password of the account that has this address.

    BadRequest for a password of more than 1024 bytes, Unavailable where too many are signing in at
    this moment.
    """
    if passwords.prepared(password) is None:
        raise BadRequest(f"A password has at most {passwords.MOST} bytes.")
    now = int(time.time()) if now is None else now
    key = identity.key_or_none(address)
    # What is no address is limited as if it were one: whether it is must not show.
    person = key if key is not None else address[:254].casefold()
    with throttle.apart(db) as own:
        tries = _tries(own, person, who, now)
        wait = throttle.spend(own, tries, now)
        if os.urandom(1)[0] < SWEPT_BELOW:        # what cron does, where there is none
            own.transact(throttle.sweep, own, now, SWEPT_AT_ONCE)
        if wait:
            _note_throttled(own, "sign-in", who, None, now)
            return Outcome(None, "throttled", wait)
        # Its hash is asked for here alone. An address that is none has a key that nobody has.
        found = own.one(
            "SELECT id, address, name, role, state, totp_at, password_hash FROM account"
            " WHERE address_key = :key", key=key or "-")
        fits, unreadable = _fits(own, found, password)
        if found is None:
            why = "unknown"
        elif unreadable:
            why = "unreadable"
        elif not fits:
            why = "wrong"
        else:
            why = {"active": "good"}.get(found.state, found.state)
        if found is None or why != "good":
            id = None if found is None else found.id
            own.transact(events.note, own, "sign-in", why, who, id, now=now)
            return Outcome(None, why)
        stored = found.pop("password_hash")
        new = _rehashed(own, stored, password)
        if not own.transact(_succeed, own, found, stored, new, tries, person, who, now):
            return Outcome(None, "changed")
    outcome = Outcome(found, "good")
    outcome.mark = _mark(db.config, new or stored, found.totp_at)
    outcome.is_new_place = tries[-1][0] is throttle.ACCOUNT
    return outcome


def admit(db: Database, account_id: int, mark: str) -> bool:
    """Whether what `authenticate` has found still holds, for the transaction that signs them in.

    That is: the account is open, and has the password and the second factor that it had then.
    """
    from hmac import compare_digest

    row = db.one(_HELD[db.engine], id=account_id)
    return (row is not None and row.state == "active" and row.password_hash is not None
            and compare_digest(_mark(db.config, row.password_hash, row.totp_at), mark))


def again(
    db: Database, account_id: int, password: str, who: Who, now: int | None = None
) -> Outcome:
    """Whether it is the password of this account, as is asked of who is signed in before what only
    its owner may do.

    Counted as a try to sign in, but nobody is signed in by it. BadRequest and Unavailable as above.
    """
    if passwords.prepared(password) is None:
        raise BadRequest(f"A password has at most {passwords.MOST} bytes.")
    now = int(time.time()) if now is None else now
    with throttle.apart(db) as own:
        found = own.one(
            "SELECT id, address, name, role, state, totp_at, password_hash FROM account"
            " WHERE id = :id", id=account_id)
        if found is None or found.state != "active":
            return Outcome(None, "unknown" if found is None else str(found.state))
        tries = _tries(own, identity.key(found.address), who, now)
        wait = throttle.spend(own, tries, now)
        if wait:
            _note_throttled(own, "password asked", who, account_id, now)
            return Outcome(None, "throttled", wait)
        fits, unreadable = _fits(own, found, password)
        if not fits:
            why = "unreadable" if unreadable else "wrong"
            own.transact(events.note, own, "password asked", why, who, account_id, now=now)
            return Outcome(None, why)
        throttle.give_back(own, tries)
    outcome = Outcome(found, "good")
    outcome.mark = _mark(db.config, found.pop("password_hash"), found.totp_at)
    return outcome


def second(
    db: Database, account_id: int, code: str, who: Who, now: int | None = None, *, mark: str = ""
) -> Outcome:
    """Whether this is the code of the account's second factor at this moment, or a recovery code.

    Either is used up by it. With the `mark` of a password that is another one by now, it is not
    even tried: who knew that must not use up the tries of who has the new one.
    """
    now = int(time.time()) if now is None else now
    with throttle.apart(db) as own:
        if mark and not own.transact(admit, own, account_id, mark):
            return Outcome(None, "changed")
        tries = [(throttle.CODE, str(account_id))]
        wait = throttle.spend(own, tries, now)
        if wait:
            _note_throttled(own, "code", who, account_id, now)
            return Outcome(None, "throttled", wait)
        return own.transact(_second, own, account_id, code, tries, who, now)


def _tries(db: Database, person: str, who: Who, now: int) -> list[tuple[Limit, str]]:
    """What a try is counted as: one of this network, and one at this account.

    A network that its owner has signed in from before has a count of its own, so that strangers
    who use up the account's do not keep them out.
    """
    network = [(throttle.NETWORK, who.network)]
    if throttle.is_known(db, person, who.network, now):
        return [*network, (throttle.AT_HOME, f"{person}\n{who.network}")]
    return [*network, (throttle.ACCOUNT, person)]


def _fits(db: Database, account: Row | None, password: str) -> tuple[bool, bool]:
    """Whether it is the account's password; and whether what is kept of it could not be read.

    One verification for each kind of hash that any account has, in the same order for everybody:
    while there are two kinds, what an account has does not show in the time.
    """
    stored = None if account is None else account.password_hash
    own = "" if stored is None else passwords.kind(stored)
    fits, unreadable = False, False
    with turn(db.config):
        for kind in sorted({*_kinds(db), passwords.current()}):
            try:
                if kind == own and stored is not None:
                    fits = passwords.verify(stored, password)
                else:
                    passwords.verify(passwords.dummy(kind), password)
            except passwords.Unreadable as error:
                if kind == own:
                    unreadable = True
                log.write(db.config, "password", detail=str(error))
    return fits, unreadable


def _kinds(db: Database) -> list[str]:
    """The kinds of hash in use: one step along the index for each, and not one for each account."""
    kinds: list[str] = []
    last = ""
    while True:
        kind = db.value("SELECT MIN(password_kind) FROM account WHERE password_kind > :last",
                        last=last)
        if kind is None:
            return kinds
        kinds.append(kind)
        last = kind


def _rehashed(db: Database, stored: str, password: str) -> str | None:
    """The hash that is to be kept from now on, where it is one of another kind."""
    if not passwords.needs_rehash(stored):
        return None
    with turn(db.config):
        return passwords.hashed(password)


def _succeed(
    db: Database, account: Row, stored: str, new: str | None, tries: list[tuple[Limit, str]],
    person: str, who: Who, now: int,
) -> bool:
    """Note that they are in; False where the account was closed, or its password changed, while
    this one was verified."""
    new = new or stored
    if not db.run(
        "UPDATE account SET signed_in_at = :now, password_hash = :new, password_kind = :kind"
        " WHERE id = :id AND state = 'active' AND password_hash = :stored",
        now=now, new=new, kind=passwords.kind(new), id=account.id, stored=stored,
    ):
        events.note(db, "sign-in", "changed", who, account.id, now=now)
        return False
    throttle.give_back(db, tries)
    why = "password good"
    if account.totp_at is None:
        why = "good"
        throttle.know(db, person, who.network, now)
    events.note(db, "sign-in", why, who, account.id, now=now)
    return True


def _second(
    db: Database, account_id: int, code: str, tries: list[tuple[Limit, str]], who: Who, now: int
) -> Outcome:
    account = db.one("SELECT id, address, name, role, state, totp_at FROM account WHERE id = :id",
                     id=account_id)
    about = ""
    if account is None or account.state != "active":
        why = "unknown" if account is None else str(account.state)
    elif totp.use(db, account_id, code, now):
        why = "good"
    elif account.totp_at is not None and recovery.use(db, account_id, code, now):
        why, about = "good", "recovery code"
    else:
        why = "wrong"
    events.note(db, "code", why, who, account_id, about, now)
    if account is None or why != "good":
        return Outcome(None, why)
    throttle.give_back(db, tries)
    throttle.know(db, identity.key(account.address), who.network, now)
    outcome = Outcome(account, why)
    outcome.by_recovery = bool(about)
    return outcome


def _mark(config: Config, stored: str, totp_at: int | None) -> str:
    """What a session may keep of a password and a second factor, to see whether they are others."""
    key = signing.key(config, "signing in")
    return signing.mac(key, f"{stored}\n{totp_at}".encode()).hex()


def _note_throttled(
    db: Database, what: str, who: Who, account_id: int | None, now: int
) -> None:
    """Write it down, though not each time: who tries without end must not fill the table."""
    if not throttle.spend(db, [(throttle.NOTED, f"{what}\n{who.network}")], now):
        db.transact(events.note, db, what, "throttled", who, account_id, now=now)
