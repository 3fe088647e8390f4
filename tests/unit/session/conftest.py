"""What the tests of sessions share: a site on each engine, a visitor, its log, another clock."""
from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chapbook.config import Config
from chapbook.db import Database, close_kept
from chapbook.schema import TABLES, apply

from tests.support.visits import Visit


@pytest.fixture
def site(db: Database, database_config: Config, tmp_path: Path) -> Iterator[Config]:
    """The settings of a site with the tables of the toolkit, once for each engine."""
    database_config.root = str(tmp_path)
    apply(db, TABLES)
    yield database_config
    close_kept()


@pytest.fixture
def visit(site: Config) -> Visit:
    """A visitor who comes for the first time."""
    return Visit(site)


@pytest.fixture
def log_of() -> Callable[[Config], str]:
    """Gives what a site has in its log."""
    def text(site: Config) -> str:
        path = site.path(site.paths.log, "chapbook.log")
        return Path(path).read_text("ascii") if os.path.exists(path) else ""
    return text


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock forward by so many seconds, or back."""
    real, ahead = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])

    def change(seconds: float) -> None:
        ahead[0] += seconds
    return change
