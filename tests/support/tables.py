"""Tables for tests, made on either engine."""
from __future__ import annotations

from chapbook.db import Database
from chapbook.engines import open_session

THING = {
    "sqlite": "CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
              " number INTEGER, data BLOB, day TEXT, weight REAL, note TEXT)",
    "mysql": "CREATE TABLE thing (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,"
             " name VARCHAR(80) NOT NULL UNIQUE, number BIGINT, data VARBINARY(1000), day DATE,"
             " weight DOUBLE, note VARCHAR(1000))"
             " ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
}


def make(db: Database, table: dict[str, str]) -> None:
    """Create the table, as a migration would."""
    session = open_session(db.config, migrating=True)
    try:
        session.execute(table[db.engine])
    finally:
        session.close()


def make_more(db: Database, rows: int) -> None:
    """Put so many rows into `thing`, named 1, 2, ..."""
    with db.transaction():
        for number in range(1, rows + 1):
            db.run("INSERT INTO thing (name) VALUES (:name)", name=str(number))


def count(db: Database) -> int:
    """How many rows `thing` has."""
    return int(db.value("SELECT COUNT(*) FROM thing"))
