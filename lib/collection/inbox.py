"""The inbox: what its pages show and do, and to which of them an address belongs.

A view is a choice of submissions by name: VIEWS. Words of the database (why something was taken for
spam, what became of it) are made sentences here. What there is not is NotFound.
"""
from __future__ import annotations

import os

from chapbook import mail
from chapbook.errors import NotFound

from . import formsettings, notices, spam, staticpages, submissions
from .choices import Choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from chapbook.config import Config
    from chapbook.db import Database, Row
    from chapbook.request import Request

    from .submissions import Submission

# What each view of a form's list shows: arguments of submissions.latest.
VIEWS: dict[str, dict[str, Any]] = {
    "all": {"spam": False}, "new": {"spam": False, "state": "new"}, "spam": {"spam": True},
}
PAGE_BYTES, PAGES_MOST = 1 << 20, 2000        # of htdocs/, when it is searched for forms


# Lists

def overview(db: Database, config: Config) -> list[dict[str, Any]]:
    """Every form by name: form, total, fresh (new and no spam), spam, last_at (None: nothing yet).

    They are those that have received something, that have settings, or that a page of htdocs/ has.
    """
    found: dict[str, dict[str, Any]] = {row.form: dict(row) for row in db.all(
        "SELECT form, COUNT(*) AS total, SUM(spam) AS spam, MAX(received_at) AS last_at,"
        " SUM(CASE WHEN spam = 0 AND state = 'new' THEN 1 ELSE 0 END) AS fresh"
        " FROM submission GROUP BY form ORDER BY form")}
    for form in (*_with_settings(db), *pages(config)):
        found.setdefault(form, {"form": form, "total": 0, "spam": 0, "fresh": 0, "last_at": None})
    return [found[form] for form in sorted(found)]


def known(db: Database, config: Config, form: str) -> str:
    """The name of a form that the overview has."""
    if (db.value("SELECT 1 FROM submission WHERE form = :form LIMIT 1", form=form)
            or form in _with_settings(db) or form in pages(config)):
        return form
    raise NotFound("No form of this name has received anything.")


def chosen(request: Request, form: str) -> Choice:
    """What an address chooses of a form's submissions; its `view` is arguments of `latest`."""
    known(request.db, request.config, form)
    return Choice(request, f"admin/inbox/list/{form}",
                  {show: {"form": form, **how} for show, how in VIEWS.items()})


def list_of(request: Request, one: Submission, **more: object) -> str:
    """The address of the list that has this submission."""
    show = "spam" if one.spam else None
    return request.url_for(f"admin/inbox/list/{one.form}", show=show, **more)


def counts(db: Database, form: str) -> dict[str, int]:
    """How many submissions each view of a form has."""
    row = db.one(
        "SELECT COALESCE(SUM(1 - spam), 0) AS \"all\", COALESCE(SUM(spam), 0) AS spam,"
        " COALESCE(SUM(CASE WHEN spam = 0 AND state = 'new' THEN 1 ELSE 0 END), 0) AS new"
        " FROM submission WHERE form = :form", form=form)
    assert row is not None                    # it has no GROUP BY
    return {view: int(row[view]) for view in VIEWS}


def neighbours(db: Database, one: Submission) -> tuple[int | None, int | None]:
    """The ids of the next newer and the next older one of its form, spam beside spam."""
    of = {"form": one.form, "spam": one.spam, "id": one.id}
    newer = db.value("SELECT MIN(id) FROM submission"
                     " WHERE form = :form AND spam = :spam AND id > :id", **of)
    older = db.value("SELECT MAX(id) FROM submission"
                     " WHERE form = :form AND spam = :spam AND id < :id", **of)
    return newer, older


def pages(config: Config) -> set[str]:
    """The names of the forms in the pages of htdocs/ that are sent to /forms/."""
    from chapbook.forms import markup
    from chapbook.percent import unquote

    found = set()
    for text in _sources(config):
        for form in markup.read(text).forms if "forms" in text else ():
            action = (form.action or "").partition("?")[0]
            part = "forms.py/" if "forms.py/" in action else "forms/"
            name = unquote(action.rpartition(part)[2].encode()).decode("utf-8", "replace")
            if part in action and form.method == "post" and staticpages.found(config, name):
                found.add(name)
    return found


def _sources(config: Config) -> Iterator[str]:
    left = PAGES_MOST
    for folder, folders, files in os.walk(config.htdocs):
        folders.sort()
        for name in sorted(files):
            if name.endswith(staticpages.ENDINGS) and left:
                left -= 1
                try:
                    with open(os.path.join(folder, name), "rb") as file:
                        yield file.read(PAGE_BYTES).decode("utf-8", "replace")
                except OSError:
                    pass                      # not ours to read


def _with_settings(db: Database) -> list[str]:
    return [row.form for row in db.all("SELECT DISTINCT form FROM form_setting ORDER BY form")]


# One submission

def submission(db: Database, id: int) -> Submission:
    """A submission with its answers and files."""
    one = submissions.read(db, id)
    if one is None:
        raise NotFound("There is no submission of this number any more.")
    return one


def reasons(one: Submission) -> list[str]:
    """Why it was taken for spam, each reason as a sentence."""
    return [spam.REASONS.get(word, word) for word in one.reasons.split()]


def notes(one: Submission) -> list[str]:
    """What became of it that its owner should know, as sentences."""
    return [notices.NOTES.get(word, word) for word in one.notes.split()]


def mails(db: Database, id: int) -> list[Row]:
    """The mails about a submission, as `mail.state` has them."""
    return mail.state(db, submissions.about(id))


# Changing

def mark(db: Database, id: int, how: str) -> bool:
    """Mark a submission "read", "new", "spam" or "ham", or have its failed "mail" tried again.

    False where there was nothing of that. "ham" lets the mail go that was held back.
    """
    if how == "mail":
        return mail.retry(db, submissions.about(id)) > 0
    if how in ("ham", "spam"):
        return submissions.mark(db, id, spam=how == "spam")
    return submissions.mark(db, id, state={"read": "read", "new": "new"}[how])


# Settings

def settings(db: Database, config: Config, form: str) -> list[dict[str, Any]]:
    """Each setting of a form, to be shown and changed: name, kind, label, hint, text, was.

    `was` is what site.ini says where the inbox has something else, and None where it has not.
    """
    texts = formsettings.texts(db, config, form)
    given = formsettings.given(config, form)
    return [{
        "name": one.name, "kind": one.kind, "label": one.label, "hint": one.hint,
        "text": texts[one.name],
        "was": given[one.name] if given[one.name] != texts[one.name] else None,
    } for one in formsettings.SETTINGS]


def change(db: Database, config: Config, form: str, values: dict[str, str]) -> dict[str, str]:
    """Set what differs from before; a sentence for each setting that cannot be so.

    What is as site.ini has it is no setting of the inbox any more.
    """
    texts, given = formsettings.texts(db, config, form), formsettings.given(config, form)
    faults = {}
    for name, text in values.items():
        if text == texts[name]:
            continue
        try:
            formsettings.change(db, form, name, None if text == given[name] else text)
        except ValueError as error:
            faults[name] = str(error)
    return faults
