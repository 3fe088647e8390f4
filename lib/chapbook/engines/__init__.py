"""The database engines: sessions of one shape, with the same settings and the same errors."""
from __future__ import annotations

from .. import later
from ..errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    from ..config import Config
    from ..sql import Statement, Value

    class Session(Protocol):
        """One open connection; its methods raise only the errors of `errors.py`, Busy and Lost."""

        def rows(
            self, statement: Statement, values: tuple[Value, ...], only_one: bool
        ) -> tuple[list[str], list[tuple[object, ...]]]:
            """The column names and the rows; `only_one` may leave out those after the first."""

        def each(self, text: str) -> Iterator[tuple[object, ...]]:
            """The rows of a text without parameters, one after the other: they may be too many to
            be held in memory. Until the last was taken nothing else can be asked."""

        def change(self, statement: Statement, values: tuple[Value, ...]) -> tuple[int, int]:
            """The number of rows changed, and the id that was given to the last new one."""

        def execute(self, text: str) -> None:
            """Run a text that has neither parameters nor a result: SAVEPOINT, DDL."""

        def begin(self) -> None:
            """Start a transaction that may write."""

        def commit(self) -> None:
            """Make the transaction durable."""

        def rollback(self) -> None:
            """Undo the transaction; a session that cannot be used any more is closed."""

        def is_writing(self) -> bool:
            """Whether the transaction begun here is still open."""

        def is_stale(self) -> bool:
            """Whether a new session must be opened before the next read or transaction."""

        def close(self) -> None:
            """Let go of the connection; never raises."""


class Lost(Unavailable):
    """The connection ended under a statement; `timed_out` if the server was silent for too long."""

    def __init__(self, detail: str, timed_out: bool = False) -> None:
        super().__init__(detail=detail)
        self.timed_out = timed_out


class Busy(Unavailable):
    """Another transaction stood in the way: undo this one and run it again as a whole."""


def open_session(config: Config, *, migrating: bool = False) -> Session:
    """A new connection to the configured database; raises Unavailable with what the owner can do.

    `migrating`: it may write outside a transaction, and no statement is stopped for taking long.
    """
    if config.database.engine == "sqlite":
        from .sqlite import SQLite
        return SQLite(config, migrating)
    if later.one_shot:
        from .lean import import_pymysql
        from .places import places
        import_pymysql(by_socket="unix_socket" in places(config.database)[0])
    from .mysql import MySQL
    return MySQL(config, migrating)
