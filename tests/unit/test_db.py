"""The database, the same on both engines: reading, writing, transactions."""
from __future__ import annotations

import copy
import datetime
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import chapbook.db
from chapbook.config import Config
from chapbook.db import Database, Row, connect
from chapbook.errors import DatabaseError, Duplicate, Unavailable

from tests.support.tables import THING, count, make, make_more
from tests.support.threads import together


@pytest.fixture
def things(db: Database) -> Database:
    """A database with the table `thing` (id, name UNIQUE, number, data), empty."""
    make(db, THING)
    return db


def add(db: Database, name: str, number: int | None = None) -> int:
    return db.insert("INSERT INTO thing (name, number) VALUES (:name, :number)",
                     name=name, number=number)


def test_rows_are_dicts_with_attributes(things: Database) -> None:
    with things.transaction():
        add(things, "a", 1)
        add(things, "b", 2)
    rows = things.all("SELECT name, number FROM thing ORDER BY name")
    assert rows == [{"name": "a", "number": 1}, {"name": "b", "number": 2}]
    assert rows[1].name == "b" and rows[1]["number"] == 2
    assert isinstance(rows[0], Row)
    with pytest.raises(AttributeError, match="no column 'nmae'; it has: name, number"):
        rows[0].nmae


def test_one_and_value_give_the_first_or_none(things: Database) -> None:
    assert things.all("SELECT name FROM thing") == []
    assert things.one("SELECT name FROM thing") is None
    assert things.value("SELECT name FROM thing") is None
    with things.transaction():
        add(things, "a", 1)
        add(things, "b", 2)
    assert things.one("SELECT name, number FROM thing ORDER BY name DESC") == {
        "name": "b", "number": 2}
    assert things.value("SELECT name, number FROM thing ORDER BY name DESC") == "b"
    assert things.value("SELECT name FROM thing WHERE name = :name", name="c") is None


def test_run_counts_the_rows_found_even_if_nothing_changed(things: Database) -> None:
    with things.transaction():
        add(things, "a", 1)
        add(things, "b", 1)
        for _ in range(2):
            assert things.run("UPDATE thing SET number = :n", n=5) == 2
        assert things.run("DELETE FROM thing WHERE name = :name", name="x") == 0
        assert things.run("DELETE FROM thing") == 2


def test_insert_gives_the_new_id_also_a_large_one(things: Database) -> None:
    with things.transaction():
        first = add(things, "a")
        assert add(things, "b") == first + 1
        things.run("INSERT INTO thing (id, name) VALUES (:id, 'c')", id=2**62)
        assert add(things, "d") == 2**62 + 1
    assert things.value("SELECT MAX(id) FROM thing") == 2**62 + 1


def test_every_text_comes_back_as_it_was(things: Database) -> None:
    texts = ["", "😀 \U0010ffff", "it's", '"', "\\", "\\'", "a\\", "%s %% %(a)s", ":name ?",
             "\n\t\x1a", "e\u0301", "-- ;", "`"]
    for number, text in enumerate(texts):
        with things.transaction():
            things.insert("INSERT INTO thing (name, note) VALUES (:name, :note)",
                          name=str(number), note=text)
        assert things.value("SELECT note FROM thing WHERE name = :n", n=str(number)) == text
        assert things.value("SELECT note FROM thing WHERE note = :t AND name = :n",
                            t=text, n=str(number)) == text


def test_every_type_comes_back_as_it_was(things: Database) -> None:
    for number, value in ((1, 2**63 - 1), (2, -2**63), (3, None), (4, True)):
        with things.transaction():
            add(things, str(number), value)
        assert things.value("SELECT number FROM thing WHERE name = :n", n=str(number)) == value
    with things.transaction():
        things.run("INSERT INTO thing (name, data, day, weight) VALUES ('x', :data, :day, :weight)",
                   data=bytes(range(256)), day=datetime.date(2026, 11, 22), weight=0.1)
    assert things.one("SELECT data, day, weight FROM thing WHERE name = 'x'") == {
        "data": bytes(range(256)), "day": "2026-11-22", "weight": 0.1}


def test_sums_and_averages_are_plain_numbers(things: Database) -> None:
    with things.transaction():
        add(things, "a", 2)
        add(things, "b", 3)
    row = things.one("SELECT SUM(number) AS s, AVG(number) AS a, COUNT(*) AS c FROM thing")
    assert row == {"s": 5, "a": 2.5, "c": 2}
    assert [type(value) for value in row.values()] == [int, float, int]


def test_sql_means_the_same_on_both_engines(things: Database) -> None:
    assert things.value("SELECT 'a' || 'b' || :c", c="c") == "abc"
    assert things.value("SELECT '\\n'") == "\\n"
    with things.transaction():
        things.run('INSERT INTO "thing" ("name") VALUES (:name)', name="10%_\\")
    assert things.value("SELECT name FROM thing WHERE name LIKE :pattern ESCAPE '!'",
                        pattern="10!%!__") == "10%_\\"


@pytest.mark.parametrize("value", [
    {"a": 1}, ["a"], ("a",), datetime.datetime(2026, 1, 1), object(),
])
def test_a_parameter_of_another_type_is_a_type_error(db: Database, value: object) -> None:
    with pytest.raises(TypeError):
        db.value("SELECT :value", value=value)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**64, float("nan")])
def test_a_value_that_cannot_be_stored_is_refused(db: Database, value: object) -> None:
    with pytest.raises(ValueError):
        db.value("SELECT :value", value=value)


def test_a_write_outside_a_transaction_is_refused_and_told_why(things: Database) -> None:
    for write in ("INSERT INTO thing (name) VALUES ('a')", "UPDATE thing SET name = 'b'",
                  "DELETE FROM thing", "DROP TABLE thing"):
        with pytest.raises(DatabaseError) as caught:
            things.run(write)
        assert "writes belong in a transaction" in caught.value.detail
        assert write in caught.value.detail
    with things.transaction():
        add(things, "a")
    with pytest.raises(DatabaseError, match="writes belong"):
        add(things, "b")
    assert count(things) == 1


def test_a_failed_statement_says_which_and_how_to_go_on(things: Database) -> None:
    with pytest.raises(DatabaseError) as caught:
        things.all("SELECT name FROM missing")
    assert "missing" in caught.value.detail.partition(". Is the name right in the statement")[0]
    assert "makes it, run ./chapbook migrate.\n  in: SELECT name FROM missing" in (
        caught.value.detail)
    with pytest.raises(DatabaseError) as caught:
        things.all("SELEKT 1")
    assert caught.value.status == 500 and "SELEKT" not in caught.value.sentence
    with pytest.raises(DatabaseError, match="same name"):
        things.all("SELECT name, name FROM thing")
    with pytest.raises(DatabaseError):
        things.all("SELECT 1; SELECT 2")


def test_a_unique_key_raises_duplicate_and_the_transaction_goes_on(things: Database) -> None:
    with things.transaction():
        add(things, "a")
        with pytest.raises(Duplicate) as caught:
            add(things, "a")
        add(things, "b")
    assert caught.value.status == 409
    assert count(things) == 2


def test_a_statement_that_takes_too_long_is_stopped(database_config: Config) -> None:
    vars(database_config.database)["statement_timeout"] = 0.5
    with connect(database_config) as db:
        make(db, THING)
        make_more(db, 150)
        with pytest.raises(Unavailable) as caught:
            db.value("SELECT COUNT(*) FROM thing a, thing b, thing c, thing d"
                     " WHERE a.name < d.name")
        assert "statement_timeout" in caught.value.detail
        assert count(db) == 150


def test_another_thread_may_not_use_the_connection(things: Database) -> None:
    assert count(things) == 0
    with pytest.raises(RuntimeError, match="another thread"):
        together(lambda: count(things))
    assert count(things) == 0


def test_each_thread_keeps_a_database_of_its_own(database_config: Config) -> None:
    mine = chapbook.db.kept(database_config)
    barrier = threading.Barrier(2)

    def work() -> Database:
        found = chapbook.db.kept(database_config)
        assert found is chapbook.db.kept(database_config) and found.value("SELECT 1") == 1
        barrier.wait(10)
        chapbook.db.close_kept()
        return found

    try:
        first, second = together(work, work)
        assert len({id(mine), id(first), id(second)}) == 3
        assert mine is chapbook.db.kept(database_config)
        changed = chapbook.config.load(None, {"database": {"file": "elsewhere.sqlite"}})
        assert chapbook.db.kept(changed) is not mine
    finally:
        chapbook.db.close_kept()


def test_the_database_that_a_thread_keeps_follows_the_settings(database_config: Config) -> None:
    try:
        mine = chapbook.db.kept(database_config)
        assert mine.value("SELECT 1") == 1
        changed = copy.copy(database_config)
        changed.guestbook = copy.copy(database_config.guestbook)
        changed.guestbook.moderation = "all"
        assert chapbook.db.kept(changed) is mine
        assert mine.config.guestbook.moderation == "all"
    finally:
        chapbook.db.close_kept()


def test_a_fork_leaves_the_parents_connection_alone(things: Database) -> None:
    with things.transaction():
        add(things, "a")
    child = os.fork()
    if not child:
        try:
            seen = count(things)
            things.close()
            os._exit(0 if seen == 1 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    session = things._session
    assert count(things) == 1 and things._session is session


def test_importing_the_database_loads_no_driver() -> None:
    code = "import sys, chapbook.db; print({'pymysql', 'sqlite3', 'ssl'} & set(sys.modules))"
    lib = str(Path(chapbook.db.__file__).parents[1])
    result = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": lib}, check=True,
                            capture_output=True, text=True)
    assert result.stdout.strip() == "set()"
