"""The site as strangers meet it, in process, on both databases, and all of its addresses."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import schema
from chapbook.config import Config
from chapbook.db import close_kept, connect
from chapbook.testing import Client

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT / "cgi-bin").with_suffix("")) for path in
    (ROOT / "cgi-bin").rglob("*.py"))
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
