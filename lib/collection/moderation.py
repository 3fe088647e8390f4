"""Entries of the guestbook for who looks after it: searched, and taken away as CSV."""
from __future__ import annotations

from chapbook.sql import literally

from . import guestbook, sheets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.config import Config
    from chapbook.db import Database

VIEWS = {"waiting": "waiting", "all": "approved"}       # what an address calls the states
HEADINGS = ("No.", "State", "Name", "From", "Words", "Signed")
BATCH = 500                   # rows read at once


def found(
    db: Database, state: str, *, words: str = "", before: int | None = None, limit: int = 25,
) -> guestbook.Entries:
    """The newest entries of a state, or those before an entry's id, that have `words` in them.

    They may be in the name, the place or the message, one behind the other. Capitals do not count
    (on SQLite they do in letters beyond those of English).
    """
    rows = guestbook.Entries(db.all(
        "SELECT id, name, place, message, signed_at FROM guestbook_entry"
        " WHERE state = :state AND id < :before AND (name LIKE :words ESCAPE '!'"
        " OR place LIKE :words ESCAPE '!' OR message LIKE :words ESCAPE '!')"
        " ORDER BY id DESC LIMIT :limit",
        state=state, before=2**63 - 1 if before is None else before,
        words=f"%{literally(words)}%", limit=limit + 1))
    if len(rows) > limit:
        del rows[limit:]
        rows.older = rows[-1].id
    return rows


def sheet(db: Database, config: Config, state: str, words: str = "") -> bytes:
    """All of them as the content of a CSV file, newest first."""
    at, table = sheets.clock(config), [list(HEADINGS)]
    before: int | None = None
    while True:
        rows = found(db, state, words=words, before=before, limit=BATCH)
        table += [[str(row.id), "waiting" if state == "waiting" else "shown", row.name,
                   row.place or "", row.message, at(row.signed_at)] for row in rows]
        before = rows.older
        if before is None:
            return sheets.csv(table)
