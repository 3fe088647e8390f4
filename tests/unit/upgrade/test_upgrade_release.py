"""The zip of an upgrade: what does not fit, or was made with bad intent, changes nothing."""
from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chapbook import closed
from chapbook.hosting.manifest import Manifest
from chapbook.upgrade import moves
from chapbook.upgrade.release import Release, edited, installed, objections

from tests.support.upgrades import ONE, TWO, Upgradable

PAGE = "private/cgi-bin/forms.py"
SHEET = "public/style.css"
TOOL = "private/lib/chapbook/sql.py"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the zip is."""
    return tmp_path / "two.zip"


def refused(site: Upgradable, path: Path) -> str:
    """Why an upgrade is refused; nothing was changed by that."""
    before = site.state()
    found = site.begin(path)
    assert len(found) > 32 and site.state() == before and not site.stage, found
    assert not (site.root / "var/maintenance").exists()
    assert ONE in site.ask().text
    return found


def rewritten(path: Path, change: Any) -> Path:
    """The zip with other members: `change` gets those there are, by name."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members = change(members) or members
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("values, why", [
    ({"since": "0" * 16}, "It is made for sites that have the release 0000000000000000"),
    ({"changed": []}, "which its own list does not have"),
    ({"changed": "no list"}, "upgrade.json contradicts itself"),
    ({"removed": ["private/site.ini"]}, "is the site's own, and no release has it"),
    ({"removed": ["private/../../.bashrc"]}, "can be no file of a release"),
    ({"removed": ["private/lib/chapbook/page.py"]}, "upgrade.json contradicts itself"),
    ({"manifest": {}}, "is no manifest of Chapbook"),
], ids=["of another release", "a file too many", "no list", "settings", "another folder",
        "there and removed", "no manifest"])
def test_a_zip_that_does_not_fit_is_refused(
    site: Upgradable, path: Path, values: dict[str, Any], why: str,
) -> None:
    assert why in refused(site, site.zip(path, site.two(), **values))


def test_a_file_that_was_changed_on_the_way_is_refused(site: Upgradable, path: Path) -> None:
    site.zip(path, site.two())
    rewritten(path, lambda members: members.update({SHEET: b"x"}) or members)
    assert "which its own list does not have" in refused(site, path)
    site.zip(path, {**site.two(), SHEET: b"new"})
    rewritten(path, lambda members: members.update({SHEET: b"evil"}))
    assert "has another check sum" in refused(site, path)
    path.write_bytes(path.read_bytes()[:-200])
    assert "is no zip file, or it is damaged" in refused(site, path)


@pytest.mark.parametrize("name", ["../evil.py", "/etc/evil", "private/var/evil", "evil.py"])
def test_a_name_that_leads_elsewhere_is_refused(
    site: Upgradable, path: Path, name: str,
) -> None:
    site.zip(path, site.two())
    refused(site, rewritten(path, lambda members: members.update({name: b"evil"})))
    assert not list(site.root.parent.rglob("*evil*"))


def test_a_link_is_refused(site: Upgradable, path: Path) -> None:
    site.zip(path, site.two())
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("private/lib/link.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refused(site, path)


def test_a_release_for_a_newer_python_is_refused(site: Upgradable, path: Path) -> None:
    site.zip(path, {**site.two(), TOOL: b"match = lambda: (yield) = 1\n"})
    assert "does not run with Python 3." in refused(site, path)


def test_a_page_in_another_python_is_the_owners_own_affair(site: Upgradable, path: Path) -> None:
    site.zip(path, {**site.two(), "private/cgi-bin/old.py":
                    b"#!/usr/bin/env python2\nprint 'Content-Type: text/plain'\n"})
    assert len(site.begin(path)) == 32


def test_a_release_for_another_host_is_refused(site: Upgradable, path: Path) -> None:
    other = Manifest.read(str(site.root / "manifest.json"))._replace(profile="elsewhere")
    (site.root / "manifest.json").write_text(other.text())
    old = other._replace(profile="test")
    site.zip(path, site.two())
    data = json.loads(zipfile.ZipFile(path).read("upgrade.json"))
    data["manifest"]["profile"] = old.profile
    rewritten(path, lambda members: members.update({"upgrade.json": json.dumps(data).encode()}))
    assert "It is made for another kind of host (test) than this site (elsewhere)" in refused(
        site, path)


def test_the_same_release_once_more_is_refused(site: Upgradable, path: Path) -> None:
    assert "has this release already" in refused(site, site.zip(path, {}))


def test_a_site_without_a_manifest_is_refused(site: Upgradable, path: Path) -> None:
    site.zip(path, site.two())
    (site.root / "manifest.json").unlink()
    assert "has no manifest.json" in refused(site, path)


def test_other_line_ends_are_no_edit(site: Upgradable, path: Path) -> None:
    """As FTP programs make them in text mode."""
    site.write(PAGE, site.read(PAGE).replace(b"\n", b"\r\n"))
    site.zip(path, {PAGE: site.read(PAGE).replace(b"\r\n", b"\n") + b"# new\n"})
    with Release(str(path)) as release:
        found = installed(str(site.root))
        assert not objections(release, found, site.config())
        assert not edited(release, found, site.config())


def test_what_somebody_has_changed_here_is_found(site: Upgradable, path: Path) -> None:
    new = "public/new.txt"
    site.zip(path, {SHEET: b"new", TOOL: b"new", new: b"new", PAGE: None,
                    "public/robots.txt": b"new", "public/contact.html": b"new",
                    "public/favicon.svg": b"new"})
    for name in (SHEET, TOOL, new, PAGE):
        site.write(name, b"mine")
    site.path("public/robots.txt").unlink()
    site.path("public/contact.html").unlink()
    site.path("public/contact.html").symlink_to("booking.html")
    with Release(str(path)) as release:
        found = edited(release, installed(str(site.root)), site.config())
    assert [(edit.name, edit.kind, edit.core) for edit in found] == [
        (PAGE, "kept", False), (TOOL, "edited", True), ("public/contact.html", "edited", False),
        (new, "own", False), ("public/robots.txt", "deleted", False), (SHEET, "edited", False)]


def test_a_journal_that_another_user_could_have_written_is_not_run(
    site: Upgradable, path: Path,
) -> None:
    """Its module is code: only what nobody else can have put there is executed."""
    site.begin(site.zip(path, site.two()))
    work = site.root / "var/upgrade/work"
    (work / "moves.py").write_text("WHERE = 'work'\n")
    assert closed.moves(str(site.root)).WHERE == "work"
    for place in (work / "moves.py", work, work.parent):
        mode = place.stat().st_mode & 0o777
        place.chmod(mode | 0o020)
        assert not hasattr(closed.moves(str(site.root)), "WHERE")
        place.chmod(mode)


def test_a_file_on_another_disk_is_put_by_a_rename_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    import errno

    real = os.replace

    def replace(source: str, target: str) -> None:
        if os.path.dirname(source) != os.path.dirname(target):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    source, target = tmp_path / "work/new.txt", tmp_path / "htdocs/deep/new.txt"
    source.parent.mkdir()
    source.write_text("new")
    (tmp_path / "htdocs").mkdir(mode=0o751)
    moves._move(str(source), str(target))
    assert target.read_text() == "new" and not source.exists()
    assert [path.name for path in target.parent.iterdir()] == ["new.txt"]
    assert target.parent.stat().st_mode & 0o777 == 0o751


def test_the_command_upgrades_and_goes_back(site: Upgradable, path: Path) -> None:
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "chapbook.cli", "upgrade", *words], text=True, cwd="/",
            capture_output=True, env={"PYTHONPATH": str(site.root / "lib"), "PATH": os.defpath})

    before = site.state()
    site.write(SHEET, b"mine")
    site.zip(path, {**site.two(), SHEET: b"new", TOOL: site.read(TOOL) + b"# new\n"})
    assert "was not edited here" in command(str(path), "--yes", "--replace", PAGE).stderr
    found = command(str(path), "--yes", "--no-backup")
    assert found.returncode == 0, found.stderr
    assert "10 files" in found.stdout and "1 removed" in found.stdout
    assert f"{SHEET} was edited here: it stays as it is" in found.stdout
    assert "Done: the site is of version 0.2.0 now" in found.stdout
    assert TWO in site.ask().text and site.read(SHEET + ".new") == b"new"
    assert not (site.root / "var/backups").exists()
    assert "has this release already" in command(str(path), "--yes").stderr
    found = command("--roll-back", "--yes")
    assert (found.returncode, found.stdout) == (0, "The release before is back.\n"), found.stderr
    assert site.state() == {**before, SHEET: b"mine"}
    found = command("--roll-back")
    assert "no upgrade to go back from" in found.stderr and "Go on?" not in found.stdout
    broken = {"private/lib/chapbook/errors.py": b"raise RuntimeError('too new')\n"}
    site.zip(path, {**site.two(), **broken})
    found = command(str(path), "--yes", "--no-backup")
    assert found.returncode == 1 and "The upgrade was taken back" in found.stderr
    assert ONE in site.ask().text
