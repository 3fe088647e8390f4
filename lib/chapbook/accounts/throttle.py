"""Limits on trying: so many at once, then one more every so often, counted in the database.

Each limit of each person or network is one moment, `free_at`: when all that was spent will have
come back. To try is one conditional UPDATE that moves it on, so a hundred at once get no more than
one after the other would. Nobody is locked out for good: whoever waits has a turn again.
"""
from __future__ import annotations

import time
from contextlib import contextmanager

from .. import signing
from ..db import connect
from ..errors import Duplicate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config
    from ..db import Database

BATCH = 500                   # rows that a sweep deletes at most
KNOWN_FOR = 30 * 86400        # seconds that a network counts as somebody's own


class Limit:
    """`burst` tries at once, and one more every `every` seconds; `what` tells it from others."""

    __slots__ = ("what", "burst", "every")

    def __init__(self, what: str, burst: int, every: int) -> None:
        self.what, self.burst, self.every = what, burst, every


# A network's tries at any account; one account's tries from networks that are not known to it, and
# from one that is; codes of a second factor, of which there are only a million.
NETWORK = Limit("network", 10, 30)
ACCOUNT = Limit("account", 10, 120)
AT_HOME = Limit("at home", 10, 120)
CODE = Limit("code", 5, 600)
NOTED = Limit("noted", 1, 600)


_FREE_AT = "SELECT free_at FROM throttle WHERE name = :name"


@contextmanager
def apart(db: Database) -> Iterator[Database]:
    """A database whose writes stay, whatever becomes of the transaction that the caller is in.

    What was counted must not be undone by the error page that follows. Where the caller has begun
    to write already, the same database: SQLite has one writer at a time. Then the writes stay only
    if the caller's do.
    """
    if db.has_begun:
        yield db
        return
    with connect(db.config) as own:
        yield own


def spend(db: Database, tries: list[tuple[Limit, str]], now: int | None = None) -> int:
    """0 where each of the limits, in their order, had a try left, which is spent; else the seconds
    until the first that had none has one again. What came before that one is spent.

    A transaction of its own, or part of the caller's.
    """
    # Looked for first, and outside: an INSERT that finds its key taken holds on to a lock that two
    # such hold, and neither could go on to the UPDATE.
    rows = [(limit, _name(db.config, limit.what, key)) for limit, key in tries]
    there = {name for _, name in rows if db.value(_FREE_AT, name=name) is not None}
    return db.transact(_spend, db, rows, there, _now(now))


def give_back(db: Database, tries: list[tuple[Limit, str]]) -> None:
    """Undo a `spend`: of a try that was right."""
    db.transact(_give_back, db, tries)


def know(db: Database, person: str, network: str, now: int | None = None) -> None:
    """Remember for 30 days that this network is one where this person signs in.

    Strangers who use up the tries of an account then do not keep its owner out.
    """
    name = _name(db.config, "known", f"{person}\n{network}")
    db.transact(_know, db, name, _now(now) + KNOWN_FOR)


def is_known(db: Database, person: str, network: str, now: int | None = None) -> bool:
    """Whether this person has signed in from this network within 30 days."""
    now = _now(now)
    free_at = db.value(_FREE_AT, name=_name(db.config, "known", f"{person}\n{network}"))
    return free_at is not None and now < free_at <= now + 2 * KNOWN_FOR


def sweep(db: Database, now: int | None = None, most: int = BATCH) -> int:
    """Delete some of the rows that mean nothing any more, at most 500; how many those were."""
    now = _now(now)
    # What seems to be from a far future was written by a clock that was wrong.
    latest = now + 2 * KNOWN_FOR
    rows = db.all("SELECT name FROM throttle WHERE free_at < :now ORDER BY free_at, name"
                  " LIMIT :most", now=now, most=most)
    rows += db.all("SELECT name FROM throttle WHERE free_at > :latest ORDER BY free_at, name"
                   " LIMIT :most", latest=latest, most=most - len(rows))
    for row in rows:
        db.run("DELETE FROM throttle WHERE name = :name AND (free_at < :now OR free_at > :latest)",
               name=row.name, now=now, latest=latest)
    return len(rows)


def _spend(db: Database, rows: list[tuple[Limit, str]], there: set[str], now: int) -> int:
    for limit, name in rows:
        most = limit.burst * limit.every
        if not (name not in there and _begin(db, name, limit, now)
                or _move(db, name, limit, most, now)):
            free_at = db.value(_FREE_AT, name=name) or now
            return max(1, free_at - (now + most - limit.every))
    return 0


def _begin(db: Database, name: str, limit: Limit, now: int) -> bool:
    try:
        db.run("INSERT INTO throttle (name, free_at) VALUES (:name, :free_at)",
               name=name, free_at=now + limit.every)
    except Duplicate:
        return False                          # another's, a moment ago
    return True


def _move(db: Database, name: str, limit: Limit, most: int, now: int) -> bool:
    # Beyond `most` no honest clock can have put it: the clock was set back, and it starts anew.
    return bool(db.run(
        "UPDATE throttle SET free_at ="
        " CASE WHEN free_at > :now AND free_at <= :now + :most THEN free_at ELSE :now END + :every"
        " WHERE name = :name AND (free_at <= :now + :most - :every OR free_at > :now + :most)",
        name=name, now=now, most=most, every=limit.every))


def _give_back(db: Database, tries: list[tuple[Limit, str]]) -> None:
    for limit, key in tries:
        db.run("UPDATE throttle SET free_at = free_at - :every WHERE name = :name",
               name=_name(db.config, limit.what, key), every=limit.every)


def _know(db: Database, name: str, until: int) -> None:
    if db.run("UPDATE throttle SET free_at = :until WHERE name = :name", name=name, until=until):
        return
    try:
        db.run("INSERT INTO throttle (name, free_at) VALUES (:name, :until)",
               name=name, until=until)
    except Duplicate:
        pass                                  # another of their browsers, a moment ago


def _name(config: Config, what: str, key: str) -> str:
    """The row's name: whose it is can be told by this site's secret alone."""
    text = f"{what}\n{key}".encode("utf-8", "surrogatepass")
    return signing.mac(signing.key(config, "throttle"), text).hex()


def _now(now: int | None) -> int:
    return int(time.time()) if now is None else now
