"""Mail: a row in the outbox, committed with the data it is about, and sent by a worker afterwards.

    mail.queue(request.db, request.config, to="ann@example.org", subject="...", text="...",
               about=f"order {id}")
    mail.send_soon(request)

Queueing is one INSERT and imports nothing: neither `email` nor `smtplib` is there before something
is sent. That is done by `./chapbook cron`, or where no cron runs, by the process that has answered.
"""
from __future__ import annotations

from . import outbox
from .address import BadAddress, checked as checked_address, is_address
from .outbox import (
    BadText, again, cron_seen_at, cron_was_here, discard, drop, forget, interrupt, note_cron, queue,
    release, retry, state,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..request import Request
    from .worker import Counts

__all__ = [
    "BadAddress", "BadText", "again", "checked_address", "cron_seen_at", "cron_was_here", "discard",
    "drop", "forget", "interrupt", "is_address", "note_cron", "queue", "release", "retry",
    "send_soon", "state", "work",
]

SOON_MOST = 3                 # messages after one response
SOON_SECONDS = 20.0
SOON_WORKERS = 3              # messages under way at once before a response leaves its own to them


def work(config: Config, *, seconds: float, most: int) -> Counts:
    """Send what is due, at most so many messages, none begun after so many seconds.

    Gives how many were `sent`, are to be tried `later`, have `failed` for good. Never raises for a
    mail that cannot be sent; Unavailable or DatabaseError where the outbox cannot be read.
    """
    from . import worker

    return worker.work(config, seconds=seconds, most=most)


def send_soon(request: Request) -> None:
    """Send a few messages once the answer has gone out, unless cron was here within 5 minutes."""
    config = request.config
    if not cron_was_here(request.db):
        request.after(lambda: _after(config))


def _after(config: Config) -> None:
    """Nobody is there to hear of an error: the mails wait in the outbox, and the log has why."""
    from .. import log
    from ..db import connect
    from ..errors import HTTPError

    try:
        with connect(config) as db:
            if outbox.under_way(db) >= SOON_WORKERS:
                return
        work(config, seconds=SOON_SECONDS, most=SOON_MOST)
    except HTTPError as error:
        log.write(config, "mail", detail=error.detail or str(error))
