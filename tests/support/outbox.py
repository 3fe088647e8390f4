"""A site with an outbox in its database, and what is in it."""
from __future__ import annotations

import os
from typing import Any

from chapbook import config as configuration, mail, schema
from chapbook.config import Config
from chapbook.db import Database, Row, connect

SITE = {"title": "Jo's Bakery, Ltd. <fresh>", "base_url": "https://bakery.example/shop",
        "owner": "jo@bakery.example"}
DATABASE = ("engine", "file", "host", "port", "name", "user", "password")


def site(root: object, database: Config, **options: str) -> Config:
    """Settings with these for [mail], in the folder `root` and on a database that has an outbox."""
    known = {name: str(value) for name, value in vars(database.database).items()
             if name in DATABASE}
    found = configuration.load(
        None, {"site": SITE, "database": known, "mail": options}, os.path.realpath(str(root)))
    os.makedirs(found.path("var"), exist_ok=True)
    with connect(found) as db:
        schema.apply(db, os.path.join(configuration.HERE, "tables"))
    return found


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
