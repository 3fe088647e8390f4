"""The rows of sessions: found by their token, written, listed for an account, ended, swept.

A token is 256 random bits, which nobody guesses; the database has its SHA-256 alone, so who reads
the database can go on with nobody's visit. Moments are Unix seconds, in whole ones.
"""
from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from ..db import Database, Row

TOKEN_LENGTH = 43             # of 32 bytes in base64
SWEPT_AT_ONCE = 500           # rows
MOST_SHOWN = 100              # sessions of one account
AGENT_LENGTH = 200            # characters

_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def now() -> int:
    """The moment."""
    return int(time.time())


def new_token() -> str:
    """256 random bits in letters, digits, - and _."""
    from binascii import b2a_base64

    text = b2a_base64(os.urandom(32), newline=False).decode("ascii")
    return text.translate({ord("+"): "-", ord("/"): "_", ord("="): None})


def is_token(text: str) -> bool:
    """Whether this could be one of our tokens, and is worth a look into the database."""
    return len(text) == TOKEN_LENGTH and _LETTERS.issuperset(text)


def find(db: Database, token: str) -> Row | None:
    """The row of a token; None where there is none, or it is idle for too long, or too old."""
    row = db.one(
        "SELECT id, token_hash, account_id, data, version, created_at, seen_at, remember"
        " FROM session WHERE token_hash = :hash", hash=_hash(token))
    return row if row is not None and is_live(db.config, row, now()) else None


def account_of(db: Database, token: str) -> int | None:
    """Whose session a token was, though it has ended by its time; None where nobody knows."""
    found: int | None = db.value("SELECT account_id FROM session WHERE token_hash = :hash",
                                 hash=_hash(token))
    return found


def is_live(config: Config, row: Row, moment: int) -> bool:
    """Whether somebody can go on with a session.

    One from the future, as after a clock was set back, can be gone on with only if it is from the
    near future: else it would outlive its limits by as much.
    """
    newest = moment + config.session.idle
    return (max(row.created_at, row.seen_at) <= newest
            and moment < _ends_at(config, row.created_at, row.seen_at, row.remember))


def insert(
    db: Database, token: str, data: str, account_id: int | None, remember: bool, agent: str
) -> None:
    """A new row, whose time begins now."""
    moment = now()
    db.run(
        "INSERT INTO session (token_hash, account_id, data, created_at, seen_at, ends_at, remember,"
        " agent) VALUES (:hash, :account, :data, :now, :now, :ends, :remember, :agent)",
        hash=_hash(token), account=account_id, data=data, now=moment, remember=remember,
        ends=_ends_at(db.config, moment, moment, remember), agent=agent)


def change(db: Database, row: Row, data: str | None, token: str = "") -> bool:
    """Put other data into a row, or delete it for None; whether it still was as `row` has it.

    A `token` takes the place of the one before.
    """
    if data is None:
        return bool(db.run(
            "DELETE FROM session WHERE id = :id AND token_hash = :hash AND version = :version",
            id=row.id, hash=row.token_hash, version=row.version))
    moment = now()
    return bool(db.run(
        "UPDATE session SET data = :data, token_hash = :new_hash, version = version + 1,"
        " seen_at = :now, ends_at = :ends"
        " WHERE id = :id AND token_hash = :hash AND version = :version",
        data=data, new_hash=_hash(token) if token else row.token_hash, now=moment,
        ends=_ends_at(db.config, row.created_at, moment, row.remember),
        id=row.id, hash=row.token_hash, version=row.version))


def held(db: Database, row: Row) -> Row | None:
    """The row as it is at this moment, locked for this transaction; None if it is gone."""
    # MySQL shows a transaction the past, but for what it has written itself.
    if not db.run("UPDATE session SET version = version + 1 WHERE id = :id AND token_hash = :hash",
                  id=row.id, hash=row.token_hash):
        return None
    return db.one(
        "SELECT id, token_hash, account_id, data, version, created_at, seen_at, remember"
        " FROM session WHERE id = :id", id=row.id)


def note(db: Database, row: Row) -> None:
    """Note that the session is in use, unless another request has just done so."""
    moment = now()
    db.run("UPDATE session SET seen_at = :now, ends_at = :ends"
           " WHERE id = :id AND token_hash = :hash AND seen_at = :seen",
           id=row.id, hash=row.token_hash, seen=row.seen_at, now=moment,
           ends=_ends_at(db.config, row.created_at, moment, row.remember))


def remove(db: Database, row: Row) -> None:
    """Delete a row, whatever it has become."""
    db.run("DELETE FROM session WHERE id = :id", id=row.id)


def of_account(db: Database, account_id: int) -> list[Row]:
    """The sessions of an account that can be gone on with, the newest first, 100 at the most."""
    moment = now()
    return [row for row in db.all(
        "SELECT id, created_at, seen_at, remember, agent FROM session"
        " WHERE account_id = :account ORDER BY id DESC LIMIT :most",
        account=account_id, most=MOST_SHOWN) if is_live(db.config, row, moment)]


def revoke(db: Database, account_id: int, id: int) -> bool:
    """End one session of an account; whether the account had it."""
    return bool(db.run("DELETE FROM session WHERE id = :id AND account_id = :account",
                       id=id, account=account_id))


def end_all(db: Database, account_id: int, but: int | None = None) -> int:
    """End all sessions of an account; how many those were.

    `but` is the id of one that stays: `request.session.id`.
    """
    return db.run("DELETE FROM session WHERE account_id = :account AND id <> :but",
                  account=account_id, but=0 if but is None else but)


def sweep(db: Database, most: int = SWEPT_AT_ONCE) -> int:
    """Delete sessions that have ended, a few at a time; how many there were to be deleted."""
    moment = now()
    # What seems to be from a far future was written by a clock that was wrong.
    latest = moment + int(max(vars(db.config.session).values())) + 86400
    rows = db.all("SELECT id FROM session WHERE ends_at <= :now ORDER BY ends_at, id LIMIT :most",
                  now=moment, most=most)
    rows += db.all("SELECT id FROM session WHERE ends_at > :latest ORDER BY ends_at, id"
                   " LIMIT :most", latest=latest, most=most - len(rows))
    for row in rows:
        db.run("DELETE FROM session WHERE id = :id AND (ends_at <= :now OR ends_at > :latest)",
               id=row.id, now=moment, latest=latest)
    return len(rows)


def _ends_at(config: Config, created_at: int, seen_at: int, remember: int) -> int:
    limits = config.session
    if remember:
        return created_at + int(limits.remember)
    return min(seen_at + int(limits.idle), created_at + int(limits.absolute))


def _hash(token: str) -> str:
    try:                                      # hashlib has it too, and 4 ms of OpenSSL before it
        from _sha256 import sha256            # type: ignore[import-not-found,unused-ignore]
    except ImportError:                       # Python 3.12 and later call it otherwise
        try:
            from _sha2 import sha256          # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            from hashlib import sha256
    return str(sha256(token.encode("ascii")).hexdigest())
