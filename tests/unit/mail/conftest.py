"""What the tests of mail share: a site with an outbox, on each engine."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.config import Config
from chapbook.db import Database, connect

from tests.support import outbox


@pytest.fixture
def site(database_config: Config, tmp_path: Path) -> Config:
    """A site that puts its mail into a folder."""
    return outbox.site(tmp_path, database_config)


@pytest.fixture
def box(site: Config) -> Iterator[Database]:
    """The database with the outbox."""
    with connect(site) as database:
        yield database
