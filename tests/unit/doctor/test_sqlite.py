"""An SQLite database: each fault is found, and nothing else with it."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chapbook.db import connect
from chapbook.doctor import sqlite

from tests.support.sound import Sound


def test_the_file_is_no_database(sound: Sound) -> None:
    for name in ("-wal", "-shm"):
        Path(f"{sound.root}/var/site.sqlite{name}").unlink(missing_ok=True)
    sound.write("var/site.sqlite", b"A letter to Ann, saved in the wrong place.\n" * 100)
    assert sound.finding().name == "database-unreachable"
    assert "It is no SQLite file" in sound.finding().sentence


def test_whoever_has_not_set_the_site_up_yet_is_sent_to_its_installer(sound: Sound) -> None:
    (sound.root / "var/site.sqlite").unlink()
    assert "cron job" in sound.finding().remedy
    (sound.root / "site.ini").unlink()
    found = {each.name: each.remedy for each in sound.findings()}
    assert found["migrations-pending"].startswith("Open /install")


def test_a_step_of_the_tables_that_was_not_taken(sound: Sound) -> None:
    for engine in ("sqlite", "mysql"):
        sound.write(f"lib/collection/schema/recipe.001.{engine}.sql",
                    b"CREATE TABLE recipe (id INTEGER PRIMARY KEY);\n", 0o644)
    assert sound.finding().name == "migrations-pending"
    assert "recipe.001" in sound.finding().sentence


@pytest.mark.parametrize("name", ["recipe.sql", "recipe.001.mysql.sql"])
def test_files_of_the_tables_that_do_not_fit(sound: Sound, name: str) -> None:
    sound.write(f"lib/collection/schema/{name}", b"", 0o644)
    assert sound.finding().name == "database-files"


def test_a_journal_that_makes_readers_wait(sound: Sound) -> None:
    with connect(sound.config) as db:
        db.all("PRAGMA journal_mode=DELETE")
        assert sound.names(db) == ["sqlite-journal"]


def test_a_file_on_a_network_disk(
    sound: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    top = str(sound.root).replace(" ", "\\040")
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/home {top} nfs4 rw 0 0\n")
    monkeypatch.setattr(sqlite, "MOUNTS", str(mounts))
    assert sound.finding().name == "sqlite-network"


def test_the_kind_of_a_file_system_is_that_of_the_nearest_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("a / ext4 rw 0 0\nb /srv nfs rw 0 0\nc /srv/club\\040two xfs rw 0 0\nodd\n")
    monkeypatch.setattr(sqlite, "MOUNTS", str(mounts))
    assert sqlite.file_system("/srv/club two/var/site.sqlite") == "xfs"
    assert sqlite.file_system("/srv/other") == "nfs"
    assert sqlite.file_system("/srvx") == "ext4"


def test_a_damaged_file(sound: Sound) -> None:
    file = sound.root / "var/site.sqlite"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'security_event'"
                           ).fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    with open(file, "r+b") as opened:
        opened.seek((root - 1) * size)
        opened.write(b"\xff" * size)
    assert sound.finding().name == "sqlite-damaged"


def test_a_row_that_points_to_one_that_is_gone(sound: Sound) -> None:
    with closing(sqlite3.connect(sound.root / "var/site.sqlite")) as raw, raw:
        raw.execute("INSERT INTO recovery_code (account_id, code_hash) VALUES (77, ?)", ["a" * 64])
    assert sound.finding().name == "sqlite-links"
    assert "recovery_code" in sound.finding().sentence
