"""Compiled packages, as wheels that pip downloads: kept, checked, and only what a host needs."""
from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from chapbook.errors import ConfigError
from chapbook.hosting import vendor

INFO = "speedy-1.2.dist-info"
FILES = {"speedy/__init__.py": b"", "speedy/_fast.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
         "speedy/_fast.c": b"int main;", "speedy.libs/libz.so": b"\x7fELF",
         "speedy-1.2.data/scripts/speedy": b"#!python", f"{INFO}/WHEEL": b"Wheel-Version: 1.0",
         f"{INFO}/licenses/LICENSE": b"MIT",
         f"{INFO}/METADATA": b"Metadata-Version: 2.4\nName: Speedy\nVersion: 1.2\n"}
LIBRARIES = {"speedy/__init__.py", "speedy/_fast.cpython-311-x86_64-linux-gnu.so",
             "speedy.libs/libz.so", f"{INFO}/licenses/LICENSE", f"{INFO}/METADATA"}


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What pip was asked for, one folder each; it comes as a wheel made here."""
    asked: list[str] = []

    def download(lines: list[str], version: str, platforms: list[str], pinned: list[str],
                 folder: str) -> None:
        asked.append(folder)
        wheel(Path(folder) / "speedy-1.2-cp311-cp311-manylinux_2_28_x86_64.whl")

    monkeypatch.setattr(vendor, "_download", download)
    return asked


def wheel(path: Path, **changed: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        record = []
        for name, data in FILES.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
            file.writestr(name, changed.get(name, data))
        file.writestr(f"{INFO}/RECORD", "".join([*record, f"{INFO}/RECORD,,\n"]))


def compiled(cache: Path) -> vendor.Vendored:
    said: list[str] = []
    return vendor.compiled(["Speedy>=1"], "3.11", "manylinux_2_28_x86_64", str(cache), said.append)


def test_a_wheel_gives_its_modules_libraries_and_licence(
    tmp_path: Path, downloads: list[str],
) -> None:
    found = compiled(tmp_path)
    assert set(found.files) == LIBRARIES
    path, = tmp_path.rglob("*.whl")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.packages == {"Speedy": f"1.2 ({path.name}, sha256 {digest})"}


def test_a_wheel_is_downloaded_once(tmp_path: Path, downloads: list[str]) -> None:
    assert compiled(tmp_path) == compiled(tmp_path)
    assert len(downloads) == 1


def test_a_damaged_wheel_is_not_packed(tmp_path: Path, downloads: list[str]) -> None:
    compiled(tmp_path)
    path, = tmp_path.rglob("*.whl")
    wheel(path, **{"speedy/__init__.py": b"import evil"})
    with pytest.raises(ConfigError, match="is damaged"):
        compiled(tmp_path)


def test_what_pip_cannot_find_is_said_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")              # so it asks nobody
    with pytest.raises(ConfigError, match="(?s)It says:.*leave --with-compiled out"):
        vendor.compiled(["no-such-package"], "3.11", "manylinux_2_28_x86_64", str(tmp_path), print)
    assert not list(tmp_path.rglob("*.whl"))
