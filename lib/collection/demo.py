"""What a new site shows, so that its first page is not an empty one."""
from __future__ import annotations

import time

from . import guestbook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database

HOUR = 3600
DAY = 24 * HOUR

# Oldest first: how long ago, who, from where, and what they wrote.
ENTRIES = (
    (9 * DAY + 3 * HOUR, "Gutenberg's apprentice", "Mainz",
     "Set in the evening, read the next morning. The master says it will never catch on."),
    (4 * DAY + 7 * HOUR, "Zoë & Émile", "Brugge",
     "Lovely paper! We walked in to get out of the rain and stayed for the whole book."),
    (2 * DAY + 5 * HOUR, "Ludwika", None,
     "My grandmother sold chapbooks at the fair: a penny plain, twopence coloured.\n"
     "She would have liked that this one prints itself."),
    (3 * HOUR, "The printer's cat", "under the press",
     "<b>Not bold</b>, only quoted. I walked over the keyboard to make sure. =^..^="),
)


def load(db: Database) -> str:
    """Sign the guestbook with a few entries unless somebody has; what was done, or empty."""
    with db.transaction():
        if guestbook.count(db):
            return ""
        now = int(time.time())
        for ago, name, place, message in ENTRIES:
            guestbook.sign(db, name, message, place, at=now - ago, wait=False)
    return f"{len(ENTRIES)} entries in the guestbook, to begin with (lib/collection/demo.py)."
