"""What the tests of MySQL share: changed settings, refused and ended connections."""
from __future__ import annotations

import time

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.db import connect
from chapbook.errors import Unavailable

from tests.support.mariadb import MariaDB
from tests.support.threads import until


def changed(config: Config, **options: object) -> Config:
    """The same configuration with other options in [database]."""
    copy = configuration.load(None)
    vars(copy.database).update(vars(config.database), **options)
    return copy


def refusal(config: Config) -> str:
    """What the log says when a connection with this configuration cannot be made."""
    with connect(config) as db:
        started = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            db.value("SELECT 1")
        assert time.monotonic() - started < 3
    assert str(config.database.password) not in caught.value.detail
    assert ("Retry-After", "5") in caught.value.headers
    return caught.value.detail


def gone(mariadb: MariaDB, number: int) -> None:
    """Return when the server has ended the connection with this number."""
    until(lambda: not mariadb.root(
        f"SELECT 1 FROM information_schema.processlist WHERE id = {number}"))
