"""The tables of a database as it describes them itself, the same for both engines.

A page's own table is found like those of the toolkit: nobody has to register it.
"""
from __future__ import annotations

import os

from .. import ini, schema
from ..errors import ConfigError
from ..sql import statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..config import Config
    from ..engines import Session

INT, TEXT, BLOB, REAL, ANY = "int", "text", "blob", "real", "any"
KINDS = (INT, TEXT, BLOB, REAL, ANY)

_MYSQL_KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "year"), INT),
    **dict.fromkeys(("float", "double"), REAL),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "bit"),
                    BLOB),
}                                                # the rest, dates and decimals included, is text
_SQLITE_KINDS = {"INTEGER": INT, "INT": INT, "TEXT": TEXT, "BLOB": BLOB, "REAL": REAL}


class Table:
    """A table: `columns` as names with their kinds, `key` its primary key, in order.

    `next_id` is what the database would give to the next row, None where it gives none. `foreign`
    are its foreign keys: columns, the other table, columns there. `transactional`: what is written
    to it can be undone. `strict`: its columns hold what their kinds say, and nothing else.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.columns: dict[str, str] = {}
        self.key: list[str] = []
        self.next_id: int | None = None
        self.foreign: list[tuple[list[str], str, list[str]]] = []
        self.transactional = self.strict = True
        self.texts: set[str] = set()              # columns to be asked for as text: decimals
        self.floats: set[str] = set()             # columns of four bytes

    @property
    def sql(self) -> str:
        """All rows in the order of the primary key, for `Session.each`."""
        names = ", ".join(map(self._asked, self.columns))
        order = f" ORDER BY {', '.join(map(quoted, self.key))}" if self.key else ""
        return f"SELECT {names} FROM {quoted(self.name)}{order}"

    def _asked(self, column: str) -> str:
        name = quoted(column)
        if column in self.texts:
            return f"CAST({name} AS CHAR)"
        return f"{name} + 0E0" if column in self.floats else name


def quoted(name: str) -> str:
    """A name as both engines take it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def tables(session: Session, engine: str) -> list[Table]:
    """All tables, by name; views, and tables that SQLite keeps for searching, are none."""
    found = _of_sqlite(session) if engine == "sqlite" else _of_mysql(session)
    return [table for table in sorted(found, key=lambda table: table.name) if table.columns]


def without(config: Config) -> dict[str, dict[str, str]]:
    """The tables that no backup has: "emptied" and "kept", each with names and reasons.

    They are in backup.ini beside the schema files, the toolkit's and the site's.
    """
    found: dict[str, dict[str, str]] = {"emptied": {}, "kept": {}}
    for folder in schema.folders(config):
        path = os.path.join(folder, "backup.ini")
        if not os.path.exists(path):
            continue
        for section, names in ini.read(path).items():
            if section not in found:
                raise ConfigError(f"{path}: there is no section [{section}]; known are: "
                                  f"{', '.join(found)}.")
            found[section].update(names)
    return found


def _of_sqlite(session: Session) -> list[Table]:
    found = []
    for name, strict in _rows(session, "SELECT name, strict FROM pragma_table_list"
                              " WHERE schema = 'main' AND type = 'table' ORDER BY name"):
        if name.startswith("sqlite_"):
            continue
        table = Table(name)
        table.strict = bool(strict)
        keys = {}
        for column, kind, place in _rows(
            session, "SELECT name, type, pk FROM pragma_table_xinfo(:name)"
            " WHERE hidden NOT IN (2, 3) ORDER BY cid", name=name,
        ):
            table.columns[column] = _SQLITE_KINDS.get(kind.upper(), ANY)
            if place:
                keys[place] = column
        table.key = [keys[place] for place in sorted(keys)]
        _read_sqlite_keys(session, table)
        found.append(table)
    if _rows(session, "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'"):
        given = dict(_rows(session, "SELECT name, seq FROM sqlite_sequence"))
        for table in found:
            if table.name in given:
                table.next_id = int(given[table.name]) + 1
    return found


def _read_sqlite_keys(session: Session, table: Table) -> None:
    keys: dict[int, tuple[list[str], str, list[str]]] = {}
    for number, other, own, theirs in _rows(
        session, 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(:name)'
        " ORDER BY id, seq", name=table.name,
    ):
        columns = keys.setdefault(number, ([], other, []))
        columns[0].append(own)
        if theirs is not None:
            columns[2].append(theirs)
    table.foreign = list(keys.values())


def _of_mysql(session: Session) -> list[Table]:
    # MySQL 8 would tell numbers that are a day old; MariaDB passes over comments of that kind.
    session.execute("SET @number = 0 /*!80000 , SESSION information_schema_stats_expiry = 0 */")
    found: dict[str, Table] = {}
    for name, engine, number in _rows(
        session, "SELECT table_name, engine, auto_increment FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    ):
        table = found[name] = Table(name)
        table.next_id = None if number is None else int(number)
        table.transactional = str(engine).lower() in ("innodb", "rocksdb")
    for name, column, kind, made in _rows(
        session, "SELECT table_name, column_name, data_type, generation_expression"
        " FROM information_schema.columns WHERE table_schema = DATABASE()"
        " ORDER BY table_name, ordinal_position",
    ):
        if name not in found or made:
            continue
        found[name].columns[column] = _MYSQL_KINDS.get(kind.lower(), TEXT)
        if kind.lower() == "decimal":
            found[name].texts.add(column)
        elif kind.lower() == "float":
            found[name].floats.add(column)
    keys: dict[tuple[str, str], tuple[list[str], str, list[str]]] = {}
    for name, key, column, other, theirs in _rows(
        session, "SELECT table_name, constraint_name, column_name, referenced_table_name,"
        " referenced_column_name FROM information_schema.key_column_usage"
        " WHERE table_schema = DATABASE() ORDER BY table_name, constraint_name, ordinal_position",
    ):
        if name in found and key == "PRIMARY":
            found[name].key.append(column)
        elif name in found and other is not None:
            columns = keys.setdefault((name, key), ([], other, []))
            columns[0].append(column)
            columns[2].append(theirs)
    for (name, _), columns in keys.items():
        found[name].foreign.append(columns)
    return list(found.values())


def _rows(session: Session, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    translated = statement(sql)
    return session.rows(translated, translated.values(parameters), False)[1]
