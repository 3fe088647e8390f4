"""The log of events in words: who did what to whom, when, from which network, how it ended.

An account that was deleted is known by its number alone. Events are read here, and written where
what they tell of is done (`chapbook.accounts.events`).
"""
from __future__ import annotations

from chapbook.accounts.events import EVENTS
from chapbook.errors import NotFound
from chapbook.sql import literally

from . import sheets
from .choices import Choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.config import Config
    from chapbook.db import Database, Row
    from chapbook.request import Request

    Rows = list[Row]
else:
    Rows = list

CSV_MOST = 20_000             # events in one file
BATCH = 1000                  # events read at once for it

# How something ended, in words.
OUTCOMES = {
    "done": "done", "good": "let in", "password good": "password right, then asked for a code",
    "wrong": "wrong", "unknown": "no such account", "disabled": "the account is disabled",
    "waiting": "the account waits for approval", "changed": "the account was changed meanwhile",
    "unreadable": "the password's hash cannot be read here", "throttled": "too many tries",
    "new": "the new address did", "old": "the old address did",
}
FAILED = ("wrong", "unknown", "disabled", "waiting", "changed", "unreadable", "throttled")

# What is said where it is known how it ended: well, and badly.
_SAID = {
    "sign-in": ("Signed in", "Could not sign in"),
    "code": ("Signed in with a code", "Could not sign in with a code"),
}

_SELECT = (
    "SELECT e.id, e.happened_at, e.what, e.outcome, e.account_id, e.actor_id, e.request_id,"
    " e.network, e.about, a.name AS account_name, b.name AS actor_name FROM security_event e"
    " LEFT JOIN account a ON a.id = e.account_id LEFT JOIN account b ON b.id = e.actor_id"
    " WHERE e.id < :before"
)
_FILTERS = {
    "what": " AND e.what = :what",
    "outcome": " AND e.outcome = :outcome",
    "account": " AND (e.account_id = :account OR e.actor_id = :account)",
}
# The people are looked for first: there are fewer of them than of events.
_PEOPLE = {
    "sqlite": "SELECT id FROM account WHERE address_key LIKE :key ESCAPE '!'"
              " OR name LIKE :word ESCAPE '!'",
    "mysql": "SELECT id FROM account WHERE address_key LIKE :key ESCAPE '!'"
             " OR name COLLATE utf8mb4_unicode_ci LIKE :word ESCAPE '!'",
}


class Events(Rows):
    """Some events, newest first; `older` is the `before` of those that follow, None at the end.

    Rows as the table has them, with `said` (what happened), `by` and `of` (people in words; `of`
    is "" where nobody else was concerned), `ended` (the outcome in words), `bad`.
    """

    older: int | None = None


class EventChoice(Choice):
    """What an address chooses of the events: a kind, an outcome, an account's number, words."""

    def __init__(self, request: Request) -> None:
        super().__init__(request, "admin/events", {"all": {}})
        query = request.query
        self.what, self.outcome = query.get("what") or "", query.get("outcome") or ""
        if self.what not in ("", *EVENTS) or self.outcome not in ("", *OUTCOMES):
            raise NotFound()
        self.account = query.number("account") if query.get("account") else None
        self._query.update(
            what=self.what or None, outcome=self.outcome or None,
            account=None if self.account is None else str(self.account))

    @property
    def filters(self) -> dict[str, Any]:
        """The arguments of `latest` that it stands for."""
        return {"what": self.what or None, "outcome": self.outcome or None,
                "account": self.account, "words": self.words}

    def is_narrow(self) -> bool:
        """Whether it is less than all events."""
        return any(self.filters.values())


def latest(
    db: Database, *, what: str | None = None, outcome: str | None = None,
    account: int | None = None, words: str = "", before: int | None = None, limit: int = 50,
) -> Events:
    """The newest events, or those before an id: of a kind, an outcome, by or about an account.

    `words`, taken as one text, must be in the name or address of one of the people.
    """
    sql = _SELECT
    values: dict[str, Any] = {"before": 2**63 - 1 if before is None else before}
    for name, value in (("what", what), ("outcome", outcome), ("account", account)):
        if value is not None:
            sql += _FILTERS[name]
            values[name] = value
    if words:
        people = _PEOPLE[db.engine]
        sql += f" AND (e.account_id IN ({people}) OR e.actor_id IN ({people}))"
        values.update(key=f"%{literally(words.lower())}%", word=f"%{literally(words)}%")
    found = Events(db.all(f"{sql} ORDER BY e.id DESC LIMIT :limit", limit=limit + 1, **values))
    if len(found) > limit:
        del found[limit:]
        found.older = found[-1].id
    for row in found:
        _word(row)
    return found


def csv(db: Database, config: Config, **choice: Any) -> bytes:
    """The events of a choice as CSV, newest first, the newest 20,000."""
    clock = sheets.clock(config)
    lines = [["No.", "When", "What", "By", "Account", "Outcome", "About", "Network", "Request"]]
    before = None
    while len(lines) <= CSV_MOST:
        rows = latest(db, before=before, limit=BATCH, **choice)
        lines += [[str(row.id), clock(row.happened_at), row.said, row.by, row.of, row.ended,
                   row.about, row.network, row.request_id] for row in rows]
        before = rows.older
        if before is None:
            break
    return sheets.csv(lines[:CSV_MOST + 1])


def _word(row: Row) -> None:
    row["bad"] = row.outcome in FAILED
    row["said"] = _SAID[row.what][row.bad] if row.what in _SAID else EVENTS.get(row.what, row.what)
    row["ended"] = OUTCOMES.get(row.outcome, row.outcome)
    of = _person(row.account_id, row.account_name)
    if row.actor_id is not None:
        row["by"] = _person(row.actor_id, row.actor_name)
        row["of"] = "" if row.actor_id == row.account_id else of
    else:
        row["by"] = "the command line" if row.request_id == "shell" else "a visitor"
        row["of"] = of


def _person(id: int | None, name: str | None) -> str:
    if id is None:
        return ""
    return f"deleted account {id}" if name is None else name
