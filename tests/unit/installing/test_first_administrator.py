"""The first administrator is made once, whoever else installs on the same database."""
from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook import schema
from chapbook.accounts import accounts
from chapbook.accounts.events import SHELL
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import Conflict, HTTPError, Invalid
from chapbook.installing import administrator

ANN = {"name": "Ann", "address": "ann@example.org"}


@pytest.fixture
def ready(db: Database) -> Database:
    """A database with its tables, once for each engine."""
    schema.bring_up(db, db.config)
    return db


def answers(address: str) -> dict[str, str]:
    return {"name": "Somebody", "address": address, "hash": f"$scrypt$ln=14,r=8,p=5${address}$h"}


def addresses(db: Database) -> list[str]:
    return [row.address for row in accounts.page(db)]


def test_the_same_answers_make_one_account(ready: Database) -> None:
    given = answers("ann@example.org")
    made = [ready.transact(administrator.make, ready, given, SHELL) for _ in range(2)]
    assert made == [True, False] and addresses(ready) == ["ann@example.org"]


def test_other_answers_make_no_second_one(ready: Database) -> None:
    ready.transact(administrator.make, ready, answers("ann@example.org"), SHELL)
    with pytest.raises(Conflict, match="an administrator in this database already"):
        ready.transact(administrator.make, ready, answers("eve@example.org"), SHELL)
    with pytest.raises(Conflict):
        ready.transact(administrator.make, ready, {**answers("ann@example.org"), "hash": "$a$b$c"},
                       SHELL)
    assert addresses(ready) == ["ann@example.org"]


def test_a_member_does_not_become_an_administrator_by_it(ready: Database) -> None:
    with ready.transaction():
        accounts.create(ready, "ann@example.org", "Ann", None, SHELL)
    with pytest.raises(Conflict, match="write another address"):
        ready.transact(administrator.make, ready, answers("Ann@Example.org"), SHELL)


def test_of_many_at_once_one_is_made(ready: Database) -> None:
    refused: list[Exception] = []

    def install(number: int) -> None:
        with connect(ready.config) as own:
            try:
                own.transact(administrator.make, own, answers(f"a{number}@example.org"), SHELL)
            except HTTPError as error:            # a Conflict, or too many deadlocks
                refused.append(error)

    threads = [threading.Thread(target=install, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(addresses(ready)) == 1 and len(refused) == 5


def test_nobody_is_asked_for_before_there_are_tables(database_config: Config) -> None:
    assert not administrator.is_there(database_config)
    if database_config.database.engine == "sqlite":
        assert not os.path.exists(database_config.database.file)


@pytest.mark.parametrize("password", ["", "short", "password1", "ann@example.org", "x" * 2000])
def test_a_password_keeps_the_rules_of_all(password: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        administrator.taken(configuration.load(None, root=str(tmp_path)),
                            {**ANN, "password": password, "again": password})
    assert "password" in caught.value.fields
