"""The worker: whatever dies, and however many work at once, each mail arrives, and arrives once."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook import config as configuration, mail
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.mail import outbox, worker

from tests.support.outbox import SITE, make_due, put, row, site
from tests.support.smtp import Server
from tests.support.sites import eventually

PROCESSES = 4

# A worker as cron starts it, with the settings as a file; it says when it is ready, and begins
# when it is told, so that all of them begin at once.
WORKER = """
import sys
from chapbook import config, mail
found = config.load(sys.argv[1], root=sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(mail.work(found, seconds=60, most=1000))
"""


@pytest.fixture
def server() -> Iterator[Server]:
    """An SMTP server that takes everything, unless a test has it do otherwise."""
    with Server() as started:
        yield started


@pytest.fixture
def shop(database_config: Config, tmp_path: Path, server: Server) -> Config:
    """A site that sends by this server, on each engine."""
    return site(tmp_path, database_config, **options(server))


@pytest.fixture
def box(shop: Config) -> Iterator[Database]:
    """Its database."""
    with connect(shop) as database:
        yield database


def options(server: Server) -> dict[str, str]:
    return {"via": "smtp", "host": "127.0.0.1", "port": str(server.port), "tls": "off",
            "timeout": "1 s"}


def work(config: Config, most: int = 100, seconds: float = 60) -> tuple[int, int, int]:
    """How many were sent, are to be tried later, have failed."""
    counts = mail.work(config, seconds=seconds, most=most)
    return counts.sent, counts.later, counts.failed


@pytest.fixture
def start(shop: Config, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a worker as a process, which waits for a line."""
    started: list[subprocess.Popen[str]] = []
    ini = tmp_path / "site.ini"
    database = {name: getattr(shop.database, name)
                for name in ("engine", "file", "host", "port", "name", "user", "password")}
    sections: dict[str, dict[str, Any]] = {"site": SITE, "database": database,
                                           "mail": vars(shop.mail) | {"timeout": "1 s",
                                                                      "give_up": "3 d"}}
    ini.write_text("".join(
        f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())
        for section, given in sections.items()), "utf-8")
    ini.chmod(0o600)

    def one() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(ini), shop.root], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={"PYTHONPATH": os.path.dirname(configuration.HERE)})
        started.append(process)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def subjects(server: Server) -> Counter[str]:
    """How often each message came in, by its subject."""
    found = (re.search(rb"^Subject: (.*?)\r$", got.content, re.M) for got in server.received)
    return Counter(match[1].decode() for match in found if match)


def test_what_was_queued_arrives_with_the_configured_frame(box, shop, server) -> None:
    id = put(box, reply_to="bob@example.net", subject="Bread", text="Grüße\n")
    assert work(shop) == (1, 0, 0)
    got, = server.received
    assert (got.sender, got.to) == ("jo@bakery.example", ["ann@example.org"])
    head = got.content.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    assert head[0] == "From: \"Jo's Bakery, Ltd. <fresh>\" <jo@bakery.example>"
    assert head[1:4] == ["To: ann@example.org", "Reply-To: bob@example.net", "Subject: Bread"]
    assert f"Message-ID: <{row(box, id).message_id}>" in head
    found, = mail.state(box, "order 1")
    assert (found.state, found.tries, found.last_error) == ("sent", 1, None) and found.sent_at
    assert work(shop) == (0, 0, 0) and len(server.received) == 1


def test_a_refused_address_has_failed_and_the_others_arrive(box, shop, server) -> None:
    server.say["RCPT bad@example.org"] = "550 No such user"
    server.say["RCPT later@example.org"] = "451 Greylisted"
    for name in ("bad", "later", "ann"):
        put(box, to=f"{name}@example.org", subject=name)
    assert work(shop) == (1, 1, 1)
    assert subjects(server) == {"ann": 1}
    assert [(found.state, found.tries) for found in mail.state(box, "order 1")] == [
        ("failed", 1), ("waiting", 1), ("sent", 1)]
    assert "550 No such user" in mail.state(box, "order 1")[0].last_error
    assert "451 Greylisted" in mail.state(box, "order 1")[1].last_error
    log = Path(shop.path(shop.paths.log, "chapbook.log")).read_text()
    assert "mail-failed mail=1 about=order 1 tries=1" in log and "mail-later mail=2" in log
    server.say.clear()
    make_due(box)
    assert work(shop) == (1, 0, 0)
    assert subjects(server) == {"ann": 1, "later": 1}


def test_while_the_server_is_down_the_others_are_not_tried_one_by_one(box, shop, server) -> None:
    server.say["EHLO"] = "die"
    for number in range(5):
        put(box, subject=str(number))
    assert work(shop) == (0, 1, 0)
    assert server.connections == 1
    assert [found.tries for found in mail.state(box, "order 1")] == [1, 0, 0, 0, 0]
    server.say.clear()
    make_due(box)
    assert work(shop) == (5, 0, 0)


def test_a_message_that_cannot_be_sent_for_3_days_has_failed(box, shop, server) -> None:
    server.say["EHLO"] = "die"
    id = put(box)
    assert work(shop) == (0, 1, 0)
    with box.transaction():
        box.run("UPDATE outbox SET due_at = 1, tries = 15, first_tried_at = first_tried_at - :ago",
                ago=3 * 86400 - 3600)
    assert work(shop) == (0, 0, 1)
    assert row(box, id).state == "failed" and "ended the connection" in row(box, id).last_error
    server.say.clear()
    assert work(shop) == (0, 0, 0)
    box.transact(mail.retry, box, "order 1")
    assert work(shop) == (1, 0, 0)


def test_no_more_are_begun_than_may_be(box, shop, server) -> None:
    for number in range(5):
        put(box, subject=str(number))
    assert work(shop, most=2) == (2, 0, 0)
    assert work(shop, seconds=0) == (0, 0, 0)
    assert work(shop) == (3, 0, 0)


def test_a_held_message_is_sent_when_it_is_released_and_not_before(box, shop, server) -> None:
    put(box, hold=True)
    assert work(shop) == (0, 0, 0)
    box.transact(mail.release, box, "order 1")
    assert work(shop) == (1, 0, 0)


def test_the_same_message_id_and_bytes_at_every_try(box, shop, server) -> None:
    server.say["late DATA"] = ["451 Later", "die", "250 OK"]
    put(box)
    for counts in ((0, 1, 0), (0, 1, 0), (1, 0, 0)):
        assert work(shop) == counts
        make_due(box)
    assert len(server.received) == 3
    assert len({got.content for got in server.received}) == 1


def test_processes_at_once_send_each_message_once(box, shop, server, start) -> None:
    wanted = {f"number {number}": 1 for number in range(60)}
    for subject in wanted:
        put(box, subject=subject)
    processes = [start() for _ in range(PROCESSES)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert subjects(server) == wanted
    assert sum(int(text.split()[0]) for text in said) == len(wanted)
    assert all(text.endswith(" sent, 0 to be tried again, 0 failed\n") for text in said)
    assert {found.state for found in mail.state(box, "order 1")} == {"sent"}
    assert {found.tries for found in mail.state(box, "order 1")} == {1}


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_worker_that_is_killed_leaves_its_message_to_the_next(
        box, shop, server, start, stage: str) -> None:
    server.say[stage] = "stall"
    id = put(box)
    killed(start(), lambda: row(box, id).claim and server.connections)
    assert work(shop) == (0, 0, 0)                # its lease holds
    server.say.clear()
    server.released.set()
    make_due(box)
    assert work(shop) == (1, 0, 0)
    assert subjects(server)["Hello"] == 1
    assert (row(box, id).state, row(box, id).tries) == ("sent", 2)


def test_a_crash_between_data_and_the_mark_gives_one_more_copy_at_most(
        box, shop, server, start) -> None:
    server.say["late DATA"] = ["stall"]
    id = put(box)
    killed(start(), lambda: server.received)
    server.released.set()
    make_due(box)
    assert work(shop) == (1, 0, 0)
    assert subjects(server) == {"Hello": 2}
    assert len({got.content for got in server.received}) == 1
    assert row(box, id).state == "sent"


def killed(process: subprocess.Popen[str], when: Callable[[], object]) -> None:
    """Let a worker begin, and kill it as soon as the condition holds."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    eventually(when)
    process.send_signal(signal.SIGKILL)
    process.wait(20)


def test_a_message_whose_workers_all_die_is_given_up_in_the_end(box, shop, server) -> None:
    id = put(box)
    assert outbox.claim(box, "dead", 0) is not None
    make_due(box)
    with box.transaction():
        box.run("UPDATE outbox SET first_tried_at = 1")
    assert work(shop) == (0, 0, 1)
    assert "again and again" in row(box, id).last_error and server.received == []


def test_a_mistake_of_ours_with_one_message_lets_the_others_go(
        box, shop, server, monkeypatch) -> None:
    real = worker.written

    def broken(config: Config, found: Any, sender: str) -> bytes:
        if found.subject == "bad":
            raise ZeroDivisionError("never here")
        return real(config, found, sender)

    monkeypatch.setattr(worker, "written", broken)
    put(box, subject="bad"), put(box, subject="good")
    assert work(shop) == (1, 1, 0)
    assert subjects(server) == {"good": 1}
    assert mail.state(box, "order 1")[0].last_error == (
        "A mistake in the program: ZeroDivisionError. The log has more.")
    assert "never here" in Path(shop.path(shop.paths.log, "chapbook.log")).read_text()


def test_what_was_sent_is_written_down_though_the_database_is_busy(
        box, shop, server, monkeypatch) -> None:
    from chapbook.errors import Unavailable

    real, failures = outbox.mark_sent, [1, 2]

    def busy(*given: Any) -> None:
        if failures.pop() if failures else False:
            raise Unavailable(detail="busy")
        real(*given)

    monkeypatch.setattr(outbox, "mark_sent", busy)
    monkeypatch.setattr(worker, "MARK_WAITS", (0, 0, 0))
    id = put(box)
    assert work(shop) == (1, 0, 0) and failures == []
    assert row(box, id).state == "sent"


def test_hostile_fields_reach_nobody_but_the_configured_recipient(box, shop, server) -> None:
    """CR LF in every form, in every field of a message."""
    breaks = ("\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "%0a", "%0d%0a", "\\r\\n", "\x0b", "\x0c",
              "\x85", "\u2028", "\u2029", "\0", "\r\n ", "\n\t", "=?utf-8?q?=0D=0A?=", ",", ";",
              " ")
    for break_ in breaks:
        hostile = f"x{break_}Bcc: victim@example.net{break_}{break_}body"
        for field in ("to", "reply_to", "subject", "text", "about"):
            value = f"ann@example.org{break_}victim@example.net" if "to" in field else hostile
            try:
                put(box, **{field: value})
            except ValueError:
                pass
    sent = work(shop, most=1000)[0]
    assert sent >= 40
    for got in server.received:
        assert (got.sender, got.to) == ("jo@bakery.example", ["ann@example.org"])
        head = got.content.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] != b" "]
        assert b"Bcc" not in names and len(names) == len(set(names)) <= 10
        assert b"Reply-To: ann@example.org" not in head
