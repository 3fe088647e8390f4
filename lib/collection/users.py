"""The accounts of the site as administrators see them: listed, searched, changed, told about it.

Nobody changes their own account here, so no administrator locks themselves out; that the last one
stays is held by `accounts`. Whoever is concerned gets a mail. Functions that change something are
part of the caller's transaction.
"""
from __future__ import annotations

from chapbook import session
from chapbook.accounts import accounts, events, tokens
from chapbook.errors import Conflict, Invalid, NotFound
from chapbook.sql import literally
from chapbook.user import ROLES

from . import accountmail, invitations, oneself, pictures, sheets
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

# What each view of the list shows, and what a state is called there.
VIEWS: dict[str, dict[str, Any]] = {
    "all": {}, "active": {"state": "active"}, "waiting": {"state": "waiting"},
    "disabled": {"state": "disabled"},
}
STATES = {"active": "active", "waiting": "waits for approval", "disabled": "disabled"}
WORDS_MOST = 5                # of a search
BATCH = 500                   # accounts read at once for a file

_COLUMNS = ("SELECT id, address, name, role, state, created_at, confirmed_at, password_at,"
            " signed_in_at, totp_at FROM account")
_FILTERS = {"state": "state = :state", "role": "role = :role"}
# Capitals do not count; in names of other letters than ASCII's, they do on SQLite.
_HAS_WORD = {
    "sqlite": "(address_key LIKE :key ESCAPE '!' OR name LIKE :word ESCAPE '!')",
    "mysql": "(address_key LIKE :key ESCAPE '!'"
             " OR name COLLATE utf8mb4_unicode_ci LIKE :word ESCAPE '!')",
}


class People(Rows):
    """Some accounts, newest first; `older` is the `before` of those that follow, None at the end.
    """

    older: int | None = None


class UserChoice(Choice):
    """What an address chooses of the accounts: a view, a role (or "" for any), words."""

    def __init__(self, request: Request) -> None:
        super().__init__(request, "admin/users", VIEWS)
        self.role = request.query.get("role") or ""
        if self.role not in ("", *ROLES):
            raise NotFound()
        self._query["role"] = self.role or None

    @property
    def filters(self) -> dict[str, Any]:
        """The arguments of `latest` that it stands for."""
        return {**self.view, "role": self.role or None, "words": self.words}


def latest(
    db: Database, *, state: str | None = None, role: str | None = None, words: str = "",
    before: int | None = None, limit: int = 25,
) -> People:
    """The newest accounts, or those made before an id: of a state, of a role, with these words.

    Each word must be in the name or in the address.
    """
    values: dict[str, Any] = {"before": 2**63 - 1 if before is None else before}
    where = ["id < :before"]
    for name, value in (("state", state), ("role", role)):
        if value is not None:
            where.append(_FILTERS[name])
            values[name] = value
    for number, word in enumerate(words.split()[:WORDS_MOST]):
        where.append(_HAS_WORD[db.engine].replace(":key", f":key{number}")
                     .replace(":word", f":word{number}"))
        values[f"key{number}"] = f"%{literally(word.lower())}%"
        values[f"word{number}"] = f"%{literally(word)}%"
    found = People(db.all(
        f"{_COLUMNS} WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT :limit",
        limit=limit + 1, **values))
    if len(found) > limit:
        del found[limit:]
        found.older = found[-1].id
    return found


def counts(db: Database) -> dict[str, int]:
    """How many accounts each view has."""
    found = {row.state: int(row.number) for row in db.all(
        "SELECT state, COUNT(*) AS number FROM account GROUP BY state ORDER BY state")}
    return {view: found.get(view, 0) if view != "all" else sum(found.values()) for view in VIEWS}


def csv(db: Database, config: Config, **choice: Any) -> bytes:
    """The accounts of a choice as CSV, newest first; nothing secret is in it."""
    clock = sheets.clock(config)
    lines = [["No.", "Name", "Address", "Role", "State", "Second factor", "Made", "Confirmed",
              "Last signed in"]]
    before = None
    while True:
        rows = latest(db, before=before, limit=BATCH, **choice)
        lines += [[str(row.id), row.name, row.address, row.role, STATES[row.state],
                   "no" if row.totp_at is None else "yes", clock(row.created_at),
                   clock(row.confirmed_at), clock(row.signed_in_at)] for row in rows]
        before = rows.older
        if before is None:
            return sheets.csv(lines)


def account(db: Database, id: int) -> Row:
    """One account; NotFound where there is none of this number."""
    found = accounts.by_id(db, id)
    if found is None:
        raise NotFound("There is no account of this number. It may have been deleted.")
    return found


# Changing

def change(request: Request, id: int, do: str) -> bool:
    """Do one thing with an account: a word of DOES; whether there was anything to be done.

    Invalid, with a sentence, for one's own account and for the last administrator.
    """
    one = account(request.db, id)
    if id == oneself.user(request).id:
        raise Invalid("This is your own account: only somebody else can do that with it here.")
    try:
        return DOES[do](request, one)
    except Conflict as error:
        raise Invalid(f"{one.name}: {error.sentence}") from error


def _approve(request: Request, one: Row) -> bool:
    if one.state != "waiting":
        return False
    accounts.enable(request.db, one.id, oneself.who(request))
    accountmail.notice(request, one, "account opened")
    return True


def _refuse(request: Request, one: Row) -> bool:
    return one.state == "waiting" and _delete(request, one)


def _enable(request: Request, one: Row) -> bool:
    if one.state != "disabled":
        return False
    accounts.enable(request.db, one.id, oneself.who(request))
    accountmail.notice(request, one, "account opened")
    return True


def _disable(request: Request, one: Row) -> bool:
    if one.state == "disabled":
        return False
    accounts.disable(request.db, one.id, oneself.who(request))
    invitations.withdraw_of(request, one.id)
    accountmail.notice(request, one, "account closed")
    return True


def _end(request: Request, one: Row) -> bool:
    ended = session.end_all(request.db, one.id)
    if ended:
        events.note(request.db, "sessions ended", "done", oneself.who(request), one.id)
    return bool(ended)


def _factor_off(request: Request, one: Row) -> bool:
    if one.totp_at is None:
        return False
    accounts.second_factor_off(request.db, one.id, oneself.who(request))
    accountmail.notice(request, one, "second factor off")
    return True


def _reset(request: Request, one: Row) -> bool:
    if one.state != "active":
        return False
    token = tokens.make(request.db, "reset", one.id)
    link = accountmail.link(request, "account/reset", token=token)
    if not accountmail.letter(request, one.address, "reset", link):
        raise Invalid("No mail can go to the address of this account.")
    events.note(request.db, "reset mailed", "done", oneself.who(request), one.id)
    return True


def _delete(request: Request, one: Row) -> bool:
    accountmail.notice(request, one, "account deleted")
    accounts.remove(request.db, one.id, oneself.who(request))
    invitations.withdraw_of(request, one.id)
    config = request.config
    request.after(lambda: pictures.remove(config, one.picture))
    return True


DOES = {
    "approve": _approve, "refuse": _refuse, "enable": _enable, "disable": _disable,
    "sessions": _end, "factor": _factor_off, "reset": _reset, "delete": _delete,
}


def set_role(request: Request, id: int, role: str) -> None:
    """Give an account another role, and tell its owner; Invalid as `change` has it."""
    one = account(request.db, id)
    if id == oneself.user(request).id:
        raise Invalid("This is your own account: only somebody else can change its role.")
    try:
        accounts.set_role(request.db, id, role, oneself.who(request))
    except Conflict as error:
        raise Invalid(role=error.sentence) from error
    if role != "administrator":
        invitations.withdraw_of(request, id)
    accountmail.notice(request, one, "role changed")
