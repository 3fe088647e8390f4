"""The guestbook: entries that visitors have signed, newest first.

What the owner wants to see first (`[guestbook] moderation`) waits until it is approved or deleted
by an editor (`moderation`). Until then nobody else reads it: the lists here have the approved
entries alone.
"""
from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database, Row

    Rows = list[Row]
else:
    Rows = list

NAME_MAX = 80                 # characters, as in the tables
PLACE_MAX = 80
MESSAGE_MAX = 4000


class Entries(Rows):
    """Some entries, newest first; `older` is the `before` of those that follow, None at the end."""

    older: int | None = None


def latest(db: Database, limit: int = 20, before: int | None = None) -> Entries:
    """The newest `limit` approved entries, or the newest of those before an entry's id."""
    found = Entries(db.all(
        "SELECT id, name, place, message, signed_at FROM guestbook_entry"
        " WHERE state = 'approved' AND id < :before ORDER BY id DESC LIMIT :limit",
        before=2**63 - 1 if before is None else before, limit=limit + 1,
    ))
    if len(found) > limit:
        del found[limit:]
        found.older = found[-1].id
    return found


def faults(values: dict[str, str]) -> dict[str, str]:
    """What keeps these values from being an entry: a sentence for each field at fault."""
    found = {}
    for name, label, most in (
        ("name", "Your name", NAME_MAX),
        ("place", "Where you are from", PLACE_MAX),
        ("message", "Your words", MESSAGE_MAX),
    ):
        if name != "place" and not values[name]:
            found[name] = f"“{label}” is still empty."
        elif len(values[name]) > most:
            found[name] = (f"“{label}” can take {most:,} characters; "
                           f"this is {len(values[name]):,} long.")
    return found


def sign(
    db: Database, name: str, message: str, place: str | None = None, at: int | None = None,
    wait: bool | None = None,
) -> int:
    """Store an entry, signed now or `at` another time; gives its id. An empty place is none.

    Whether it must `wait` for the owner follows from `[guestbook] moderation` where it is None;
    `is_waiting` tells.
    """
    if wait is None:
        wait = _must_wait(db, name)
    return db.insert(
        "INSERT INTO guestbook_entry (name, place, message, signed_at, state)"
        " VALUES (:name, :place, :message, :signed_at, :state)",
        name=name, place=place or None, message=message,
        signed_at=int(time.time()) if at is None else at,
        state="waiting" if wait else "approved",
    )


def _must_wait(db: Database, name: str) -> bool:
    """Whether an entry of this name is one that the owner wants to see first."""
    moderation = db.config.guestbook.moderation
    if moderation != "first":
        return bool(moderation == "all")
    # HEX, for the same letters exactly: MySQL would take "Zoe" for "Zoë", and both for "ZOE".
    return not db.value(
        "SELECT 1 FROM guestbook_entry"
        " WHERE name = :name AND state = 'approved' AND HEX(name) = HEX(:name) LIMIT 1", name=name)


def entry(db: Database, id: int) -> Row | None:
    """One entry in either state, or None: for the owner."""
    return db.one(
        "SELECT id, name, place, message, signed_at, state FROM guestbook_entry WHERE id = :id",
        id=id)


def is_waiting(db: Database, id: int) -> bool:
    """Whether this entry is there, and waits for the owner."""
    return bool(db.value(
        "SELECT COUNT(*) FROM guestbook_entry WHERE id = :id AND state = 'waiting'", id=id))


def approve(db: Database, id: int) -> bool:
    """Show a waiting entry to everybody; False where none of that id waits."""
    return bool(db.run(
        "UPDATE guestbook_entry SET state = 'approved' WHERE id = :id AND state = 'waiting'",
        id=id))


def delete(db: Database, id: int) -> bool:
    """Remove an entry for good, a waiting or an approved one; False where there is none."""
    return bool(db.run("DELETE FROM guestbook_entry WHERE id = :id", id=id))


def count(db: Database, state: str = "approved") -> int:
    """How many entries there are for everybody to read, or of another state: "waiting"."""
    return int(db.value("SELECT COUNT(*) FROM guestbook_entry WHERE state = :state", state=state))
