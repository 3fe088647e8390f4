"""The database that is chosen: tried as the site will use it, and what is wrong in words.

It is connected to, and a table made, filled, altered and dropped there. What holds tables of
something else is refused; what holds a Chapbook site is taken only by who says so.
"""
from __future__ import annotations

import os
import re

from .. import config as configuration
from .. import schema
from ..db import connect
from ..errors import ConfigError, HTTPError, Invalid
from . import state, troubles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..config import Config
    from ..db import Database

STEP = "database"
OPTIONS = ("engine", "host", "port", "socket", "name", "user", "password", "tls")
CONNECT_WITHIN = "5 s"        # a host's own database may be another machine
OLDEST = {"MariaDB": (10, 3), "MySQL": (5, 7)}
SHOWN = 3                     # names of tables in one sentence
TRIAL = "chapbook_trial"      # a table that is there while the database is tried

EMPTY, OURS = "empty", "ours"

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
              " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name",
    "mysql": "SELECT table_name AS name FROM information_schema.tables"
             " WHERE table_schema = DATABASE() ORDER BY table_name",
}
_CREATED = re.compile(r"(?i)\bCREATE TABLE (?:IF NOT EXISTS )?[`\"]?(\w+)")
# What the tables of the site need, one after another, each as the site's own schema has it.
_TRIALS = {
    "sqlite": (
        f"CREATE TABLE {TRIAL} (id INTEGER PRIMARY KEY, said TEXT NOT NULL)",
        f"INSERT INTO {TRIAL} (id, said) VALUES (1, 'a')",
        f"ALTER TABLE {TRIAL} ADD COLUMN other INTEGER",
        f"DROP TABLE {TRIAL}",
    ),
    "mysql": (
        f"CREATE TABLE {TRIAL} (id INT PRIMARY KEY AUTO_INCREMENT, said VARCHAR(100) NOT NULL,"
        f" parent INT, FOREIGN KEY (parent) REFERENCES {TRIAL} (id))"
        " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        f"INSERT INTO {TRIAL} (id, said) VALUES (1, '\U0001f4d6')",
        f"UPDATE {TRIAL} SET said = 'b' WHERE id = 1",
        f"ALTER TABLE {TRIAL} ADD COLUMN other INT",
        f"CREATE INDEX {TRIAL}_said ON {TRIAL} (said)",
        f"DELETE FROM {TRIAL}",
        f"DROP TABLE {TRIAL}",
    ),
}


def taken(config: Config, given: Mapping[str, str]) -> dict[str, str]:
    """The answers to keep, once the database was tried; Invalid says which must be others.

    `given` are texts by the names of [database], and `adopt`: "yes" for who wants the Chapbook site
    that is there to be this one.
    """
    kept = {name: given.get(name, "").strip() for name in OPTIONS if given.get(name, "").strip()}
    engine = kept.setdefault("engine", "sqlite")
    if engine == "sqlite":
        kept = {"engine": engine}
    elif not kept.get("name") or not kept.get("user"):
        raise Invalid(**{name: "Your host's control panel names it, where you made the database."
                         for name in ("name", "user") if not kept.get(name)})
    try:
        chosen = with_database(config, kept)
    except ConfigError as error:
        raise Invalid(str(error).removeprefix("overrides: ")) from error
    found, tables = examined(chosen)
    if found == OURS and given.get("adopt") != "yes":
        raise Invalid(adopt=(
            f"This database holds a Chapbook site already ({_some(tables)}). If it is yours, and "
            "is to be this one, say so here: its content stays, and its tables are brought up to "
            "date. Otherwise choose another database."))
    if found == OURS:
        kept["adopt"] = "yes"
    return kept


def label(answers: Mapping[str, str]) -> str:
    """A text that tells one database from another."""
    return " ".join(answers.get(name, "") for name in ("engine", "host", "port", "socket", "name"))


def with_database(config: Config, answers: Mapping[str, str]) -> Config:
    """The settings of the site with this database."""
    options = {name: text for name, text in answers.items() if name in OPTIONS}
    made = configuration.load(None, {"database": {"connect_timeout": CONNECT_WITHIN, **options}},
                              config.root)
    return made


def examined(config: Config) -> tuple[str, list[str]]:
    """What is in a database that does all the site needs: EMPTY or OURS, and its tables.

    Invalid where it cannot be used. An SQLite file that is not there yet is not made: another one
    is tried in its place.
    """
    try:
        if config.database.engine == "sqlite":
            return _examined_sqlite(config)
        with connect(config) as db:
            _check_version(db)
            found = _content(db)
        _try(config)
        return found
    except ImportError as error:
        raise Invalid(engine=troubles.missing(error)) from error
    except HTTPError as error:
        if isinstance(error, Invalid):
            raise
        raise troubles.translated(error, config) from error


def _examined_sqlite(config: Config) -> tuple[str, list[str]]:
    path = config.path(config.database.file)
    trial = os.path.join(state.folder(config), "trial.sqlite")
    state.prepare_var(config)
    os.makedirs(os.path.dirname(trial), mode=0o700, exist_ok=True)
    try:
        _try(configuration.load(None, {"database": {"engine": "sqlite", "file": trial}},
                                config.root))
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            if os.path.lexists(trial + ending):
                os.unlink(trial + ending)
    if not os.path.exists(path):
        return EMPTY, []
    with connect(config) as db:
        return _content(db)


def _content(db: Database) -> tuple[str, list[str]]:
    tables = [name for name in tables_of(db) if name != TRIAL]
    if not tables:
        return EMPTY, []
    field = "name" if db.engine == "mysql" else "engine"
    foreign = sorted(set(tables) - known_tables(db.config))
    if "schema_step" not in tables or foreign:
        strange = foreign or tables
        more = "" if "schema_step" not in tables else ", beside those of a Chapbook site"
        raise Invalid(**{field: (
            f"This database holds tables of something else{more}: {_some(strange)}. Chapbook wants "
            "one of its own, so that neither can harm the other: make a new, empty database in "
            "your host's control panel." if db.engine == "mysql" else
            f"The file {db.config.database.file} holds something else{more}: {_some(strange)}. "
            "Move it away, or choose MySQL.")})
    try:
        for folder in _schemas(db.config):
            schema.pending(db, folder)
    except ConfigError as error:
        raise Invalid(**{field: (
            "This database was made by other files than those that you have uploaded. Upload lib/ "
            f"anew, whole, or choose another database. ({error})")}) from error
    return OURS, tables


def tables_of(db: Database) -> list[str]:
    """The names of all tables that the database holds, in order."""
    return [str(row.name) for row in db.all(TABLES[db.engine])]


def known_tables(config: Config) -> set[str]:
    """The names of the tables that the site's own schema makes."""
    names = {"schema_step"}
    for folder in _schemas(config):
        for file in sorted(os.listdir(folder)):
            if file.endswith(".sql"):
                with open(os.path.join(folder, file), encoding="utf-8") as opened:
                    names.update(_CREATED.findall(opened.read()))
    return names


def _schemas(config: Config) -> list[str]:
    own = config.path("lib", "collection", "schema")
    return [schema.TABLES, *([own] if os.path.isdir(own) else [])]


def _check_version(db: Database) -> None:
    said = str(db.value("SELECT VERSION()"))
    kind = "MariaDB" if "mariadb" in said.lower() else "MySQL"
    # MariaDB puts 5.5.5- before its own number, for programs that know MySQL alone.
    match = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)", said)
    if match and (int(match[1]), int(match[2])) < OLDEST[kind]:
        oldest = ".".join(map(str, OLDEST[kind]))
        raise Invalid(host=(
            f"The server is {kind} {match[1]}.{match[2]}, which is too old: Chapbook needs {kind} "
            f"{oldest} or newer. Ask your host for a newer server (many have one beside), or "
            "choose SQLite."))
    letters = db.value("SELECT COUNT(*) FROM information_schema.collations"
                       " WHERE collation_name = 'utf8mb4_bin'")
    if not letters:
        raise Invalid(host=(
            "The server does not know all letters of the world (its character set utf8mb4 is "
            "missing). Ask your host for a newer server, or choose SQLite."))


def _try(config: Config) -> None:
    """Do all that the site does with its tables; DatabaseError or Unavailable where it may not."""
    from ..engines import open_session

    session = open_session(config, migrating=True)
    try:
        session.execute(f"DROP TABLE IF EXISTS {TRIAL}")          # left by one that was killed
        for text in _TRIALS[config.database.engine]:
            session.execute(text)
    finally:
        session.rollback()
        session.close()


def _some(tables: list[str]) -> str:
    more = len(tables) - SHOWN
    return ", ".join(tables[:SHOWN]) + (f" and {more} more" if more > 0 else "")
