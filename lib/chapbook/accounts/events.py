"""What happened to accounts: who did what, from where, and how it ended; never a secret.

A row is written with what it tells of, in the same transaction. What somebody typed is not in it:
it may be a password in the wrong field.
"""
from __future__ import annotations

import time

from ..forwarded import block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database, Row

KEPT = 365 * 86400            # seconds
BATCH = 500                   # rows that a sweep deletes at most
ABOUT_MOST = 200              # characters

# Every event that there is, in words for the owner.
EVENTS = {
    "link asked": "Somebody wanted a link by mail, for an account or for a new password",
    "account made": "An account was made",
    "account changed": "Name, address or state of an account were changed",
    "account disabled": "An account was disabled",
    "account enabled": "An account was enabled",
    "account removed": "An account was deleted",
    "role changed": "Somebody was given another role",
    "password changed": "A password was changed",
    "sign-in": "Somebody signed in, or tried to",
    "code": "Somebody gave the code of a second factor, or tried to",
    "password asked": "Somebody who was signed in was asked for the password, and gave another one",
    "address asked": "Somebody wanted another address for an account",
    "address confirmed": "One of two addresses agreed to the change from the one to the other",
    "data taken": "Somebody downloaded all data about themselves",
    "second factor on": "A second factor was switched on",
    "second factor off": "A second factor was switched off",
    "recovery codes": "New recovery codes were made",
    "submissions deleted": "What a form had received was deleted",
    "entries deleted": "Entries of the guestbook were deleted",
    "mail discarded": "Mail that was not sent was discarded",
    "settings changed": "Settings of a form, or of the site, were changed",
    "somebody invited": "Somebody was invited",
    "invitation withdrawn": "An invitation was withdrawn",
    "sessions ended": "The visits of an account were ended",
    "backup made": "A backup of the site was made",
    "backup taken": "A backup of the site was downloaded",
    "backup deleted": "A backup of the site was deleted",
    "backup restored": "The site was put back to what a backup holds",
    "upgrade begun": "An upgrade to another release was begun",
    "upgrade taken back": "Somebody went back to the release before",
    "reset mailed": "A link to set a new password was mailed",
}


class Who:
    """Who asks: the account that is signed in (None: nobody), the request, and from where."""

    __slots__ = ("account_id", "request_id", "network")

    def __init__(self, account_id: int | None, request_id: str, remote: str = "") -> None:
        self.account_id, self.request_id = account_id, request_id
        self.network = block(remote)


SHELL = Who(None, "shell")


def note(
    db: Database, what: str, outcome: str, who: Who, account_id: int | None, about: str = "",
    now: int | None = None,
) -> None:
    """Write down one event, as part of the caller's transaction; ValueError for an unknown one."""
    if what not in EVENTS:
        raise ValueError(f"{what!r} is no event; known are: {', '.join(EVENTS)}")
    db.run(
        "INSERT INTO security_event"
        " (happened_at, what, outcome, account_id, actor_id, request_id, network, about)"
        " VALUES (:now, :what, :outcome, :account_id, :actor_id, :request_id, :network, :about)",
        now=int(time.time()) if now is None else now, what=what, outcome=outcome,
        account_id=account_id, actor_id=who.account_id, request_id=who.request_id[:40],
        network=who.network, about=about[:ABOUT_MOST],
    )


def of(db: Database, account_id: int, *, before: int | None = None, most: int = 50) -> list[Row]:
    """What happened to one account, newest first; `before` is the id of the last one shown."""
    return db.all(
        "SELECT id, happened_at, what, outcome, account_id, actor_id, request_id, network, about"
        " FROM security_event WHERE account_id = :account_id AND id < :before"
        " ORDER BY id DESC LIMIT :most",
        account_id=account_id, before=2**63 - 1 if before is None else before, most=most)


def latest(db: Database, *, before: int | None = None, most: int = 50) -> list[Row]:
    """What happened to any account, newest first; `before` is the id of the last one shown."""
    return db.all(
        "SELECT id, happened_at, what, outcome, account_id, actor_id, request_id, network, about"
        " FROM security_event WHERE id < :before ORDER BY id DESC LIMIT :most",
        before=2**63 - 1 if before is None else before, most=most)


def done_by(db: Database, actor_id: int, what: str, since: int) -> set[str]:
    """What somebody's events of a kind since a moment were about."""
    return {row.about for row in db.all(
        "SELECT about FROM security_event WHERE actor_id = :actor_id AND what = :what"
        " AND happened_at > :since ORDER BY id", actor_id=actor_id, what=what, since=since)}


def lately(db: Database, account_id: int, what: str, outcome: str, since: int) -> int:
    """How many of the last 50 events of an account are of a kind, ended so, and came since then."""
    return int(db.value(
        "SELECT COUNT(*) FROM (SELECT happened_at, what, outcome FROM security_event"
        " WHERE account_id = :account_id ORDER BY id DESC LIMIT 50) AS latest"
        " WHERE happened_at > :since AND what = :what AND outcome = :outcome",
        account_id=account_id, what=what, outcome=outcome, since=since))


def sweep(db: Database, now: int | None = None) -> int:
    """Delete some of what is older than a year, at most 500; how many those were."""
    before = (int(time.time()) if now is None else now) - KEPT
    rows = db.all("SELECT id FROM security_event WHERE happened_at < :before"
                  " ORDER BY happened_at, id LIMIT :most", before=before, most=BATCH)
    for row in rows:
        db.run("DELETE FROM security_event WHERE id = :id", id=row.id)
    return len(rows)
