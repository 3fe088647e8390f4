"""Sites to be backed up: content that is hard to carry, and what a database holds as plain data."""
from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from chapbook import db, schema
from chapbook.config import Config
from chapbook.engines import open_session

# What a page of the owner's may have: all kinds of columns, and a table that points to itself.
OWN = {
    "sqlite": """
CREATE TABLE own_thing (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, big INTEGER,
    data BLOB, day TEXT, weight REAL, boss INTEGER REFERENCES own_thing (id)) STRICT;
CREATE TABLE own_pair (a TEXT NOT NULL, b INTEGER NOT NULL, thing INTEGER REFERENCES own_thing (id),
    PRIMARY KEY (a, b)) STRICT;
CREATE TABLE own_empty (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT) STRICT;
CREATE TABLE own_keyless (word TEXT, number INTEGER) STRICT;
""",
    "mysql": """
CREATE TABLE own_thing (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name TEXT NOT NULL,
    big BIGINT, data LONGBLOB, day DATE, weight DOUBLE, boss BIGINT,
    FOREIGN KEY (boss) REFERENCES own_thing (id))
    ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE TABLE own_pair (a VARCHAR(100) NOT NULL, b INT NOT NULL, thing BIGINT, PRIMARY KEY (a, b),
    FOREIGN KEY (thing) REFERENCES own_thing (id))
    ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE own_empty (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name TEXT)
    ENGINE=InnoDB CHARACTER SET utf8mb4;
CREATE TABLE own_keyless (word VARCHAR(100), number INT)
    ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
""",
}
NAUGHTY = (
    "plain", "", " ends in spaces  ", "it's \"quoted\" \\ `so` %s %d {} :name ?", "a\nb\r\nc\td",
    "\u2028\u2029\x85\x0b\x0c\x1b[31m\x7f", "😀👩‍👩‍👧‍👦🇧🇪",
    "Ω≈ç√∫˜µ≤≥÷", "ｆｕｌｌ　ｗｉｄｔｈ", "שלום עולם مرحبا", "\u202eleft\ufeff",
    "Zalgo\u0300\u0301\u0302", "e\u0301 é", "ß SS ſ", "'; DROP TABLE account; --", "<script>",
    "NULL", "0x1F", "1e400", "x" * 5000, "[" * 3000, "\ud7ff\ue000\U0010ffff",
)
NUMBERS = (0, 1, -1, 2**31, -2**31 - 1, 2**63 - 1, -2**63, None)
FLOATS = (0.0, -0.0, 0.1, 1 / 3, 1e-308, 1.7976931348623157e308, -123456.789, None)
BLOBS = (b"", b"\0", bytes(range(256)), b"\xff\xfe" * 700, None)
LEFT_OUT = {"session", "throttle", "account_token", "form_answer", "schema_step", "restore_mark",
            "cron_seen", "sender_salt", "autoreply_sent"}


def settle(config: Config, folder: Path) -> Config:
    """The configuration with folders of its own for what is written at run time."""
    vars(config.paths).update(var=str(folder / "var"), uploads=str(folder / "uploads"),
                              log=str(folder / "log"))
    # var/maintenance of this very tree would close it to all other tests.
    setattr(config, "path", lambda *parts: os.path.join(
        folder if parts[0] == "var" else config.root, *parts))
    (folder / "var").mkdir(parents=True, exist_ok=True)
    (folder / "uploads").mkdir(exist_ok=True)
    return config


def execute(config: Config, *texts: str) -> None:
    """Run statements as a migration would."""
    session = open_session(config, migrating=True)
    try:
        for text in texts:
            if text.strip():
                session.execute(text)
    finally:
        session.close()


def make(config: Config, own: bool = True) -> None:
    """All tables, without rows; with those of a page of the owner's own."""
    with db.connect(config) as base:
        schema.bring_up(base, config)
    if own:
        execute(config, *OWN[config.database.engine].split(";"))


def fill(config: Config) -> None:
    """Put hard content into it, into tables of all kinds, and files into its uploads."""
    execute(config, "DELETE FROM cron_seen")
    with db.connect(config) as base, base.transaction():
        for number, text in enumerate(NAUGHTY):
            base.run(
                "INSERT INTO own_thing (name, big, data, day, weight, boss) VALUES (:name, :big,"
                " :data, :day, :weight, :boss)", name=text, big=NUMBERS[number % len(NUMBERS)],
                data=BLOBS[number % len(BLOBS)], day=None if number % 3 else "2026-11-22",
                weight=FLOATS[number % len(FLOATS)], boss=number or None)
            base.run("INSERT INTO own_pair (a, b, thing) VALUES (:a, :b, :thing)",
                     a=text[:90], b=number, thing=number + 1)
            base.run("INSERT INTO own_keyless (word, number) VALUES (:word, 1)", word=text[:90])
        last = base.insert("INSERT INTO own_thing (name) VALUES ('the last one')")
        base.run("DELETE FROM own_thing WHERE id = :id", id=last)
        account = base.insert(
            "INSERT INTO account (address, address_key, name, role, state, created_at)"
            " VALUES ('Ann@Example.org', 'ann@example.org', :name, 'administrator', 'active', 1)",
            name=NAUGHTY[6])
        base.run("INSERT INTO recovery_code (account_id, code_hash) VALUES (:id, :hash)",
                 id=account, hash="a" * 64)
        base.run("INSERT INTO session (token_hash, account_id, data, created_at, seen_at, ends_at,"
                 " remember, agent) VALUES (:hash, :id, '{}', 1, 1, 2, 0, '')",
                 hash="b" * 64, id=account)
        base.run("INSERT INTO throttle (name, free_at) VALUES (:name, 5)", name="c" * 32)
        for state in ("waiting", "sent", "held"):
            base.run("INSERT INTO outbox (about, message_id, recipient, subject, body, state,"
                     " written_at, due_at) VALUES ('x', :id, 'a@b.example', 's', :body, :state, 1,"
                     " 1)", id=f"{state}@site", body=NAUGHTY[3], state=state)
    uploads = Path(config.path(config.paths.uploads))
    for name, data in {"forms/" + "0" * 32: b"\0\xff" * 5000, "pictures/ab.jpg": b"JPEG",
                       "notes/ü/empty.txt": b""}.items():
        path = uploads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def content(config: Config) -> dict[str, Any]:
    """What the database holds, by table: rows in an order that is the same for both engines.

    Text that MySQL keeps as bytes is text. What no backup has is left out, and so is what a restore
    writes itself: the event that tells of it.
    """
    found: dict[str, Any] = {}
    with db.connect(config) as base:
        for table in names(base):
            if table not in LEFT_OUT:
                columns = [row.name for row in base.all(_COLUMNS[base.engine], name=table)]
                rows = base.all(f'SELECT {", ".join(columns)} FROM {table}')  # noqa: S608
                found[table] = sorted((tuple(map(_plain, row.items())) for row in rows
                                       if row.get("what") != "backup restored"), key=repr)
    return found


def checksum(config: Config) -> str:
    """The same as a SHA-256, with the uploads."""
    return hashlib.sha256(repr((content(config), files(config))).encode("utf-8")).hexdigest()


def files(config: Config) -> dict[str, bytes]:
    """The uploads: their bytes by their names."""
    top = Path(config.path(config.paths.uploads))
    return {str(path.relative_to(top)): path.read_bytes()
            for path in sorted(top.rglob("*")) if path.is_file()}


def names(base: db.Database) -> list[str]:
    """The tables of a database."""
    return [str(row.name) for row in base.all(_TABLES[base.engine])]


def _plain(pair: tuple[str, Any]) -> tuple[str, Any]:
    name, value = pair
    if name == "address_key" and isinstance(value, bytes):
        value = value.decode()
    return name, value


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%'"
              " ESCAPE '!' ORDER BY name",
    "mysql": "SELECT table_name AS name FROM information_schema.tables"
             " WHERE table_schema = DATABASE() ORDER BY table_name",
}
_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info(:name) ORDER BY name",
    "mysql": "SELECT column_name AS name FROM information_schema.columns"
             " WHERE table_schema = DATABASE() AND table_name = :name ORDER BY column_name",
}
