"""A backup restored while visitors come: they wait or are answered, and nothing is mixed."""
from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chapbook import db
from chapbook.backup import work
from tests.support.gateways import Gateway, start
from tests.support.mariadb import MariaDB
from tests.support.sites import Site, eventually

BEFORE = 40                   # entries that the backup has


@pytest.fixture(scope="module", params=["builtin-sqlite", "apache-cgi-sqlite", "builtin-mysql"])
def server(
    request: pytest.FixtureRequest, apache_here: None, mariadb: MariaDB
) -> Iterator[Gateway]:
    """A server that stays, and one whose every request is a process, each with its own site."""
    name, _, engine = request.param.rpartition("-")
    settings: dict[str, Any] = {"site": {"title": "Test site"}}
    if engine == "mysql":
        mariadb.root("DROP DATABASE IF EXISTS visited",
                     "CREATE DATABASE visited CHARACTER SET utf8mb4")
        settings["database"] = mariadb.settings("visited")
    site = Site(settings)
    running = start(name, site)
    try:
        yield running
    finally:
        running.stop()
        site.remove()


def command(site: Site, *words: str) -> str:
    """What ./chapbook says, run by the user of the servers."""
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "chapbook.cli", *words], text=True, cwd=site.root,
        env={"PYTHONPATH": str(site.root / "lib"), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
        **as_user)
    assert done.returncode == 0, done.stdout
    return done.stdout


def messages(site: Site) -> list[str]:
    """All entries of the guestbook."""
    with db.connect(site.config) as base:
        return [row.message for row in base.all("SELECT message FROM guestbook_entry ORDER BY id")]


def sign(server: Gateway, text: str) -> int:
    """Send the form of the guestbook; the status of the answer."""
    return server.post("/guestbook", f"name=Ann&message={text}".encode()).status


def test_visitors_wait_for_a_restore_and_one_that_was_killed_is_put_right_by_them(
    server: Gateway
) -> None:
    site = server.site
    work.folder(site.config)
    flag = site.drop("var/maintenance", "restore\n")
    lock = work.hold(site.config)
    site.give_away()
    assert lock is not None
    try:
        answer = server.get("/guestbook")
        assert answer.status == 503 and answer["Retry-After"] is not None
        assert flag.exists()
    finally:
        os.close(lock)
    assert server.get("/guestbook").status == 200
    assert not flag.exists()


def test_what_visitors_send_meanwhile_is_kept_whole_or_gone_whole(server: Gateway) -> None:
    site = server.site
    with db.connect(site.config) as base, base.transaction():
        for number in range(BEFORE):
            base.run("INSERT INTO guestbook_entry (name, message, signed_at)"
                     " VALUES ('Bob', :text, 1)", text=f"kept{number}")
    site.give_away()
    command(site, "backup", str(site.root / "var" / "it.zip"))
    statuses: list[int] = []
    signed: list[str] = []
    over = threading.Event()

    def visit(number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            text = f"visitor{number}x{count}"
            status = sign(server, text)
            statuses.append(status)
            if status == 303:
                signed.append(text)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(2)]
    for visitor in visitors:
        visitor.start()
    try:
        eventually(lambda: len(signed) > 5)
        said = command(site, "restore", "--yes", "--no-backup", str(site.root / "var" / "it.zip"))
        count = len(signed)
        eventually(lambda: len(signed) > count + 5)
    finally:
        over.set()
        for visitor in visitors:
            visitor.join()
    assert "Restored in" in said
    assert set(statuses) <= {303, 503}
    found = messages(site)
    assert found[:BEFORE] == [f"kept{number}" for number in range(BEFORE)]
    later = found[BEFORE:]
    assert set(later) <= set(signed) and signed[0] not in later
    assert set(signed[count + 2:]) <= set(later), "what came after it is there"
    assert not (site.root / "var" / "maintenance").exists()
