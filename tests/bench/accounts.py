"""Does the time to sign in tell who has an account? `.venv/bin/python -m tests.bench.accounts`.

400 sign-ins with a wrong password, in process, of known and unknown addresses in turn; medians,
their difference (which should be below 3 ms), and Welch's t (below 4.5).
"""
from __future__ import annotations

import os
import statistics
import tempfile
import time
from unittest import mock

from chapbook import schema
from chapbook.accounts import accounts, signin, throttle
from chapbook.accounts.events import SHELL, Who
from chapbook.db import connect
from chapbook.testing import site

PEOPLE = 50


def differences(count: int) -> tuple[list[float], list[float]]:
    """The seconds that `count` sign-ins took, half of them of people who have an account."""
    took: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder, \
            mock.patch.object(throttle, "_spend", lambda *given: 0):
        config = site(folder)
        os.mkdir(config.path("var"))
        with connect(config) as db:
            schema.apply(db, schema.TABLES)
            with db.transaction():
                for number in range(PEOPLE):
                    accounts.create(db, f"known{number}@example.org", "Somebody", None, SHELL)
                stored = _hash()
                db.run("UPDATE account SET password_hash = :hash, password_kind = :kind", **stored)
            for number in range(count + 4):
                known = number % 2 == 0
                address = f"{'known' if known else 'other'}{number % PEOPLE}@example.org"
                who = Who(None, "-", f"198.51.100.{number % 250}")
                begun = time.perf_counter()
                signin.authenticate(db, address, "a wrong password", who)
                if number >= 4:                   # the first ones import
                    took[not known].append(time.perf_counter() - begun)
    return took


def _hash() -> dict[str, str]:
    from chapbook.accounts import passwords

    stored = passwords.hashed("the right password")
    return {"hash": stored, "kind": passwords.kind(stored)}


def main() -> None:
    """Print the figures."""
    known, unknown = differences(400)
    a, b = statistics.median(known), statistics.median(unknown)
    spread = statistics.variance(known) / len(known) + statistics.variance(unknown) / len(unknown)
    t = (statistics.mean(known) - statistics.mean(unknown)) / spread ** 0.5
    print(f"known {a * 1000:.2f} ms, unknown {b * 1000:.2f} ms (medians of {len(known)} each)")
    print(f"difference {abs(a - b) * 1000:.2f} ms, Welch's t {t:.2f}")


if __name__ == "__main__":
    main()
