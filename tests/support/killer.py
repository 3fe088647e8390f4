"""Processes that are killed while visitors send forms, and the visitors' own account of it."""
from __future__ import annotations

import http.client
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.gateways import ApacheGateway, Gateway, start
from tests.support.sites import Site
from tests.support.wire import Answer, request_bytes

FORM = "application/x-www-form-urlencoded"
PATIENCE = 60.0               # seconds, for a server that others are busy starting


def descendants(top: int) -> list[int]:
    """The processes below one, that one first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text("latin-1").rpartition(") ")[2].split()[1])
        except (OSError, ValueError):
            continue                              # it has ended while we looked
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [top]
    for process in found:
        found += children.get(process, [])
    return found


def kill(process: int) -> None:
    """kill -9, whether it is still there or not."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Server:
    """A gateway that can be killed without warning, in part or whole, and is started again."""

    def __init__(self, name: str, site: Site) -> None:
        self.name, self.site = name, site
        self.gateway: Gateway = start(name, site)

    @property
    def _top(self) -> int:
        process = (self.gateway.server._process if isinstance(self.gateway, ApacheGateway)
                   else self.gateway._process)  # type: ignore[attr-defined]
        return int(process.pid)

    def kill_a_page(self) -> bool:
        """Kill a process that answers pages, if there is one at this moment."""
        mark = {"apache-cgi": b"cgi-bin/", "wsgi-daemon": b"wsgi:"}[self.name]
        for process in descendants(self._top):
            try:
                command = Path(f"/proc/{process}/cmdline").read_bytes()
            except OSError:
                continue
            if mark in command:
                kill(process)
                return True
        return False

    def kill(self) -> None:
        """Kill the whole server, and start it again."""
        for process in descendants(self._top):
            kill(process)
        self.gateway.stop()
        self.gateway = start(self.name, self.site)

    def stop(self) -> None:
        """End it."""
        self.gateway.stop()


class Ledger:
    """What visitors sent, and what of it was acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.done = 0

    def post(self, path: str, body: bytes) -> Answer | None:
        """The answer to a form, None where it was lost on the way; waits for a server to be up."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                connection = self.server.gateway.connect()
                break
            except OSError:
                assert time.monotonic() < until, "the server did not come back"
                time.sleep(0.01)
        headers = {"Content-Type": FORM} if body else {}
        try:
            with connection:
                connection.send(request_bytes(
                    "POST" if body else "GET", path, headers, body or None))
                answer = connection.answer()
        except (OSError, http.client.HTTPException):
            return None
        length = answer["Content-Length"]
        return answer if length is None or len(answer.body) == int(length) else None


def storm(
    visit: Callable[[int], Any], blows: list[Callable[[], Any]], posts: int, seed: int,
    threads: int = 4,
) -> None:
    """Have so many visits made by several threads, and each of the blows struck among them.

    The moments are chosen at random: after so many visits, and so many milliseconds more.
    """
    chance = random.Random(seed)
    begun, failures = [0], []
    lock = threading.Lock()

    def visitor() -> None:
        while True:
            with lock:
                if begun[0] >= posts or failures:
                    return
                number = begun[0] = begun[0] + 1
            try:
                visit(number)
            except BaseException as error:
                failures.append(error)
                raise

    moments = sorted(chance.sample(range(posts - threads), len(blows)))
    visitors = [threading.Thread(target=visitor) for _ in range(threads)]
    for thread in visitors:
        thread.start()
    for moment, blow in zip(moments, blows):
        while begun[0] < moment and not failures:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.05)
        blow()
    for thread in visitors:
        thread.join()
    if failures:
        raise failures[0]
