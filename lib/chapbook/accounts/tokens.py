"""Tokens that are mailed: to confirm an address, set a new password, accept an invitation.

A token is 256 random bits, kept as its SHA-256. It is for one purpose, for so long, and once: to
take it is one conditional UPDATE. A newer one for the same purpose replaces it. Moments are Unix
seconds; `now` is another one for tests.
"""
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database, Row

HOUR, DAY = 3600, 86400

# What tokens are for, and the seconds that each lives. An address is changed when both know of it:
# `change` goes to the new address, `allow` to the one on file.
LIVES = {
    "confirm": 3 * DAY, "reset": HOUR, "invite": 14 * DAY, "change": DAY, "allow": DAY,
}
SIZE = 43                     # characters
BATCH = 500                   # rows that a sweep deletes at most
TOO_NEW = 300                 # seconds that the clocks of two machines may differ

_VALID = (" token_hash = :hash AND purpose = :purpose AND used_at IS NULL"
          " AND expires_at > :now AND made_at <= :newest")


def make(
    db: Database, purpose: str, account_id: int | None = None, *, about: str = "", role: str = "",
    now: int | None = None,
) -> str:
    """A new token, to be put into a link and forgotten; older ones for the same are spoilt.

    `about` is the new address for `change` and `allow`, or the key of that of the guest for
    `invite`, which has no account yet and a `role` for the one to come. KeyError for an unknown
    purpose.
    """
    now = _now(now)
    lives = LIVES[purpose]
    if account_id is None:
        if not about:
            raise ValueError("a token is for an account, or about an address")
        db.run("DELETE FROM account_token"
               " WHERE account_id IS NULL AND about = :about AND purpose = :purpose",
               about=about, purpose=purpose)
    else:
        db.run("DELETE FROM account_token WHERE account_id = :id AND purpose = :purpose",
               id=account_id, purpose=purpose)
    token = _random()
    db.run(
        "INSERT INTO account_token (token_hash, purpose, account_id, about, role, made_at,"
        " expires_at) VALUES (:hash, :purpose, :id, :about, :role, :now, :expires_at)",
        hash=hashed(token), purpose=purpose, id=account_id, about=about, role=role, now=now,
        expires_at=now + lives)
    return token


def look(db: Database, purpose: str, token: str, now: int | None = None) -> Row | None:
    """What a token that can still be taken is for: account_id, about, role. It uses nothing up."""
    now = _now(now)
    if len(token) != SIZE:
        return None
    return db.one(
        "SELECT account_id, about, role FROM account_token WHERE" + _VALID,
        hash=hashed(token), purpose=purpose, now=now, newest=now + TOO_NEW)


def take(db: Database, purpose: str, token: str, now: int | None = None) -> Row | None:
    """The same, and the token is used up; of two that come with it at once, one gets the row."""
    now = _now(now)
    if len(token) != SIZE or not db.run(
        "UPDATE account_token SET used_at = :now WHERE" + _VALID,
        hash=hashed(token), purpose=purpose, now=now, newest=now + TOO_NEW,
    ):
        return None
    return db.one("SELECT account_id, about, role FROM account_token WHERE token_hash = :hash",
                  hash=hashed(token))


def spoil(db: Database, account_id: int) -> int:
    """Make all tokens of an account worthless; how many there were."""
    return db.run("DELETE FROM account_token WHERE account_id = :id", id=account_id)


def invitations(db: Database, most: int = 200, now: int | None = None) -> list[Row]:
    """Who is invited and has not come yet, newest first: about (an address's key), role, made_at,
    expires_at."""
    return db.all(
        "SELECT about, role, made_at, expires_at FROM account_token WHERE purpose = 'invite'"
        " AND account_id IS NULL AND used_at IS NULL AND expires_at > :now"
        " ORDER BY expires_at DESC, token_hash LIMIT :most", now=_now(now), most=most)


def withdraw(db: Database, about: str) -> bool:
    """Make the invitation of an address (its key) worthless; whether there was one to be taken."""
    return bool(db.run(
        "DELETE FROM account_token WHERE purpose = 'invite' AND account_id IS NULL"
        " AND about = :about AND used_at IS NULL", about=about))


def sweep(db: Database, now: int | None = None) -> int:
    """Delete some of those whose time is over, at most 500; how many those were."""
    rows = db.all("SELECT token_hash FROM account_token WHERE expires_at < :before"
                  " ORDER BY expires_at, token_hash LIMIT :most",
                  before=_now(now) - DAY, most=BATCH)
    for row in rows:
        db.run("DELETE FROM account_token WHERE token_hash = :hash", hash=row.token_hash)
    return len(rows)


def hashed(token: str) -> str:
    """What is kept of a token."""
    import hashlib

    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _random() -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(os.urandom(32)).decode("ascii").rstrip("=")


def _now(now: int | None) -> int:
    return int(time.time()) if now is None else now
