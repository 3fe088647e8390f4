"""kill -9 at every step of a backup and of a restore: the site works as before, or as after."""
from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from chapbook import db
from chapbook.backup import copying, door, making, restoring, uploads, work
from chapbook.config import Config
from chapbook.engines import open_session
from chapbook.errors import Conflict

from tests.support import backups
from tests.support.dying import dies

FILES: list[tuple[Any, str]] = [
    (os, "rename"), (os, "replace"), (os, "unlink"), (shutil, "rmtree"),
    (work, "keep"), (door, "reopen"), (uploads, "move_in"), (copying, "_check_keys"),
]


@pytest.fixture
def small(database_config: Config, tmp_path: Path) -> Config:
    """A site with one row and one upload."""
    config = backups.settle(database_config, tmp_path / "one")
    backups.make(config, own=False)
    fill(config, "old")
    return config


def fill(config: Config, word: str) -> None:
    """Have the site hold nothing but this word."""
    with db.connect(config) as base, base.transaction():
        base.run("DELETE FROM guestbook_entry")
        base.run("INSERT INTO guestbook_entry (id, name, message, signed_at)"
                 " VALUES (1, 'Ann', :word, 5)", word=word)
    top = Path(config.path(config.paths.uploads))
    shutil.rmtree(top)
    (top / "forms").mkdir(parents=True)
    (top / "forms" / word).write_text(word)
    (top / "pictures").mkdir()
    (top / "pictures" / "same").write_text(word)


def words(config: Config) -> set[str]:
    """All that the site says: one word, if what it holds is of one time."""
    with db.connect(config) as base:
        found = {str(row.message) for row in base.all("SELECT message FROM guestbook_entry")}
    return found | {data.decode() for data in backups.files(config).values()}


def is_tidy(config: Config) -> None:
    """Nothing is under way, the site is open, and nothing was left in its folders."""
    assert work.state(config) is None and not os.path.exists(work.place(config))
    assert not os.path.exists(door.path(config))
    assert not list(Path(config.path(config.paths.uploads)).glob(".*"))


def moments(config: Config) -> list[tuple[Any, str]]:
    """Where it is killed: before files are moved, and before and after each commit."""
    session = open_session(config, migrating=True)
    session.close()
    return [*FILES, (type(session), "commit"), (type(session), "rollback")]


def test_a_restore_that_is_killed_is_done_or_not_done(small: Config) -> None:
    path = making.make(small)
    fill(small, "new")
    number, seen = 0, []
    while True:
        number += 1
        if not dies(lambda: restoring.restore(small, path), moments(small), number):
            break
        if os.path.exists(door.path(small)):
            assert door.attend(small), "a visitor comes, and finds nobody at work"
        else:
            restoring.recover(small)
        is_tidy(small)
        found = words(small)
        assert found in ({"old"}, {"new"}), f"killed at moment {number}"
        seen.append(found)
        if found == {"old"}:
            fill(small, "new")
    assert words(small) == {"old"}
    is_tidy(small)
    assert number > 20 and {"new"} in seen and {"old"} in seen


def test_settings_come_with_the_rows_wherever_a_restore_is_killed(
    sqlite_config: Config, tmp_path: Path
) -> None:
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config, own=False)
    fill(config, "old")
    site = tmp_path / "site.ini"
    config.file = str(site)
    site.write_text("[site]\ntitle = old\n")
    site.chmod(0o600)
    path = making.make(config)
    number = 0
    while True:
        number += 1
        fill(config, "new")
        site.write_text("[site]\ntitle = new\n")
        if not dies(lambda: restoring.restore(config, path, settings=True),
                    [(work, "keep"), (copying, "copy"), (uploads, "move_out")], number):
            break
        if not os.path.exists(door.path(config)) or not door.attend(config):
            restoring.recover(config)
        is_tidy(config)
        assert {site.read_text().split()[-1]} == words(config), f"killed at moment {number}"
    assert number > 5


def test_a_backup_that_is_killed_leaves_nothing_and_the_next_one_is_whole(
    sqlite_config: Config, tmp_path: Path
) -> None:
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config, own=False)
    fill(config, "old")
    number = 0
    while True:
        number += 1
        if not dies(lambda: making.make(config), FILES, number):
            break
        restoring.recover(config)
        is_tidy(config)
    fill(config, "new")
    for kept in work.kept(config):                # whatever was given a name is a whole backup
        restoring.restore(config, os.path.join(work.folder(config), kept.name))
        assert words(config) == {"old"}
    assert number > 5


def test_steps_of_a_browser_go_on_where_one_was_killed(sqlite_config: Config,
                                                       tmp_path: Path) -> None:
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config)
    backups.fill(config)
    before = backups.files(config)
    making.begin(config)
    number = 0
    while work.state(config) is not None:
        number += 1
        dies(lambda: making.step(config, 0.0), FILES, number % 5 + 2)
        assert number < 100
        assert not restoring.recover(config), "it is the browser's for an hour"
    restoring.begin(config, os.path.join(work.folder(config), work.kept(config)[0].name))
    while (state := work.state(config)) is not None and state["phase"] != "copy":
        number += 1
        dies(lambda: restoring.step(config, 0.0), FILES, number % 9 + 1)
        assert number < 200
    restoring.step(config, 0.0)
    assert backups.files(config) == before
    is_tidy(config)


def test_what_nobody_goes_on_with_is_given_up_after_an_hour(sqlite_config: Config,
                                                            tmp_path: Path) -> None:
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config, own=False)
    making.begin(config)
    with pytest.raises(Conflict):
        making.make(config)
    assert restoring.recover(config) == ""
    os.utime(os.path.join(work.place(config), "state.json"), (1, 1))
    assert "given up" in restoring.recover(config)
    making.make(config)


def test_ctrl_c_leaves_the_site_as_it_was_and_open(
    small: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = making.make(small)
    fill(small, "new")

    def pressed(*args: object) -> None:
        raise KeyboardInterrupt

    for owner, name in ((copying, "_check_keys"), (uploads, "staged"), (door, "close")):
        with monkeypatch.context() as patched:
            patched.setattr(owner, name, pressed)
            with pytest.raises(KeyboardInterrupt):
                restoring.restore(small, path)
        is_tidy(small)
        assert words(small) == {"new"}


def test_a_visitor_waits_while_a_restore_is_at_work(sqlite_config: Config, tmp_path: Path) -> None:
    config = backups.settle(sqlite_config, tmp_path / "one")
    door.close(config)
    with work.alone(config):
        assert not door.attend(config)
    assert door.attend(config)
    assert not os.path.exists(door.path(config))
