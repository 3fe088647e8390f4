"""What the tests of backups share: a site full of hard content, and an empty one."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.config import Config

from tests.support import backups
from tests.support.mariadb import MariaDB


@pytest.fixture
def site(database_config: Config, tmp_path: Path) -> Config:
    """A site full of hard content, on either database."""
    config = backups.settle(database_config, tmp_path / "one")
    backups.make(config)
    backups.fill(config)
    return config


@pytest.fixture
def lite(sqlite_config: Config, tmp_path: Path) -> Config:
    """The same, on SQLite alone."""
    config = backups.settle(sqlite_config, tmp_path / "one")
    backups.make(config)
    backups.fill(config)
    return config


@pytest.fixture
def other(site: Config, mariadb: MariaDB, tmp_path: Path) -> Iterator[Config]:
    """A site without content on the other kind of database."""
    if site.database.engine == "sqlite":
        mariadb.root("CREATE DATABASE another CHARACTER SET utf8mb4")
        database = mariadb.settings("another")
    else:
        database = {"engine": "sqlite", "file": str(tmp_path / "other.sqlite")}
    config = backups.settle(configuration.load(None, {"database": database}), tmp_path / "two")
    try:
        backups.make(config)
        yield config
    finally:
        mariadb.root("DROP DATABASE IF EXISTS another")
