"""A zip file that grows in several requests: one that was killed costs what it had added alone.

A zip file ends with its directory, over which what is added later is written. So the directory is
kept beside the file, and put back where it was lost.
"""
from __future__ import annotations

import os
import stat
import zlib
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

PIECE = 1 << 20               # bytes that are read at once
# What unfolds to more is stored as it is: readers refuse files that unfold to far more than they
# are, and what visitors send must not make a backup one of them.
RATIO = 100
LARGE = 1 << 31               # bytes from which a member is written in the form for large ones


class Growing:
    """The file at `path`, as it was when it was last closed; made where it is missing."""

    def __init__(self, path: str, moment: int) -> None:
        import time

        self._path, self._kept = path, path + ".end"
        self._date = max(time.gmtime(moment)[:6], (1980, 1, 1, 0, 0, 0))
        self._mend()
        if not os.path.exists(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._zip = ZipFile(path, "a")

    def _mend(self) -> None:
        try:
            with open(self._kept, "rb") as file:
                start, end = int.from_bytes(file.read(8), "big"), file.read()
        except FileNotFoundError:
            if os.path.exists(self._path):
                os.unlink(self._path)
            return
        with open(self._path, "r+b") as file:
            file.seek(start)
            file.write(end)
            file.truncate()

    def add(self, name: str, data: bytes) -> str:
        """Add a member; its SHA-256."""
        packs = len(zlib.compress(data, 1)) * RATIO > len(data)
        info = self._info(name)
        info.compress_type = ZIP_DEFLATED if packs else ZIP_STORED
        self._zip.writestr(info, data)
        return sha256(data).hexdigest()

    def add_file(self, name: str, path: str) -> str:
        """Add a file as it is; its SHA-256. Most uploads are packed already."""
        found = sha256()
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            info = self._info(name)
            info.file_size = os.fstat(file.fileno()).st_size
            with self._zip.open(info, "w", force_zip64=info.file_size > LARGE) as member:
                while piece := file.read(PIECE):
                    found.update(piece)
                    member.write(piece)
        return found.hexdigest()

    def close(self) -> None:
        """Write the directory, keep a copy of it, and have both on the disk."""
        start = self._zip.start_dir
        self._zip.close()
        with open(self._path, "r+b") as file:
            os.fsync(file.fileno())
            file.seek(start)
            end = file.read()
        new = self._kept + ".new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(start.to_bytes(8, "big") + end)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._kept)

    def abandon(self) -> None:
        """Let go of the file after an error; the next one mends it."""
        setattr(self._zip, "_didModify", False)   # or it would write a directory now
        self._zip.close()

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._date)
        info.create_system = 3                    # Unix: the mode below is meant
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        return info
