"""A site of release one, made once, and a copy of it for each test."""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.upgrades import Upgradable


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Upgradable:
    """The site that all others are copies of."""
    made = Upgradable.made(tmp_path_factory.mktemp("upgrades") / "a site")
    for script in ("index", "account/signin"):
        assert made.ask(script).status == 200         # what Python compiles is there from now on
    return made


@pytest.fixture
def site(first: Upgradable, tmp_path: Path) -> Upgradable:
    """A site of release one."""
    return first.copy(tmp_path / "a site")
