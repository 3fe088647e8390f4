"""What a backup holds is what comes out of it, from either database into either."""
from __future__ import annotations

import os
import stat
import threading
import zipfile
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook import db, schema
from chapbook.backup import making, place, restoring, work
from chapbook.config import Config
from chapbook.errors import ConfigError, Conflict, Unavailable

from tests.support import backups
from tests.support.backups import execute


def value(config: Config, sql: str) -> object:
    with db.connect(config) as base:
        return base.value(sql)


def change(config: Config, sql: str) -> int:
    with db.connect(config) as base, base.transaction():
        return base.insert(sql)


def test_there_and_back_again_nothing_has_changed(site: Config, other: Config) -> None:
    change(site, "DELETE FROM outbox WHERE state = 'waiting'")
    before, sum_before = backups.content(site), backups.checksum(site)
    restoring.restore(other, making.make(site))
    assert backups.content(other) == before
    assert backups.files(other) == backups.files(site)
    change(other, "INSERT INTO own_empty (name) VALUES ('x')")
    change(other, "DELETE FROM own_empty")
    restoring.restore(site, making.make(other))
    assert backups.content(site) == before
    assert backups.checksum(site) == sum_before


def test_no_number_is_given_a_second_time(site: Config, other: Config) -> None:
    """The last row was deleted before the backup; no later one gets its number."""
    last = len(backups.NAUGHTY) + 1
    restoring.restore(other, making.make(site))
    assert change(other, "INSERT INTO own_thing (name) VALUES ('next')") == last + 1
    assert change(other, "INSERT INTO own_empty (name) VALUES ('first')") == 1
    restoring.restore(site, making.make(other))
    assert change(site, "INSERT INTO own_empty (name) VALUES ('second')") == 2


def test_what_is_there_goes_and_so_do_sessions_and_limits(site: Config) -> None:
    path = making.make(site)
    change(site, "INSERT INTO own_thing (name) VALUES ('later')")
    change(site, "UPDATE account SET name = 'Another'")
    execute(site, "DELETE FROM schema_step WHERE subject = 'backup'")
    (Path(site.path(site.paths.uploads)) / "forms" / "later").write_text("later")
    restoring.restore(site, path)
    assert value(site, "SELECT COUNT(*) FROM own_thing WHERE name = 'later'") == 0
    assert value(site, "SELECT name FROM account") == backups.NAUGHTY[6]
    for table in ("session", "throttle"):
        assert value(site, f"SELECT COUNT(*) FROM {table}") == 0
    assert "forms/later" not in backups.files(site)
    assert [name for name in os.listdir(site.path(site.paths.uploads)) if name[0] == "."] == []


def test_files_that_no_backup_can_hold_are_named_and_stay_where_they_are(lite: Config) -> None:
    top = Path(lite.path(lite.paths.uploads))
    for name in (".htaccess", "forms/.htaccess", "forms/12:30.jpg", "b:d/x", "forms/pla\x01n",
                 os.fsdecode(b"caf\xe9.jpg"), "forms/gone"):
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text("mine")
    (top / "forms/link").symlink_to("/nowhere")
    said: list[str] = []
    path = making.make(lite, said.append)
    assert "Left out of the uploads: 5, such as " in said[-1]
    assert (work.last(lite) or {})["notes"] == [said[-1]]
    before = set(backups.files(lite))
    with zipfile.ZipFile(path) as file:
        left = before - {name.removeprefix("files/uploads/") for name in file.namelist()}
    (top / "forms/gone").write_text("other")
    restoring.restore(lite, path)
    assert set(backups.files(lite)) == before and (top / "forms/link").is_symlink()
    assert (top / "forms/gone").read_text() == "mine" and len(left) == 6
    assert not list(top.glob(".re*"))


def test_mail_that_waited_goes_nowhere_by_itself(site: Config) -> None:
    notes = restoring.restore(site, making.make(site))
    assert "Mails that waited when the backup was made: 1" in " ".join(notes)
    assert value(site, "SELECT COUNT(*) FROM outbox WHERE state = 'waiting'") == 0
    assert "may have been sent" in str(
        value(site, "SELECT last_error FROM outbox WHERE state = 'failed'"))
    assert value(site, "SELECT state FROM outbox WHERE message_id = 'held@site'") == "held"


def test_a_backup_of_an_earlier_release_is_brought_up_to_this_one(
    site: Config, other: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / "steps", tmp_path / "none"]
    for folder in folders:
        folder.mkdir()
    for engine, kind in (("sqlite", "INTEGER"), ("mysql", "BIGINT")):
        (folders[0] / f"boat.001.{engine}.sql").write_text(
            f"CREATE TABLE IF NOT EXISTS boat (id {kind} PRIMARY KEY, length {kind} NOT NULL);"
            "INSERT INTO boat (id, length) VALUES (99, 1);")
    toolkit = schema.folders(site)[0]
    monkeypatch.setattr(schema, "folders", lambda config: (toolkit, str(folders[0])))
    for config in (site, other):
        with db.connect(config) as base:
            schema.bring_up(base, config)
    change(site, "INSERT INTO boat (id, length) VALUES (1, 12)")
    path = making.make(site)
    # A step that makes other rows of those that are there.
    for engine, kind in (("sqlite", "INTEGER"), ("mysql", "BIGINT")):
        (folders[0] / f"boat.002.{engine}.sql").write_text(
            f"ALTER TABLE boat ADD COLUMN feet {kind} NOT NULL DEFAULT 0;"
            "UPDATE boat SET feet = length * 3;")
    notes = restoring.restore(other, path)
    assert "earlier release" in " ".join(notes)
    with db.connect(other) as base:
        rows = base.all("SELECT id, length, feet FROM boat ORDER BY id")
        assert [tuple(row.values()) for row in rows] == [(1, 12, 36), (99, 1, 3)]
        assert schema.left(base, other) == []


def test_all_rows_are_of_one_moment(site: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody writes to a later table while an earlier one is being read."""
    real, written = making._write_rows, threading.Event()

    def slow(session, table, *more):  # type: ignore[no-untyped-def]
        if table.name == "own_pair":
            change(site, "INSERT INTO own_thing (name) VALUES ('meanwhile')")
            written.set()
        return real(session, table, *more)

    monkeypatch.setattr(making, "_write_rows", slow)
    path = making.make(site)
    assert written.is_set()
    restoring.restore(site, path)
    assert value(site, "SELECT COUNT(*) FROM own_thing WHERE name = 'meanwhile'") == 0


def test_rows_are_read_in_bounded_parts(lite: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PART", 2000)
    path = making.make(lite)
    with zipfile.ZipFile(path) as file:
        assert sum(name.startswith("tables/own_thing/") for name in file.namelist()) > 5
    before = backups.content(lite)
    restoring.restore(lite, path)
    del before["outbox"]
    assert before.items() <= backups.content(lite).items()


def test_the_file_is_private_and_holds_no_secret_of_the_place(lite: Config, tmp_path: Path) -> None:
    lite.file = str(tmp_path / "site.ini")
    Path(lite.file).write_text("[site]\ntitle = Old\n[database]\npassword = s3cret\n")
    path = making.make(lite)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(work.folder(lite)).st_mode) == 0o700
    with zipfile.ZipFile(path) as file:
        assert b"s3cret" not in file.read("settings/site.ini")
        assert b"title = Old" in file.read("settings/site.ini")


def test_settings_come_back_but_for_those_of_the_place(lite: Config, tmp_path: Path) -> None:
    lite.file = str(tmp_path / "site.ini")
    Path(lite.file).write_text("[site]\ntitle = Old\nbase_url = https://old.example\n[database]\n"
                               "file = old.sqlite\n[form booking]\nrate = 7\n")
    path = making.make(lite)
    Path(lite.file).write_text("# mine\n[site]\ntitle = New\nbase_url = https://new.example\n"
                               "[database]\nfile = new.sqlite\n")
    os.chmod(lite.file, 0o600)
    restoring.restore(lite, path)
    assert "title = New" in Path(lite.file).read_text(), "only where that is asked for"
    restoring.restore(lite, path, settings=True)
    text = Path(lite.file).read_text()
    assert "title = Old" in text and "rate = 7" in text and "# mine" in text
    assert "new.example" in text and "new.sqlite" in text and "old." not in text


@pytest.mark.parametrize(("sent", "kept"), [
    ("host = mail.other.example\n", False), ("tls = off\n", False),
    ("host = mail.other.example\npassword = theirs\n", False),
    ("host = mail.example\nport = 587\ntls = starttls\n", True), ("timeout = 5 s\n", True)])
def test_the_password_for_mail_goes_to_no_server_of_the_backup(
    tmp_path: Path, sent: str, kept: bool
) -> None:
    site = tmp_path / "site.ini"
    site.write_text("[mail]\nhost = mail.example\nuser = ann\npassword = s3cret\n")
    site.chmod(0o600)
    config = backups.settle(configuration.load(str(site)), tmp_path)
    plan, _ = place.plan(config, b"[scripts]\nvariables = SECRET\n[mail]\n" + sent.encode())
    plan.write()
    assert ("password = s3cret" in site.read_text()) is kept
    assert ("password = theirs" in site.read_text()) is ("theirs" in sent)
    assert "variables" not in site.read_text()


def test_no_backup_unfolds_to_more_than_a_restore_takes(lite: Config) -> None:
    """However often visitors have sent the same."""
    with db.connect(lite) as base, base.transaction():
        for _ in range(1000):
            base.run("INSERT INTO own_keyless (word, number) VALUES (:word, 1)", word="x" * 4000)
    (Path(lite.path(lite.paths.uploads)) / "zeros").write_bytes(bytes(4 << 20))
    with zipfile.ZipFile(making.make(lite)) as file:
        sizes = [(info.file_size, info.compress_size) for info in file.infolist()]
    assert sum(size for size, _ in sizes) > 8_000_000
    assert all(size <= 100 * packed for size, packed in sizes)


def test_files_for_the_web_server_are_of_the_place(lite: Config) -> None:
    deny = Path(lite.path(lite.paths.uploads)) / ".htaccess"
    deny.write_text("Require all denied")
    path = making.make(lite)
    with zipfile.ZipFile(path) as file:
        assert not any(".ht" in name for name in file.namelist())
    restoring.restore(lite, path)
    assert deny.read_text() == "Require all denied"


def test_a_site_that_is_closed_is_not_restored(lite: Config) -> None:
    path = making.make(lite)
    Path(lite.path("var", "maintenance")).touch()
    with pytest.raises(Conflict, match="closed"):
        restoring.restore(lite, path)
    assert work.state(lite) is None
    restoring.restore(lite, path, closed=True)
    assert Path(lite.path("var", "maintenance")).exists(), "it is for who closed it to open it"


def test_the_site_is_closed_while_rows_are_changed(lite: Config,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    from chapbook.backup import copying, uploads

    path, seen = making.make(lite), []
    for module, name in ((copying, "copy"), (uploads, "move_out"), (uploads, "move_in")):
        real = getattr(module, name)

        def watched(*args, real=real):  # type: ignore[no-untyped-def]
            seen.append(Path(lite.path("var", "maintenance")).read_bytes())
            return real(*args)

        monkeypatch.setattr(module, name, watched)
    restoring.restore(lite, path)
    assert seen == [b"restore\n"] * 3
    assert not Path(lite.path("var", "maintenance")).exists()


def test_a_table_that_cannot_undo_is_refused(mysql_config: Config, tmp_path: Path) -> None:
    config = backups.settle(mysql_config, tmp_path)
    backups.make(config)
    path = making.make(config)
    execute(config, "ALTER TABLE own_keyless ENGINE=MyISAM")
    with pytest.raises(ConfigError, match="ENGINE=InnoDB"):
        restoring.restore(config, path)


def test_a_row_that_no_backup_can_hold_is_named(mysql_config: Config, tmp_path: Path) -> None:
    config = backups.settle(mysql_config, tmp_path)
    backups.make(config)
    execute(config, "CREATE TABLE far (id BIGINT UNSIGNED PRIMARY KEY)",
            "INSERT INTO far VALUES (18446744073709551615)")
    with pytest.raises(ConfigError, match="A row of the table far .* more than 64 bits"):
        making.make(config)
    assert work.state(config) is None and work.kept(config) == []


def test_a_file_that_cannot_be_read_is_named(
    lite: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = Path(lite.path(lite.paths.uploads))
    (top / "forms/theirs").write_text("x")
    really = os.open

    def refusing(path, *more, **named):  # type: ignore[no-untyped-def]
        if str(path).endswith("theirs"):
            raise PermissionError(13, "Permission denied", path)
        return really(path, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(Unavailable, match="Permission denied .*forms/theirs'.. Nothing was"):
        making.make(lite)
    assert "forms/theirs" in (work.last(lite) or {})["failed"]


def test_a_table_that_is_not_strict_keeps_what_it_holds(lite: Config) -> None:
    execute(lite, "CREATE TABLE loose (id INTEGER PRIMARY KEY, n INTEGER, t TEXT, b BLOB, r REAL)",
            "INSERT INTO loose VALUES (1, 1.5, x'ff', 'abc', 'x'), (2, 'abc', 'y', 7, 2)")
    before = backups.content(lite)["loose"]
    path = making.make(lite)
    execute(lite, "DELETE FROM loose")
    restoring.restore(lite, path)
    assert backups.content(lite)["loose"] == before


def test_infinity_is_refused_when_it_could_be_mended_and_not_when_it_is_wanted(
    lite: Config
) -> None:
    execute(lite, "UPDATE own_thing SET weight = 9e999 WHERE id = 3")
    with pytest.raises(ConfigError, match="A row of the table own_thing .* infinite. .* with 3;"):
        making.make(lite)
    assert work.kept(lite) == []


def test_rows_that_take_too_long_for_a_page_are_not_begun_for_ever(
    lite: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.begin(lite)
    monkeypatch.setattr(making, "ROWS_WITHIN", -1.0)
    monkeypatch.setattr(making, "LOOKS", 1)
    with pytest.raises(Unavailable, match="./chapbook backup"):
        making.step(lite, 1.0)
    assert work.state(lite) is None
    making.begin(lite)
    monkeypatch.setattr(making, "_read", _killed)
    for _ in range(making.TRIES):
        with pytest.raises(KeyboardInterrupt):
            making.step(lite, 1.0)
    with pytest.raises(Unavailable, match="./chapbook backup"):
        making.step(lite, 1.0)


def _killed(*args: object) -> None:
    raise KeyboardInterrupt
