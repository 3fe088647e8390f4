"""Does the time of a page tell who has an account? `.venv/bin/python -m tests.bench.accounts`

400 times each, for known and unknown addresses in turn: a sign-in with a wrong password, alone and
by its page, and the pages that mail a link; in process, on SQLite and where it is installed on
MariaDB. Medians, their difference (which should be below 3 ms), and Welch's t (below 4.5).
"""
from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

from chapbook import config as settings, mail, schema  # noqa: E402
from chapbook.accounts import accounts, passwords, signin, throttle  # noqa: E402
from chapbook.accounts.events import SHELL, Who  # noqa: E402
from chapbook.config import Config  # noqa: E402
from chapbook.db import Database, connect  # noqa: E402
from chapbook.testing import Client  # noqa: E402

from tests.support.mariadb import MariaDB, missing  # noqa: E402

PEOPLE = 50
WARM = 4                      # at first, which import
Times = tuple[list[float], list[float]]


def alone(config: Config, address: str, number: int) -> float:
    """The seconds of a sign-in without its page."""
    with connect(config) as db:
        db.value("SELECT COUNT(*) FROM account")
        begun = time.perf_counter()
        signin.authenticate(db, address, "a wrong password", Who(None, "-", network(number)))
        return time.perf_counter() - begun


def page(name: str, status: int, **fields: str) -> Callable[[Config, str, int], float]:
    """What measures the answer to a form, sent as by a browser."""
    def measured(config: Config, address: str, number: int) -> float:
        client = Client(config=config)
        token = re.search(r'name="_once" value="([^"]+)"', client.get(f"/account/{name}").text)
        assert token
        body = urlencode({"_once": token[1], "address": address, **fields}).encode()
        begun = time.perf_counter()
        answer = client.request("POST", f"/account/{name}", body,
                                "application/x-www-form-urlencoded",
                                environ={"REMOTE_ADDR": network(number)})
        took = time.perf_counter() - begun
        assert answer.status == status, answer.text
        return took
    return measured


MEASURED = {
    "signing in": alone,
    "the sign-in page": page("signin", 422, password="a wrong password"),
    "making an account": page("register", 303),
    "forgotten password": page("forgotten", 303),
}


def network(number: int) -> str:
    """Another visitor each time."""
    return f"198.51.100.{number % 250}"


def differences(config: Config, measure: Callable[..., float], count: int) -> Times:
    """The seconds that `count` took, those of people who have an account and of others."""
    took: Times = ([], [])
    # Limits would end it, and what they do is the same for all.
    with mock.patch.object(throttle, "_spend", lambda *given: 0):
        for number in range(count + WARM):
            known = number % 2 == 0
            address = f"{'known' if known else 'other'}{number % PEOPLE}@example.org"
            seconds = measure(config, address, number)
            if number >= WARM:
                took[not known].append(seconds)
    return took


def prepare(db: Database, config: Config) -> None:
    """Tables, people with a password, and a cron that sends what is mailed."""
    schema.bring_up(db, config)
    stored = passwords.hashed("the right password")
    with db.transaction():
        for number in range(PEOPLE):
            accounts.create(db, f"known{number}@example.org", "Somebody", None, SHELL)
        db.run("UPDATE account SET password_hash = :hash, password_kind = :kind",
               hash=stored, kind=passwords.kind(stored))
        mail.note_cron(db)


def report(engine: str, database: dict[str, Any], count: int = 400) -> None:
    """Print the figures for one database."""
    with tempfile.TemporaryDirectory() as folder:
        config = settings.load(None, {
            "database": database, "accounts": {"registration": "open"},
            "paths": {"var": folder, "log": f"{folder}/log", "cache": f"{folder}/cache"}})
        with connect(config) as db:
            prepare(db, config)
        for what, measure in MEASURED.items():
            known, unknown = differences(config, measure, count)
            a, b = statistics.median(known), statistics.median(unknown)
            spread = sum(statistics.variance(one) / len(one) for one in (known, unknown))
            t = (statistics.mean(known) - statistics.mean(unknown)) / spread ** 0.5
            print(f"{engine:8} {what:20} known {a * 1000:6.2f} ms, unknown {b * 1000:6.2f} ms,"
                  f" difference {abs(a - b) * 1000:.2f} ms, t {t:5.2f}", flush=True)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", {"engine": "sqlite", "file": f"{folder}/site.sqlite"})
    if missing():
        print("MariaDB is not installed here.")
        return
    server = MariaDB()
    try:
        server.root("CREATE DATABASE bench CHARACTER SET utf8mb4")
        report("MariaDB", server.settings("bench"))
    finally:
        server.remove()


if __name__ == "__main__":
    main()
