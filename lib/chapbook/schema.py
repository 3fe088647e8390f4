"""The tables: numbered .sql files, each applied once, one process at a time.

A subject's files are `guestbook.001.sqlite.sql`, `guestbook.001.mysql.sql`, `guestbook.002...`.
MySQL keeps each CREATE and ALTER at once, so a step that broke off is run again from its start:
write `CREATE TABLE IF NOT EXISTS`. What was applied is noted in the table schema_step.
"""
from __future__ import annotations

import os
import re
import time

from .engines import open_session
from .errors import ConfigError, DatabaseError, Unavailable
from .sql import split, statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .config import Config
    from .db import Database
    from .engines import Session

TABLES = os.path.join(os.path.dirname(os.path.realpath(__file__)), "tables")
LOCK_WAIT = 60                # seconds; another process may be rebuilding a large table

_FILE = re.compile(r"([a-z][a-z0-9_]*)\.([0-9]{3})\.(sqlite|mysql)\.sql")

_TABLE = {
    "sqlite": """CREATE TABLE IF NOT EXISTS schema_step (
        subject TEXT NOT NULL, number INTEGER NOT NULL, checksum TEXT NOT NULL,
        applied_at INTEGER NOT NULL, PRIMARY KEY (subject, number))""",
    "mysql": """CREATE TABLE IF NOT EXISTS schema_step (
        subject VARCHAR(64) NOT NULL, number INT NOT NULL, checksum CHAR(64) NOT NULL,
        applied_at BIGINT NOT NULL, PRIMARY KEY (subject, number))
        ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin""",
}
_HAS_TABLE = {
    "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_step'",
    "mysql": "SELECT COUNT(*) FROM information_schema.tables"
             " WHERE table_schema = DATABASE() AND table_name = 'schema_step'",
}
_APPLIED = "SELECT subject, number, checksum FROM schema_step ORDER BY subject, number"
_NOTE = (
    "INSERT INTO schema_step (subject, number, checksum, applied_at)"
    " VALUES (:subject, :number, :checksum, :applied_at)"
)
# Names of locks hold for the whole server, which many sites may share.
_LOCK = "SELECT GET_LOCK(CONCAT('chapbook.', SHA1(DATABASE())), :seconds)"


class Step:
    """One file: `subject`, `number`, its SQL as `script`, and `name` without the engine."""

    def __init__(self, folder: str, file: str) -> None:
        import hashlib

        subject, number, engine = file.split(".")[:3]
        self.subject, self.number = subject, int(number)
        self.name = f"{subject}.{number}"
        self.file = file
        with open(os.path.join(folder, file), encoding="utf-8", newline=None) as opened:
            self.script = opened.read()
        # Of the text with plain line ends: FTP programs change them on the way.
        self.checksum = hashlib.sha256(self.script.encode()).hexdigest()


def pending(db: Database, folder: str) -> list[str]:
    """The names of the steps that are still to be applied ("guestbook.001"), in order.

    Raises ConfigError when a file was changed after it was applied, or lacks its other engine.
    """
    applied: dict[tuple[str, int], str] = {}
    if db.value(_HAS_TABLE[db.engine]):
        applied = {(row.subject, row.number): row.checksum for row in db.all(_APPLIED)}
    return [step.name for step in _waiting(steps(folder, db.engine), applied)]


def folders(config: Config) -> tuple[str, str]:
    """Where the steps are: those of the toolkit's tables, then those of the site's."""
    return TABLES, config.path("lib", "collection", "schema")


def bring_up(db: Database, config: Config, seconds: float | None = None) -> list[str]:
    """Apply what the toolkit's tables need, then what the site's do; the names of the steps.

    With `seconds`, for hosts that end what takes long: as many steps as are begun within them, one
    at the least, and each kept by itself; call it again until `left` has none.
    """
    until = None if seconds is None else time.monotonic() + seconds
    done: list[str] = []
    for folder in folders(config):
        if until is None or not done or time.monotonic() < until:
            done += apply(db, folder, until)
    return done


def applied(db: Database) -> set[tuple[str, int]]:
    """The steps that this database has had, by subject and number; those of lost files too."""
    if not db.value(_HAS_TABLE[db.engine]):
        return set()
    return {(row.subject, row.number) for row in db.all(_APPLIED)}


def left(db: Database, config: Config) -> list[str]:
    """The names of all steps, the toolkit's and the site's, that are still to be applied."""
    return [name for folder in folders(config) for name in pending(db, folder)]


def apply(db: Database, folder: str, until: float | None = None) -> list[str]:
    """Apply the steps that are still to be applied; gives their names, in order.

    Several processes may do this at once: one applies, the others wait and find nothing left.
    SQLite keeps all steps or none; MySQL those before the one that failed. With `until`, a moment
    of time.monotonic, no step but the first is begun after it, and each is kept by itself. Raises
    ConfigError for a changed file, DatabaseError (detail names the file) for a step that fails,
    Unavailable when the lock is not had within a minute.
    """
    if not pending(db, folder):
        return []
    session = open_session(db.config, migrating=True)
    try:
        return _apply_locked(session, steps(folder, db.engine), db.engine, until)
    finally:
        session.rollback()
        session.close()                       # MySQL gives the lock back with the connection


def _apply_locked(
    session: Session, known: list[Step], engine: str, until: float | None
) -> list[str]:
    if engine == "mysql" and _query(session, _LOCK, seconds=LOCK_WAIT)[0][0] != 1:
        raise Unavailable(detail="Another process is changing the tables: wait until it is done.")
    done: list[str] = []
    while True:
        waiting = _begun(session, known, engine)
        batch = waiting if until is None else waiting[:1]
        for step in batch:
            _run(session, step)
            done.append(step.name)
        if engine == "sqlite":
            broken = _query(session, "PRAGMA foreign_key_check")
            if broken:
                raise DatabaseError(detail=f"These rows would point to nothing: {broken[:5]}")
            session.commit()
        if len(batch) == len(waiting) or until is not None and time.monotonic() >= until:
            return done


def _begun(session: Session, known: list[Step], engine: str) -> list[Step]:
    """The steps that are still to be applied, now that nobody else applies any."""
    if engine == "sqlite":
        session.begin()
    session.execute(_TABLE[engine])
    return _waiting(known, {
        (str(subject), number): str(checksum)
        for subject, number, checksum in _query(session, _APPLIED)
    })


def _run(session: Session, step: Step) -> None:
    try:
        for text in split(step.script):
            session.execute(text)
    except (DatabaseError, ValueError) as error:
        raise DatabaseError(detail=f"{step.file} failed: {error}") from error
    note = statement(_NOTE)
    session.change(note, note.values({
        "subject": step.subject, "number": step.number, "checksum": step.checksum,
        "applied_at": int(time.time()),
    }))


def _query(session: Session, sql: str, **parameters: object) -> list[tuple[Any, ...]]:
    translated = statement(sql)
    return session.rows(translated, translated.values(parameters), False)[1]


def steps(folder: str, engine: str, strict: bool = True) -> list[Step]:
    """An engine's steps in order: by subject, then by number.

    ConfigError for an odd name, and for a step that only the other engine has; without `strict`
    such a step is left out.
    """
    engines: dict[str, set[str]] = {}
    for file in sorted(os.listdir(folder)):
        match = _FILE.fullmatch(file)
        if match:
            engines.setdefault(f"{match[1]}.{match[2]}", set()).add(match[3])
        elif file.endswith(".sql"):
            raise ConfigError(
                f"{os.path.join(folder, file)} has no name like guestbook.001.sqlite.sql."
            )
    for name, found in engines.items():
        if engine not in found and strict:
            raise ConfigError(
                f"{folder} has {name}.{min(found)}.sql and no {name}.{engine}.sql, which this "
                f"site's database needs: write it (empty, where there is nothing to do)."
            )
    return [Step(folder, f"{name}.{engine}.sql") for name in engines if engine in engines[name]]


def _waiting(known: list[Step], applied: dict[tuple[str, int], str]) -> list[Step]:
    for step in known:
        if applied.get((step.subject, step.number), step.checksum) != step.checksum:
            raise ConfigError(
                f"{step.file} was changed after it was applied to this database. Undo the change, "
                f"and write a new number instead."
            )
    return [step for step in known if (step.subject, step.number) not in applied]
