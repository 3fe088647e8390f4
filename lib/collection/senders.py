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
