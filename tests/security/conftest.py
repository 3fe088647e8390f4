"""The site as strangers meet it, in process, on both databases, and all of its addresses."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import schema
from chapbook.config import Config
from chapbook.db import close_kept, connect
from chapbook.testing import Client

from tests.support.world import World, settings

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT / "cgi-bin").with_suffix("")) for path in
    (ROOT / "cgi-bin").rglob("*.py") if path.name[0] != "_")
PAGES = sorted({f"/{name}" for name in SCRIPTS} | {"/", "/guestbook/feed", "/forms/contact"})


@pytest.fixture
def stranger(database_config: Config, tmp_path: Path) -> Iterator[Client]:
    """Somebody whom the site does not know, once for each engine; what it writes is in tmp_path."""
    where = {name: str(tmp_path / "var" / name) for name in ("uploads", "log")}
    vars(database_config.paths).update(where)
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
    yield Client(config=database_config)
    close_kept()


@pytest.fixture(scope="session")
def worlds() -> Iterator[dict[str, World]]:
    """The filled sites, by engine, once each for all modules."""
    made: dict[str, World] = {}
    yield made
    for one in made.values():
        one.db.close()


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def world(
    request: pytest.FixtureRequest, worlds: dict[str, World],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A site that is filled, once for each engine: who changes it puts it back (`restore`)."""
    engine = request.param
    if engine not in worlds:
        folder = tmp_path_factory.mktemp(f"world-{engine}")
        database = {"engine": "sqlite", "file": str(folder / "site.sqlite")}
        if engine == "mysql":
            server = request.getfixturevalue("mariadb")
            server.root("CREATE DATABASE world CHARACTER SET utf8mb4")
            database = server.settings("world")
        worlds[engine] = World(settings(folder, database))
    yield worlds[engine]
    close_kept()
