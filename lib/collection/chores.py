"""What is to be done now and then for the forms: by `./chapbook cron`, a little each time.

Submissions beyond their time go with their files and mails; so do files that no row names, salts
and hashes of past days, old counts, sessions that have ended, and what accounts leave behind.
"""
from __future__ import annotations

import os
import time

from chapbook import mail
from chapbook.db import connect

from . import attachments, formsettings, pictures, submissions
from .counters import DAY
from .received import REPEAT_WITHIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.config import Config
    from chapbook.db import Database
    from chapbook.request import Request

BATCH = 500                   # rows in one transaction
SECONDS = 20.0                # after which the rest is left for the next time
SALTS_KEPT = 2                # days, so that a visit at midnight is still the same visitor
ORPHANS_AFTER = DAY           # seconds: a file that comes in now has no row yet


def run(db: Database, config: Config, now: int | None = None) -> str:
    """Do the chores; what there was to do, in lines."""
    now = int(time.time()) if now is None else now
    until = time.monotonic() + SECONDS
    done = []
    swept = sweep(db, config, now, until)
    if swept:
        done.append(f"Submissions beyond their time, deleted: {swept}.")
    orphans = remove_orphans(db, config, now)
    if orphans:
        done.append(f"Files of no submission, deleted: {orphans}.")
    strays = pictures.remove_orphans(db, config, now)
    if strays:
        done.append(f"Pictures of nobody, deleted: {strays}.")
    forget(db, config, now)
    return "\n".join(done)


def now_and_then(request: Request) -> None:
    """Do the chores after one answer in 64, where no cron does them."""
    if os.urandom(1) < b"\x04" and not mail.cron_was_here(request.db):
        config = request.config
        request.after(lambda: _alone(config))


def _alone(config: Config) -> None:
    with connect(config) as db:
        run(db, config)


def sweep(db: Database, config: Config, now: int, until: float) -> int:
    """Delete what has been kept for as long as its form says; how many that was."""
    swept = 0
    for row in db.all("SELECT DISTINCT form FROM submission ORDER BY form"):
        keep = formsettings.of(db, config, row.form).keep
        while keep and time.monotonic() < until:
            files, count = db.transact(_sweep_some, db, row.form, now - keep)
            attachments.remove(config, files)
            swept += count
            if count < BATCH:
                break
    return swept


def _sweep_some(db: Database, form: str, before: int) -> tuple[list[str], int]:
    rows = db.all(
        "SELECT id FROM submission WHERE form = :form AND received_at < :before"
        " ORDER BY id LIMIT :most", form=form, before=before, most=BATCH)
    return [file for row in rows for file in submissions.delete(db, row.id)], len(rows)


def remove_orphans(db: Database, config: Config, now: int) -> int:
    """Delete files that no submission has, such as those of a process that was killed."""
    count = 0
    try:
        with os.scandir(attachments.folder(config)) as entries:
            old = [entry.name for entry in entries
                   if entry.is_file(follow_symlinks=False)
                   and entry.stat(follow_symlinks=False).st_mtime < now - ORPHANS_AFTER]
    except FileNotFoundError:
        return 0                              # nobody has sent a file yet
    for name in old:
        if not db.value("SELECT COUNT(*) FROM submission_file WHERE path = :name", name=name):
            attachments.remove(config, [name])
            count += 1
    return count


def forget(db: Database, config: Config, now: int) -> None:
    """Forget by what senders could be told, old counts, answers of old forms, ended sessions."""
    from chapbook import session
    from chapbook.accounts import chores as of_accounts
    from chapbook.forms import once

    with db.transaction():
        db.run("DELETE FROM sender_salt WHERE day <= :day", day=now // DAY - SALTS_KEPT)
    for forget_some in (_forget_senders, _forget_counts, _forget_replies):
        while db.transact(forget_some, db, now):
            pass
    db.transact(once.sweep, db, config, BATCH)
    while db.transact(session.sweep, db, BATCH) == BATCH:
        pass
    of_accounts.run(db, now)


def _forget_senders(db: Database, now: int) -> bool:
    rows = db.all(
        "SELECT id FROM submission WHERE repeat_key IS NOT NULL AND received_at < :before"
        " ORDER BY received_at, id LIMIT :most", before=now - REPEAT_WITHIN, most=BATCH)
    for row in rows:
        db.run("UPDATE submission SET repeat_key = NULL WHERE id = :id", id=row.id)
    return len(rows) == BATCH


def _forget_counts(db: Database, now: int) -> bool:
    rows = db.all(
        "SELECT form, what, period FROM form_count WHERE period > 0 AND period < :before"
        " ORDER BY period, form, what LIMIT :most", before=now - 2 * DAY, most=BATCH)
    for row in rows:
        db.run("DELETE FROM form_count WHERE form = :form AND what = :what AND period = :period",
               **row)
    return len(rows) == BATCH


def _forget_replies(db: Database, now: int) -> bool:
    rows = db.all("SELECT address_hash FROM autoreply_sent WHERE day < :day"
                  " ORDER BY day, address_hash LIMIT :most", day=now // DAY - 1, most=BATCH)
    for row in rows:
        db.run("DELETE FROM autoreply_sent WHERE address_hash = :hash", hash=row.address_hash)
    return len(rows) == BATCH
