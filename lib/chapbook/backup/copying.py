"""The rows of a scratch file put in place of a site's own, in one transaction.

Whoever asks sees all of the old rows or all of the new ones. Nothing changes a table's form after
the transaction began: MySQL would keep what was written by then.
"""
from __future__ import annotations

from ..engines import open_session
from ..errors import ConfigError, DatabaseError
from ..sql import statement
from . import catalog
from .catalog import quoted
from .scratch import inserting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..config import Config
    from ..engines import Session
    from .catalog import Table
    from .scratch import Scratch

ROWS, BYTES = 500, 256 << 10  # in one INSERT for MySQL, whose servers take a megabyte at the least
_MARK = statement("INSERT INTO restore_mark (mark, restored_at) VALUES (:mark, :now)")
_IS_MARKED = statement("SELECT COUNT(*) FROM restore_mark WHERE mark = :mark")


class Refused(ConfigError):
    """The database does not take the rows; it is as it was."""


def differences(session: Session, engine: str, scratch: Scratch) -> list[str]:
    """Why these rows cannot be put into this database, in sentences; none where they can."""
    here = {table.name: table for table in catalog.tables(session, engine)}
    found = []
    for name, table in sorted(scratch.tables.items()):
        if name not in here:
            found.append(f"The backup has a table {name}, and this site has none: bring its files, "
                         "those of the page with that table too, up to date first.")
            continue
        for column in table.columns:
            if column not in here[name].columns:
                found.append(f"The table {name} of the backup has a column {column}, and that of "
                             "this site has none.")
        if not here[name].transactional:
            found.append(f"The table {name} is of a kind that cannot undo what is written to it. "
                         f"Change that first, with: ALTER TABLE {name} ENGINE=InnoDB")
    return found


def copy(
    config: Config, scratch: Scratch, numbers: Mapping[str, int],
    without: Mapping[str, Mapping[str, str]], mark: str, now: int,
    tell: Callable[[str], object] = lambda text: None,
) -> None:
    """Put the rows in place, and with them the mark that tells that this was kept.

    `numbers` are the least that the tables' next rows are to get. `without` are the tables
    "emptied", and "kept", which are left alone. Refused where the database does not take a row;
    Unavailable where it cannot be reached, or where others are busy with it for a minute.
    """
    engine = config.database.engine
    session = open_session(config, migrating=True)
    try:
        _check(session, engine, scratch)
        names = [name for name in scratch.tables if name not in without["kept"]]
        if engine == "sqlite":
            session.execute(f"ATTACH DATABASE '{_literal(scratch.path)}' AS incoming")
        else:
            # They are looked at as a whole in the end; and rows may point to later ones.
            session.execute("SET foreign_key_checks = 0")
            _raise_numbers(session, numbers)
        session.begin()
        try:
            _replace(session, engine, scratch, names, without, tell)
            if engine == "sqlite":
                _set_sequences(session, numbers)
            session.execute("DELETE FROM restore_mark")
            session.change(_MARK, (mark, now))
            tell("Looking whether all rows belong together ...")
            _check_keys(session, engine)
        except DatabaseError as error:
            raise Refused("The database does not take the rows of the backup, and is as it was. "
                          f"It says: {error.detail.partition(chr(10))[0][:300]}") from error
        session.commit()
    finally:
        session.rollback()
        session.close()


def is_marked(config: Config, mark: str) -> bool:
    """Whether the rows of the restore with this mark were kept."""
    session = open_session(config, migrating=True)
    try:
        names = {table.name for table in catalog.tables(session, config.database.engine)}
        return "restore_mark" in names and session.rows(_IS_MARKED, (mark,), True)[1][0][0] == 1
    finally:
        session.close()


def _check(session: Session, engine: str, scratch: Scratch) -> None:
    found = differences(session, engine, scratch)
    if found:
        raise Refused(" ".join(found[:3]))


def _replace(
    session: Session, engine: str, scratch: Scratch, names: Iterable[str],
    without: Mapping[str, Mapping[str, str]], tell: Callable[[str], object],
) -> None:
    here = {table.name for table in catalog.tables(session, engine)}
    for name in sorted(here.intersection(without["emptied"])):
        session.execute(f"DELETE FROM {quoted(name)}")
    tables = scratch.tables
    for name in names:
        if name in without["emptied"]:
            continue
        tell(f"Rows of the table {name} ...")
        if engine == "sqlite":
            columns = ", ".join(map(quoted, tables[name].columns))
            session.execute(f"DELETE FROM main.{quoted(name)}")
            session.execute(f"INSERT INTO main.{quoted(name)} ({columns})"
                            f" SELECT {columns} FROM incoming.{quoted(name)}")
        else:
            session.execute(f"DELETE FROM {quoted(name)}")
            _insert_many(session, scratch, tables[name])


def _insert_many(session: Session, scratch: Scratch, table: Table) -> None:
    head = f"INSERT INTO {quoted(table.name)} ({', '.join(map(quoted, table.columns))})"
    rows: list[tuple[object, ...]] = []
    size = 0

    def insert() -> None:
        session.change(inserting(head, len(table.columns), len(rows)),
                       tuple(value for row in rows for value in row))  # type: ignore[misc]

    for row in scratch.session.each(table.sql):
        more = sum(len(value) if isinstance(value, (str, bytes)) else 8 for value in row)
        if rows and (len(rows) == ROWS or size + more > BYTES):
            insert()
            rows, size = [], 0
        rows.append(row)
        size += more
    if rows:
        insert()


def _raise_numbers(session: Session, numbers: Mapping[str, int]) -> None:
    """Have MySQL give no number again that was given before; this is no harm should all fail."""
    for table in catalog.tables(session, "mysql"):
        if table.next_id is not None and numbers.get(table.name, 0) > table.next_id:
            session.execute(
                f"ALTER TABLE {quoted(table.name)} AUTO_INCREMENT = {numbers[table.name]}")


def _set_sequences(session: Session, numbers: Mapping[str, int]) -> None:
    for table in catalog.tables(session, "sqlite"):
        # INSERT has noted the largest number itself where the table has rows.
        if "AUTOINCREMENT" in _text_of(session, table.name) and numbers.get(table.name, 1) > 1:
            number = numbers[table.name] - 1
            values = (table.name, number)
            session.change(statement(
                "INSERT INTO sqlite_sequence (name, seq) SELECT :name, :number"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :again)"),
                (*values, table.name))
            session.change(statement(
                "UPDATE sqlite_sequence SET seq = MAX(seq, :number) WHERE name = :name"),
                (number, table.name))


def _text_of(session: Session, name: str) -> str:
    found = session.rows(
        statement("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"),
        (name,), True)[1]
    return str(found[0][0]).upper() if found else ""


def _check_keys(session: Session, engine: str) -> None:
    """Refuse rows that point to nothing, those of tables that no backup has included."""
    if engine == "sqlite":
        for row in session.each("PRAGMA main.foreign_key_check"):
            raise Refused(f"Rows of the table {row[0]} would point to nothing in {row[2]}. Nothing "
                          "was changed.")
        return
    for table in catalog.tables(session, "mysql"):
        for own, other, theirs in table.foreign:
            on = " AND ".join(f"a.{quoted(here)} = b.{quoted(there)}"
                              for here, there in zip(own, theirs))
            given = " AND ".join(f"a.{quoted(here)} IS NOT NULL" for here in own)
            for _ in session.each(
                f"SELECT 1 FROM {quoted(table.name)} a LEFT JOIN {quoted(other)} b ON {on}"
                f" WHERE {given} AND b.{quoted(theirs[0])} IS NULL LIMIT 1",
            ):
                raise Refused(f"Rows of the table {table.name} would point to nothing in {other}. "
                              "Nothing was changed.")


def _literal(text: str) -> str:
    return text.replace("'", "''")
