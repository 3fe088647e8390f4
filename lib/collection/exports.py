"""Submissions as files to take away: CSV for spreadsheets, JSON for programs.

Both are complete: every submission of the choice, oldest first, whatever page of the list one was
on. In CSV each label is a column, whichever submissions had it; a label that comes twice in one
form has a second column. Files are named, and not part of it.
"""
from __future__ import annotations

import time

from chapbook import filters

from . import inbox, sheets, submissions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from chapbook.config import Config
    from chapbook.db import Database

    from .submissions import Submission

BATCH = 200                          # submissions read at once
OWN_COLUMNS = ("No.", "Received", "State", "Reasons")


def csv(db: Database, config: Config, form: str, **choice: Any) -> bytes:
    """A form's submissions as the content of a CSV file.

    `choice` is that of `submissions.latest`: spam, state, words. Times are those of the site's time
    zone, as 2026-11-22 08:15:00.
    """
    columns: dict[tuple[str, int], None] = {}
    rows = []
    for one in _oldest_first(db, form, choice):
        cells = _cells(one)
        columns.update(dict.fromkeys(cells))
        rows.append((one, cells))
    clock = sheets.clock(config)
    table = [[*OWN_COLUMNS, *map(_heading, columns)]]
    for one, cells in rows:
        table.append([str(one.id), clock(one.received_at), _state(one),
                      "; ".join(inbox.reasons(one)),
                      *(cells.get(column, "") for column in columns)])
    return sheets.csv(table)


def json(db: Database, form: str, **choice: Any) -> dict[str, Any]:
    """The same as an object for `Response.json`; times are UTC, as 2026-11-22T08:15:00Z.

    An answer has its field's name and label, its values as they were sent, and how they read on the
    page where that is something else.
    """
    return {
        "form": form,
        "exported_at": filters.iso(int(time.time())),
        "submissions": [_object(one) for one in _oldest_first(db, form, choice)],
    }


def _oldest_first(db: Database, form: str, choice: dict[str, Any]) -> Iterator[Submission]:
    found: list[Submission] = []
    before = None
    while True:
        batch = submissions.whole(db, form=form, before=before, limit=BATCH, **choice)
        found += batch
        before = batch.older
        if before is None:
            return reversed(found)


def _cells(one: Submission) -> dict[tuple[str, int], str]:
    """What each column has for this submission, by label and which of that label it is."""
    answers: dict[int, tuple[str, list[str]]] = {}
    for field in one.fields:
        answers[field.position] = field.label, [answer.shown or answer.value
                                                for answer in field.answers]
    for file in one.files:
        answers.setdefault(file.position, (file.label, []))[1].append(file.filename)
    cells: dict[tuple[str, int], str] = {}
    for position in sorted(answers):
        label, texts = answers[position]
        number = 1
        while (label, number) in cells:
            number += 1
        cells[label, number] = "; ".join(texts)
    return cells


def _heading(column: tuple[str, int]) -> str:
    label, number = column
    return label if number == 1 else f"{label} ({number})"


def _object(one: Submission) -> dict[str, Any]:
    return {
        "id": one.id,
        "received_at": filters.iso(one.received_at),
        "state": one.state,
        "spam": bool(one.spam),
        "reasons": inbox.reasons(one),
        "answers": [{
            "name": field.name, "label": field.label,
            "values": [answer.value for answer in field.answers],
            "shown": [answer.shown or answer.value for answer in field.answers],
        } for field in one.fields],
        "files": [{
            "name": file.name, "label": file.label, "filename": file.filename, "size": file.size,
        } for file in one.files],
    }


def _state(one: Submission) -> str:
    return "spam" if one.spam else str(one.state)
