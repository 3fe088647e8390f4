"""A sound site on SQLite, which each test breaks in its one way."""
from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.sound import Sound


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """The site that the tests get copies of."""
    return Sound(tmp_path_factory.mktemp("doctor") / "pattern", {"engine": "sqlite"})


@pytest.fixture
def sound(pattern: Sound, tmp_path: Path) -> Sound:
    """A sound site of the test's own."""
    return pattern.copy(tmp_path / "site")
