"""What vendor/ gets: pure packages of this environment, and compiled ones as pip downloads them."""
from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chapbook.errors import ConfigError
from chapbook.hosting import vendor, writing

from tests.support.packs import NEEDED, ours

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


def test_dependencies_are_pure_and_have_their_licences() -> None:
    found = vendor.pure(["Jinja2>=3"])
    assert set(found.packages) == {"Jinja2", "MarkupSafe"}
    assert {"jinja2/__init__.py", "markupsafe/_native.py"} < set(found.files)
    assert not [name for name in found.files if name.endswith((".so", ".c", ".pyc", "RECORD"))]
    for package in ("jinja2", "markupsafe"):
        assert [name for name in found.files
                if re.fullmatch(rf"{package}-.*\.dist-info/.*LICEN[CS]E.*", name, re.I)]


def test_pages_run_with_what_was_vendored_alone(root: Path, tmp_path: Path) -> None:
    for name, data in vendor.pure(NEEDED).files.items():
        (tmp_path / "vendor" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "vendor" / name).write_bytes(data)
    code = ("import sys; sys.path.insert(0, sys.argv[1]); import jinja2, pymysql, multipart; "
            "print(jinja2.Template('{{ a }} {{ a|safe }}', autoescape=True).render(a='<'))")
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code, str(tmp_path / "vendor")],
                         capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("&lt; <\n", "")


def test_what_came_in_the_zip_is_taken_before_what_the_host_has(tmp_path: Path) -> None:
    writing.write_folder(writing.whole(ours(), "700"), str(tmp_path / "home"))
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages/jinja2.py").write_text("raise ImportError('an old one')")
    code = ("import sys; sys.path[0:0] = [sys.argv[1]]; sys.path.append(sys.argv[2]); "
            "import chapbook, jinja2; print(jinja2.__file__)")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path / "home/chapbook/lib"),
         str(tmp_path / "site-packages")], capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == (
        f"{tmp_path}/home/chapbook/vendor/jinja2/__init__.py\n", "")


def test_a_package_that_was_edited_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vendor, "_is", lambda data, digest: False)
    with pytest.raises(ConfigError, match="is not as .* came"):
        vendor.pure(["Jinja2"])


def test_a_package_that_is_compiled_or_missing_is_told() -> None:
    with pytest.raises(ConfigError, match="--with-compiled"):
        vendor.pure(["argon2-cffi"])
    with pytest.raises(ConfigError, match="not installed here"):
        vendor.pure(["no-such-package"])
