"""What is to be done now and then: counts, tokens and events whose time is over are deleted."""
from __future__ import annotations

import time

from . import events, throttle, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database

SECONDS = 10.0                # after which the rest is left for the next time
BATCH = 500                   # rows in one transaction


def run(db: Database, now: int | None = None, seconds: float = SECONDS) -> int:
    """Delete what means nothing any more, in transactions of at most 500 rows; how many it was."""
    until = time.monotonic() + seconds
    count = 0
    for sweep in (throttle.sweep, tokens.sweep, events.sweep):
        swept = BATCH
        while swept == BATCH and time.monotonic() < until:
            swept = db.transact(sweep, db, now)
            count += swept
    return count
