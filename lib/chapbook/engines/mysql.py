"""MySQL and MariaDB through PyMySQL: one session with our settings, and every failure in words."""
from __future__ import annotations

import socket
from functools import lru_cache, partial

import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE, SERVER_STATUS
from pymysql.converters import conversions, escape_bool, escape_float, escape_int, escape_None

from .. import later
from ..errors import DatabaseError, Duplicate, HTTPError, Unavailable
from . import Busy, Lost
from .advice import (
    BUSY, CONNECTION, ENDED, STATEMENT, TAKES_LONG, TOO_LONG, UNIQUE, WRITE_OUTSIDE
)
from .places import places

if later.one_shot:                            # to import the quicker one would take longer
    from pymysql import Connection
else:
    from .wire import Connection  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from typing import Any

    from pymysql.cursors import Cursor

    from ..config import Config
    from ..sql import Statement, Value

# Standard quotes, || and backslashes make SQL text mean what it means in SQLite (and in sql.py);
# the rest refuses what MySQL would otherwise cut, round or guess.
SQL_MODE = (
    "STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION,ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES"
)
READ_ONLY_TRANSACTION = 1792
NO_TLS_ON_SERVER = 2026
CR_LOST = 2013
FOREVER = 3600.0
# A statement that waits is one of a slow server, or of a frozen one: after PATIENCE seconds (or
# connect_timeout, where that is less) the server gets KNOCK seconds to show that it lives.
PATIENCE, KNOCK = 1.25, 0.75


class Silent(pymysql.OperationalError):
    """The server answers neither a statement nor a new connection."""


class MySQL:
    """One connection to the site's database; `engines.Session` says what each method promises."""

    def __init__(self, config: Config, migrating: bool) -> None:
        settings = config.database
        self._where = ""
        self._default = "WRITE" if migrating else "ONLY"
        self._writing = False
        try:
            self._connection = self._connected(settings, migrating)
            self._cursor: Cursor = self._connection.cursor()
            self._prepare(settings, migrating)
        except (pymysql.MySQLError, RuntimeError, OSError, UnicodeError) as error:
            raise self._refused(error, settings) from error

    def _connected(self, settings: Any, migrating: bool) -> pymysql.Connection[Any]:
        *sockets, last = places(settings)
        for place in sockets:
            try:
                return self._connect(settings, place, migrating)
            except (ConnectionRefusedError, FileNotFoundError):
                pass                          # a socket file that its server left behind
        return self._connect(settings, last, migrating)

    def _connect(
        self, settings: Any, place: dict[str, Any], migrating: bool
    ) -> pymysql.Connection[Any]:
        if not _needs_tls(settings, place):
            try:
                return self._greet(settings, place, migrating, ssl_disabled=True)
            except RuntimeError:
                # MySQL 8 wants the password hidden once after each of its starts; PyMySQL cannot do
                # that without the package `cryptography`, but TLS can.
                if "unix_socket" in place or settings.tls == "off":
                    raise
                return self._greet(settings, place, migrating, ssl=_tls_context())
        try:
            return self._greet(settings, place, migrating, ssl=_tls_context())
        except pymysql.OperationalError as error:
            if error.args[0] != NO_TLS_ON_SERVER or settings.tls == "required":
                raise
            return self._greet(settings, place, migrating, ssl_disabled=True)

    def _greet(
        self, settings: Any, place: dict[str, Any], migrating: bool, **tls: Any
    ) -> pymysql.Connection[Any]:
        self._where = place.get("unix_socket") or f"{place['host']}:{place['port']}"
        connection = _greeted(settings, place, tls, settings.connect_timeout)
        # PyMySQL has no public way to be told that answers may take longer than the greeting.
        setattr(connection, "_read_timeout", FOREVER if migrating else settings.read_timeout)
        if not migrating and not later.one_shot:
            expect: Any = getattr(connection, "expect")
            expect(min(settings.connect_timeout, PATIENCE), partial(_knock, settings, place, tls))
        return connection

    def _prepare(self, settings: Any, migrating: bool) -> None:
        limit = 0 if migrating else settings.statement_timeout
        wait = 60 if migrating else max(1, int(settings.lock_timeout))
        # Each server skips the comment that is meant for the other: MariaDB counts in seconds and
        # stops every statement, MySQL counts in milliseconds and stops a SELECT.
        self._cursor.execute(
            f"SET sql_mode='{SQL_MODE}', time_zone='+00:00',"
            f" innodb_lock_wait_timeout={wait}, lock_wait_timeout={wait}"
            f" /*M!100100 , max_statement_time={limit:g} */"
            f" /*!50708 , max_execution_time={int(limit * 1000)} */"
        )
        self._cursor.execute(f"SET SESSION TRANSACTION READ {self._default}")

    def rows(
        self, statement: Statement, values: tuple[Value, ...], only_one: bool
    ) -> tuple[list[str], list[tuple[object, ...]]]:
        cursor = self._run(statement.format, values, statement.source)
        if cursor.description is None:
            return [], []
        return [column[0] for column in cursor.description], list(cursor.fetchall())

    def each(self, text: str) -> Iterator[tuple[object, ...]]:
        from pymysql.cursors import SSCursor

        cursor: Any = self._connection.cursor(SSCursor)
        try:
            cursor.execute(text)
            while rows := cursor.fetchmany(500):
                yield from rows
            cursor.close()
        except pymysql.MySQLError as error:
            raise self._translated(error, text) from error
        except BaseException:
            self.close()                      # half an answer may still be on its way
            raise

    def change(self, statement: Statement, values: tuple[Value, ...]) -> tuple[int, int]:
        cursor = self._run(statement.format, values, statement.source)
        return cursor.rowcount, cursor.lastrowid or 0

    def execute(self, text: str) -> None:
        self._run(text, (), text)

    def begin(self) -> None:
        self.execute("START TRANSACTION READ WRITE")
        self._writing = True

    def commit(self) -> None:
        self.execute("COMMIT")
        self._writing = False

    def rollback(self) -> None:
        try:
            if self._writing and self._connection.open:
                self.execute("ROLLBACK")
        except HTTPError:
            self.close()
        self._writing = False

    def is_writing(self) -> bool:
        # The server says with its answers whether a transaction is open: DDL ends one unasked.
        status: int = getattr(self._connection, "server_status")
        is_open = bool(status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)
        return self._writing and is_open and self._connection.open

    def is_stale(self) -> bool:
        return not self._connection.open

    def close(self) -> None:
        try:
            if self._connection.open:
                self._connection.close()
        except pymysql.MySQLError:
            pass                              # the server undoes what was not committed

    def _run(self, text: str, values: tuple[Value, ...], source: str) -> Cursor:
        try:
            self._cursor.execute(text, values or None)
        except pymysql.MySQLError as error:
            raise self._translated(error, source) from error
        except BaseException:
            self.close()                      # half an answer may still be on its way
            raise
        return self._cursor

    def _translated(self, error: pymysql.MySQLError, source: str) -> HTTPError:
        """A failed statement as one of our errors, with what the owner can do about it."""
        code = error.args[0] if error.args else 0
        said = f"{_said(error)} ({self._where})"
        statement = f"\n  in: {' '.join(source.split())}"
        if code in ENDED or not self._connection.open:
            self.close()
            timed_out = isinstance(error, Silent) or isinstance(error.__context__, TimeoutError)
            return Lost(f"The connection was lost: {said}.{statement}", timed_out)
        if code in BUSY:
            return Busy(detail=f"{said}.{statement}")
        if code in UNIQUE:
            return Duplicate(detail=f"{said}{statement}")
        if code in TOO_LONG:
            return Unavailable(detail=f"{said}: {TAKES_LONG}{statement}")
        if code in CONNECTION:
            self.close()
            return Unavailable(detail=f"{said}. {CONNECTION[code]}{statement}")
        if code == READ_ONLY_TRANSACTION:
            return DatabaseError(detail=f"{said}: {WRITE_OUTSIDE}{statement}")
        return DatabaseError(detail=f"{said}. {STATEMENT.get(code, '')}{statement}")

    def _refused(self, error: BaseException, settings: Any) -> HTTPError:
        """A connection that could not be made, with what the owner can do about it."""
        original = getattr(error, "original_exception", error)
        code = error.args[0] if error.args else 0
        if isinstance(original, OSError):
            is_tls = "ssl" in type(original).__module__
            code = "SSLError" if is_tls else type(original).__name__
        elif isinstance(error, RuntimeError):
            code = "ed25519" if "pynacl" in str(error) else "cryptography"
        advice = CONNECTION.get(code, "Check [database] in site.ini.")
        return Unavailable(
            detail=f"No connection to the database {settings.name!r} at {self._where} as user "
                   f"{settings.user!r}: {_said(error)}. {advice}"
        )


def _said(error: BaseException) -> str:
    return ": ".join(str(part) for part in error.args) or type(error).__name__


def _greeted(
    settings: Any, place: dict[str, Any], tls: dict[str, Any], seconds: float
) -> pymysql.Connection[Any]:
    """A connection that the server has let in, with so many seconds for each of its answers."""
    connection = Connection(
        **place, **tls, user=settings.user, password=settings.password.encode(),
        database=settings.name, charset="utf8mb4", autocommit=True, local_infile=False,
        conv=_CONVERSIONS,
        # UPDATE tells how many rows it found, as SQLite does, and not how many it had to alter.
        client_flag=CLIENT.FOUND_ROWS, write_timeout=settings.read_timeout,
        # A server that accepts and then says nothing must not hold a page up for read_timeout.
        read_timeout=seconds, defer_connect=True,
    )
    # PyMySQL has no public way to be told that a socket is as private as TLS.
    setattr(connection, "_secure", "unix_socket" in place)
    connection.connect(_dial(place, seconds))
    return connection


def _knock(settings: Any, place: dict[str, Any], tls: dict[str, Any]) -> None:
    """Raise Silent unless the server, which has not answered yet, lets a new connection in.

    A statement may be slow, and nothing in it tells that from a server that was stopped or cut
    off. To ask first, with a ping, would cost every request a round trip; this costs none. It logs
    in properly: servers shut out whoever hangs up at their greeting too often.
    """
    try:
        _greeted(settings, place, tls, min(KNOCK, settings.connect_timeout)).close()
    except (pymysql.MySQLError, OSError) as error:
        code = error.args[0] if isinstance(error, pymysql.MySQLError) and error.args else CR_LOST
        if not 2000 <= code < 3000:
            return                            # it is there, if only to say "too many connections"
        raise Silent(
            CR_LOST, f"no answer within [database] connect_timeout, nor to a new connection "
                     f"({_said(error)})"
        ) from error
    except RuntimeError:
        pass                                  # it asked for the password in a way we do not have


def _dial(place: dict[str, Any], seconds: float) -> socket.socket:
    """A connected socket; PyMySQL, left to dial itself, leaks it where nobody answers."""
    if "unix_socket" not in place:
        dialled = socket.create_connection((place["host"], place["port"]), seconds)
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        dialled.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return dialled
    dialled = socket.socket(socket.AF_UNIX)
    try:
        dialled.settimeout(seconds)
        dialled.connect(place["unix_socket"])
    except BaseException:
        dialled.close()
        raise
    return dialled


def _needs_tls(settings: Any, place: dict[str, Any]) -> bool:
    if "unix_socket" in place or settings.tls == "off":
        return False
    loopback = place["host"].startswith("127.") or place["host"] == "::1"
    return settings.tls == "required" or not loopback


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    """The one TLS context of this process; one a connection would cost 20 to 37 ms of CPU."""
    import ssl

    # Like the servers' own clients: encrypted, and the certificate, which most servers have signed
    # themselves, unchecked.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _number(text: str) -> int | float:
    """What SUM and AVG give, as SQLite would: an int, or a float when there is a decimal point."""
    return float(text) if "." in text else int(text)


# Dates and times come back as the text that SQLite would have stored.
_AS_TEXT = (FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME)
_CONVERSIONS: dict[Any, Any] = {
    kind: convert for kind, convert in conversions.items()
    if isinstance(kind, int) and kind not in _AS_TEXT
}
_CONVERSIONS.update({
    FIELD_TYPE.DECIMAL: _number, FIELD_TYPE.NEWDECIMAL: _number,
    bool: escape_bool, int: escape_int, float: escape_float, type(None): escape_None,
})
