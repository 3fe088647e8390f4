"""A zip file from outside, read safely: everything is checked before anything of it is used.

    with Archive(path) as archive:            # its directory is checked here
        archive.verify(sums)                  # each member's SHA-256, and that there are no others
        archive.extract("files/a.png", target, sums["files/a.png"])

A file of somebody else is refused whole: BadArchive says why in a sentence. What it could do wrong:
lead out of the folder (`../`, absolute names, links), hold a name twice, unfold to far more than it
seems (bombs, members that share bytes), be cut off, or be another file than the one that was made.
Members are read in pieces; only the directory is held in memory, about 1 KB for each of them.
"""
from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType
    from typing import BinaryIO
    from zipfile import ZipFile, ZipInfo

PIECE = 1 << 16               # bytes that are read at once
LONGEST_NAME, LONGEST_PART = 1000, 255           # bytes of UTF-8; what file systems take
ENTRY = 46 + LONGEST_NAME + 64                   # bytes of one member in the directory, at most

_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_METHODS = (0, 8)             # stored, deflated: APPNOTE.TXT 4.4.5
_ENCRYPTED, _PATCHED, _MASKED = 0x1, 0x20, 0x2000   # general purpose flags: APPNOTE.TXT 4.4.4
_BROKEN = "The file is no zip file, or it is damaged. Was it transferred whole, in binary mode? "


class BadArchive(Exception):
    """Why a file is refused, as a sentence; nothing of it was used."""


class Limits:
    """How much an archive may hold: members, bytes of one and of all, and how far it may unfold.

    `ratio` is how many bytes may come of one in the file, once all are more than `free` bytes.
    """

    __slots__ = ("members", "one", "total", "ratio", "free")

    def __init__(self, *, members: int = 100_000, one: int = 4 << 30, total: int = 64 << 30,
                 ratio: int = 200, free: int = 64 << 20) -> None:
        self.members, self.one, self.total = members, one, total
        self.ratio, self.free = ratio, free


class Archive:
    """An open zip file whose directory has been checked; a `with` block closes it.

    `sizes` has each member's bytes by its name. BadArchive for what is refused; OSError where the
    file itself cannot be read.
    """

    def __init__(self, path: str, limits: Limits | None = None) -> None:
        limits = limits or Limits()
        self.path = path
        self._file = open(path, "rb")
        try:
            with _refusing():
                _check_end(self._file, limits)
                self._zip = _opened(self._file)
                found = self._zip.infolist()
                _check_entries(found, limits, self._zip.start_dir)
        except BaseException:
            self._file.close()
            raise
        self._members = {info.filename: info for info in found if not info.is_dir()}
        self.sizes = {name: info.file_size for name, info in self._members.items()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    def pieces(self, name: str, sha256: str | None = None) -> Iterator[bytes]:
        """A member's bytes, in pieces of at most 64 KiB.

        BadArchive where there is no such member, and after the last piece where it is not whole or
        has another SHA-256 (in hexadecimal): until then nobody knows what it is.
        """
        from hashlib import sha256 as hashing

        info = self._members.get(name)
        if info is None:
            raise BadArchive(f"{shown(name)} is missing in the file: it was not put together by "
                             "Chapbook, or part of it was taken out.")
        found, left = hashing(), info.file_size
        with _refusing(name), self._zip.open(info) as member:
            while piece := member.read(PIECE):
                found.update(piece)
                left -= len(piece)
                yield piece
        if left:
            raise BadArchive(f"{shown(name)} ends too early. {_BROKEN}Transfer it again.")
        if sha256 is not None and found.hexdigest() != sha256:
            raise BadArchive(f"{shown(name)} has another check sum than the file's own list says: "
                             "it was changed after it was made, or damaged on the way. Transfer "
                             "the file again.")

    def read(self, name: str, most: int, sha256: str | None = None) -> bytes:
        """A whole member of at most so many bytes; what `pieces` raises, and for a larger one."""
        if self.sizes.get(name, 0) > most:
            raise BadArchive(f"{shown(name)} is far larger than such a file ever is: "
                             f"{self.sizes[name]} bytes.")
        return b"".join(self.pieces(name, sha256))

    def check_names(self, names: Iterable[str]) -> None:
        """Raise BadArchive unless the members are just these."""
        wanted = set(names)
        for name in sorted(self.sizes.keys() - wanted):
            raise BadArchive(f"The file holds {shown(name)}, which its own list does not have: "
                             "somebody has put something into it.")
        for name in sorted(wanted - self.sizes.keys()):
            raise BadArchive(f"{shown(name)} is in the file's own list, and missing in the file.")

    def verify(
        self, sums: Mapping[str, str], progress: Callable[[str], object] | None = None,
    ) -> None:
        """Raise BadArchive unless the members are these, each with its SHA-256 in hexadecimal.

        Every byte is read. `progress` is called with each name before it is read.
        """
        self.check_names(sums)
        for name in sorted(sums):
            if progress is not None:
                progress(name)
            for _ in self.pieces(name, sums[name]):
                pass

    def extract(
        self, name: str, path: str, sha256: str, mode: int = 0o600, durable: bool = True,
    ) -> None:
        """Write a member to a new file, with its folders (0700), and, if `durable`, to the disk.

        What `pieces` raises, after which the file is gone again. FileExistsError where something is
        there already, links included; OSError where the disk does not take it.
        """
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(target, "wb") as file:
                for piece in self.pieces(name, sha256):
                    file.write(piece)
                file.flush()
                os.fchmod(file.fileno(), mode)
                if durable:
                    os.fsync(file.fileno())
        except BaseException:
            os.unlink(path)
            raise


def shown(name: str) -> str:
    """A name from an archive as it can be shown: in quotes, at most 80 characters, no control."""
    return ascii(name if len(name) <= 80 else name[:77] + "...")


def is_safe(name: str) -> bool:
    """Whether a name leads to a file below the folder that it is unpacked into, on any system.

    It is of parts with "/" between, none of them empty, "." or "..", without control characters,
    backslashes and (drive letters, streams) colons.
    """
    try:
        whole = name.encode()
    except UnicodeEncodeError:
        return False
    return (
        0 < len(whole) <= LONGEST_NAME and name.isprintable() and "\\" not in name
        and ":" not in name and all(
            part not in ("", ".", "..") and len(part.encode()) <= LONGEST_PART
            for part in name.split("/")))


def is_sum(text: object) -> bool:
    """Whether this is a SHA-256 as hexadecimal digits, in small letters."""
    return (isinstance(text, str) and len(text) == 64
            and frozenset("0123456789abcdef").issuperset(text))


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return (text if len(text) <= 100 else text[:97] + "...") or type(error).__name__


class _refusing:
    """A `with` block in which whatever the zip reader stumbles over is a BadArchive."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        import struct
        import zipfile
        import zlib

        if isinstance(error, (
            zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError,
            ValueError, NotImplementedError, RuntimeError, IndexError, OverflowError,
        )) and not isinstance(error, BadArchive):
            where = f" ({shown(self._name)})" if self._name else ""
            raise BadArchive(f"{_BROKEN}Transfer it again. [{_words(error)}]{where}") from error


def _opened(file: BinaryIO) -> ZipFile:
    from zipfile import ZipFile

    return ZipFile(file)


def _check_end(file: BinaryIO, limits: Limits) -> None:
    """Refuse a directory that is too long to be held in memory, before it is (APPNOTE 4.3.16)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 22 - 20 - 56))
    tail: bytes = file.read()
    end = tail[-22:]
    if len(end) < 22 or end[:4] != _END or end[20:22] != b"\0\0":
        raise BadArchive(f"{_BROKEN}Transfer it again.")
    count = int.from_bytes(end[10:12], "little")
    length = int.from_bytes(end[12:16], "little")
    if tail[-42:-38] == _LOCATOR64 and tail[:4] == _END64:
        count = int.from_bytes(tail[32:40], "little")
        length = int.from_bytes(tail[40:48], "little")
    if count > limits.members or length > limits.members * ENTRY:
        raise BadArchive(f"The file holds {count} members, more than the {limits.members} that "
                         "are read.")
    file.seek(0)


def _check_entries(found: list[ZipInfo], limits: Limits, end: int) -> None:
    if len(found) > limits.members:
        raise BadArchive(f"The file holds {len(found)} members, more than the {limits.members} "
                         "that are read.")
    total = packed = 0
    for info in found:
        _check_entry(info)
        if info.file_size > limits.one:
            raise BadArchive(f"{shown(info.filename)} would unfold to {info.file_size} bytes: "
                             f"{limits.one} are the most for one file.")
        total += info.file_size
        packed += info.compress_size
    if total > limits.total:
        raise BadArchive(f"The file would unfold to {total} bytes: {limits.total} are the most.")
    if total > limits.free and total > limits.ratio * packed:
        raise BadArchive(f"The file would unfold from {packed} bytes to {total}: it was made to "
                         "fill the disk.")
    _check_places(found, end)
    names: set[str] = set()
    for info in found:
        if info.filename in names:
            raise BadArchive(f"{shown(info.filename)} is in the file twice.")
        names.add(info.filename)
    # So ordered, what is in a folder comes right after it; names have no control characters.
    ordered = sorted(name.replace("/", "\0") for name in names)
    for name, following in zip(ordered, ordered[1:]):
        if following.startswith(name + "\0"):
            raise BadArchive(f"{shown(name.replace(chr(0), '/'))} is a file and a folder at once.")


def _check_entry(info: ZipInfo) -> None:
    name = info.filename
    if info.orig_filename != name or not is_safe(name[:-1] if info.is_dir() else name):
        raise BadArchive(f"{shown(info.orig_filename)} is no name for a file of ours: it could "
                         "lead out of the folder that it is unpacked into.")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in ((0, stat.S_IFDIR) if info.is_dir() else (0, stat.S_IFREG)):
        raise BadArchive(f"{shown(name)} is a link or a device, and no file.")
    if info.is_dir() and info.file_size:
        raise BadArchive(f"{shown(name)} is a folder with content of its own.")
    if info.flag_bits & (_ENCRYPTED | _PATCHED | _MASKED):
        raise BadArchive(f"{shown(name)} is encrypted.")
    if info.compress_type not in _METHODS:
        raise BadArchive(f"{shown(name)} is packed in a way that is not read here; Chapbook packs "
                         "with deflate.")


def _check_places(found: list[ZipInfo], end: int) -> None:
    """Refuse members that share bytes: few of them would unfold to any size."""
    for info in sorted(found, key=lambda info: info.header_offset, reverse=True):
        size = 30 + len(info.filename.encode()) + info.compress_size
        if info.header_offset < 0 or info.header_offset + size > end:
            raise BadArchive(f"{shown(info.filename)} shares its bytes with another member.")
        end = info.header_offset
