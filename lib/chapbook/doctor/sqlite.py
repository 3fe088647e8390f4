"""SQLite: the file is whole, on a disk of this machine, and can be read while it is written."""
from __future__ import annotations

import os

from ..errors import HTTPError
from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..db import Database
    from .place import Place

MOUNTS = "/proc/self/mounts"
NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "9p",
    "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs",
})


def has_a_write_ahead_log(place: Place) -> Iterator[Finding]:
    """Visitors can read while another one writes."""
    mode = str(_db(place).value("PRAGMA journal_mode"))
    if mode != "wal":
        yield Finding(
            "sqlite-journal",
            f"While one visitor's form is stored, all others must wait: the database works in the "
            f"mode {mode!r} instead of 'wal'. The disk it is on may not know that.",
            "Put the file on a disk of this machine ([database] file in site.ini), or change to "
            "MySQL.")


def is_on_a_disk_of_ours(place: Place) -> Iterator[Finding]:
    """The file is not on a network disk, where locks of files may not hold."""
    kind = file_system(place.config.path(place.config.database.file))
    if kind in NETWORK:
        yield Finding(
            "sqlite-network",
            f"The database is on a network disk ({kind}), where two visitors at once can spoil it.",
            "Ask your host for a folder on a local disk and name it in site.ini, below [database]: "
            "file = ...; or change to MySQL.")


def is_whole(place: Place) -> Iterator[Finding]:
    """No part of the file is damaged, and no row points to one that is not there."""
    db = _db(place)
    try:
        said = str(db.value("PRAGMA quick_check(1)"))
    except HTTPError as error:
        if "was stopped by" in error.detail:
            return                                # too large to be looked at while visitors wait
        said = error.detail
    if said != "ok":
        yield Finding(
            "sqlite-damaged",
            f"The database file is damaged: {said}",
            f"Keep a copy of '{place.config.path(place.config.database.file)}', then put back the "
            "newest backup.")
        return
    tables = sorted({str(next(iter(row.values()))) for row in
                     db.all("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")})
    if tables:
        yield Finding(
            "sqlite-links",
            f"Rows belong to others that are gone, in: {', '.join(tables)}. Somebody has changed "
            "the database by another program.",
            "Put back the newest backup; or in sqlite3, PRAGMA foreign_key_check; names the rows "
            "that must be deleted.")


def file_system(path: str) -> str:
    """The kind of file system that a path is on, such as ext4; empty where nobody can tell."""
    best, kind = -1, ""
    path = os.path.realpath(path)
    try:
        with open(MOUNTS, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        return ""
    for line in lines:
        words = line.split(" ")
        if len(words) < 3:
            continue
        top = words[1].replace("\\040", " ").rstrip("/")
        if (path + "/").startswith(top + "/") and len(top) >= best:
            best, kind = len(top), words[2]
    return kind


def _db(place: Place) -> Database:
    assert place.db is not None
    return place.db


CHECKS = (has_a_write_ahead_log, is_on_a_disk_of_ours)
THOROUGH = (is_whole,)
