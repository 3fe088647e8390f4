"""./chapbook backup and restore: made by cron in silence, put back after a question."""
from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chapbook import config as configuration, db
from chapbook.accounts import events
from chapbook.backup import work
from chapbook.cli.commands import commands
from chapbook.config import Config

from tests.support import backups


@pytest.fixture
def shop(sqlite_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A full site that the commands take for theirs."""
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config)
    backups.fill(config)
    monkeypatch.setattr(configuration, "current", lambda: config)
    return config


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(commands, words, input=typed)


def names(config: Config) -> list[str]:
    return [kept.name for kept in work.kept(config)]


def happened(config: Config) -> list[str]:
    with db.connect(config) as base:
        return [row.what for row in events.latest(base, most=3)]


def test_a_backup_says_what_it_does_and_where_it_is(shop: Config) -> None:
    result = run("backup")
    assert result.exit_code == 0
    assert "Rows of the table account ..." in result.output
    assert result.output.splitlines()[-1].startswith(f"Backup: {work.folder(shop)}/backup-")
    assert happened(shop)[0] == "backup made"


def test_it_goes_where_it_is_told_and_over_nothing(shop: Config, tmp_path: Path) -> None:
    path = tmp_path / "mine.zip"
    assert run("backup", str(path)).exit_code == 0
    assert zipfile.is_zipfile(path) and path.stat().st_mode & 0o777 == 0o600
    assert names(shop) == []
    result = run("backup", str(path))
    assert result.exit_code == 1 and "there already" in result.output
    result = run("backup", str(tmp_path / "none" / "mine.zip"))
    assert result.exit_code == 1 and "cannot be written" in result.output


def test_cron_hears_nothing_and_old_ones_go(shop: Config) -> None:
    Path(work.folder(shop), "mine.zip").write_bytes(b"of somebody else")
    for number in range(4):
        result = run("backup", "--quiet", "--keep", "2")
        assert (result.output, result.exit_code) == ("", 0)
    left = names(shop)
    assert len(left) == 3 and "mine.zip" in left


def test_a_restore_asks_and_makes_a_backup_first(shop: Config) -> None:
    run("backup")
    name = names(shop)[0]
    with db.connect(shop) as base, base.transaction():
        base.run("UPDATE account SET name = 'Later'")
    assert run("restore", name, typed="n\n").exit_code == 1
    with db.connect(shop) as base:
        assert base.value("SELECT name FROM account") == "Later"
    result = run("restore", name, typed="y\n")
    assert result.exit_code == 0, result.output
    assert "Everybody has to sign in again." in result.output
    assert len(names(shop)) == 2 and happened(shop)[0] == "backup restored"
    with db.connect(shop) as base:
        assert base.value("SELECT name FROM account") == backups.NAUGHTY[6]


def test_what_is_no_backup_is_a_sentence(shop: Config, tmp_path: Path) -> None:
    result = run("restore", "--yes", "nothing.zip")
    assert result.exit_code == 1 and "There is no file" in result.output
    result = run("restore", "--yes", "--no-backup", str(tmp_path))
    assert result.exit_code == 1 and "Is a directory" in result.output
    (tmp_path / "bad.zip").write_bytes(b"PK")
    result = run("restore", "--yes", "--no-backup", str(tmp_path / "bad.zip"))
    assert result.exit_code == 1 and "Traceback" not in result.output
    assert "Nothing was changed." in result.output and len(names(shop)) == 0
    result = run("restore", str(tmp_path / "bad.zip"))
    assert result.exit_code == 1 and "Go on?" not in result.output
    run("restore", "--yes", str(tmp_path / "bad.zip"))
    assert len(names(shop)) == 0, "it is looked at before a backup is made"


def test_a_new_site_has_nothing_to_back_up_and_can_be_filled(
    shop: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", str(tmp_path / "it.zip"))
    new = backups.settle(configuration.load(None, {
        "database": {"engine": "sqlite", "file": str(tmp_path / "new.sqlite")}}), tmp_path / "new")
    monkeypatch.setattr(configuration, "current", lambda: new)
    result = run("backup")
    assert result.exit_code == 1 and "./chapbook migrate makes them" in result.output
    for statement in backups.OWN["sqlite"].split(";"):
        backups.execute(new, statement)
    result = run("restore", "--yes", str(tmp_path / "it.zip"))
    assert result.exit_code == 0, result.output
    assert backups.content(new) == backups.content(shop) | {
        "outbox": backups.content(new)["outbox"],
        "security_event": backups.content(new)["security_event"]}


def test_what_was_interrupted_is_said_and_done_first(shop: Config) -> None:
    work.begin(shop, {"kind": "backup", "alone": True})
    result = run("backup")
    assert "interrupted was given up" in result.output and result.exit_code == 0
    work.begin(shop, {"kind": "backup", "alone": True})
    assert "interrupted was given up" in run("cron").output
    assert not os.path.exists(work.place(shop))
