"""The outbox as its owner reads it: lists of mails, one of them, and why it has not gone.

What is in a mail is text. Where it has the token of a link, such as the one for a new password, the
token is not shown: it is for whoever gets the mail, and for nobody who reads along.
"""
from __future__ import annotations

import re

from chapbook.sql import literally

from .choices import Choice
from .sheets import clock, csv
from .submissions import about as about_submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.config import Config
    from chapbook.db import Database, Row
    from chapbook.request import Request

VIEWS: dict[str, str | None] = {
    "all": None, "waiting": "waiting", "failed": "failed", "held": "held", "sent": "sent",
}
BATCH = 500                          # mails read at once for a file
HEADINGS = ("No.", "State", "To", "Subject", "About", "Written", "Due", "Sent", "Tries",
            "Last error")

_COLUMNS = ("id, about, recipient, subject, state, written_at, due_at, tries, sent_at,"
            " last_error")
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
_STATUS = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])", re.ASCII)

# What a mail server's number means, where it tells more than "not now" or "not at all".
MEANINGS = {
    "421": "The mail server has no time now. That passes by itself.",
    "450": "The mail server asks to come back later. Many do so with whom they do not know yet.",
    "451": "The mail server asks to come back later. Many do so with whom they do not know yet.",
    "452": "The mailbox is full, or the mail server is.",
    "530": "The mail server wants a sign-in: see [mail] user and password.",
    "535": "The mail server does not accept [mail] user and password.",
    "550": "There is no such mailbox, or it takes no mail from this site. Look for a slip in the "
           "address.",
    "551": "The mailbox is somewhere else. Look for a slip in the address.",
    "552": "The mailbox is full.",
    "553": "The mail server does not know what to do with this address. Look for a slip in it.",
    "554": "The mail server takes it for spam, or this site's mail server for a sender of spam.",
}


class Mails(list["Row"]):
    """Mails, newest first; `older` is what `latest` continues from, None at the end."""

    older: int | None = None


def chosen(request: Request) -> Choice:
    """What an address chooses of the outbox; its `view` is a state, None for all."""
    return Choice(request, "admin/outbox", VIEWS)


def latest(
    db: Database, state: str | None, *, words: str = "", before: int | None = None, limit: int = 25,
) -> Mails:
    """Mails of a state, or all of them, whose recipient has `words` in it; capitals do not count.

    `before` is the id that they come before.
    """
    where = ["id < :before"]
    values: dict[str, Any] = {"before": 2**63 - 1 if before is None else before}
    if state is not None:
        where.append("state = :state")
        values["state"] = state
    if words:
        where.append("LOWER(recipient) LIKE :words ESCAPE '!'")
        values["words"] = f"%{literally(words.lower())}%"
    found = Mails(db.all(
        f"SELECT {_COLUMNS} FROM outbox WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT :limit",
        limit=limit + 1, **values))
    if len(found) > limit:
        del found[limit:]
        found.older = found[-1].id
    return found


def attention(db: Database, late: int) -> tuple[int, int]:
    """How many mails have failed, and how many wait that were written before the moment `late`."""
    row = db.one(
        "SELECT COALESCE(SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0) AS failed,"
        " COALESCE(SUM(CASE WHEN state = 'waiting' AND written_at < :late THEN 1 ELSE 0 END), 0)"
        " AS late FROM outbox WHERE state IN ('failed', 'waiting')", late=late)
    assert row is not None                    # it has no GROUP BY
    return int(row.failed), int(row.late)


def counts(db: Database) -> dict[str, int]:
    """How many mails each view has."""
    known = {row.state: int(row.count) for row in db.all(
        "SELECT state, COUNT(*) AS count FROM outbox GROUP BY state ORDER BY state")}
    return {view: sum(known.values()) if state is None else known.get(state, 0)
            for view, state in VIEWS.items()}


def one(db: Database, id: int) -> Row | None:
    """One mail in full, with `text`, `submission_id` (None: it is about none) and `meaning`."""
    row = db.one(f"SELECT {_COLUMNS}, message_id, reply_to, body FROM outbox WHERE id = :id", id=id)
    if row is not None:
        row["text"] = without_tokens(row.body)
        row["submission_id"] = submission_id(row.about)
        row["meaning"] = meaning(row.last_error or "")
    return row


def submission_id(about: str) -> int | None:
    """The number of the submission that a mail is about; None for other mails."""
    number = about.rpartition(" ")[2]
    if number.isascii() and number.isdigit() and about == about_submission(int(number)):
        return int(number)
    return None


def without_tokens(text: str) -> str:
    """The text with "[not shown]" in place of each token that a link has."""
    return _TOKEN.sub("[not shown]", text)


def meaning(error: str) -> str:
    """What the number of a mail server in an error means, as a sentence; "" where that is unknown.
    """
    for status in _STATUS.findall(error):
        if status in MEANINGS:
            return MEANINGS[status]
    return ""


def sheet(db: Database, config: Config, state: str | None, words: str = "") -> bytes:
    """The mails of a choice as the content of a CSV file, newest first, without their texts."""
    at, table = clock(config), [list(HEADINGS)]
    before: int | None = None
    while True:
        found = latest(db, state, words=words, before=before, limit=BATCH)
        table += [_cells(row, at) for row in found]
        before = found.older
        if before is None:
            return csv(table)


def _cells(row: Row, at: Any) -> list[str]:
    due = row.due_at if row.state == "waiting" else None
    return [str(row.id), row.state, row.recipient, row.subject, row.about, at(row.written_at),
            at(due), at(row.sent_at), str(row.tries), row.last_error or ""]
