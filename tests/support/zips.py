"""Zip files for tests, of the kinds that a hostile person makes."""
from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

SYMLINK = stat.S_IFLNK | 0o777


def zipped(members: Mapping[str, bytes], mode: int = 0o644, method: int = zipfile.ZIP_DEFLATED,
           twice: str = "") -> bytes:
    """The members in one file; those of another mode are no plain files; `twice` comes again."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in [*members.items(), *([(twice, b"again")] if twice else [])]:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            info.create_system = 3
            file.writestr(info, data)
    return out.getvalue()


def sums(members: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of each."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}


def overlapping(count: int, size: int = 1 << 20) -> bytes:
    """Members that all have the very same packed bytes, as David Fifield's bombs do."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(size)
    packed = packer.compress(zeros) + packer.flush()
    name = b"0000"
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, zlib.crc32(zeros), len(packed),
                        size, len(name), 0) + name + packed
    directory = b"".join(struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, zlib.crc32(zeros), len(packed), size, 4, 0,
        0, 0, 0, 0, 0) + b"%04d" % number for number in range(count))
    return local + directory + struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(local), 0)


def lying(data: bytes, field: int, value: bytes) -> bytes:
    """The file with other bytes in the first entry of its directory, from an offset in it on."""
    at = data.index(b"PK\1\2") + field
    return data[:at] + value + data[at + len(value):]
