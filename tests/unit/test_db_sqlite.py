"""SQLite: its file is private, its settings durable, its failures told with what to do."""
from __future__ import annotations

import os
import pwd
import sqlite3
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.engines import sqlite
from chapbook.errors import DatabaseError, Unavailable

from tests.support.tables import THING, count, make
from tests.support.threads import together, until


@pytest.fixture
def db(sqlite_config: Config) -> Iterator[Database]:
    with connect(sqlite_config) as database:
        make(database, THING)
        yield database


def file_of(config: Config) -> Path:
    return Path(str(config.database.file))


def set_(config: Config, **options: object) -> None:
    """Change options of [database], to values that site.ini cannot have."""
    vars(config.database).update(options)


def add(db: Database, name: str) -> int:
    return db.insert("INSERT INTO thing (name) VALUES (:name)", name=name)


def refusal(config: Config) -> str:
    """What the log says when the file cannot be used."""
    with connect(config) as db, pytest.raises(Unavailable) as caught:
        db.value("SELECT COUNT(*) FROM sqlite_master")
    assert str(config.database.file) in caught.value.detail
    return caught.value.detail


def test_every_connection_has_our_settings(db: Database) -> None:
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1),
                          ("busy_timeout", 5000), ("query_only", 1)):
        assert db.value(f"PRAGMA {pragma}") == value
    with db.transaction():
        add(db, "a")
        assert db.value("PRAGMA query_only") == 0
    assert db.value("PRAGMA query_only") == 1


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_file_and_its_folder_are_private_whatever_the_umask(
    sqlite_config: Config, umask: int
) -> None:
    set_(sqlite_config, file=str(file_of(sqlite_config).parent / "deeper" / "site.sqlite"))
    before = os.umask(umask)
    try:
        with connect(sqlite_config) as db:
            make(db, THING)
            db.transact(add, db, "a")
            file = file_of(sqlite_config)
            for path in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
            for folder in (file.parent, file.parent.parent):
                assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_first_visitors_at_once_make_one_file(sqlite_config: Config) -> None:
    barrier = threading.Barrier(8)

    def visitor() -> object:
        barrier.wait(10)
        with connect(sqlite_config) as db:
            return db.value("PRAGMA journal_mode")

    assert together(*[visitor] * 8) == ["wal"] * 8


def test_a_first_visitor_waits_for_another_who_is_making_the_file(
    sqlite_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "var").mkdir()
    other = sqlite3.connect(file_of(sqlite_config), isolation_level=None)
    other.execute("CREATE TABLE thing (id INTEGER)")
    other.execute("BEGIN IMMEDIATE")             # SQLite refuses to change to WAL then, at once
    waits = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            other.execute("COMMIT")

    monkeypatch.setattr(sqlite, "time", SimpleNamespace(monotonic=time.monotonic, sleep=wait))
    with connect(sqlite_config) as db:
        assert db.value("PRAGMA journal_mode") == "wal"
    assert len(waits) == 3
    other.close()


def test_who_reads_and_then_writes_waits_for_its_turn(db: Database) -> None:
    db.transact(add, db, "counter")

    def visitor() -> None:
        with connect(db.config) as own:
            for _ in range(10):
                with own.transaction():          # without IMMEDIATE its write would be refused
                    old = int(own.value("SELECT COALESCE(number, 0) FROM thing"))
                    own.run("UPDATE thing SET number = :new", new=old + 1)

    together(*[visitor] * 4)
    assert db.value("SELECT number FROM thing") == 40


def test_a_foreign_key_is_enforced(db: Database) -> None:
    make(db, {"sqlite": "CREATE TABLE part (thing INTEGER NOT NULL REFERENCES thing (id))"})
    with pytest.raises(DatabaseError, match="FOREIGN KEY"):
        db.transact(db.run, "INSERT INTO part (thing) VALUES (99)")


def test_a_failure_at_commit_undoes_the_writes(db: Database) -> None:
    make(db, {"sqlite": "CREATE TABLE part (thing INTEGER NOT NULL"
                        " REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)"})
    with pytest.raises(DatabaseError, match="FOREIGN KEY"):
        with db.transaction():
            add(db, "a")
            db.run("INSERT INTO part (thing) VALUES (99)")
    assert count(db) == 0
    db.transact(add, db, "b")
    assert count(db) == 1


def test_a_replaced_file_is_opened_anew(
    db: Database, sqlite_config: Config, tmp_path: Path
) -> None:
    db.transact(add, db, "old")
    backup = configuration.load(None, {"database": {"file": str(tmp_path / "restored.sqlite")}})
    with connect(backup) as other:
        make(other, THING)
        for name in ("new", "newer"):
            other.transact(add, other, name)
    os.replace(tmp_path / "restored.sqlite", file_of(sqlite_config))
    for part in ("wal", "shm"):                  # as a backup is restored: these were the old one's
        os.unlink(f"{file_of(sqlite_config)}-{part}")
    assert count(db) == 2
    db.transact(add, db, "newest")
    assert count(db) == 3


def test_a_removed_file_is_made_again_and_asks_for_its_tables(db: Database) -> None:
    assert count(db) == 0
    file_of(db.config).unlink()
    with pytest.raises(DatabaseError, match="chapbook migrate"):
        count(db)


def test_a_locked_file_is_waited_for_and_then_a_503(db: Database, sqlite_config: Config) -> None:
    set_(sqlite_config, busy_timeout=0.05)
    tries = []
    with connect(sqlite_config) as own, db.transaction():
        add(db, "a")

        def work() -> None:
            tries.append(1)
            add(own, "b")

        with pytest.raises(Unavailable) as caught:
            own.transact(work, lazy=True)
        assert "locked" in caught.value.detail
        assert len(tries) == 4
        assert count(own) == 0                   # readers are not kept waiting
    assert own.transact(add, own, "c") and count(own) == 2
    own.close()


def test_a_lock_that_is_released_in_time_is_had(db: Database, sqlite_config: Config) -> None:
    has_lock, asked = threading.Event(), threading.Event()

    def first() -> None:
        with connect(sqlite_config) as own, own.transaction():
            add(own, "a")
            has_lock.set()
            asked.wait(10)

    def second() -> None:
        with connect(sqlite_config) as own:
            has_lock.wait(10)
            asked.set()
            own.transact(add, own, "b")

    together(first, second)
    until(lambda: count(db) == 2)


def test_a_folder_that_cannot_be_made_is_named(sqlite_config: Config, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    detail = refusal(sqlite_config)
    assert "Make that user the owner" in detail and "[database] file" in detail


def test_a_folder_that_cannot_be_written_is_named(sqlite_config: Config) -> None:
    with tempfile.TemporaryDirectory() as folder:
        set_(sqlite_config, file=f"{folder}/site.sqlite")
        os.chmod(folder, 0o555)
        user = os.geteuid()
        os.seteuid(user or 65534)                # root may write everywhere
        try:
            assert "Make that user the owner" in refusal(sqlite_config)
        finally:
            os.seteuid(user)


def test_a_file_that_is_no_database_is_named(sqlite_config: Config, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    file_of(sqlite_config).write_bytes(b"not a database, but long enough to have a header" * 20)
    assert "no SQLite file" in refusal(sqlite_config)
    file_of(sqlite_config).unlink()
    file_of(sqlite_config).mkdir()
    assert "make it their owner" in refusal(sqlite_config)


def test_a_full_disk_is_a_503_and_loses_nothing(db: Database) -> None:
    db.transact(add, db, "a")
    pages = db.value("PRAGMA page_count")
    assert db.value(f"PRAGMA max_page_count = {pages}") == pages
    with pytest.raises(Unavailable) as caught:
        with db.transaction():
            db.run("INSERT INTO thing (name, data) VALUES ('b', ZEROBLOB(1000000))")
    assert "free some space" in caught.value.detail
    assert count(db) == 1


def test_a_crash_loses_what_was_not_committed_and_nothing_else(
    db: Database, sqlite_config: Config
) -> None:
    child = os.fork()
    if not child:
        try:
            own = connect(sqlite_config)
            own.transact(add, own, "kept")
            own.transaction().__enter__()
            add(own, "lost")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert [row.name for row in db.all("SELECT name FROM thing")] == ["kept"]
    with sqlite3.connect(file_of(sqlite_config)) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    plain.close()


@pytest.mark.as_root
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_a_file_of_another_user_is_told_and_read_where_it_can_be(journal: str) -> None:
    """One in WAL mode cannot be read without a folder to write to: SQLite keeps an index there."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        file = Path(folder, "site.sqlite")
        made = sqlite3.connect(file)
        made.executescript(f"PRAGMA journal_mode={journal}; CREATE TABLE thing (name);")
        made.close()
        file.chmod(0o644)
        config = configuration.load(None, {"database": {"engine": "sqlite", "file": str(file)}})
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            with connect(config) as db:
                if journal == "DELETE":
                    assert db.value("SELECT COUNT(*) FROM thing") == 0
                    with pytest.raises(DatabaseError, match="writes belong in a transaction"):
                        add(db, "a")
                else:
                    with pytest.raises(Unavailable, match="User nobody must be able to"):
                        db.value("SELECT COUNT(*) FROM thing")
                with pytest.raises(Unavailable, match="User nobody must be able to"):
                    db.transact(lambda: add(db, "a"))
        finally:
            os.seteuid(0)
