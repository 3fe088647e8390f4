"""What the tests share: a database of each kind, fresh for every test that asks."""
from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.db import Database, connect

from tests.support.mariadb import MariaDB, missing, need

_numbers = count(1)
_workers: dict[Any, int] = {}                  # the processes


def pytest_configure(config: pytest.Config) -> None:
    """End the tests on SIGTERM as on Ctrl-C: the servers that they have started are ended too."""
    signal.signal(signal.SIGTERM, _interrupted)
    if hasattr(config, "workerinput"):            # Ctrl-C in a terminal reaches the workers, too
        signal.signal(signal.SIGINT, _interrupted)


def _interrupted(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGTERM, signal.SIGINT):  # a second one would end the ending of servers
        if signal.getsignal(each) is _interrupted:
            signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_newgateway(gateway: Any) -> None:
    """Note a worker of pytest-xdist, which has servers of its own."""
    _workers[gateway] = gateway._rinfo().pid


def pytest_keyboard_interrupt() -> None:
    """End the workers as gently."""
    for gateway, process in _workers.items():
        if gateway.hasreceiver():                 # it has not ended by itself
            os.kill(process, signal.SIGTERM)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only root can try (giving files away, another user's eyes) for others."""
    if os.geteuid() != 0:
        left_out = [item for item in items if item.get_closest_marker("as_root")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("as_root")]


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """A private MariaDB server, up since the first test that needs one."""
    need(missing())
    server = MariaDB()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture
def mysql_config(mariadb: MariaDB) -> Iterator[Config]:
    """The configuration of a site with an empty MariaDB database of its own."""
    name = f"test_{next(_numbers)}"
    mariadb.root(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    try:
        yield configuration.load(None, {"database": mariadb.settings(name)})
    finally:
        if mariadb.process is None:
            mariadb.start()
        mariadb.root(f"DROP DATABASE {name}")


@pytest.fixture
def sqlite_config(tmp_path: Path) -> Config:
    """The configuration of a site with an SQLite file of its own, not made yet."""
    file = tmp_path / "var" / "site.sqlite"
    return configuration.load(None, {"database": {"engine": "sqlite", "file": str(file)}})


@pytest.fixture(params=["sqlite", "mysql"])
def database_config(request: pytest.FixtureRequest) -> Config:
    """The configuration of a site with an empty database, once for each engine."""
    found: Config = request.getfixturevalue(f"{request.param}_config")
    return found


@pytest.fixture
def db(database_config: Config) -> Iterator[Database]:
    """An empty database, once for each engine."""
    with connect(database_config) as database:
        yield database
