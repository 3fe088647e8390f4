"""kill -9 of the pages, the web server and the database, at random, while forms are sent.

Whatever was answered with success is in the database exactly once, with its mail; nothing is there
by half. A form with a once-token may be sent again until it is answered, and is done once. With
KILLS=34 in the environment it is 200 kills among 2,000 posts, which take three minutes.
"""
from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from chapbook import db
from tests.support.killer import Ledger, Server, storm
from tests.support.mariadb import MariaDB
from tests.support.sites import Site

KILLS = int(os.environ.get("KILLS", "12"))     # of each of the six pairs
POSTS = 10 * KILLS
TOKEN = re.compile(r'name="_once" value="([\w-]+)"')
SETTINGS = {
    "site": {"title": "Test site", "owner": "owner@example.org"},
    "form": {"rate": "1000000", "daily": "1000000"},
}
PAIRS = [("apache-cgi", "mysql"), ("wsgi-daemon", "mysql"), ("builtin", "mysql"),
         ("apache-cgi", "sqlite"), ("wsgi-daemon", "sqlite"), ("builtin", "sqlite")]


@pytest.fixture(params=PAIRS, ids="-".join)
def server(
    request: pytest.FixtureRequest, apache_here: None, mariadb: MariaDB
) -> Iterator[Server]:
    """A server of its own on a site of its own."""
    name, engine = request.param
    settings: dict[str, Any] = SETTINGS
    if engine == "mysql":
        mariadb.root("DROP DATABASE IF EXISTS doomed",
                     "CREATE DATABASE doomed CHARACTER SET utf8mb4")
        settings = {**SETTINGS, "database": mariadb.settings("doomed")}
    site = Site(settings)
    made = Server(name, site)
    try:
        yield made
    finally:
        made.stop()
        site.remove()
        if mariadb.process is None or mariadb.process.poll() is not None:
            mariadb.start()


def blows(server: Server, mariadb: MariaDB) -> list[Callable[[], Any]]:
    """The kills: of pages, mostly; of the web server; of the database, where it is a server."""
    def database() -> None:
        mariadb.kill9()
        mariadb.start()
    page = server.kill if server.name == "builtin" else server.kill_a_page
    few = KILLS // 5
    found = [server.kill] * few
    found += [database] * (few if server.site.config.database.engine == "mysql" else 0)
    found += [page] * (KILLS - len(found))
    random.Random(7).shuffle(found)
    return found


def test_what_was_acknowledged_is_there_once_and_whole(server: Server, mariadb: MariaDB) -> None:
    letters, entries = Ledger(server), Ledger(server)

    def letter(number: int) -> None:
        message = f"Letter number {number}, in full."
        answer = letters.post("/forms/contact", urlencode({
            "name": f"Visitor {number}", "email": f"v{number}@example.org",
            "about": "A question", "message": message, "_gotcha": ""}).encode())
        letters.sent.append(message)
        if answer is not None and answer.status == 200:
            assert "has arrived" in answer.text
            letters.acknowledged.append(message)

    def entry(number: int) -> None:
        message = f"Entry number {number}."
        token = None
        while token is None:
            page = entries.post("/guestbook", b"")
            token = TOKEN.search(page.text) if page is not None and page.status == 200 else None
        body = urlencode({"name": "Ann", "message": message, "_once": token[1]}).encode()
        answer = None
        while answer is None or answer.status >= 500:
            answer = entries.post("/guestbook", body)
        assert answer.status == 303, answer.text
        entries.acknowledged.append(message)

    storm(lambda number: (letter if number % 2 else entry)(number),
          blows(server, mariadb), POSTS, seed=11)

    with db.connect(server.site.config) as database:
        signed = Counter(row.message for row in database.all(
            "SELECT message FROM guestbook_entry ORDER BY id"))
        assert signed == Counter(entries.acknowledged)
        values = Counter(row.value for row in database.all(
            "SELECT value FROM submission_value WHERE name = 'message' ORDER BY submission_id"))
        assert set(values) <= set(letters.sent) and set(letters.acknowledged) <= set(values)
        assert set(values.values()) <= {1}
        assert len(letters.acknowledged) > POSTS // 4
        wholes = database.all(
            "SELECT submission.id, COUNT(*) AS fields FROM submission LEFT JOIN submission_value"
            " ON submission_id = submission.id GROUP BY submission.id ORDER BY submission.id")
        assert {row.fields for row in wholes} == {4} and len(wholes) == len(values)
        mails = Counter(row.about for row in database.all("SELECT about FROM outbox ORDER BY id"))
        assert mails == Counter({f"submission {row.id}": 1 for row in wholes})
