"""A private SQLite file with the same tables: what a backup's rows are tried on, and brought up.

It has the tables of any release up to this one, because schema files are never changed. The rows of
a backup go into those of its own time; then the newer steps are applied to them, as they would be
to a site that was there all the while; and then they are this site's. What its tables call text is
text, and so on, in every backup, whichever database it comes from.
"""
from __future__ import annotations

import copy
import os

from .. import schema
from ..archive import BadArchive, shown
from ..config import Section
from ..engines import open_session
from ..errors import DatabaseError, HTTPError
from ..sql import split, statement
from . import catalog
from .catalog import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..config import Config
    from ..engines import Session
    from ..sql import Statement
    from .catalog import Table
    from .manifest import Entry

_DONE = "chapbook_part"       # its own table: the parts that it has


class Scratch:
    """The file at `path`; `tables` by their names."""

    def __init__(self, config: Config, path: str) -> None:
        self.path, self._site = path, config
        self.config = copy.copy(config)
        setattr(self.config, "database", Section(
            {**vars(config.database), "engine": "sqlite", "file": path}))
        self.session: Session = open_session(self.config, migrating=True)
        # It can be made again; a power cut costs the time alone.
        self.session.execute("PRAGMA synchronous=OFF")

    def close(self) -> None:
        """Let go of it."""
        self.session.close()

    @property
    def tables(self) -> dict[str, Table]:
        """Its tables but the one of its own."""
        return {table.name: table for table in catalog.tables(self.session, "sqlite")
                if table.name != _DONE}

    def make(self, applied: set[tuple[str, int]]) -> None:
        """Make the tables as these steps leave them, without rows.

        BadArchive for steps that do not follow one another: no site has had those.
        """
        self.session.begin()
        try:
            for step in self._steps():
                if (step.subject, step.number) in applied:
                    self._run(step)
        except DatabaseError as error:
            self.session.rollback()
            raise BadArchive("The steps that the list in the backup names are not all that its "
                             f"tables have had: {_first_line(error)}.") from error
        for name in self.tables:
            self.session.execute(f"DELETE FROM {quoted(name)}")
        self.session.execute(f"CREATE TABLE {_DONE} (name TEXT PRIMARY KEY)")
        self.session.commit()

    def make_for(self, entries: Iterable[Entry]) -> None:
        """Make tables for those that no step tells of: a page may have made them by hand."""
        known = self.tables
        self.session.begin()
        try:
            for entry in entries:
                if entry.name not in known:
                    columns = ", ".join(quoted(column) for column in entry.columns)
                    self.session.execute(f"CREATE TABLE {quoted(entry.name)} ({columns})")
            self.session.commit()
        except DatabaseError as error:
            raise BadArchive(f"The backup has a table {shown(entry.name)}, which cannot be: "
                             f"{_first_line(error)}.") from error
        finally:
            self.session.rollback()

    @property
    def parts(self) -> set[str]:
        """The parts of a backup that it has."""
        return {str(name) for (name,) in self.session.each(f"SELECT name FROM {_DONE}")}

    def load(self, part: str, entry: Entry, rows: Iterable[Sequence[object]]) -> int:
        """Put the rows of one part into their table, all or none; how many. BadArchive for rows
        that it refuses, and whatever taking them raises."""
        names = ", ".join(quoted(column) for column in entry.columns)
        insert = inserting(
            f"INSERT INTO {quoted(entry.name)} ({names})", len(entry.columns))
        note = statement(f"INSERT INTO {_DONE} (name) VALUES (:name)")
        count = 0
        self.session.begin()
        try:
            for row in rows:
                self.session.change(insert, tuple(row))  # type: ignore[arg-type]
                count += 1
            self.session.change(note, (part,))
            self.session.commit()
        except DatabaseError as error:
            raise BadArchive(f"Row {count + 1} in {shown(part)} of the backup is refused by the "
                             f"tables of this site: {_first_line(error)}.") from error
        finally:
            self.session.rollback()
        return count

    def count(self, name: str) -> int:
        """How many rows a table has."""
        for (count,) in self.session.each(f"SELECT COUNT(*) FROM {quoted(name)}"):
            return int(str(count))
        return 0

    def bring_up(self, applied: set[tuple[str, int]]) -> list[str]:
        """Apply the steps that the backup had not had; their names. BadArchive for rows that point
        to nothing."""
        self.session.begin()
        try:
            names = []
            for step in self._steps():
                if (step.subject, step.number) not in applied:
                    self._run(step)
                    names.append(step.name)
            broken = [row for row, _ in zip(self.session.each("PRAGMA foreign_key_check"),
                                            range(5))]
            if broken:
                raise BadArchive(f"Rows of the table {shown(str(broken[0][0]))} in the backup "
                                 f"belong to rows of {shown(str(broken[0][2]))} that are not "
                                 "there.")
            self.session.commit()
        except HTTPError as error:
            raise BadArchive("The rows of the backup cannot be brought up to this release: "
                             f"{_first_line(error)}.") from error
        finally:
            self.session.rollback()
        return names

    def _steps(self) -> list[schema.Step]:
        return [step for folder in schema.folders(self._site) if os.path.isdir(folder)
                for step in schema.steps(folder, "sqlite", strict=False)]

    def _run(self, step: schema.Step) -> None:
        for text in split(step.script):
            self.session.execute(text)


def inserting(head: str, count: int, rows: int = 1) -> Statement:
    """The statement that takes so many rows of so many values."""
    row = "(" + ", ".join(f":v{number}" for number in range(count)) + ")"
    return statement(f"{head} VALUES " + ", ".join([row] * rows))


def _first_line(error: HTTPError) -> str:
    return error.detail.partition("\n")[0][:200].rstrip(".")
