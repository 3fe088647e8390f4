"""The keys to the inbox: links that sign in once, and the sessions that they open.

A key and a session's token are 256 random bits each, so that guessing needs no throttle. The
database has their SHA-256 alone. Moments are Unix seconds; `now` is another one for tests. What
was made in the future, as after a clock was set back, opens nothing for long.
"""
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database

KEY_LIVES = 15 * 60           # seconds from when a link is made until it opens nothing any more
IDLE_MOST = 2 * 3600          # seconds between two visits
SESSION_MOST = 12 * 3600      # seconds from signing in, however busy
NOTED_EVERY = 5 * 60          # seconds: a visit sooner after the last is not written down


def make(db: Database, now: int | None = None) -> str:
    """A new key, good for one sign-in within 15 minutes; forgets what has run out."""
    now = _now(now)
    key = _random()
    db.run("DELETE FROM doorkey WHERE made_at < :then", then=now - 86400)
    db.run("DELETE FROM doorkey_session WHERE opened_at <= :then OR seen_at <= :idle",
           then=now - SESSION_MOST, idle=now - IDLE_MOST)
    db.run("INSERT INTO doorkey (key_hash, made_at, used_at) VALUES (:hash, :now, NULL)",
           hash=_hash(key), now=now)
    return key


def fits(db: Database, key: str, now: int | None = None) -> bool:
    """Whether this key would open; asking does not use it up."""
    now = _now(now)
    return bool(db.value(
        "SELECT COUNT(*) FROM doorkey"
        " WHERE key_hash = :hash AND used_at IS NULL AND made_at > :oldest AND made_at <= :newest",
        hash=_hash(key), oldest=now - KEY_LIVES, newest=now + KEY_LIVES,
    ))


def enter(db: Database, key: str, now: int | None = None) -> str | None:
    """The token of a new session in exchange for a key, or None for one that does not fit.

    Of two that come with the same key at once, one gets a session.
    """
    now = _now(now)
    taken = db.run(
        "UPDATE doorkey SET used_at = :now"
        " WHERE key_hash = :hash AND used_at IS NULL AND made_at > :oldest AND made_at <= :newest",
        now=now, hash=_hash(key), oldest=now - KEY_LIVES, newest=now + KEY_LIVES,
    )
    if not taken:
        return None
    token = _random()
    db.run("INSERT INTO doorkey_session (token_hash, opened_at, seen_at)"
           " VALUES (:hash, :now, :now)", hash=_hash(token), now=now)
    return token


def is_open(db: Database, token: str, now: int | None = None) -> bool:
    """Whether this is the token of a session that is neither too old nor idle for too long.

    Now and then it writes down that the session is still in use, in a transaction of its own or as
    part of the caller's. Where nothing can be written at the moment, the session is open all the
    same.
    """
    now = _now(now)
    found = db.one(
        "SELECT token_hash, seen_at FROM doorkey_session"
        " WHERE token_hash = :hash AND opened_at > :oldest AND opened_at <= :newest"
        " AND seen_at > :idle",
        hash=_hash(token), oldest=now - SESSION_MOST, newest=now + IDLE_MOST, idle=now - IDLE_MOST,
    )
    if found is None:
        return False
    if now - found.seen_at >= NOTED_EVERY:
        _note(db, found.token_hash, now)
    return True


def leave(db: Database, token: str) -> None:
    """End a session: its token opens nothing any more."""
    db.run("DELETE FROM doorkey_session WHERE token_hash = :hash", hash=_hash(token))


def lock(db: Database) -> int:
    """End all sessions and spoil all links; how many sessions there were."""
    db.run("DELETE FROM doorkey")
    return db.run("DELETE FROM doorkey_session")


def _note(db: Database, token_hash: str, now: int) -> None:
    from chapbook.errors import HTTPError

    try:
        with db.transaction():
            db.run("UPDATE doorkey_session SET seen_at = :now"
                   " WHERE token_hash = :hash AND seen_at < :now", now=now, hash=token_hash)
    except HTTPError:
        pass                                  # a database that only reads at the moment, or is busy


def _random() -> str:
    """256 random bits in letters, digits, - and _."""
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(os.urandom(32)).decode("ascii").rstrip("=")


def _hash(key: str) -> str:
    import hashlib

    return hashlib.sha256(key.encode("utf-8")).hexdigest()


def _now(now: int | None) -> int:
    return int(time.time()) if now is None else now
