"""Upgrades under real servers, with visitors all the while, and kill -9 at any moment."""
from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chapbook import db
from chapbook.upgrade import moves
from collection import guestbook

from tests.support.gateways import AS_ROOT
from tests.support.killer import Server
from tests.support.sites import Site
from tests.support.upgrades import ONE, TWO, Upgradable

GATEWAYS = ("apache-cgi", "wsgi-daemon")
ROUNDS = max(1, int(os.environ.get("KILLS", "16")) // 16)
KILLS = 6                     # in each round, at the most
PATIENCE = 60.0               # seconds that one round may take
BACK = ("from chapbook import config\nfrom chapbook.upgrade import steps\n"
        "steps.take_back(config.current())")


class Visitors:
    """Somebody who asks for the front page again and again, and what was answered that is wrong."""

    def __init__(self, server: Server) -> None:
        self.server, self.kills = server, 0
        self.statuses: dict[int, int] = {}
        self.wrong: list[Any] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._visit)
        self._thread.start()

    def _visit(self) -> None:
        while not self._ended.is_set():
            try:
                answer = self.server.gateway.get("/")
            except OSError as error:
                self._note(0, error)
                continue
            self._note(answer.status, answer)
            if answer.status in (200, 503) and b"</html>" not in answer.body:
                self.wrong.append(answer)

    def _note(self, status: int, answer: Any) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status not in (200, 503):
            self.kills -= 1                       # a page that was killed
            if self.kills < 0:
                self.wrong.append(answer)

    def end(self) -> None:
        """Let them go home."""
        self._ended.set()
        self._thread.join()


@pytest.fixture(params=GATEWAYS)
def server(request: pytest.FixtureRequest, apache_here: None) -> Iterator[Server]:
    """A site of release one behind a real server."""
    assert request.param not in AS_ROOT
    site = Site({"site": {"title": "Upgraded"}})
    own = Upgradable(site.root)
    own.number("private/templates/index.html", ONE)
    own.pack()
    with db.connect(site.config) as database:
        database.transact(lambda: guestbook.sign(database, "Ann", "Hello", wait=False))
    site.give_away()
    running = Server(request.param, site)
    try:
        yield running
    finally:
        running.stop()
        site.remove()


def begun(site: Upgradable, name: str) -> str:
    token = site.begin(site.root / "var/upgrade" / name)
    assert len(token) == 32, token
    return token


def driven(server: Server, site: Upgradable, token: str, kill: random.Random | None,
           visitors: Visitors) -> None:
    """Ask as who began it does, until the site is open; kill processes that answer, by chance."""
    until = time.monotonic() + PATIENCE
    blows: list[threading.Timer] = []
    while site.stage not in ("done", "undone"):
        assert time.monotonic() < until, (site.stage, server.site.log())
        if kill and len(blows) < KILLS and kill.random() < 0.7:
            blows.append(threading.Timer(
                kill.random() * 0.5, lambda: _struck(server, visitors)))
            blows[-1].start()
        try:
            server.gateway.get("/account/signin", Cookie=f"{moves.COOKIE}={token}")
        except OSError:
            pass
        site.settle("")                           # who began is still there
    for blow in blows:
        blow.join()


def _struck(server: Server, visitors: Visitors) -> None:
    visitors.kills += 8           # each process has one request at a time, others wait for it
    server.kill_a_page()


def works(server: Server, site: Upgradable, states: dict[str, dict[str, bytes]]) -> str:
    """The release that the site has by its page, which is the one that its files are of."""
    answer = server.gateway.get("/")
    assert answer.status == 200, answer.body
    found = TWO if TWO.encode() in answer.body else ONE
    assert site.state() == states[found]
    with db.connect(site.config()) as database:
        assert [row.name for row in guestbook.latest(database)] == ["Ann"]
    return found


def test_a_site_is_upgraded_while_visitors_come_and_processes_are_killed(server: Server) -> None:
    site = Upgradable(server.site.root)
    site.zip(site.root / "var/upgrade/two.zip", site.two())
    server.site.give_away()
    states = {ONE: site.state()}
    visitors = Visitors(server)
    try:
        driven(server, site, begun(site, "two.zip"), None, visitors)
        states[TWO] = site.state()
        assert works(server, site, states) == TWO
        site.run(BACK)
        driven(server, site, "", None, visitors)
        assert works(server, site, states) == ONE
        for number in range(ROUNDS):
            chance = random.Random(number)
            driven(server, site, begun(site, "two.zip"), chance, visitors)
            if works(server, site, states) == TWO:
                site.run(BACK)
                driven(server, site, "", chance, visitors)
                assert works(server, site, states) == ONE
    finally:
        visitors.end()
    assert not visitors.wrong
    assert visitors.statuses[200] and visitors.statuses[503]
