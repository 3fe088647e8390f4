"""What an upgrade brings, laid ready in var/upgrade/work/ before any file of the site is touched.

All that needs space on the disk is done here: a disk that is full, or a process that is killed,
leaves the site as it is. What was there before is kept as links to the very files.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil

from ..hosting import manifest as manifests
from ..hosting.manifest import Manifest
from . import moves
from .release import DELETED, EDITED, OWN, Change, Release, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from ..config import Config

ASIDE, BESIDE = ".mine", ".new"       # the owner's version put aside, the release's put beside


def stage(
    release: Release, site: Manifest, config: Config, edits: list[Change],
    replace: Collection[str], notes: Mapping[str, Any],
) -> str:
    """Lay the release ready, to the state `staged`; the token of who begins it.

    `edits` are the files that somebody has changed here. Those of the toolkit, and those named in
    `replace`, get the new version, and the old one is put aside as NAME.mine; all others stay, and
    the new one is put beside as NAME.new. `notes` go into the plan. The lock is held. OSError where
    the disk is full: nothing is left then.
    """
    folder = os.path.join(config.root, moves.FOLDER)
    coming, gone = os.path.join(folder, "next"), os.path.join(folder, "gone")
    _remove(coming)
    _remove(gone)
    try:
        os.makedirs(coming, mode=0o700)
        token = _staged(coming, release, site, config, edits, replace, notes)
    except BaseException:
        _remove(coming)
        raise
    if os.path.isdir(moves.work(config.root)):
        os.rename(moves.work(config.root), gone)  # whole or not at all: nobody goes back to a part
    os.rename(coming, moves.work(config.root))
    _remove(gone)
    return token


def _staged(
    coming: str, release: Release, site: Manifest, config: Config, edits: list[Change],
    replace: Collection[str], notes: Mapping[str, Any],
) -> str:
    changed = {edit.name: edit for edit in edits}
    put: list[str] = []
    remove: list[str] = []
    for name in sorted(release.changed):
        edit = changed.get(name)
        if edit is None:
            if not _is_there(name, release.manifest, config):
                put.append(_new(coming, release, name, name))
        elif edit.core or name in replace:
            put += _aside(coming, edit, config)
            put.append(_new(coming, release, name, name))
        elif edit.kind != DELETED:
            put.append(_new(coming, release, name, name + BESIDE))
    for name in sorted(release.removed):
        edit = changed.get(name)
        if edit is None or edit.core or name in replace:
            put += _aside(coming, edit, config) if edit else []
            if os.path.lexists(place(config, name)):
                remove.append(name)
    put.append("private/" + manifests.NAME)       # the last: what it says is there then
    _write(os.path.join(coming, "new", put[-1]), release.manifest.text().encode())
    os.chmod(os.path.join(coming, "new", put[-1]), 0o644)
    plan = {
        **notes, "format": moves.FORMAT, "zip": release.path, "put": put,
        "from": [site.version, site.release],
        "to": [release.manifest.version, release.manifest.release],
        "roots": {"private": config.root, "public": config.htdocs}, "remove": remove,
    }
    plan["was"] = [name for name in put + remove if _kept(coming, plan, name)]
    plan["folders"] = _folders(plan)
    plan["kept"] = [edit.name for edit in edits if _stays(edit, replace)]
    _write(os.path.join(coming, "plan.json"), json.dumps(plan).encode())
    token = os.urandom(16).hex()
    _write(os.path.join(coming, "token"), hashlib.sha256(token.encode()).hexdigest().encode())
    shutil.copyfile(str(moves.__file__), os.path.join(coming, "moves.py"))
    for name in ("tries.0", "state.staged"):
        _write(os.path.join(coming, name), b"")
    return token


def _stays(edit: Change, replace: Collection[str]) -> bool:
    """Whether the new version is put beside the owner's."""
    return edit.kind in (EDITED, OWN) and not edit.core and edit.name not in replace


def _is_there(name: str, new: Manifest, config: Config) -> bool:
    """Whether the site has the new file already, byte for byte, and with its mode."""
    path, entry = place(config, name), new.files[name]
    try:
        return (not os.path.islink(path) and manifests.sha256_of(path) == entry.sha256
                and os.stat(path).st_mode & 0o777 == int(entry.mode, 8))
    except OSError:
        return False


def _new(coming: str, release: Release, name: str, target: str) -> str:
    """Unpack a file of the release to where it waits to be put at `target`."""
    entry = release.manifest.files[name]
    release.archive.extract(
        name, os.path.join(coming, "new", target), entry.sha256, int(entry.mode, 8))
    return target


def _aside(coming: str, edit: Change, config: Config) -> list[str]:
    """Copy the owner's version to where it waits to be put beside the new one."""
    source = place(config, edit.name)
    if edit.kind == DELETED or not os.path.isfile(source):
        return []
    target = edit.name + ASIDE
    path = os.path.join(coming, "new", target)
    with open(source, "rb") as file:
        _write(path, file.read())
    os.chmod(path, 0o644)
    return [target]


def _kept(coming: str, plan: Any, name: str) -> bool:
    """Keep what is at a place that something is put at; False where nothing is."""
    path, old = moves.path(plan, name), os.path.join(coming, "old", name)
    if not os.path.lexists(path):
        return False
    os.makedirs(os.path.dirname(old), mode=0o700, exist_ok=True)
    try:
        os.link(path, old, follow_symlinks=False)
    except OSError:                               # htdocs/ on another disk, a disk without links
        shutil.copy2(path, old, follow_symlinks=False)
    return True


def _folders(plan: Any) -> list[str]:
    """The folders that are not there yet, each after the one that it is in."""
    found = set()
    for name in plan["put"]:
        folder = os.path.dirname(moves.path(plan, name))
        while not os.path.isdir(folder):
            found.add(folder)
            folder = os.path.dirname(folder)
    return sorted(found)


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _remove(folder: str) -> None:
    if os.path.isdir(folder):
        shutil.rmtree(folder)
