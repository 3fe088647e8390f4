"""What the tests of accounts share: a site with their tables, on each engine, and people in it."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.accounts import accounts, passwords
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import Database, connect

from tests.support import outbox

PASSWORD = "a rather good one"


@pytest.fixture
def site(database_config: Config, tmp_path: Path) -> Config:
    """A site with the tables of the toolkit."""
    return outbox.site(tmp_path, database_config)


@pytest.fixture
def box(site: Config) -> Iterator[Database]:
    """Its database."""
    with connect(site) as database:
        yield database


@pytest.fixture
def who() -> Who:
    """A visitor who is not signed in."""
    return Who(None, "0123456789ab", "192.0.2.7")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing, for tests that are about something else."""
    from chapbook.signing import blake2b

    def digest(kind: str, data: bytes, salt: bytes, size: int) -> bytes:
        return blake2b(data, salt=salt[:16], digest_size=size).digest()

    monkeypatch.setattr(passwords, "_digest", digest)


@pytest.fixture
def person(box: Database, who: Who, quick: None) -> Callable[..., int]:
    """Makes an account, `person("ann", role="editor")`; gives its id."""
    def made(name: str, password: str | None = PASSWORD, **options: Any) -> int:
        return box.transact(accounts.create, box, f"{name}@example.org", name.title(), password,
                            who, **options)
    return made
