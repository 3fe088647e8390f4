"""The guestbook: entries that visitors have signed, newest first."""
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
    """The newest `limit` entries, or the newest of those before an entry's id."""
    found = Entries(db.all(
        "SELECT id, name, place, message, signed_at FROM guestbook_entry"
        " WHERE id < :before ORDER BY id DESC LIMIT :limit",
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
    db: Database, name: str, message: str, place: str | None = None, at: int | None = None
) -> int:
    """Store an entry, signed now or `at` another time; gives its id. An empty place is none."""
    return db.insert(
        "INSERT INTO guestbook_entry (name, place, message, signed_at)"
        " VALUES (:name, :place, :message, :signed_at)",
        name=name, place=place or None, message=message,
        signed_at=int(time.time()) if at is None else at,
    )


def count(db: Database) -> int:
    """How many entries there are."""
    return int(db.value("SELECT COUNT(*) FROM guestbook_entry"))
