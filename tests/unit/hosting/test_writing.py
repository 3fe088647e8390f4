"""A packed site written: the same each time, as a zip, as a folder, and as an upgrade."""
from __future__ import annotations

import os
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from chapbook.errors import ConfigError
from chapbook.hosting import writing
from chapbook.hosting.manifest import Manifest

from tests.support.packs import ours, packed, zipped


def test_the_folder_holds_the_same_as_the_zip(tmp_path: Path) -> None:
    made = ours()
    archive = zipped(made, tmp_path / "site.zip")
    folder = tmp_path / "folder"
    for _ in range(2):                                       # the second time it is replaced
        writing.write_folder(writing.whole(made, "700"), str(folder))
        (folder / "stale").touch()
    (folder / "stale").unlink()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")
             if path.is_file()}
    assert set(files) == {name for name in archive.namelist() if not name.endswith("/")}
    for name, path in files.items():
        assert path.read_bytes() == archive.read(name)
        assert path.stat().st_mode == archive.getinfo(name).external_attr >> 16


def test_a_folder_that_was_not_packed_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/README.txt").write_text("of something else")
    with pytest.raises(ConfigError, match="was not packed"):
        writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "mine"))


def test_the_manifest_is_true_of_what_was_unpacked(tmp_path: Path) -> None:
    made = ours()
    writing.write_folder(writing.whole(made, "700"), str(tmp_path / "home"))
    manifest = Manifest.read(str(tmp_path / "home/chapbook/manifest.json"))
    assert manifest == made.manifest and manifest.packages["Jinja2"]
    home = tmp_path / "home"
    assert manifest.verify(str(home / "chapbook"), str(home / "public_html")) == []


def test_after_ftp_the_permissions_of_the_readme_are_all_that_a_site_needs(tmp_path: Path) -> None:
    writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "home"))
    site, public = tmp_path / "home/chapbook", tmp_path / "home/public_html"
    for path in (tmp_path / "home").rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    wanted = re.findall(r"   (\d{3})  for (?:all files below |the folder )?(\S+?)[ ,\n]",
                        ours().readme)
    assert len(wanted) == 4
    for mode, name in wanted:
        path = tmp_path / "home" / name
        below = path.rglob("*") if name.endswith("cgi-bin") else [path]
        for each in below:
            each.chmod(int(mode, 8))
    assert site.stat().st_mode & 0o777 == 0o700
    left = ours().manifest.verify(str(site), str(public))
    assert [each for each in left if not each.name.startswith("private/apache/")] == []


def test_an_upgrade_has_what_changed_and_says_what_went(root: Path, tmp_path: Path) -> None:
    old = packed(root)
    with pytest.raises(ConfigError, match="Nothing has changed"):
        writing.upgrade(packed(root), old.manifest)
    (root / "cgi-bin/new.py").write_text("#!/usr/bin/env python3\n")
    (root / "cgi-bin/new.py").chmod(0o755)
    (root / "htdocs/style.css").write_text("/* new */")
    (root / "templates/thanks.html").unlink()
    new = packed(root)
    content = writing.upgrade(new, old.manifest)
    assert set(content.parts) == {"upgrade.json", "private/cgi-bin/new.py", "public/style.css"}
    writing.write_zip(content, str(tmp_path / "upgrade.zip"))
    assert writing.since(str(tmp_path / "upgrade.zip")) == new.manifest
    values = writing.loaded(content.parts["upgrade.json"].data, "")
    assert values["since"] == old.manifest.release
    assert values["changed"] == ["private/cgi-bin/new.py", "public/style.css"]
    assert values["removed"] == ["private/templates/thanks.html"]


@pytest.mark.parametrize("kind", ["zip", "folder", "manifest"])
def test_the_older_release_is_known_by_any_form_of_it(
    tmp_path: Path, kind: str,
) -> None:
    made = ours("directadmin", public="domains/a.example/html", private="b/c")
    content = writing.whole(made, "700")
    writing.write_zip(content, str(tmp_path / "zip"))
    writing.write_folder(content, str(tmp_path / "folder"))
    shutil.copy(tmp_path / "folder/b/c/manifest.json", tmp_path / "manifest")
    assert writing.since(str(tmp_path / kind)) == made.manifest


def test_what_tells_of_no_older_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    zipfile.ZipFile(tmp_path / "zip", "w").close()
    for name, said in {"text": "does not tell", "zip": "There is no manifest", ".": "There is no",
                       "nothing": "cannot be read: No such file"}.items():
        with pytest.raises(ConfigError, match=said):
            writing.since(str(tmp_path / name))


def test_what_changed_has_another_time(root: Path, tmp_path: Path) -> None:
    """Caches go by time and size: of browsers, of compiled modules, of templates."""
    times = []
    for colour in ("red", "tan"):
        (root / "htdocs/style.css").write_text(f"a {{ color: {colour} }}")
        archive = zipped(packed(root), tmp_path / "site.zip")
        times.append(archive.getinfo("public_html/style.css").date_time)
    assert times[0] != times[1]


def test_two_machines_make_the_same_bytes(root: Path, tmp_path: Path) -> None:
    first = zipped(packed(root, "userdir"), tmp_path / "one.zip").fp
    other = tmp_path / "elsewhere"
    shutil.move(root, other)
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
    before = os.umask(0o077)
    try:
        second = zipped(packed(other, "userdir"), tmp_path / "two.zip").fp
    finally:
        os.umask(before)
    assert first and second and first.read() == second.read()


def test_modes_are_right_whatever_the_umask_of_the_host(tmp_path: Path) -> None:
    archive = zipped(ours(), tmp_path / "site.zip")
    modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
    assert modes["chapbook/"] == 0o40700
    assert modes["chapbook/cgi-bin/index.py"] == modes["chapbook/chapbook"] == 0o100755
    assert modes["chapbook/lib/chapbook/page.py"] == modes["public_html/.htaccess"] == 0o100644
    assert not [name for name, mode in modes.items() if mode & 0o022]
