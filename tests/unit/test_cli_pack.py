"""./chapbook pack: what it writes and says, and how it refuses."""
from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chapbook import config
from chapbook.cli.commands import commands
from chapbook.hosting import manifest
from chapbook.hosting.manifest import File, Manifest


def run(*options: str) -> Result:
    return CliRunner().invoke(commands, ["pack", *options])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that this site was packed to, with options of all kinds."""
    folder = tmp_path_factory.mktemp("out")
    result = run("--host", "cpanel", "--python", "3.12", "--public", "sub/html", "--below", "/club",
                 "--out", str(folder))
    assert result.exit_code == 0, result.output
    assert "release" in result.output and "README.txt" in result.output
    assert "Python on the host: /opt/alt/python312/bin/python3.12\n" in result.output
    return folder


def older(folder: Path, **changed: object) -> Path:
    """The manifest of a release before this one: one file of it was other, one is gone."""
    now = Manifest.read(str(folder / "chapbook-cpanel-0.1.0/chapbook/manifest.json"))
    files = now.files | {"private/gone.py": File("0" * 64, "644"),
                         "public/style.css": File("1" * 64, "644")}
    values = now._replace(files=files, release=manifest.release_of(files)).values() | changed
    path = folder / "old.json"
    path.write_text(json.dumps(values))
    return path


def test_zip_and_folder_are_there_and_what_the_site_imports_is_in_them(out: Path) -> None:
    with zipfile.ZipFile(out / "chapbook-cpanel-0.1.0.zip") as archive:
        names = set(archive.namelist())
    for module in ("jinja2/__init__.py", "markupsafe/_native.py", "pymysql/__init__.py",
                   "multipart.py", "pyotp/__init__.py", "segno/__init__.py", "click/__init__.py"):
        assert f"chapbook/vendor/{module}" in names
    assert not [name for name in names if "waitress" in name]
    assert (out / "chapbook-cpanel-0.1.0/sub/html/.htaccess").is_file()


def test_an_upgrade_takes_its_options_from_what_was_packed_before(out: Path) -> None:
    result = run("--since", str(older(out)), "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "1 files to be replaced or added, 1 to be removed" in result.output
    archive, = out.glob("*-upgrade-*.zip")
    with zipfile.ZipFile(archive) as file:
        assert sorted(file.namelist()) == ["public/style.css", "upgrade.json"]
    again = run("--since", str(archive), "--out", str(out))
    assert again.exit_code == 1 and "Nothing has changed" in again.output


def test_nothing_new_is_told(out: Path) -> None:
    result = run("--since", str(out / "chapbook-cpanel-0.1.0.zip"), "--out", str(out))
    assert result.exit_code == 1 and "Nothing has changed" in result.output


@pytest.mark.parametrize(("options", "sentence"), [
    (["--host", "plesk"], "an upgrade cannot move a site"),
    (["--host", "vps"], "an upgrade cannot move a site"),
    (["--private", "elsewhere"], "an upgrade cannot move a site"),
])
def test_an_upgrade_moves_no_site(out: Path, options: list[str], sentence: str) -> None:
    result = run("--since", str(older(out)), "--out", str(out), *options)
    assert result.exit_code == 1 and sentence in result.output


@pytest.mark.parametrize(("options", "sentence"), [
    ([], "--host is missing. There are: cpanel, default"),
    (["--host", "nothing"], "no profile of a host called 'nothing'"),
    (["--host", "cpanel", "--python", "3.9"], "Chapbook needs 3.11 or newer"),
    (["--host", "cpanel", "--below", "club/"], "no path of an address"),
    (["--host", "cpanel", "--public", "/var/www"], "can be no folder"),
    (["--since", "/nothing"], "Name the zip that was packed before"),
], ids=["none", "host", "python", "below", "public", "since"])
def test_what_cannot_be_is_said_in_a_sentence(
    tmp_path: Path, options: list[str], sentence: str,
) -> None:
    result = run(*options, "--out", str(tmp_path))
    assert result.exit_code in (1, 2) and sentence in result.output
    assert not list(tmp_path.iterdir())


def test_what_is_packed_lies_in_no_folder_of_the_site() -> None:
    result = run("--host", "cpanel", "--out", os.path.join(config.ROOT, "htdocs", "downloads"))
    assert result.exit_code == 2 and "lies in the site itself" in result.output


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("--host", "cpanel", "--out", str(tmp_path / "file"))
    assert result.exit_code == 1 and "cannot be written" in result.output
