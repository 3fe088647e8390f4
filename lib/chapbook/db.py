"""The database: `all one value run insert` with `:name` parameters, and transactions.

    members = db.all("SELECT id, name FROM member WHERE town = :town ORDER BY id", town="Ghent")

Outside a transaction the connection only reads; a write belongs in one:

    with db.transaction():
        db.run("UPDATE account SET cents = cents - :cents WHERE id = :id", cents=500, id=7)

Page already runs the handler of every unsafe method (POST, PUT, ...) in a transaction. The same
text runs on SQLite and on MySQL or MariaDB; dates and times come back as text, SUM and AVG as int
or float, on both.
"""
from __future__ import annotations

import os
import threading
import time

from .engines import Busy, Lost, open_session
from .errors import DatabaseError, HTTPError, Unsure
from .sql import statement as translated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from .config import Config
    from .engines import Session

    T = TypeVar("T")

RETRIES = 3
RETRY_WITHIN = 5.0      # seconds since the first attempt: nobody shall wait for four lock timeouts


class Row(dict[str, "Any"]):
    """A row: `row["name"]` and `row.name`; one named like a method of dict needs the first."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"this row has no column {name!r}; it has: {', '.join(self)}"
            ) from None


class Database:
    """One connection, opened by the first statement, and belonging to the thread that makes it.

    Raises DatabaseError for a failed statement (Duplicate for a unique key), Unavailable when the
    database cannot be reached or is too busy, TypeError or BadParameter for parameters it does not
    take. A connection that was lost while idle is renewed silently: outside a transaction every
    statement is a read, and a read can be repeated.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.engine: str = config.database.engine
        self._session: Session | None = None
        self._owner = (0, 0)                      # the process and the thread of the session
        self._depth = 0                           # how many transaction blocks are open
        self._begun = False                       # whether the outermost has reached the database
        self._failed: HTTPError | None = None     # why this transaction can only be undone

    def all(self, sql: str, /, **parameters: object) -> list[Row]:
        """Every row of the answer."""
        return self._rows(sql, parameters, False)

    def one(self, sql: str, /, **parameters: object) -> Row | None:
        """The first row of the answer, or None."""
        found = self._rows(sql, parameters, True)
        return found[0] if found else None

    def value(self, sql: str, /, **parameters: object) -> Any:
        """The first column of the first row, or None: for COUNT, EXISTS, one setting."""
        statement = translated(sql)
        values = statement.values(parameters)
        rows = self._perform(lambda session: session.rows(statement, values, True))[1]
        return rows[0][0] if rows else None

    def run(self, sql: str, /, **parameters: object) -> int:
        """The number of rows that an INSERT, UPDATE or DELETE found; inside a transaction only."""
        return self._change(sql, parameters)[0]

    def insert(self, sql: str, /, **parameters: object) -> int:
        """The id that the database gave to the new row; inside a transaction only."""
        return self._change(sql, parameters)[1]

    @property
    def has_begun(self) -> bool:
        """Whether a transaction is open in the database itself: its first statement begins it."""
        return self._begun

    def transaction(self) -> Transaction:
        """A `with` block whose writes are kept together when it ends, undone when it raises.

        A block inside another is kept with the outer one; if it raises, its own writes alone are
        undone. Nothing is retried: see `transact`.
        """
        return Transaction(self)

    def transact(
        self, work: Callable[..., T], /, *args: Any,
        lazy: bool = False, keep: Callable[[T], bool] | None = None, **kwargs: Any,
    ) -> T:
        """The result of `work(*args, **kwargs)`, run in a transaction; retried whole.

        A deadlock, a lock wait or a connection lost before COMMIT (but not for the server's
        silence) has it run again, at most 3 times within 5 seconds; inside an open transaction it
        joins that one, and only the outermost retries. A connection lost during COMMIT is
        Unavailable (errors.Unsure) and not repeated: nobody can know whether the writes were kept.

        `lazy`: begin at the first statement, and not at all without one. `keep`: asked with the
        result; False undoes the writes, and the result is returned all the same.
        """
        started = time.monotonic()
        for retry in range(RETRIES):
            try:
                return self._attempt(work, args, kwargs, lazy, keep)
            except (Busy, Lost) as error:
                silent = isinstance(error, Lost) and error.timed_out
                if silent or self._depth or time.monotonic() - started > RETRY_WITHIN:
                    raise
            # Each waits differently: two that met at the same moment would only meet again.
            time.sleep((0.01 * 2**retry) * (0.5 + os.urandom(1)[0] / 255))
        return self._attempt(work, args, kwargs, lazy, keep)

    def close(self) -> None:
        """Let go of the connection; the next statement opens a new one."""
        session, self._session = self._session, None
        if session is None:
            return
        if self._owner[0] == os.getpid():
            session.close()
        else:
            # After a fork it is still the parent's connection: a good-bye from here would end it.
            _inherited.append(session)

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:
            pass                              # the interpreter is ending, and modules are gone

    def _rows(self, sql: str, parameters: dict[str, object], only_one: bool) -> list[Row]:
        statement = translated(sql)
        values = statement.values(parameters)
        names, rows = self._perform(lambda session: session.rows(statement, values, only_one))
        if len(set(names)) != len(names):
            raise DatabaseError(
                detail=f"Two columns of the answer have the same name; rename one with AS: "
                       f"{', '.join(names)}.\n  in: {' '.join(sql.split())}"
            )
        return [Row(zip(names, row)) for row in rows]

    def _change(self, sql: str, parameters: dict[str, object]) -> tuple[int, int]:
        statement = translated(sql)
        values = statement.values(parameters)
        return self._perform(lambda session: session.change(statement, values))

    def _perform(self, action: Callable[[Session], T]) -> T:
        """What the action gives, in the open transaction if there is one."""
        if not self._depth:
            return self._renewing(action)
        session = self._begin()
        try:
            return action(session)
        except (Busy, Lost) as error:
            self._failed = error
            raise
        except HTTPError as error:
            if not session.is_writing():
                self._failed = error
            raise

    def _renewing(self, action: Callable[[Session], T]) -> T:
        """What the action gives; when an older connection turns out to be lost, on a new one."""
        was_open = self._session
        session = self._opened()
        try:
            return action(session)
        except Lost as error:
            if session is not was_open or error.timed_out:
                raise
        return action(self._opened())

    def _opened(self) -> Session:
        session, owner = self._session, (os.getpid(), threading.get_ident())
        if session is not None and self._owner != owner:
            if self._owner[0] == owner[0]:
                raise RuntimeError(
                    "This database connection belongs to another thread; take request.db, or "
                    "db.kept(config), in each."
                )
            self.close()
        elif session is not None:
            if not session.is_stale():
                return session
            self.close()
        self._session = session = open_session(self.config)
        self._owner = owner
        return session

    def _begin(self) -> Session:
        """The session with the transaction open in it; the first call begins it."""
        if self._failed is not None:
            raise self._failed
        session = self._session
        if not self._begun:
            try:
                session = self._renewing(_begun)
            except (Busy, Lost) as error:
                self._failed = error
                raise
            self._begun = True
            return session
        if session is None or not session.is_writing():
            raise DatabaseError(
                detail="The transaction had already ended: COMMIT, ROLLBACK, CREATE, ALTER or DROP "
                       "end it. Leave the first two to the `with` block; the others belong in "
                       "lib/collection/schema."
            )
        return session

    def _attempt(
        self, work: Callable[..., T], args: Any, kwargs: Any,
        lazy: bool, keep: Callable[[T], bool] | None,
    ) -> T:
        guarded = self._enter()
        try:
            if not lazy:
                self._begin()
            result = work(*args, **kwargs)
            kept = keep is None or keep(result)
            if self._failed is not None:
                raise self._failed            # the work went on, though its writes are gone
        except BaseException as error:
            failed = self._failed
            self._leave(guarded, False)
            if isinstance(failed, (Busy, Lost)) and isinstance(error, Exception):
                if error is not failed:
                    raise failed from error
            raise
        self._leave(guarded, kept)
        return result

    def _enter(self) -> bool:
        """Open a block; whether a savepoint divides it from what the outer ones have written."""
        guarded = self._depth > 0 and self._begun
        if guarded:
            self._perform(lambda session: session.execute(f"SAVEPOINT chapbook_{self._depth}"))
        self._depth += 1
        return guarded

    def _leave(self, guarded: bool, keep: bool) -> None:
        """Close a block: keep what it wrote (when it is the outermost, for good) or undo it."""
        failed = self._failed
        depth = self._depth - 1
        try:
            if keep and failed is not None:
                raise failed
            if depth and guarded and failed is None:
                text = f"{'RELEASE' if keep else 'ROLLBACK TO'} SAVEPOINT chapbook_{depth}"
                self._perform(lambda session: session.execute(text))
            elif self._begun and not depth and keep:
                self._commit(self._begin())
            elif self._begun and not keep and not (depth and guarded) and self._session is not None:
                self._session.rollback()
                self._begun = False
        finally:
            self._depth = depth
            if not depth:
                if self._begun and self._session is not None:
                    self._session.rollback()
                self._begun, self._failed = False, None

    def _commit(self, session: Session) -> None:
        try:
            session.commit()
        except Lost as error:
            raise Unsure(
                detail=f"The connection was lost during COMMIT: whether the writes were kept is "
                       f"unknown, so they are not repeated. {error.detail}"
            ) from error
        self._begun = False


class Transaction:
    """The `with` block that `Database.transaction` gives."""

    __slots__ = ("_database", "_guarded")

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Database:
        self._guarded = self._database._enter()
        return self._database

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database._leave(self._guarded, kind is None)


def _begun(session: Session) -> Session:
    session.begin()
    return session


_inherited: list[Session] = []
_of_thread = threading.local()


def connect(config: Config) -> Database:
    """A database of one's own; close it, or use it as a `with` block."""
    return Database(config)


def kept(config: Config) -> Database:
    """This thread's database, kept from request to request; its settings are those given last."""
    database: Database | None = getattr(_of_thread, "database", None)
    if database is not None:
        old = database.config
        if old is config:
            return database
        if old.root == config.root and vars(old.database) == vars(config.database):
            database.config = config
            return database
        database.close()
    database = _of_thread.database = Database(config)
    return database


def close_kept() -> None:
    """Close this thread's kept database, if there is one."""
    database: Database | None = getattr(_of_thread, "database", None)
    if database is not None:
        database.close()
        del _of_thread.database
