"""Counts of a form that limits are held by: in the database, so that all processes share them.

A count has a word for what is counted and the second in which its period begins; 0 is for ever.
"""
from __future__ import annotations

from chapbook.errors import Duplicate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database

HOUR, DAY = 3600, 86400


def number(db: Database, form: str, what: str, period: int = 0) -> int:
    """How many were counted."""
    return int(db.value(
        "SELECT number FROM form_count WHERE form = :form AND what = :what AND period = :period",
        form=form, what=what, period=period,
    ) or 0)


def count(db: Database, form: str, what: str, period: int) -> int:
    """Count one more; how many there are with it. Of two at once, each gets a number of its own."""
    _prepare(db, form, what, period)
    db.run(
        "UPDATE form_count SET number = number + 1"
        " WHERE form = :form AND what = :what AND period = :period",
        form=form, what=what, period=period,
    )
    return number(db, form, what, period)


def spend(db: Database, form: str, what: str, period: int, more: int, most: int) -> bool:
    """Count `more` where no more than `most` come of it; whether it was counted."""
    _prepare(db, form, what, period)
    return bool(db.run(
        "UPDATE form_count SET number = number + :more"
        " WHERE form = :form AND what = :what AND period = :period AND number + :more <= :most",
        form=form, what=what, period=period, more=more, most=most,
    ))


def give_back(db: Database, form: str, what: str, less: int) -> None:
    """Take off what is no longer there, from a count that is for ever."""
    db.run(
        "UPDATE form_count SET number = CASE WHEN number > :less THEN number - :less ELSE 0 END"
        " WHERE form = :form AND what = :what AND period = 0",
        form=form, what=what, less=less,
    )


def _prepare(db: Database, form: str, what: str, period: int) -> None:
    """See that the row is there, which an UPDATE then locks."""
    # Looked for first: an INSERT that finds its key taken holds on to a lock that two such hold,
    # and neither could go on to the UPDATE.
    if db.value(
        "SELECT COUNT(*) FROM form_count"
        " WHERE form = :form AND what = :what AND period = :period",
        form=form, what=what, period=period,
    ):
        return
    try:
        db.run(
            "INSERT INTO form_count (form, what, period, number) VALUES (:form, :what, :period, 0)",
            form=form, what=what, period=period,
        )
    except Duplicate:
        pass                                  # another visitor's, a moment ago
