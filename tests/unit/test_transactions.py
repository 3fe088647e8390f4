"""Transactions, the same on both engines: kept whole, undone whole, retried whole."""
from __future__ import annotations

from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.engines import Busy
from chapbook.errors import DatabaseError, NotFound, Unavailable

from tests.support.tables import THING, count, make
from tests.support.threads import together


@pytest.fixture
def things(db: Database) -> Database:
    """A database with the table `thing`, empty."""
    make(db, THING)
    return db


def add(db: Database, name: str, number: int | None = None) -> int:
    return db.insert("INSERT INTO thing (name, number) VALUES (:name, :number)",
                     name=name, number=number)


def test_a_transaction_is_kept_whole_or_not_at_all(things: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        with things.transaction():
            add(things, "a")
            1 / 0
    assert count(things) == 0
    with things.transaction() as same:
        assert same is things
        add(things, "a")
        add(things, "b")
    assert count(things) == 2


def test_an_inner_block_that_fails_undoes_only_its_own_writes(things: Database) -> None:
    with things.transaction():
        add(things, "a")
        with pytest.raises(ZeroDivisionError):
            with things.transaction():
                add(things, "b")
                with things.transaction():
                    add(things, "c")
                1 / 0
        with things.transaction():
            add(things, "d")
    assert [row.name for row in things.all("SELECT name FROM thing ORDER BY name")] == ["a", "d"]


def test_an_inner_block_that_comes_first_is_undone_alone_too(things: Database) -> None:
    with things.transaction():
        with pytest.raises(ZeroDivisionError):
            with things.transaction():
                add(things, "a")
                1 / 0
        add(things, "b")
    assert [row.name for row in things.all("SELECT name FROM thing")] == ["b"]


def test_the_outer_block_undoes_the_inner_one_with_it(things: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        with things.transaction():
            with things.transaction():
                add(things, "a")
            things.transact(add, things, "b")
            1 / 0
    assert count(things) == 0


def test_transact_gives_the_result_and_commits(things: Database, database_config: Config) -> None:
    new = things.transact(add, things, "a", number=4)
    with connect(database_config) as other:
        assert other.value("SELECT id FROM thing") == new


def test_transact_undoes_the_writes_of_an_error_and_of_a_result_not_kept(things: Database) -> None:
    def work(error: bool) -> int:
        add(things, "a")
        if error:
            raise NotFound()
        return 422

    with pytest.raises(NotFound):
        things.transact(work, True)
    assert things.transact(work, False, keep=lambda status: status < 400) == 422
    assert count(things) == 0
    assert things.transact(work, False, keep=lambda status: status == 422) == 422
    assert count(things) == 1


def test_a_transaction_has_begun_with_its_first_statement(db: Database) -> None:
    assert not db.has_begun
    with db.transaction():
        assert not db.has_begun
        db.value("SELECT 1")
        assert db.has_begun
    assert not db.has_begun


def test_a_lazy_transaction_without_a_statement_connects_to_nothing(tmp_path: Path) -> None:
    config = configuration.load(None, {"database": {"file": str(tmp_path / "var" / "x.sqlite")}})
    with connect(config) as db:
        assert db.transact(lambda: 5, lazy=True) == 5
        with db.transaction():
            pass
    assert not (tmp_path / "var").exists()


def test_others_in_the_way_make_the_work_run_again_at_most_three_times(things: Database) -> None:
    tries = []

    def work(succeed_at: int) -> str:
        tries.append(count(things))
        add(things, "a")
        if len(tries) < succeed_at:
            things._failed = Busy(detail="somebody was in the way")
        return "done"

    assert things.transact(work, 4) == "done"
    assert tries == [0, 0, 0, 0] and count(things) == 1
    with things.transaction():
        things.run("DELETE FROM thing")
    tries.clear()
    with pytest.raises(Unavailable, match="somebody"):
        things.transact(work, 5)
    assert len(tries) == 4 and count(things) == 0


def test_only_the_outermost_transaction_is_retried(things: Database) -> None:
    outer, inner = [], []

    def inner_work() -> None:
        inner.append(1)
        if len(inner) == 1:
            raise Busy(detail="in the way")

    def outer_work() -> None:
        outer.append(1)
        add(things, "a")
        things.transact(inner_work)

    things.transact(outer_work)
    assert len(outer) == len(inner) == 2 and count(things) == 1


def test_a_transaction_that_ended_early_is_noticed(things: Database) -> None:
    with pytest.raises(DatabaseError, match="already ended"):
        with things.transaction():
            add(things, "a")
            things.run("ROLLBACK")
            add(things, "b")
    assert count(things) == 0
    with pytest.raises(DatabaseError, match="already ended"):
        with things.transaction():
            add(things, "c")
            things.run("COMMIT")
    with things.transaction():
        add(things, "d")
    assert count(things) == 2


def test_a_connection_closed_inside_a_transaction_is_not_opened_again_there(
    things: Database
) -> None:
    with pytest.raises(DatabaseError, match="already ended"):
        with things.transaction():
            add(things, "a")
            things.close()
            add(things, "b")
    assert count(things) == 0
    things.transact(add, things, "c")
    assert count(things) == 1


def test_a_swallowed_error_of_the_way_still_has_the_work_run_again(things: Database) -> None:
    tries = []

    def work() -> str:
        tries.append(1)
        add(things, "a")
        if len(tries) == 1:
            try:
                things._perform(in_the_way)
            except Unavailable:
                raise NotFound() from None
        return "done"

    def in_the_way(session: object) -> None:
        raise Busy(detail="in the way")

    assert things.transact(work) == "done"
    assert len(tries) == 2 and count(things) == 1


def test_parallel_counting_loses_nothing(things: Database, database_config: Config) -> None:
    with things.transaction():
        add(things, "counter", 0)

    def visitor() -> None:
        with connect(database_config) as own:
            for _ in range(10):
                own.transact(own.run, "UPDATE thing SET number = number + 1 WHERE name = 'counter'")

    together(*[visitor] * 4)
    assert things.value("SELECT number FROM thing WHERE name = 'counter'") == 40
