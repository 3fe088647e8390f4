"""A packed site written: as a zip, a folder or an upgrade; and the older one it is compared to."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import time
import zipfile
from typing import NamedTuple

from ..errors import ConfigError
from .manifest import (LOCK, MOST_BYTES, NAME, PRIVATE, PUBLIC, UPGRADE, Manifest, ManifestError,
                       loaded, step)
from .tree import PLAIN, Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .pack import Packed

README = "README.txt"
# The time of a file follows from its bytes, within 2024 and 2025: what has changed has another one,
# which the caches of browsers and of Python go by, and two runs give the same.
_EPOCH, _SPAN = 1704067200, 731 * 86400


class Unpacked(NamedTuple):
    """What is in a zip or folder: files by their names there, and modes of folders but for 755.

    A folder with the mode "" is the host's, and stays as it is.
    """

    parts: dict[str, Part]
    modes: dict[str, str]


def whole(packed: Packed, mode: str) -> Unpacked:
    """A whole site: its two folders as they are called on the host, and what to do with them.

    `mode` is that of the private folder; where visitors' files lie in it, they must be reached.
    """
    manifest, folders = packed.manifest, packed.manifest.folders
    private = folders["private"]
    parts = {README: Part(PLAIN, packed.readme.encode()),
             f"{private}/{NAME}": Part(PLAIN, manifest.text().encode())}
    for name, part in packed.parts.items():
        at = PRIVATE if name.startswith(PRIVATE) else PUBLIC
        parts[f"{folders[at[:-1]]}/{name.removeprefix(at)}"] = part
    modes = {}
    for name in (private, folders["public"]):
        while name:
            modes[name] = ""
            name = name.rpartition("/")[0]
    modes[private] = mode
    if folders["public"] == f"{private}/htdocs":
        del modes[folders["public"]]
    if LOCK in packed.parts:
        modes[f"{private}/var"] = "700"
    return Unpacked(parts, modes)


def upgrade(packed: Packed, old: Manifest) -> Unpacked:
    """What changed since an older release, for the upgrade page; ConfigError where nothing did."""
    changed, removed = step(old, packed.manifest)
    if not changed and not removed:
        raise ConfigError(f"Nothing has changed since {old.release}: there is nothing to upgrade.")
    text = json.dumps({"since": old.release, "manifest": packed.manifest.values(),
                       "changed": changed, "removed": removed}, indent=1, sort_keys=True)
    parts = {UPGRADE: Part(PLAIN, text.encode() + b"\n")}
    parts |= {name: packed.parts[name] for name in changed}
    return Unpacked(parts, dict.fromkeys(_folders(parts), ""))


def write_zip(content: Unpacked, path: str) -> None:
    """Write a zip, at once or not at all; OSError where that cannot be."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    draft = f"{path}.part"
    try:
        with zipfile.ZipFile(draft, "w") as file:
            # Folders are entries of their own, or a umask of the host might let others write there;
            # but for those that are the host's.
            for name in _folders(content.parts):
                mode = content.modes.get(name, "755")
                if mode:
                    info = _info(f"{name}/", _EPOCH, stat.S_IFDIR | int(mode, 8))
                    info.external_attr |= 0x10
                    file.writestr(info, b"")
            for name, part in sorted(content.parts.items()):
                data = part.read()
                info = _info(name, _time_of(data), stat.S_IFREG | int(part.mode, 8))
                file.writestr(info, data, zipfile.ZIP_DEFLATED, 9)
        os.replace(draft, path)
    finally:
        if os.path.exists(draft):
            os.unlink(draft)


def write_folder(content: Unpacked, path: str) -> None:
    """Write the same as a folder; one that was written before is replaced.

    ConfigError where there is another folder of that name; OSError where it cannot be written.
    """
    if os.path.lexists(path):
        if not os.path.isfile(os.path.join(path, README)) or _since_folder(path) is None:
            raise ConfigError(f"{path} is there already, and was not packed: choose another --out, "
                              "or remove it.")
        shutil.rmtree(path)
    for name in _folders(content.parts):
        os.makedirs(os.path.join(path, name))
    for name, part in content.parts.items():
        data, target = part.read(), os.path.join(path, name)
        with open(target, "wb") as file:
            file.write(data)
        os.chmod(target, int(part.mode, 8))
        os.utime(target, (_time_of(data), _time_of(data)))
    for name in _folders(content.parts):
        os.chmod(os.path.join(path, name), int(content.modes.get(name) or "755", 8))


def since(path: str) -> Manifest:
    """The manifest of an older release: of a zip or folder of pack's, or the file itself.

    ConfigError where there is none.
    """
    try:
        if os.path.isdir(path):
            found = _since_folder(path)
        elif zipfile.is_zipfile(path):
            found = _since_zip(path)
        else:
            found = Manifest.read(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. Name the zip that was packed "
                          "before, or the manifest.json of the site.") from error
    except (ManifestError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path} does not tell what was packed before: {error}") from error
    if found is None:
        raise ConfigError(f"There is no {NAME} in {path}: --since wants the zip or folder that was "
                          "uploaded before, or manifest.json from the host.")
    return found


def _since_folder(path: str) -> Manifest | None:
    """The manifest nearest to the top of a folder, at most four folders down."""
    level = [path]
    for _ in range(5):
        for folder in level:
            if os.path.isfile(os.path.join(folder, NAME)):
                return Manifest.read(os.path.join(folder, NAME))
        level = [entry.path for folder in level for entry in os.scandir(folder)
                 if entry.is_dir(follow_symlinks=False)]
    return None


def _since_zip(path: str) -> Manifest | None:
    with zipfile.ZipFile(path) as file:
        names = sorted((name.count("/"), name) for name in file.namelist()
                       if name.rpartition("/")[2] in (NAME, UPGRADE))
        if not names:
            return None
        with file.open(names[0][1]) as member:
            data = member.read(MOST_BYTES + 1)
    if names[0][1] == UPGRADE:
        values = loaded(data, UPGRADE)
        return Manifest.made_of(values.get("manifest") if isinstance(values, dict) else None)
    return Manifest.parse(data)


def _folders(parts: Mapping[str, Part]) -> list[str]:
    """The folders that files are in, those above first."""
    found = set()
    for name in parts:
        while "/" in name:
            name = name.rpartition("/")[0]
            found.add(name)
    return sorted(found)


def _info(name: str, when: int, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, time.gmtime(when)[:6])
    info.create_system = 3                    # Unix: the mode below is one
    info.external_attr = mode << 16
    return info


def _time_of(data: bytes) -> int:
    """Seconds since 1970, even: a zip has no odd ones."""
    return _EPOCH + int.from_bytes(hashlib.sha256(data).digest()[:6]) % (_SPAN // 2) * 2
