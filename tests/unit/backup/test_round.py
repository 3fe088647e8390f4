"""What a backup holds is what comes out of it, from either database into either."""
from __future__ import annotations

from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook import db
from chapbook.backup import making, restoring
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
def other(site: Config, mariadb: MariaDB, tmp_path: Path) -> Config:
    """An empty site on the other kind of database."""
    if site.database.engine == "sqlite":
        mariadb.root("DROP DATABASE IF EXISTS another",
                     "CREATE DATABASE another CHARACTER SET utf8mb4")
        database = mariadb.settings("another")
    else:
        database = {"engine": "sqlite", "file": str(tmp_path / "other.sqlite")}
    config = backups.settle(configuration.load(None, {"database": database}), tmp_path / "two")
    backups.make(config)
    return config


def test_there_and_back_again_nothing_has_changed(site: Config, other: Config) -> None:
    with db.connect(site) as base, base.transaction():
        base.run("DELETE FROM outbox WHERE state = 'waiting'")
    before, sum_before = backups.content(site), backups.checksum(site)
    restoring.restore(other, making.make(site))
    assert backups.content(other) == before
    assert backups.files(other) == backups.files(site)
    restoring.restore(site, making.make(other))
    assert backups.content(site) == before
    assert backups.checksum(site) == sum_before
