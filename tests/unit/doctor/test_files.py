"""What the site writes: each fault of its files is found, and nothing else with it."""
from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from chapbook import log
from chapbook.doctor import files

from tests.support.sound import Sound

WRITTEN = ("var", "var/log", "var/uploads", "var/site.sqlite", "var/log/chapbook.log",
           "var/uploads/a1b2c3")


def test_no_secret_yet(sound: Sound) -> None:
    (sound.root / "var/secret").unlink()
    assert sound.finding().name == "secret-missing"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_secret_of_another_length(sound: Sound, size: int) -> None:
    sound.write("var/secret", os.urandom(size))
    assert sound.finding().name == "secret-damaged"


def test_a_secret_that_is_a_link(sound: Sound) -> None:
    sound.write("elsewhere", os.urandom(32))
    (sound.root / "var/secret").unlink()
    (sound.root / "var/secret").symlink_to(sound.root / "elsewhere")
    assert sound.finding().name == "secret-damaged"


def test_a_secret_that_others_can_read(sound: Sound) -> None:
    (sound.root / "var/secret").chmod(0o604)
    assert sound.finding().name == "secret-open"


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_stored_can_be_read_by_others(sound: Sound, name: str) -> None:
    path = sound.root / name
    path.chmod(0o755 if path.is_dir() else 0o644)
    assert sound.finding().name == "var-open"
    assert f" {name}." in sound.finding().sentence


@pytest.mark.parametrize("name", ["var/cache", "var/cache/templates-x"])
def test_others_can_write_into_the_cache(sound: Sound, name: str) -> None:
    (sound.root / name).chmod(0o770)
    assert sound.finding().name == "cache-open"


@pytest.mark.as_root
@pytest.mark.parametrize("name", [*WRITTEN[1:], "var/secret", "var/cache/templates-x", "site.ini"])
def test_a_file_that_belongs_to_another_user(sound: Sound, name: str) -> None:
    os.chown(sound.root / name, 65534, -1)
    assert sound.finding().name == "wrong-owner"
    assert name in sound.finding().sentence


@pytest.mark.parametrize("name", ["var/log", "var/uploads", "var/cache", "var/log/chapbook.log"])
def test_what_the_site_cannot_write(sound: Sound, name: str) -> None:
    path = sound.root / name
    path.chmod(0o500 if path.is_dir() else 0o400)
    assert sound.finding().name == "var-unwritable"
    path.chmod(0o700)


def test_a_link_in_htdocs_that_leads_to_what_is_stored(sound: Sound) -> None:
    (sound.root / "var").rename(sound.root / "htdocs/var")
    (sound.root / "var").symlink_to("htdocs/var")
    assert sound.finding().name == "var-public"


def test_a_link_among_what_visitors_have_sent(sound: Sound) -> None:
    (sound.root / "var/uploads/d4e5f6").symlink_to(sound.root / "site.ini")
    assert sound.finding().name == "link-planted"


def test_a_name_that_would_be_a_command_is_quoted(sound: Sound) -> None:
    path = sound.root / "var/uploads/x'; rm -rf ~; '\x1b[2J"
    path.symlink_to(sound.root / "site.ini")
    finding = sound.finding()
    assert shlex.split(finding.remedy)[2] == str(path).replace("\x1b", "?")
    assert "\x1b" not in finding.sentence


def test_pages_that_have_failed_of_late(sound: Sound) -> None:
    log.write(sound.config, "500", "b67f4dec52d3", "Traceback\n500", path="/hello")
    log.write(sound.config, "500", "958c6348ed70", path="/guestbook")
    finding = sound.finding()
    assert finding.name == "pages-failed" and "958c6348ed70" in finding.remedy
    assert "failed 2 times, last /guestbook at 20" in finding.sentence


def test_pages_that_failed_long_ago_are_forgotten(sound: Sound) -> None:
    sound.write("var/log/chapbook.log", b"2020-11-20T09:06:00Z b67f4dec52d3 500 path=/hello\n")
    assert sound.names() == []


def test_a_log_that_has_grown_without_an_end(sound: Sound) -> None:
    os.truncate(sound.root / "var/log/chapbook.log", 25 << 20)
    assert sound.finding().name == "log-large"
    assert "25 MB" in sound.finding().sentence


@pytest.mark.parametrize("limit", ["LEAST_FREE", "LEAST_FILES"])
def test_a_disk_that_is_nearly_full(
    sound: Sound, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = os.statvfs(sound.root)
    monkeypatch.setattr(files, limit, disk.f_blocks * disk.f_frsize)       # more than any has free
    assert sound.finding().name == "disk-full"


def test_the_doctor_changes_nothing(sound: Sound) -> None:
    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in sound.root.rglob("*")
                if path.is_file() and ".sqlite-" not in path.name}        # SQLite's own
    before = state()
    sound.findings()
    assert state() == before


def test_a_database_that_is_not_there_yet_is_not_made(sound: Sound) -> None:
    for path in (sound.root / "var").glob("site.sqlite*"):
        path.unlink()
    assert sound.finding().name == "migrations-pending"
    assert not (sound.root / "var/site.sqlite").exists()
