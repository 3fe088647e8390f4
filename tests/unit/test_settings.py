"""site.ini written by a page: line by line, whole or not at all, and never over another's edit."""
from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

import pytest

from chapbook import config, ini, settings
from chapbook.errors import ConfigError, Conflict, Unavailable

SITE = """# Our site.
[site]
; its name
title = Old
tagline=Short

[mail]
password = se=cret #1
"""


@pytest.fixture
def site(tmp_path: Path) -> config.Config:
    """A site whose site.ini is the one above."""
    path = tmp_path / "site.ini"
    path.write_text(SITE, "utf-8")
    path.chmod(0o600)
    return config.load(str(path), root=str(tmp_path))


def written(site: config.Config, section: str, option: str, value: str) -> str:
    settings.plan(site, {section: {option: value}}, settings.fingerprint(site)).write()
    return Path(site.file).read_text("utf-8")


@pytest.mark.parametrize("section, option, value, old, new", [
    ("site", "title", "New = & # ; [x]", "title = Old", "title = New = & # ; [x]"),
    ("site", "tagline", "Longer", "tagline=Short", "tagline=Longer"),
    ("site", "title", "", "title = Old", "title ="),
    ("site", "language", "de", "tagline=Short", "tagline=Short\nlanguage = de"),
    ("session", "idle", "3 h", "#1\n", "#1\n\n[session]\nidle = 3 h\n"),
])
def test_one_value_changes_and_every_other_line_stays(
    section: str, option: str, value: str, old: str, new: str
) -> None:
    changed = settings.with_value(SITE, section, option, value)
    assert changed == SITE.replace(old, new)


@pytest.mark.parametrize("text", [
    "", "# only a comment", "[site]", "[site]\n", "[site]\n\n# nothing yet\n",
    "[ site ]\ntitle = x", "[mail]\ntitle = y\n[site]\ntitle=\n[forms]\n",
    "\ufeff[site]\r\ntitle = x\r\n", "  [site]\n  title  =  x", "[site]\r\ntagline = x",
    "[form a]\nto =\n[site]",
])
def test_what_was_written_is_what_is_read(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ini"
    path.write_bytes(text.encode())
    before = ini.read(str(path))
    path.write_bytes(settings.with_value(text, "site", "title", "Ann & Bob").encode())
    expected = {**before, "site": {**before.get("site", {}), "title": "Ann & Bob"}}
    assert ini.read(str(path)) == expected
    assert (b"\r\n" in path.read_bytes()) == ("\r\n" in text)


def test_the_new_file_is_private_and_nothing_else_is_left_in_its_folder(
    site: config.Config, tmp_path: Path
) -> None:
    assert written(site, "site", "title", "New") == SITE.replace("Old", "New")
    assert os.stat(tmp_path / "site.ini").st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["site.ini"]


def test_a_site_without_a_file_gets_one(tmp_path: Path) -> None:
    site = config.load(None, root=str(tmp_path))
    site.file = str(tmp_path / "site.ini")
    assert written(site, "site", "title", "New") == "[site]\ntitle = New\n"
    assert os.stat(tmp_path / "site.ini").st_mode & 0o777 == 0o600


def test_a_file_that_is_a_link_is_changed_where_it_is(site: config.Config, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "site.ini").rename(elsewhere / "real.ini")
    (tmp_path / "site.ini").symlink_to(elsewhere / "real.ini")
    written(site, "site", "title", "New")
    assert (tmp_path / "site.ini").is_symlink()
    assert "title = New" in (elsewhere / "real.ini").read_text("utf-8")


@pytest.mark.parametrize("section, option, value, says", [
    ("site", "debug", "perhaps", "must be yes or no"),
    ("session", "idle", "2", "needs a number and a unit"),
    ("site", "nonsense", "x", "has no option 'nonsense'"),
    ("nonsense", "x", "x", "there is no section"),
    ("paths", "log", "htdocs/log", "everybody can read it"),
])
def test_what_would_be_no_settings_never_takes_the_place_of_the_old(
    site: config.Config, tmp_path: Path, section: str, option: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        written(site, section, option, value)
    assert f"{tmp_path}/site.ini: " in str(raised.value)
    assert (tmp_path / "site.ini").read_text("utf-8") == SITE
    assert os.listdir(tmp_path) == ["site.ini"]


@pytest.mark.parametrize("value", ["a\n[database]\nengine = mysql", "a\rb", " a", "a\t"])
def test_a_value_cannot_bring_lines_of_its_own(site: config.Config, value: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        settings.plan(site, {"site": {"title": value}}, "")


def test_what_somebody_has_changed_meanwhile_is_not_overwritten(
    site: config.Config, tmp_path: Path
) -> None:
    seen = settings.fingerprint(site)
    by_hand = SITE.replace("Short", "By hand")
    (tmp_path / "site.ini").write_text(by_hand, "utf-8")
    with pytest.raises(Conflict, match="changed in the meantime"):
        settings.plan(site, {"site": {"title": "New"}}, seen).write()
    assert (tmp_path / "site.ini").read_text("utf-8") == by_hand


def test_a_change_between_plan_and_write_is_noticed(site: config.Config, tmp_path: Path) -> None:
    planned = settings.plan(site, {"site": {"title": "New"}}, settings.fingerprint(site))
    (tmp_path / "site.ini").write_text(SITE + "# by hand\n", "utf-8")
    with pytest.raises(Conflict):
        planned.write()


def test_a_plan_that_is_written_twice_is_written_once(site: config.Config, tmp_path: Path) -> None:
    planned = settings.plan(site, {"site": {"title": "New"}}, settings.fingerprint(site))
    planned.write()
    before = os.stat(tmp_path / "site.ini").st_ino
    planned.write()
    assert os.stat(tmp_path / "site.ini").st_ino == before


def test_of_many_who_change_it_at_once_one_does(site: config.Config, tmp_path: Path) -> None:
    seen, kept = settings.fingerprint(site), []
    plans = [settings.plan(site, {"site": {"title": f"New {n}"}}, seen) for n in range(8)]

    def write(number: int) -> None:
        try:
            plans[number].write()
        except Conflict:
            return
        kept.append(number)

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 1
    assert f"title = New {kept[0]}\n" in (tmp_path / "site.ini").read_text("utf-8")


def test_who_holds_the_lock_for_ever_keeps_nobody_waiting_as_long(
    site: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PATIENCE", 0.1)
    held = os.open(tmp_path, os.O_RDONLY)         # as anybody may who can look into the folder
    fcntl.flock(held, fcntl.LOCK_EX)
    ended = threading.Thread(target=lambda: refused.append(pytest.raises(
        Unavailable, written, site, "site", "title", "New")), daemon=True)
    refused: list[object] = []
    try:
        ended.start()
        ended.join(10)
        assert refused, "it waits and waits"
    finally:
        os.close(held)
    assert Path(site.file).read_text("utf-8") == SITE
    assert "title = New" in written(site, "site", "title", "New")


def test_a_disk_that_takes_nothing_leaves_the_old_file(
    site: config.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as no:
        written(site, "site", "title", "New")
    assert "(No space left on device), and is as it was" in no.value.sentence
    assert str(tmp_path) not in no.value.sentence
    assert (tmp_path / "site.ini").read_text("utf-8") == SITE
    assert os.listdir(tmp_path) == ["site.ini"]


def test_the_lines_to_paste_are_told_section_by_section(site: config.Config) -> None:
    planned = settings.plan(site, {"site": {"title": "New", "tagline": ""},
                                   "session": {"idle": "3 h"}}, "")
    assert planned.lines == "[site]\ntitle = New\ntagline = \n\n[session]\nidle = 3 h"
    assert planned.changed == ["[site] title", "[site] tagline", "[session] idle"]


def test_settings_of_no_file_are_written_nowhere(tmp_path: Path) -> None:
    site = config.load(None, root=str(tmp_path))
    planned = settings.plan(site, {"site": {"title": "New"}}, settings.fingerprint(site))
    assert planned.can_be_written is False
    with pytest.raises(ConfigError, match="come from no file"):
        planned.write()
    assert os.listdir(tmp_path) == []


def test_the_settings_of_a_site_know_their_file() -> None:
    assert config.current().file == os.path.join(config.ROOT, "site.ini")
