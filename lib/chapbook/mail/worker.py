"""The worker: claims what is due, hands it over, and writes down what became of it.

Any number may run at once. Between the moment that a server has a message and the moment that this
is written down lies the one chance of a second copy: a process that dies just there. It carries the
same Message-ID, so that mail programs can tell.
"""
from __future__ import annotations

import os
import time

from .. import log
from ..db import connect
from ..errors import Unavailable
from . import outbox, transports
from .message import Unwritable, sender, written
from .transports import Deferred, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..db import Database, Row

MARK_WAITS = (0.2, 1.0, 5.0)  # seconds between tries to write down that a message was sent


class Counts:
    """What a worker did: messages `sent`, to be tried `later`, `failed` for good."""

    def __init__(self) -> None:
        self.sent = self.later = self.failed = 0

    def __repr__(self) -> str:
        return f"{self.sent} sent, {self.later} to be tried again, {self.failed} failed"


def work(config: Config, *, seconds: float, most: int) -> Counts:
    """Send what is due: see `mail.work`.

    After an error that would befall every message the others are left for the next time.
    """
    counts = Counts()
    until = time.monotonic() + seconds
    mark = os.urandom(8).hex()
    transport = transports.opened(config)
    try:
        with connect(config) as db:
            for _ in range(most):
                if time.monotonic() >= until:
                    break
                mail = outbox.claim(db, mark, transports.lease(config))
                if mail is None or not _send(config, db, mail, mark, transport, counts):
                    break
    finally:
        transport.close()
    return counts


def _send(config: Config, db: Database, mail: Row, mark: str, transport: transports.Transport,
          counts: Counts) -> bool:
    """Deliver one message and write down how it went; whether to go on with the next."""
    for_all = False
    try:
        if mail.abandoned and time.time() > mail.first_tried_at + config.mail.give_up:
            raise Unwritable("Whoever tried to send it ended before it was done, again and again.")
        address = sender(config)
        name = f"{mail.written_at:010d}-{mail.message_id.partition('@')[0]}"
        transport.deliver(address, mail.recipient, written(config, mail, address), name,
                          mail.due_at)
    except (Refused, Unwritable) as error:
        db.transact(outbox.mark_failed, db, mail.id, mark, str(error))
        counts.failed += 1
        _log(config, "mail-failed", mail, str(error))
    except Deferred as error:
        for_all = error.for_all
        _later(config, db, mail, mark, str(error), counts)
    except Exception as error:                    # a mistake of ours; the other mails must go out
        import traceback

        transport.close()
        sentence = f"A mistake in the program: {type(error).__name__}. The log has more."
        _later(config, db, mail, mark, sentence, counts,
               "".join(traceback.format_exception(error)))
    else:
        _mark_sent(db, mail, mark)
        counts.sent += 1
    return not for_all


def _later(config: Config, db: Database, mail: Row, mark: str, error: str, counts: Counts,
           traceback: str = "") -> None:
    again = db.transact(outbox.mark_later, db, mail, mark, error, config.mail.give_up)
    if again:
        counts.later += 1
    else:
        counts.failed += 1
    _log(config, "mail-later" if again else "mail-failed", mail, error, traceback)


def _mark_sent(db: Database, mail: Row, mark: str) -> None:
    """Write down that it was sent; stubbornly, for what is not written down is sent again."""
    for wait in MARK_WAITS:
        try:
            db.transact(outbox.mark_sent, db, mail.id, mark)
            return
        except Unavailable:
            time.sleep(wait)
    db.transact(outbox.mark_sent, db, mail.id, mark)


def _log(config: Config, event: str, mail: Row, detail: str, traceback: str = "") -> None:
    log.write(config, event, traceback=traceback, mail=mail.id, about=mail.about, tries=mail.tries,
              detail=detail)
