"""Recovery codes: ten, each good for one sign-in where the second factor is lost.

A code is 80 random bits in letters and digits that are not taken for one another, kept as its
SHA-256.
"""
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database

COUNT = 10
SIZE = 16                     # letters and digits
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"            # Crockford's base 32
_MEANT = str.maketrans("oil", "011", " -\t")


def make(db: Database, account_id: int) -> list[str]:
    """Ten new codes, to be shown once; those before them are worthless."""
    db.run("DELETE FROM recovery_code WHERE account_id = :id", id=account_id)
    codes = []
    for _ in range(COUNT):
        letters = "".join([_ALPHABET[byte & 31] for byte in os.urandom(SIZE)])
        db.run("INSERT INTO recovery_code (account_id, code_hash) VALUES (:id, :hash)",
               id=account_id, hash=_hash(account_id, letters))
        codes.append("-".join([letters[at:at + 4] for at in range(0, SIZE, 4)]))
    return codes


def use(db: Database, account_id: int, code: str, now: int | None = None) -> bool:
    """Whether it is a code of this account that was not used before; now it is.

    Capital letters, spaces, and `o` for `0` or `l` and `i` for `1` do not matter.
    """
    letters = read(code)
    return letters is not None and bool(db.run(
        "UPDATE recovery_code SET used_at = :now"
        " WHERE account_id = :id AND code_hash = :hash AND used_at IS NULL",
        id=account_id, hash=_hash(account_id, letters),
        now=int(time.time()) if now is None else now))


def left(db: Database, account_id: int) -> int:
    """How many codes are still good."""
    return int(db.value("SELECT COUNT(*) FROM recovery_code"
                        " WHERE account_id = :id AND used_at IS NULL", id=account_id))


def forget(db: Database, account_id: int) -> None:
    """Make all codes of an account worthless."""
    db.run("DELETE FROM recovery_code WHERE account_id = :id", id=account_id)


def read(text: str) -> str | None:
    """The letters of a code as somebody typed it; None for what is none."""
    if len(text) > 4 * SIZE:
        return None
    letters = text.lower().translate(_MEANT)
    return letters if len(letters) == SIZE and set(letters) <= set(_ALPHABET) else None


def _hash(account_id: int, letters: str) -> str:
    import hashlib

    return hashlib.sha256(f"{account_id}:{letters}".encode()).hexdigest()
