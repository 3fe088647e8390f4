"""What the tests of mail share: a site with an outbox, on each engine, and what is in it."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook import config as configuration, mail, schema
from chapbook.config import Config
from chapbook.db import Database, Row, connect

SITE = {"title": "Jo's Bakery, Ltd. <fresh>", "base_url": "https://bakery.example/shop",
        "owner": "jo@bakery.example"}


@pytest.fixture
def configured(database_config: Config, tmp_path: Path) -> Callable[..., Config]:
    """Settings on each engine with an outbox in the database: `configured(via="smtp", ...)`."""
    def made(**options: str) -> Config:
        database = {name: str(value) for name, value in vars(database_config.database).items()
                    if name in ("engine", "file", "host", "port", "name", "user", "password")}
        found = configuration.load(
            None, {"site": SITE, "database": database, "mail": options}, str(tmp_path))
        os.makedirs(found.path("var"), exist_ok=True)
        with connect(found) as db:
            schema.apply(db, os.path.join(configuration.HERE, "tables"))
        return found
    return made


@pytest.fixture
def site(configured: Callable[..., Config]) -> Config:
    """A site that puts its mail into a folder."""
    return configured()


@pytest.fixture
def box(site: Config) -> Iterator[Database]:
    """The database with the outbox."""
    with connect(site) as database:
        yield database


def put(db: Database, **fields: Any) -> int:
    """Queue a message with these fields, else usual ones, in a transaction of its own."""
    given: dict[str, Any] = {"to": "ann@example.org", "subject": "Hello", "text": "A text.\n",
                             "about": "order 1", **fields}
    with db.transaction():
        return mail.queue(db, db.config, **given)


def row(db: Database, id: int) -> Row:
    """All that the outbox has on a message."""
    found = db.one("SELECT id, about, message_id, recipient, reply_to, subject, body, state,"
                   " written_at, due_at, claim, tries, first_tried_at, sent_at, last_error"
                   " FROM outbox WHERE id = :id", id=id)
    assert found is not None
    return found


def make_due(db: Database) -> None:
    """Let the time pass until everything that waits is due."""
    with db.transaction():
        db.run("UPDATE outbox SET due_at = 1 WHERE state = 'waiting'")
