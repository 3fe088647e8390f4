"""The manifest of a packed release: what it says of files, and what it refuses to say."""
from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from chapbook.hosting import manifest
from chapbook.hosting.manifest import Difference, File, Manifest, ManifestError

FOLDERS = {"private": "chapbook", "public": "public_html"}


def of(*names: str, text: str = "text\n") -> Manifest:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Manifest.of("0.1.0", "cpanel", FOLDERS, {"Jinja2": "3.1.6"}, {
        name: File(digest, "755" if "cgi-bin" in name else "644") for name in names})


NAMES = ("private/lib/chapbook/page.py", "private/cgi-bin/index.py", "public/style.css",
         "public/sub/été.txt")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name in NAMES:
        path = Path(manifest.place(name, str(tmp_path / "site"), str(tmp_path / "www")))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n")
        path.chmod(0o755 if "cgi-bin" in name else 0o644)
    return tmp_path


def differences(site: Path) -> list[Difference]:
    return of(*NAMES).verify(str(site / "site"), str(site / "www"))


def test_a_manifest_is_read_as_it_was_written() -> None:
    made = of(*NAMES)
    assert Manifest.parse(made.text().encode()) == made


def test_a_site_as_it_was_packed_has_no_differences(site: Path) -> None:
    (site / "site/cgi-bin/mine.py").write_text("a page of one's own is none of this")
    (site / "site/var").mkdir()
    assert differences(site) == []


@pytest.mark.parametrize(("path", "change", "name", "kind"), [
    ("www/style.css", lambda path: path.unlink(), "public/style.css", "missing"),
    ("www/style.css", lambda path: path.write_text("other"), "public/style.css", "changed"),
    ("site/lib/chapbook/page.py", lambda path: path.write_bytes(b"text\r\n"),
     "private/lib/chapbook/page.py", "line ends"),
    ("site/cgi-bin/index.py", lambda path: path.chmod(0o644), "private/cgi-bin/index.py", "mode"),
    ("site/lib/chapbook/planted.py", lambda path: path.write_text(""),
     "private/lib/chapbook/planted.py", "extra"),
], ids=["missing", "changed", "line-ends", "mode", "extra"])
def test_each_difference_is_told(site: Path, path: str, change: object, name: str,
                                 kind: str) -> None:
    assert callable(change)
    change(site / path)
    assert differences(site) == [(name, kind)]


def test_compiled_modules_make_no_difference(site: Path) -> None:
    cached = "private/lib/chapbook/__pycache__/page.cpython-311.pyc"
    assert of(*NAMES, cached).verify(str(site / "site"), str(site / "www")) == []


def test_a_step_is_what_changed_and_what_went() -> None:
    old = of("private/a", "private/b", "private/c")
    new = of("private/b", "private/d")
    new.files["private/b"] = File("0" * 64, "644")
    assert manifest.step(old, new) == (["private/b", "private/d"], ["private/a", "private/c"])


@pytest.mark.parametrize("name", [
    "private/../x", "private//x", "private/./x", "private/", "private", "/etc/passwd", "etc/x",
    "public/a\\b", "private/a\n", "public/..", "private/site.ini", "private/var/secret",
    "private/manifest.json", "private/" + "x" * 300])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ManifestError):
        manifest.place(name, "/site", "/www")
    with pytest.raises(ManifestError):
        Manifest.parse(of(name).text().encode())


@pytest.mark.parametrize("change", [
    lambda values: values.pop("files"), lambda values: values.update(files=[]),
    lambda values: values["files"].update({"private/new": {"sha256": "0" * 64, "mode": "644"}}),
    lambda values: values["files"]["public/style.css"].update(mode="4755"),
    lambda values: values["files"]["public/style.css"].update(sha256="x"),
    lambda values: values.update(folders="public"), lambda values: values["folders"].pop("public"),
], ids=["no-files", "list", "one-more", "set-uid", "no-hash", "no-folders", "one-folder"])
def test_a_manifest_that_was_changed_is_refused(change: object) -> None:
    values = json.loads(of(*NAMES).text())
    assert callable(change)
    change(values)
    with pytest.raises(ManifestError):
        Manifest.parse(json.dumps(values).encode())


@pytest.mark.parametrize("entry", [
    File("0" * 64, "4755"), File("0" * 64, "777"), File("x" * 64, "644"), File("0" * 63, "644")])
def test_an_entry_that_no_release_has_is_refused(entry: File) -> None:
    made = Manifest.of("0.1.0", "cpanel", FOLDERS, {}, {"public/a": entry})
    with pytest.raises(ManifestError, match="damaged"):
        Manifest.parse(made.text().encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff"],
                         ids=["empty", "begun", "list", "null", "deep", "latin"])
def test_what_is_no_manifest_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(ManifestError, match=r"manifest\.json"):
        Manifest.parse(data)
