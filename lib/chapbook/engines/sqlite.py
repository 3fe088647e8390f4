"""SQLite: one file below var/, made on demand, durable (WAL, synchronous=FULL), private (0600)."""
from __future__ import annotations

import os
import sqlite3
import time
from _thread import allocate_lock

from ..errors import DatabaseError, Duplicate, HTTPError, Unavailable, user
from . import Busy
from .advice import NO_TABLE, TAKES_LONG, WRITE_OUTSIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config
    from ..sql import Statement, Value

_FAILURES = (sqlite3.Error, sqlite3.Warning)
_INSTRUCTIONS_BETWEEN_LOOKS = 50_000          # about a millisecond of SQLite's own work

# Closing a file that another thread has open in SQLite would drop that thread's locks (POSIX): so
# nobody connects while the file is being made, and only SQLite opens a file that exists.
_making = allocate_lock()


class SQLite:
    """One connection to the site's file; `engines.Session` says what each method promises."""

    def __init__(self, config: Config, migrating: bool) -> None:
        settings = config.database
        self.path = config.path(settings.file)
        self._wait = 60.0 if migrating else settings.busy_timeout
        self._limit = 0.0 if migrating else settings.statement_timeout
        self._deadline = 0.0
        self._migrating = migrating
        self._connection: sqlite3.Connection | None = None
        _make_private(self.path)
        try:
            # db.py keeps a session to its thread; only its end may come from another.
            self._connection = sqlite3.connect(
                self.path, timeout=self._wait, isolation_level=None, check_same_thread=False
            )
            self._identity = _identity(self.path)
            self._prepare(self._connection)
        except _FAILURES as error:
            self.close()
            raise self._translated(error) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        give_up = time.monotonic() + self._wait
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                # A file system without shared memory keeps the rollback journal: slower, as safe.
                connection.execute("PRAGMA journal_mode=WAL").fetchone()
                break
            except sqlite3.OperationalError as error:
                if _primary(error) == sqlite3.SQLITE_READONLY:
                    break                     # another user's file: it can still be read
                # Two first visitors at once: SQLite does not wait here by itself.
                if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
        connection.execute("PRAGMA synchronous=FULL")
        # To rebuild a table is to drop the old one: foreign keys would delete rows elsewhere.
        connection.execute(f"PRAGMA foreign_keys={'OFF' if self._migrating else 'ON'}")
        connection.execute(f"PRAGMA query_only={'OFF' if self._migrating else 'ON'}")
        if self._limit:
            connection.set_progress_handler(self._is_over_time, _INSTRUCTIONS_BETWEEN_LOOKS)

    def rows(
        self, statement: Statement, values: tuple[Value, ...], only_one: bool
    ) -> tuple[list[str], list[tuple[object, ...]]]:
        try:
            cursor = self._run(statement.qmark, values)
            if cursor.description is None:
                return [], []
            found = cursor.fetchmany(1) if only_one else cursor.fetchall()
            names = [column[0] for column in cursor.description]
            cursor.close()
            return names, found
        except _FAILURES as error:
            raise self._translated(error, statement.source) from error

    def each(self, text: str) -> Iterator[tuple[object, ...]]:
        try:
            yield from self._run(text, ())
        except _FAILURES as error:
            raise self._translated(error, text) from error

    def change(self, statement: Statement, values: tuple[Value, ...]) -> tuple[int, int]:
        try:
            cursor = self._run(statement.qmark, values)
            return max(cursor.rowcount, 0), cursor.lastrowid or 0
        except _FAILURES as error:
            raise self._translated(error, statement.source) from error

    def execute(self, text: str) -> None:
        try:
            self._run(text, ())
        except _FAILURES as error:
            raise self._translated(error, text) from error

    def begin(self) -> None:
        # IMMEDIATE takes the write lock now, while waiting for it is still possible.
        self.execute("PRAGMA query_only=OFF")
        try:
            self.execute("BEGIN IMMEDIATE")
        except HTTPError:
            self.rollback()
            raise

    def commit(self) -> None:
        self.execute("COMMIT")
        self._read_only_again()

    def rollback(self) -> None:
        try:
            if self.is_writing():
                self.execute("ROLLBACK")
            self._read_only_again()
        except HTTPError:
            self.close()

    def is_writing(self) -> bool:
        return self._connection is not None and self._connection.in_transaction

    def is_stale(self) -> bool:
        return self._connection is None or _identity(self.path) != self._identity

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except _FAILURES:
                pass                          # nothing is lost: what was committed is in the file

    def _run(self, text: str, values: tuple[Value, ...]) -> sqlite3.Cursor:
        if self._connection is None:
            raise Unavailable(detail=f"The connection to {self.path} was closed after an error.")
        if self._limit:
            self._deadline = time.monotonic() + self._limit
        return self._connection.execute(text, values)

    def _is_over_time(self) -> int:
        return time.monotonic() > self._deadline

    def _read_only_again(self) -> None:
        if not self._migrating:
            self.execute("PRAGMA query_only=ON")

    def _only_reads(self) -> bool:
        if self._connection is None:
            return False
        return bool(self._connection.execute("PRAGMA query_only").fetchone()[0])

    def _translated(self, error: sqlite3.Error | sqlite3.Warning, source: str = "") -> HTTPError:
        """The same failure as one of our errors, with what the owner can do about it."""
        code = _primary(error)
        said = f"SQLite: {error} ({self.path})"
        statement = f"\n  in: {' '.join(source.split())}" if source else ""
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy(
                detail=f"{said}. Another process locked it for {self._wait:g} seconds.{statement}"
            )
        if code == sqlite3.SQLITE_INTERRUPT:
            return Unavailable(detail=f"{said}: {TAKES_LONG}{statement}")
        if code == sqlite3.SQLITE_FULL:
            return Unavailable(
                detail=f"{said}. The disk or the quota is full: free some space.{statement}"
            )
        if code == sqlite3.SQLITE_READONLY and self._only_reads():
            return DatabaseError(detail=f"{said}: {WRITE_OUTSIDE}{statement}")
        advice = _ADVICE.get(code)
        if advice:
            self.close()
            return Unavailable(detail=f"{said}. {advice.format(user=user())}{statement}")
        if isinstance(error, sqlite3.IntegrityError) and error.sqlite_errorcode in _UNIQUE:
            return Duplicate(detail=f"{said}{statement}")
        if "no such table" in str(error):
            return DatabaseError(detail=f"{said}. {NO_TABLE}{statement}")
        return DatabaseError(detail=f"{said}{statement}")


_UNIQUE = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
)

_OWNER = "User {user} must be able to read and write the file and its folder: make it their owner."
_ADVICE = {
    sqlite3.SQLITE_CANTOPEN: _OWNER,
    sqlite3.SQLITE_READONLY: _OWNER,
    sqlite3.SQLITE_PERM: _OWNER,
    sqlite3.SQLITE_NOTADB:
        "It is no SQLite file: check [database] file in site.ini, or restore a backup.",
    sqlite3.SQLITE_CORRUPT: "It is damaged: keep a copy of it, then restore a backup.",
    sqlite3.SQLITE_IOERR:
        "The disk could not be read or written: look at the system's log and the free space.",
}


def _make_private(path: str) -> None:
    """Make the file (0600) and its folder (0700) if they are missing."""
    with _making:
        try:
            if not os.path.exists(path):
                _make_folder(os.path.dirname(path))
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            pass                              # another process was faster
        except OSError as error:
            raise Unavailable(
                detail=f"The database file {path} cannot be made by user {user()}: "
                       f"{error.strerror}. Make that user the owner of {os.path.dirname(path)}, or "
                       f"change [database] file in site.ini."
            ) from error


def _make_folder(path: str) -> None:
    if not os.path.isdir(path):
        _make_folder(os.path.dirname(path))
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            pass


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _primary(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
