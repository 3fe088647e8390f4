"""Who sends, without keeping it: addresses as hashes with a random salt that lives two days.

While the salt is there, posts of one address can be counted; when it is gone nobody can tell any
more whose hash it was.
"""
from __future__ import annotations

import os

from chapbook.errors import Duplicate
from chapbook.signing import blake2b

from .counters import DAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database

_SALT = "SELECT salt FROM sender_salt WHERE day = :day"
# What another transaction has kept since ours began to read: MySQL shows it to a locking read.
_NEW_SALT = {"sqlite": _SALT, "mysql": _SALT + " LOCK IN SHARE MODE"}


def salt(db: Database, now: int) -> bytes:
    """The salt of the day, made at its first use; inside a transaction."""
    day = now // DAY
    known = db.value(_SALT, day=day)
    if known is None:
        known = os.urandom(32).hex()
        try:
            db.run("INSERT INTO sender_salt (day, salt) VALUES (:day, :salt)", day=day, salt=known)
        except Duplicate:
            known = db.value(_NEW_SALT[db.engine], day=day)
    return bytes.fromhex(known)


def hashed(salt: bytes, text: str) -> str:
    """The text's hash of this day, 64 hex digits."""
    return blake2b(text.encode("utf-8", "replace"), key=salt, digest_size=32).hexdigest()


def block(address: str) -> str:
    """What one visitor holds of addresses: one of IPv4, the 2**64 of an IPv6 network.

    IPv4 written as IPv6 is IPv4; a text that is no address is its own block.
    """
    if ":" not in address:
        return address
    head, gap, tail = address.partition("%")[0].partition("::")
    first, last = _groups(head), _groups(tail)
    missing = 8 - len(first) - len(last)
    if (missing < 1) if gap else missing:
        return address
    try:
        groups = [int(group, 16) for group in (*first, *["0"] * missing, *last)]
    except ValueError:
        return address
    if groups[:6] == [0, 0, 0, 0, 0, 0xFFFF]:
        high, low = groups[6:]
        return f"{high >> 8}.{high & 255}.{low >> 8}.{low & 255}"
    return ":".join([f"{group:x}" for group in groups[:4]]) + "::/64"


def _groups(text: str) -> list[str]:
    """The groups of a part of an IPv6 address, an IPv4 address at its end as two."""
    groups = text.split(":") if text else []
    if groups and "." in groups[-1]:
        numbers = groups.pop().split(".")
        if len(numbers) == 4 and all(number.isascii() and number.isdigit() for number in numbers):
            a, b, c, d = map(int, numbers)
            groups += [f"{a << 8 | b:x}", f"{c << 8 | d:x}"]
        else:
            groups.append("not hexadecimal")
    return groups
