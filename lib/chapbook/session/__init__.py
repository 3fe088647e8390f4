"""What the site remembers of a visit: `request.session["name"] = "Ann"`, and who is signed in.

The browser gets a cookie with a random token, the database a row, and both only once there is
something to remember. `end_all` ends the sessions of an account, `sweep` deletes what has ended.
"""
from __future__ import annotations

import os
from collections.abc import MutableMapping

from .. import cookies
from ..crosssite import SAFE_METHODS
from ..errors import Conflict, ServerError
from ..response import Response
from . import data, rows
from .rows import end_all, sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..db import Database, Row
    from ..request import Request

    Rows = list[Row]

__all__ = ["Session", "end_all", "sweep"]

NAME = "session"
NOTED_EVERY = 5 * 60          # seconds: a visit sooner after the last is not written down
SWEPT_IN_PASSING = 50         # rows


class Session(MutableMapping[str, "Any"]):
    """A mapping of names to JSON values, and `account_id`; read from the database when first used.

    It is written in the transaction of the handler of an unsafe method, and only if that is kept.
    Of two requests at once, each writes the names that it has changed. Storing anything elsewhere
    raises ServerError, a value that is not JSON TypeError, more than 64 KiB TooLarge; a session
    that was ended or renewed by another request meanwhile is a Conflict.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._values: dict[str, Any] | None = None    # None: not read yet
        self._row: Row | None = None
        self._account_id: int | None = None
        self._remember = False
        self._anew = self._renewed = False            # another row, another token, is wanted
        self._may_differ = False                      # from the row: stored, or lent to be changed
        self._closed = False
        self._token_came = False
        self._cookie = ""                             # the Set-Cookie header of the answer

    # A mapping

    def __getitem__(self, name: str) -> Any:
        value = self._read()[name]
        if isinstance(value, (dict, list)):
            self._may_differ = True
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        values = self._writable(f"session[{name!r}] = ...")
        data.joined({name: data.text(name, value)})
        values[name] = value
        self._may_differ = True

    def __delitem__(self, name: str) -> None:
        del self._writable(f"del session[{name!r}]")[name]
        self._may_differ = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, name: object) -> bool:
        return name in self._read()

    def clear(self) -> None:
        """Forget every value; who is signed in stays so."""
        self._writable("session.clear()").clear()
        self._may_differ = True

    # Who is signed in

    @property
    def id(self) -> int | None:
        """The number of its row, as `Session.list` has it; None where there is none."""
        self._read()
        return None if self._row is None or self._anew else int(self._row.id)

    @property
    def account_id(self) -> int | None:
        """The account that is signed in; None for everybody else."""
        self._read()
        return self._account_id

    @property
    def former_account_id(self) -> int | None:
        """Whose visit this was before its time was over, as long as that is still known."""
        token = self._request.cookies.get(cookies.own(self._request, NAME)[0], "")
        return rows.account_of(self._request.db, token) if rows.is_token(token) else None

    def sign_in(self, account_id: int, remember: bool = False) -> None:
        """Make it the session of an account, with a new token; its time begins now.

        Values of an anonymous visit stay, those of another account go. `remember`: the browser
        keeps it after it is closed, and only [session] remember ends it.
        """
        values = self._writable("session.sign_in()")
        if type(account_id) is not int:
            raise TypeError(f"sign_in() wants the id of an account, not {account_id!r}")
        if self._account_id not in (None, account_id):
            values.clear()
        self._account_id, self._remember, self._anew = account_id, bool(remember), True

    def sign_out(self) -> None:
        """End it: its values and its token are worth nothing any more."""
        self._writable("session.sign_out()").clear()
        self._account_id, self._remember, self._anew = None, False, True

    def rotate(self) -> None:
        """Give it a new token, as for new rights; the old one opens nothing any more."""
        self._writable("session.rotate()")
        self._renewed = True

    def revoke_others(self) -> int:
        """End all other sessions of this account, as for a new password; how many those were."""
        self._writable("session.revoke_others()")
        if self._account_id is None:
            return 0
        return rows.end_all(self._request.db, self._account_id, self.id)

    @staticmethod
    def list(db: Database, account_id: int, current: int | None = None) -> Rows:
        """The sessions of an account, the newest first, 100 at the most.

        Rows with id, created_at, seen_at, remember, agent, and `current`: whether it is the one
        with the id given for that, as `request.session.id`.
        """
        found = rows.of_account(db, account_id)
        for row in found:
            row["current"] = row.id == current
        return found

    @staticmethod
    def revoke(db: Database, account_id: int, id: int) -> bool:
        """End the session of this id, if it is one of the account; whether it was."""
        return rows.revoke(db, account_id, id)

    # Called by the toolkit

    def save(self) -> None:
        """Write what has changed; in the handler's transaction, after the handler."""
        self._closed = True
        if self._values is None:
            return
        row, db = self._row, self._request.db
        if self._anew or row is None:
            if row is not None:
                rows.remove(db, row)
            if self._anew and self._token_came:
                self._set_cookie("")
            if self._values or self._account_id is not None:
                self._insert()
        elif self._renewed or self._may_differ and self._changes(row):
            self._change(row)
        elif self._is_due(row):
            rows.note(db, row)

    def answered(self, response: Response) -> Response:
        """The answer with the cookie, and kept by nobody, if it was made with a session.

        A file that says `private, max-age=...` may be kept by its visitor's browser all the same.
        """
        if self._values is None:
            return response
        reads = self._request.method in SAFE_METHODS
        if reads and self._row is not None and self._may_differ and self._changes(self._row):
            raise ServerError(detail=_elsewhere("a list or dict of the session was changed"))
        if not self._cookie and (not self._token_came or _may_be_kept(response)):
            if reads:
                vary = response["Vary"]
                response = Response(response.body, response.status, response.headers)
                response["Vary"] = f"{vary}, Cookie" if vary else "Cookie"
            return response
        response = response.unkept()
        if self._cookie and response.status < 400:
            response.headers.append(("Set-Cookie", self._cookie))
        return response

    # The rest is its own business

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            request = self._request
            self._values = {}
            token = request.cookies.get(cookies.own(request, NAME)[0], "")
            if rows.is_token(token):
                self._token_came = True
                self._row = row = rows.find(request.db, token)
                if row is not None:
                    self._values = data.loaded(row.data)
                    self._account_id, self._remember = row.account_id, bool(row.remember)
                    if request.method in SAFE_METHODS and self._is_due(row):
                        self._note_later(row)
        return self._values

    def _writable(self, what: str) -> dict[str, Any]:
        if self._request.method in SAFE_METHODS or self._closed:
            raise ServerError(detail=_elsewhere(what))
        return self._read()

    def _is_due(self, row: Row) -> bool:
        every = min(NOTED_EVERY, self._request.config.session.idle / 2)
        return bool(abs(rows.now() - row.seen_at) >= every)

    def _note_later(self, row: Row) -> None:
        config = self._request.config

        def note() -> None:
            from .. import db

            with db.connect(config) as own:
                own.transact(rows.note, own, row)

        self._request.after(note)

    def _changes(self, row: Row) -> dict[str, str | None]:
        """What has to be done to the data of a row: texts of JSON by name, None to delete one."""
        was, now = data.texts(data.loaded(row.data)), data.texts(self._values or {})
        changes: dict[str, str | None] = {name: None for name in was if name not in now}
        changes.update((name, text) for name, text in now.items() if was.get(name) != text)
        return changes

    def _insert(self) -> None:
        token = rows.new_token()
        rows.insert(
            self._request.db, token, data.joined(data.texts(self._values or {})), self._account_id,
            self._remember, _agent(self._request))
        lasts = int(self._request.config.session.remember) if self._remember else None
        self._set_cookie(token, lasts)
        if os.urandom(1) < b"\x04":               # one in 64: what cron does, where there is none
            rows.sweep(self._request.db, SWEPT_IN_PASSING)

    def _change(self, row: Row) -> None:
        """Write the changes; into what another request has left, if that was faster."""
        db, changes, current = self._request.db, self._changes(row), row
        token = rows.new_token() if self._renewed else ""
        while True:
            texts: dict[str, str | None] = {**data.texts(data.loaded(current.data)), **changes}
            left = {name: text for name, text in texts.items() if text is not None}
            written = data.joined(left) if left or self._account_id is not None else None
            if rows.change(db, current, written, token):
                break
            again = rows.held(db, row)
            if again is None:
                raise Conflict(
                    "Your visit was ended or renewed in another window in the meantime. Please "
                    "load the page again and repeat this.")
            current = again
        if written is None:
            self._set_cookie("")
        elif token:
            ends_at = row.created_at + int(self._request.config.session.remember)
            self._set_cookie(token, ends_at - rows.now() if row.remember else None)

    def _set_cookie(self, token: str, lasts: int | None = None) -> None:
        name, attributes = cookies.own(self._request, NAME)
        self._cookie = cookies.header(name, token, max_age=lasts if token else 0, **attributes)


def _may_be_kept(response: Response) -> bool:
    """Whether it is a file, no page, that says itself that its visitor's browser may keep it."""
    return (response.status == 200 and (response["Cache-Control"] or "").startswith("private, max-")
            and not (response["Content-Type"] or "").startswith("text/html"))


def _elsewhere(what: str) -> str:
    return (f"{what}: a session is written by the handler of a POST (or PUT, PATCH, DELETE), "
            "before it returns. GET and HEAD change nothing, and neither does request.after.")


def _agent(request: Request) -> str:
    """What the browser calls itself, to be recognised in a list; in part, and without controls."""
    text = request.headers.get("User-Agent")[:rows.AGENT_LENGTH]
    return "".join(letter if letter.isprintable() else " " for letter in text)
