"""Submissions: what visitors have sent by the forms of static pages, read, marked and deleted.

They come in by `received.store`; their files are those of `attachments`.
"""
from __future__ import annotations

from chapbook.mail import outbox
from chapbook.sql import literally

from . import counters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.db import Database, Row

    Dict = dict[str, Any]
else:
    Dict = dict

_COLUMNS = "id, form, received_at, state, spam, reasons, notes, summary, reply_to, repeats"


class Submission(Dict):
    """A row of a list as a dictionary and by attributes, with its `fields` and `files` if asked."""

    fields: list[Submission]
    files: list[Row]

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Submissions(list[Submission]):
    """Some submissions, newest first; `older` is the `before` of those that follow, or None."""

    older: int | None = None


# Reading

def latest(
    db: Database, *, form: str | None = None, spam: bool | None = None, state: str | None = None,
    words: str = "", before: int | None = None, limit: int = 50,
) -> Submissions:
    """The newest `limit` submissions, or the newest of those before an id.

    `form`, `spam`, `state` ("new" or "read") and `words` narrow the choice: each of the first five
    words must be in a value or a file's name. Capitals do not count (beyond ASCII, on MySQL alone).
    """
    where = ["id < :before"]
    values: dict[str, Any] = {"before": 2**63 - 1 if before is None else before}
    given: dict[str, Any] = {"form": form, "spam": spam, "state": state}
    for name, condition in _FILTERS.items():
        if given[name] is not None:
            where.append(condition)
            values[name] = given[name]
    for number, word in enumerate(words[:200].split()[:5]):
        where.append(_HAS_WORD.replace(":word", f":word{number}"))
        values[f"word{number}"] = f"%{literally(word)}%"
    found = Submissions(Submission(row) for row in db.all(
        f"SELECT {_COLUMNS}, (SELECT COUNT(*) FROM submission_file f"
        " WHERE f.submission_id = submission.id) AS file_count FROM submission"
        f" WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT :limit",
        limit=limit + 1, **values,
    ))
    if len(found) > limit:
        del found[limit:]
        found.older = found[-1].id
    return found


_FILTERS = {"form": "form = :form", "spam": "spam = :spam", "state": "state = :state"}
_HAS_WORD = (
    "(EXISTS (SELECT 1 FROM submission_value v WHERE v.submission_id = submission.id"
    " AND (v.value LIKE :word ESCAPE '!' OR v.shown LIKE :word ESCAPE '!'))"
    " OR EXISTS (SELECT 1 FROM submission_file f WHERE f.submission_id = submission.id"
    " AND f.filename LIKE :word ESCAPE '!'))"
)


def read(db: Database, id: int) -> Submission | None:
    """One submission with its `fields` and `files`, or None.

    A field is a row with position, name, label, and `answers`: rows with value and shown.
    """
    row = db.one(f"SELECT {_COLUMNS} FROM submission WHERE id = :id", id=id)
    return None if row is None else _filled(db, [Submission(row)])[0]


def whole(
    db: Database, *, form: str | None = None, spam: bool | None = None, state: str | None = None,
    words: str = "", before: int | None = None, limit: int = 200,
) -> Submissions:
    """As `latest`, with `fields` and `files`: for exports, a batch with three statements."""
    found = latest(
        db, form=form, spam=spam, state=state, words=words, before=before, limit=limit)
    _filled(db, found)
    return found


def _filled(db: Database, found: list[Submission]) -> list[Submission]:
    by_id = {one.id: one for one in found}
    for one in found:
        one.fields, one.files = [], []
    if not found:
        return found
    ends: dict[str, Any] = {"first": min(by_id), "last": max(by_id)}
    for row in db.all(
        "SELECT submission_id, position, part, name, label, value, shown FROM submission_value"
        " WHERE submission_id BETWEEN :first AND :last ORDER BY submission_id, position, part",
        **ends,
    ):
        if row.submission_id in by_id:
            fields = by_id[row.submission_id].fields
            if not fields or fields[-1].position != row.position:
                fields.append(Submission(position=row.position, name=row.name,
                                         label=row.label, answers=[]))
            if row.value is not None:
                fields[-1].answers.append(Submission(value=row.value, shown=row.shown))
    for row in db.all(
        "SELECT id, submission_id, position, name, label, filename, type, size, path"
        " FROM submission_file WHERE submission_id BETWEEN :first AND :last"
        " ORDER BY submission_id, position, id", **ends,
    ):
        if row.submission_id in by_id:
            by_id[row.submission_id].files.append(row)
    return found


def file(db: Database, submission: int, id: int) -> Row | None:
    """One file of a submission: filename, type, size and path (for `path_of`), or None."""
    return db.one(
        "SELECT id, submission_id, name, label, filename, type, size, path FROM submission_file"
        " WHERE id = :id AND submission_id = :submission", id=id, submission=submission,
    )


def unread(db: Database) -> tuple[int, int]:
    """How many submissions nobody has marked as read: those that are no spam, and the spam."""
    row = db.one("SELECT COALESCE(SUM(1 - spam), 0) AS fresh, COALESCE(SUM(spam), 0) AS spam"
                 " FROM submission WHERE state = 'new'")
    assert row is not None                    # it has no GROUP BY
    return int(row.fresh), int(row.spam)


# Changing

def about(id: int) -> str:
    """What the mails of a submission are about, in the outbox: for `mail.state` and the like."""
    return f"submission {id}"


def mark(db: Database, id: int, *, state: str | None = None, spam: bool | None = None) -> bool:
    """Mark a submission as "new" or "read", as spam or as none; whether there is such a one.

    The reasons for which it was taken for spam stay. As no spam, it lets go the mail that was held
    back.
    """
    found = db.run(
        "UPDATE submission SET state = COALESCE(:state, state), spam = COALESCE(:spam, spam)"
        " WHERE id = :id", id=id, state=state, spam=spam,
    )
    if spam is False:
        outbox.release(db, about(id))
    return bool(found)


def delete(db: Database, id: int) -> list[str]:
    """Delete a submission and its mails; its files, for `attachments.remove` after the commit."""
    files = db.all(
        "SELECT f.id, f.path, f.size, s.form FROM submission_file f"
        " JOIN submission s ON s.id = f.submission_id WHERE s.id = :id ORDER BY f.id", id=id,
    )
    if files:
        counters.give_back(db, files[0].form, "bytes", sum(file.size for file in files))
    outbox.forget(db, about(id))
    db.run("DELETE FROM submission WHERE id = :id", id=id)
    return [file.path for file in files]
