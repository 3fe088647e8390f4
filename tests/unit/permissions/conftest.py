"""What the tests of permissions share: a site on each engine, and people of every role."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.config import Config
from chapbook.db import Database, close_kept
from chapbook.page import Page
from chapbook.schema import TABLES, apply
from chapbook.testing import Client

from tests.support.people import People


@pytest.fixture
def site(db: Database, database_config: Config, tmp_path: Path) -> Iterator[Config]:
    """The settings of a site with the tables of the toolkit, once for each engine."""
    database_config.root = str(tmp_path)
    vars(database_config.paths).update(var="var", log="var/log")
    apply(db, TABLES)
    yield database_config
    close_kept()


@pytest.fixture
def people(site: Config) -> Callable[..., People]:
    """People of a site that has one page, `people(get=show, allow="member")`, at any address."""
    def made(application: Any = None, **given: Any) -> People:
        page = application or Page(**given)
        return People(lambda: Client(page, site), site)
    return made
