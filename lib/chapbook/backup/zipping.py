"""A zip file that grows in several requests: one that was killed costs what it had added alone.

A zip file ends with its directory, over which what is added later is written. So each directory is
kept beside the file by a number, and whoever goes on says from which.
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
    """The file at `path`, as it was when the directory of this number was written; 0: anew."""

    def __init__(self, path: str, moment: int, number: int) -> None:
        import time

        self._path, self._number = path, number
        self._date = max(time.gmtime(moment)[:6], (1980, 1, 1, 0, 0, 0))
        if number:
            self._mend()
        else:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        self._zip = ZipFile(path, "a")

    def _mend(self) -> None:
        with open(self._kept(self._number), "rb") as file:
            start, end = int.from_bytes(file.read(8), "big"), file.read()
        with open(self._path, "r+b") as file:
            file.seek(start)
            file.write(end)
            file.truncate()

    def _kept(self, number: int) -> str:
        return f"{self._path}.{number}"

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

    def close(self) -> int:
        """Write the directory, keep a copy of it, and have both on the disk; the copy's number.

        The copy before it is deleted by the next one, when the state knows of this one.
        """
        start = self._zip.start_dir
        self._zip.close()
        with open(self._path, "r+b") as file:
            os.fsync(file.fileno())
            file.seek(start)
            end = file.read()
        number = self._number + 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with open(os.open(self._kept(number), flags, 0o600), "wb") as file:
            file.write(start.to_bytes(8, "big") + end)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(self._kept(number - 2)):
            os.unlink(self._kept(number - 2))
        return number

    def abandon(self) -> None:
        """Let go of the file after an error; the next one mends it."""
        setattr(self._zip, "_didModify", False)   # or it would write a directory now
        self._zip.close()

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._date)
        info.create_system = 3                    # Unix: the mode below is meant
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        return info
