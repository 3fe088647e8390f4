"""MySQL and MariaDB: connections that end, and transactions that meet."""
from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import Unavailable

from tests.support.mariadb import MariaDB
from tests.support.mysql import changed, gone, refusal
from tests.support.proxy import CuttingProxy
from tests.support.tables import THING, count, make
from tests.support.threads import together, until


@pytest.fixture
def db(mysql_config: Config) -> Iterator[Database]:
    with connect(mysql_config) as database:
        make(database, THING)
        yield database


def add(db: Database, name: str, number: int = 0) -> int:
    return db.insert("INSERT INTO thing (name, number) VALUES (:name, :number)",
                     name=name, number=number)


def killed(mariadb: MariaDB, db: Database) -> None:
    """End the connection of this database from the server's side, as an administrator would."""
    number = db.value("SELECT CONNECTION_ID()")
    mariadb.root(f"KILL {number}")
    gone(mariadb, number)


def test_a_server_that_hangs_is_given_up_in_time(mariadb: MariaDB, mysql_config: Config) -> None:
    config = changed(mysql_config, connect_timeout=0.3)
    with connect(config) as db:
        assert db.value("SELECT 1") == 1
        mariadb.freeze()
        try:
            assert "connect_timeout" in refusal(config)
            started = time.monotonic()
            with pytest.raises(Unavailable, match="The connection was lost"):
                db.value("SELECT 2")
            assert time.monotonic() - started < 1.5
        finally:
            mariadb.thaw()
        assert db.value("SELECT 3") == 3
        mariadb.freeze()
        try:
            started = time.monotonic()
            with pytest.raises(Unavailable, match="nor to a new connection"):
                db.transact(db.run, "SELECT 4")
            assert time.monotonic() - started < 1.5, "what the server's silence ended is retried"
        finally:
            mariadb.thaw()


def test_a_slow_statement_is_waited_for_while_the_server_lets_others_in(
    mariadb: MariaDB, mysql_config: Config
) -> None:
    config = changed(mysql_config, connect_timeout=0.2)
    with connect(config) as db:
        assert db.value("SELECT SLEEP(0.6)") == 0
        assert count_of_connections(mariadb, config) == 1, "the second connection was closed"
        assert db.value("SELECT 1") == 1


def test_a_server_that_is_full_is_there(mariadb: MariaDB, mysql_config: Config) -> None:
    with connect(changed(mysql_config, connect_timeout=0.2)) as db:
        number = db.value("SELECT CONNECTION_ID()")
        before = mariadb.root("SELECT @@max_user_connections")[0][0]
        mariadb.root("GRANT USAGE ON *.* TO chapbook@'%' WITH MAX_USER_CONNECTIONS 1")
        try:
            assert db.value("SELECT SLEEP(0.6)") == 0
            assert db.value("SELECT CONNECTION_ID()") == number
        finally:
            mariadb.root(f"GRANT USAGE ON *.* TO chapbook@'%' WITH MAX_USER_CONNECTIONS {before}")


def count_of_connections(mariadb: MariaDB, config: Config) -> int:
    """How many connections to this database there are, once a closed one had time to go."""
    sql = f"SELECT 1 FROM information_schema.processlist WHERE db = '{config.database.name}'"
    until(lambda: len(mariadb.root(sql)) < 2)
    return len(mariadb.root(sql))


def test_a_killed_connection_is_renewed_by_the_next_read_and_by_begin(
    mariadb: MariaDB, db: Database
) -> None:
    killed(mariadb, db)
    assert count(db) == 0
    killed(mariadb, db)
    with db.transaction():
        add(db, "a")
    assert count(db) == 1


def test_a_restarted_server_is_found_again(mariadb: MariaDB, db: Database) -> None:
    db.transact(add, db, "a")
    mariadb.restart()
    assert count(db) == 1
    mariadb.kill9()
    with pytest.raises(Unavailable, match="start the server"):
        count(db)
    mariadb.start()
    assert count(db) == 1
    db.transact(add, db, "b")


def test_an_acknowledged_write_survives_a_crash(mariadb: MariaDB, db: Database) -> None:
    db.transact(add, db, "a")
    with pytest.raises(Unavailable):
        with db.transaction():
            add(db, "b")
            mariadb.kill9()
    mariadb.start()
    assert [row.name for row in db.all("SELECT name FROM thing")] == ["a"]


def test_a_connection_that_idled_too_long_is_renewed(mariadb: MariaDB, db: Database) -> None:
    number = db.value("SELECT CONNECTION_ID()")
    db.run("SET SESSION wait_timeout = 1")
    gone(mariadb, number)
    assert count(db) == 0


def test_a_connection_lost_inside_a_transaction_is_never_renewed_there(
    mariadb: MariaDB, db: Database
) -> None:
    with pytest.raises(Unavailable):
        with db.transaction():
            add(db, "a")
            killed(mariadb, db)
            with pytest.raises(Unavailable):
                add(db, "b")
            add(db, "c")
    assert count(db) == 0


def test_a_connection_lost_before_commit_has_the_work_run_again(
    mariadb: MariaDB, db: Database
) -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        add(db, "a")
        if len(tries) == 1:
            killed(mariadb, db)
        add(db, "b")

    db.transact(work)
    assert len(tries) == 2 and count(db) == 2


@pytest.mark.parametrize("after", [True, False])
def test_a_connection_lost_during_commit_is_not_repeated(
    mariadb: MariaDB, mysql_config: Config, db: Database, after: bool
) -> None:
    tries = []
    with CuttingProxy(("127.0.0.1", mariadb.port), b"COMMIT", after=after) as proxy:
        with connect(changed(mysql_config, port=proxy.port)) as own:
            with pytest.raises(Unavailable) as caught:
                own.transact(lambda: tries.append(add(own, f"a{len(tries)}")))
            assert "unknown" in caught.value.detail
            assert len(tries) == 1
            until(lambda: count(db) == int(after))
            own.transact(add, own, "b")
            assert count(db) == int(after) + 1


def test_a_connection_cut_during_begin_is_renewed(
    mariadb: MariaDB, mysql_config: Config, db: Database
) -> None:
    with CuttingProxy(("127.0.0.1", mariadb.port), b"START TRANSACTION", after=True) as proxy:
        with connect(changed(mysql_config, port=proxy.port)) as own:
            assert own.value("SELECT 1") == 1
            own.transact(add, own, "a")
    assert count(db) == 1


def test_a_deadlock_is_retried_whole(db: Database) -> None:
    with db.transaction():
        add(db, "a")
        add(db, "b")
    both_hold_one = threading.Barrier(2)
    tries = []

    def visitor(first: str, second: str) -> None:
        with connect(db.config) as own:
            def work() -> None:
                own.run("UPDATE thing SET number = number + 1 WHERE name = :n", n=first)
                tries.append(first)
                if len(tries) <= 2:
                    both_hold_one.wait(20)
                own.run("UPDATE thing SET number = number + 1 WHERE name = :n", n=second)

            own.transact(work)

    together(lambda: visitor("a", "b"), lambda: visitor("b", "a"))
    assert len(tries) >= 3
    assert [row.number for row in db.all("SELECT number FROM thing ORDER BY name")] == [2, 2]


def test_a_lock_that_is_not_had_is_waited_for_again_and_then_given_up(
    db: Database, mysql_config: Config
) -> None:
    db.transact(add, db, "a")
    tries = []
    with connect(changed(mysql_config, lock_timeout=1.0)) as own, db.transaction():
        db.run("UPDATE thing SET number = 5")

        def work() -> None:
            tries.append(1)
            own.run("INSERT INTO thing (name) VALUES ('b')")
            own.run("UPDATE thing SET number = 6 WHERE name = 'a'")

        with pytest.raises(Unavailable) as caught:
            own.transact(work)
    assert "1205" in caught.value.detail
    assert 2 <= len(tries) <= 4
    assert db.all("SELECT name, number FROM thing") == [{"name": "a", "number": 5}]
    own.transact(work)
    assert count(db) == 2
