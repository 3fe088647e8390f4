"""What vendor/ gets: the packages that a site needs, for hosts that have Python and no pip.

Those in pure Python come from this environment: they are what the site was tried with, they need
no network, and each file must have the hash that its package says (RECORD: packaging.python.org,
"Recording installed projects"). Compiled ones are for one Python on one platform, not ours, so pip
downloads their wheels; they are kept, and the next run takes the same.
"""
from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from typing import NamedTuple

from ..errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.metadata import Distribution

PURE_TOO = {"markupsafe"}            # compiled, and complete without what is
_LEFT_OUT = (".c", ".pyi", ".pyd", ".typed", ".pyc", ".exe")
_KEPT_OF_INFO = re.compile(
    r"[^/]+\.dist-info/(?:METADATA|(?:.*/)?(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*)", re.I)
_NOT_OF_A_NAME = re.compile(r"[^\w.-]")


class Vendored(NamedTuple):
    """Packages with their versions, and their files by their paths in vendor/."""

    packages: dict[str, str]
    files: dict[str, bytes]


def pure(requirements: Iterable[str]) -> Vendored:
    """The packages of requirement lines, and what they need in turn, without compiled parts.

    ConfigError for one that is not installed here, has been changed, or is nothing without them.
    """
    found = _closure(requirements)
    files: dict[str, bytes] = {}
    for distribution in found.values():
        files.update(_files_of(distribution))
    return Vendored({each.metadata["Name"]: each.version for each in found.values()}, files)


def compiled(requirements: Iterable[str], version: str, platforms: str, cache: str,
             say: Callable[[str], None]) -> Vendored:
    """The packages of requirement lines, as wheels for a Python ("3.11") and its platforms.

    Versions are those of this environment, where it has one. ConfigError where pip finds none.
    """
    lines = sorted(requirements)
    pinned = _pinned()
    key = hashlib.sha256(repr((lines, version, platforms, pinned)).encode()).hexdigest()[:16]
    folder = os.path.join(cache, "wheels", key)
    if not os.path.isdir(folder):
        say(f"Downloading {', '.join(lines)} for Python {version}, {platforms.split()[0]}.")
        _download(lines, version, platforms.split(), pinned, folder)
    packages, files = {}, {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = _unpacked(os.path.join(folder, name))
        info = next(data for path, data in found.items() if path.endswith("/METADATA"))
        project = info.partition(b"\nName: ")[2].partition(b"\n")[0].decode().strip()
        packages[project] = f"{name.split('-')[1]} ({name}, sha256 {digest})"
        files.update(found)
    return Vendored(packages, files)


def _closure(requirements: Iterable[str]) -> dict[str, Distribution]:
    """The installed packages that lines ask for, by name, with all that those ask for."""
    from importlib.metadata import PackageNotFoundError, distribution

    found: dict[str, Distribution] = {}
    wanted = [(_name(line), True) for line in requirements]
    while wanted:
        name, is_needed = wanted.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError as error:
            if not is_needed:
                continue                      # for another platform, or another Python
            raise ConfigError(f"{name} is not installed here, so it cannot be packed: remove "
                              ".venv, and start ./chapbook pack again.") from error
        for line in found[name].requires or ():
            if "extra ==" not in line:
                wanted.append((_name(line), ";" not in line))
    return dict(sorted(found.items()))


def _files_of(distribution: Distribution) -> dict[str, bytes]:
    """The files of an installed package that a host needs; ConfigError for a changed one."""
    name = distribution.metadata["Name"]
    listed = [(file, file.as_posix()) for file in distribution.files or ()]
    if any(path.endswith(".so") for _, path in listed) and name.lower() not in PURE_TOO:
        raise ConfigError(f"{name} is compiled, and a host has another Python: it can only be "
                          "packed by --with-compiled.")
    files = {}
    for file, path in listed:
        if file.hash is None or path.endswith(".so") or not is_wanted(path):
            continue
        data = file.read_binary()
        if not _is(data, file.hash.value):
            raise ConfigError(f"{path} in .venv is not as {name} came. Remove .venv, and start "
                              "./chapbook pack again.")
        files[path] = data
    if not files:
        raise ConfigError(f"The files of {name} are not known (it was not installed by pip): "
                          "remove .venv, and start ./chapbook pack again.")
    return files


def _unpacked(path: str) -> dict[str, bytes]:
    """The files of a wheel that a host needs; ConfigError for one that is damaged."""
    files = {}
    with zipfile.ZipFile(path) as wheel:
        record = next(name for name in wheel.namelist() if name.endswith(".dist-info/RECORD"))
        for name, digest, _ in csv.reader(wheel.read(record).decode().splitlines()):
            if digest.startswith("sha256=") and is_wanted(name):
                files[name] = wheel.read(name)
                if not _is(files[name], digest.removeprefix("sha256=")):
                    raise ConfigError(f"{path} is damaged: remove it, and try again.")
    return files


def is_wanted(path: str) -> bool:
    """Whether a file of a package is of use on a host: its modules, and its licence."""
    if path.startswith(("..", "/")) or "__pycache__" in path or ".data/" in path:
        return False
    if ".dist-info/" in path:
        return bool(_KEPT_OF_INFO.fullmatch(path))
    return not path.endswith(_LEFT_OUT)


def _is(data: bytes, digest: str) -> bool:
    made = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return made == digest.rstrip("=")


def _pinned() -> list[str]:
    from importlib.metadata import distributions

    return sorted({f"{each.metadata['Name']}=={each.version}" for each in distributions()})


def _download(lines: list[str], version: str, platforms: list[str], pinned: list[str],
              folder: str) -> None:
    """Have pip put the wheels into a folder, whole or not at all; ConfigError with its words."""
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder)) as draft:
        constraints = os.path.join(draft, "constraints.txt")
        with open(constraints, "w", encoding="utf-8") as file:
            file.write("\n".join(pinned) + "\n")
        command = [
            sys.executable, "-I", "-m", "pip", "download", "--quiet",
            "--disable-pip-version-check", "--only-binary", ":all:",
            "--python-version", version, "--implementation", "cp",
            "--dest", os.path.join(draft, "wheels"), "--constraint", constraints,
            *(word for platform in platforms for word in ("--platform", platform)), *lines]
        ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if ran.returncode:
            said = "\n".join(f"  {line}" for line in ran.stderr.strip().splitlines()[-4:])
            raise ConfigError(
                f"pip has no {', '.join(lines)} for Python {version} on {platforms[0]}. It says:\n"
                f"{said}\nThe site works without: leave --with-compiled out.")
        shutil.move(os.path.join(draft, "wheels"), folder)


def _name(line: str) -> str:
    return re.sub(r"[-_.]+", "-", _NOT_OF_A_NAME.split(line, maxsplit=1)[0]).lower()
