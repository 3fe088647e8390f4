"""The outbox: every message is a row, from the moment that somebody wants it sent.

A row is `held` (kept back until it is released), `waiting`, `sent` or `failed`. A worker claims a
waiting row by a conditional UPDATE, for the time of a lease; a worker that dies lets the lease run
out, and the row is due again. Moments are Unix seconds.
"""
from __future__ import annotations

import os
import time

from .address import BadAddress, checked, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..db import Database, Row

CRON_FRESH = 5 * 60           # seconds for which cron counts as running after it was seen
SUBJECT_MOST = 250            # characters, as in the table
ABOUT_MOST = 80
TEXT_MOST = 262_144           # characters; what is longer can be read where it is stored
WAITS = (60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600)         # seconds after each try; then the last
NOT_KEPT = 30 * 86400         # seconds that sent messages are remembered which nothing deletes

# Line and paragraph separators are line ends to some programs; NEL is among the controls.
_ENDS = "\u2028\u2029"


class BadText(ValueError):
    """A subject or a text that has no place in a message; the message says what is in it."""


def queue(
    db: Database, config: Config, *, to: str, subject: str, text: str,
    reply_to: str | None = None, about: str = "", hold: bool = False,
) -> int:
    """Put a message to one address into the outbox, as part of the caller's transaction; its id.

    `reply_to` is one address. `about` is what it belongs to ("submission 12", at most 80
    characters). With `hold` it is kept back until `release`. From is the site itself, filled in
    when it is sent. A subject is cut at 250 characters, a text at 262,144, visibly. BadAddress for
    what is not one address; BadText for control characters.
    """
    to = checked(to)
    if not is_plain(to):
        raise BadAddress(f"No mail goes to {to!r}: such names can lead through other mail servers.")
    if reply_to is not None:
        reply_to = checked(reply_to)
    if len(about) > ABOUT_MOST:
        raise BadText(f"What a mail is about has at most {ABOUT_MOST} characters.")
    now = int(time.time())
    return db.insert(
        "INSERT INTO outbox"
        " (about, message_id, recipient, reply_to, subject, body, state, written_at, due_at)"
        " VALUES (:about, :message_id, :to, :reply_to, :subject, :text, :state, :now, :now)",
        about=about, message_id=f"{os.urandom(16).hex()}@{domain(config)}", to=to,
        reply_to=reply_to, subject=_subject(subject), text=_text(text),
        state="held" if hold else "waiting", now=now,
    )


def release(db: Database, about: str) -> int:
    """Let the held messages about this go; how many they were."""
    return db.run(
        "UPDATE outbox SET state = 'waiting', written_at = :now, due_at = :now"
        " WHERE about = :about AND state = 'held'", now=int(time.time()), about=about)


def retry(db: Database, about: str | None = None) -> int:
    """Have the failed messages about this, or about anything, tried again from the start."""
    return db.run(
        "UPDATE outbox SET state = 'waiting', due_at = :now, tries = 0, first_tried_at = NULL"
        " WHERE state = 'failed' AND (about = :about OR :all = 1)",
        now=int(time.time()), about=about or "", all=about is None)


def interrupt(db: Database, why: str) -> int:
    """Have all messages that wait count as failed, until somebody sends them again; how many."""
    return db.run(
        "UPDATE outbox SET state = 'failed', claim = NULL, last_error = :why"
        " WHERE state = 'waiting'", why=why)


def discard(db: Database, about: str) -> int:
    """Delete the messages about this that were not sent; what was sent stays known."""
    return db.run("DELETE FROM outbox WHERE about = :about AND state <> 'sent'", about=about)


# Of one message, which nobody is just sending: its lease is not taken, or has run out.
_IDLE = (" WHERE id = :id AND state <> 'sent'"
         " AND (state <> 'waiting' OR claim IS NULL OR due_at <= :now)")


def again(db: Database, id: int) -> bool:
    """Have one message sent now: a waiting one before its time, others from the start.

    False for one that was sent, is just being sent, or is gone.
    """
    # MySQL assigns in this order and reads what it has assigned: the state comes last.
    return bool(db.run(
        "UPDATE outbox SET tries = CASE WHEN state = 'waiting' THEN tries ELSE 0 END,"
        " first_tried_at = CASE WHEN state = 'waiting' THEN first_tried_at ELSE NULL END,"
        " written_at = CASE WHEN state = 'held' THEN :now ELSE written_at END,"
        " due_at = :now, state = 'waiting'" + _IDLE, id=id, now=int(time.time())))


def drop(db: Database, id: int) -> bool:
    """Delete one message that was not sent; False for one that was, is just being sent, or is gone.
    """
    return bool(db.run("DELETE FROM outbox" + _IDLE, id=id, now=int(time.time())))


def forget(db: Database, about: str) -> int:
    """Delete every trace of the messages about this."""
    return db.run("DELETE FROM outbox WHERE about = :about", about=about)


def state(db: Database, about: str) -> list[Row]:
    """The messages about this, oldest first: to, subject, state, tries, sent_at, last_error.

    `due_at` is when a waiting one is tried next, `written_at` when it was queued or released.
    """
    return db.all(
        "SELECT id, recipient AS \"to\", subject, state, tries, written_at, due_at, sent_at,"
        " last_error FROM outbox WHERE about = :about ORDER BY id", about=about)


def cron_was_here(db: Database) -> bool:
    """Whether cron has asked for mail within the last 5 minutes."""
    now = int(time.time())
    return bool(db.value(
        "SELECT COUNT(*) FROM cron_seen"
        " WHERE job = 'cron' AND seen_at > :then AND seen_at <= :soon",
        then=now - CRON_FRESH, soon=now + CRON_FRESH))


def cron_seen_at(db: Database) -> int | None:
    """When cron has last asked for mail; None where it never has."""
    return db.value("SELECT seen_at FROM cron_seen WHERE job = 'cron'") or None


def note_cron(db: Database) -> None:
    """Write down that cron is here, and forget what was sent a month ago about nothing, or about an
    account: all else is deleted with what it is about."""
    now = int(time.time())
    db.run("UPDATE cron_seen SET seen_at = :now WHERE job = 'cron'", now=now)
    db.run("DELETE FROM outbox WHERE state = 'sent' AND sent_at < :then"
           " AND (about = '' OR about LIKE 'account %')", then=now - NOT_KEPT)


# What the worker does with it

def claim(db: Database, mark: str, lease: int) -> Row | None:
    """A message that is due, nobody else's for `lease` seconds; None where there is none.

    `abandoned` tells that whoever had it before has neither sent it nor said why not.
    """
    while True:
        now = int(time.time())
        due = db.all("SELECT id, claim FROM outbox WHERE state = 'waiting' AND due_at <= :now"
                     " ORDER BY due_at, id LIMIT 8", now=now)
        if not due:
            return None
        for row in due:
            if db.transact(_claimed, db, row.id, mark, now, now + lease):
                claimed = db.one(
                    "SELECT id, about, message_id, recipient, reply_to, subject, body, written_at,"
                    " due_at, tries, first_tried_at FROM outbox WHERE id = :id AND claim = :mark",
                    id=row.id, mark=mark)
                if claimed is not None:       # None: discarded in this moment
                    claimed["abandoned"] = row.claim is not None
                    return claimed


def _claimed(db: Database, id: int, mark: str, now: int, until: int) -> bool:
    return bool(db.run(
        "UPDATE outbox SET claim = :mark, due_at = :until, tries = tries + 1,"
        " first_tried_at = COALESCE(first_tried_at, :now)"
        " WHERE id = :id AND state = 'waiting' AND due_at <= :now",
        mark=mark, until=until, now=now, id=id))


def under_way(db: Database) -> int:
    """How many messages are claimed at the moment."""
    return int(db.value("SELECT COUNT(*) FROM outbox WHERE state = 'waiting'"
                        " AND claim IS NOT NULL AND due_at > :now", now=int(time.time())))


def mark_sent(db: Database, id: int, mark: str) -> None:
    """The message has arrived; its text is not kept, since it is stored where it came from."""
    db.run("UPDATE outbox SET state = 'sent', sent_at = :now, body = '', claim = NULL,"
           " last_error = NULL WHERE id = :id AND claim = :mark",
           now=int(time.time()), id=id, mark=mark)


def mark_later(db: Database, mail: Row, mark: str, error: str, give_up: float) -> bool:
    """Try it again later, for as long as `give_up` seconds since the first try; whether it will."""
    due = int(time.time()) + WAITS[min(mail.tries, len(WAITS)) - 1]
    if due > mail.first_tried_at + give_up:
        mark_failed(db, mail.id, mark, error)
        return False
    db.run("UPDATE outbox SET due_at = :due, claim = NULL, last_error = :error"
           " WHERE id = :id AND claim = :mark",
           due=due, error=error[:1000], id=mail.id, mark=mark)
    return True


def mark_failed(db: Database, id: int, mark: str, error: str) -> None:
    """Nothing more is tried, until somebody asks for it by `retry`."""
    db.run("UPDATE outbox SET state = 'failed', claim = NULL, last_error = :error"
           " WHERE id = :id AND claim = :mark", error=error[:1000], id=id, mark=mark)


def domain(config: Config) -> str:
    """The domain that message ids end in: that of the site, else that of its sender."""
    host = str(config.site.base_url).partition("://")[2].partition("/")[0].partition(":")[0]
    for address in (f"x@{host}", config.mail.sender, config.site.owner):
        try:
            return checked(address).rpartition("@")[2]
        except BadAddress:
            pass
    return "localhost"


def _subject(subject: str) -> str:
    """The subject on one line, its runs of spaces as one; BadText for controls and line ends."""
    _refuse_controls(subject, "The subject", "\t")
    # What looks like an encoded word (RFC 2047) would be decoded, line ends and all.
    subject = " ".join(subject.split()).replace("=?", "= ?")
    if len(subject) > SUBJECT_MOST:
        subject = subject[:SUBJECT_MOST - 2].rstrip() + " …"
    return subject


def _text(text: str) -> str:
    """The text with plain line ends, cut where it is too long; BadText for control characters."""
    text = text.replace("\r\n", "\n")
    _refuse_controls(text, "The text", "\t\n" + _ENDS)
    if len(text) > TEXT_MOST:
        text = text[:TEXT_MOST] + f"\n\n[{len(text) - TEXT_MOST:,} more characters are not here.]"
    return text


def _refuse_controls(text: str, what: str, but: str) -> None:
    if text.isprintable():                    # so are nearly all, and it takes no time
        return
    for character in text:
        if (character < " " or "\x7f" <= character < "\xa0" or character in _ENDS
                or "\ud800" <= character <= "\udfff") and character not in but:
            raise BadText(f"{what} of a mail has the character U+{ord(character):04X}, which has "
                          "no place there.")
