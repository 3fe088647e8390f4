"""Limits on trying: no more than was said however many come at once, and never for good."""
from __future__ import annotations

import time

import pytest

from chapbook.accounts import throttle
from chapbook.accounts.throttle import Limit
from chapbook.config import Config
from chapbook.db import Database, connect

from tests.support.threads import together

FIVE = Limit("five", 5, 60)
NOW = 1_800_000_000
MONTH = 30 * 86400


def spent(box: Database, now: int, key: str = "ann", limit: Limit = FIVE) -> bool:
    return throttle.spend(box, [(limit, key)], now) == 0


def test_so_many_at_once_and_then_one_every_so_often(box: Database) -> None:
    assert [spent(box, NOW) for _ in range(7)] == [True] * 5 + [False] * 2
    assert throttle.spend(box, [(FIVE, "ann")], NOW) == 60
    assert throttle.spend(box, [(FIVE, "ann")], NOW + 59) == 1
    assert [spent(box, NOW + 60) for _ in range(2)] == [True, False]
    assert [spent(box, NOW + 60 + 3 * 60) for _ in range(4)] == [True] * 3 + [False]
    assert [spent(box, NOW + 86400) for _ in range(6)] == [True] * 5 + [False]


def test_whoever_is_refused_again_and_again_waits_no_longer(box: Database) -> None:
    for _ in range(5):
        spent(box, NOW)
    for _ in range(50):
        assert throttle.spend(box, [(FIVE, "ann")], NOW + 1) == 59
    assert spent(box, NOW + 60)


def test_each_key_and_each_limit_counts_for_itself(box: Database) -> None:
    other = Limit("other", 1, 60)
    assert all(spent(box, NOW) for _ in range(5)) and not spent(box, NOW)
    assert spent(box, NOW, "bob") and spent(box, NOW, "ann", other)
    assert not spent(box, NOW, "ann", other)


def test_the_first_limit_that_is_reached_is_the_one_to_wait_for(box: Database) -> None:
    tries = [(Limit("one", 1, 10), "x"), (Limit("two", 1, 500), "x")]
    assert throttle.spend(box, tries, NOW) == 0
    assert throttle.spend(box, tries, NOW) == 10
    assert throttle.spend(box, tries, NOW + 10) == 490


def test_what_is_given_back_can_be_spent_again(box: Database) -> None:
    for _ in range(5):
        assert spent(box, NOW)
    throttle.give_back(box, [(FIVE, "ann")])
    assert [spent(box, NOW) for _ in range(2)] == [True, False]
    for _ in range(50):
        throttle.give_back(box, [(FIVE, "ann")])
    assert [spent(box, NOW) for _ in range(6)] == [True] * 5 + [False], "no more than there are"


def test_forty_at_once_get_no_more_than_five(box: Database, site: Config) -> None:
    def attempt() -> bool:
        with connect(site) as own:
            return all([spent(own, NOW), spent(own, NOW)])

    def count() -> int:
        with connect(site) as own:
            return sum(spent(own, NOW) for _ in range(5))

    assert sum(together(*[count] * 8)) == 5


@pytest.mark.parametrize("back", [3600, 86400, 10 * 365 * 86400])
def test_a_clock_that_is_set_back_locks_nobody_out(box: Database, back: int) -> None:
    for _ in range(6):
        spent(box, NOW)
    throttle.know(box, "ann", "net", NOW)
    assert [spent(box, NOW - back) for _ in range(6)] == [True] * 5 + [False]


def test_a_clock_that_is_set_forward_only_lets_more_through(box: Database) -> None:
    for _ in range(6):
        spent(box, NOW)
    assert spent(box, NOW + 86400) and spent(box, 2**32 + 5)


def test_counts_stay_when_the_page_is_undone(box: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        box.transact(lambda: _spend_and_fail(box), lazy=True)
    assert sum(spent(box, NOW) for _ in range(6)) == 4


def _spend_and_fail(box: Database) -> None:
    with throttle.apart(box) as own:
        assert own is not box
        throttle.spend(own, [(FIVE, "ann")], NOW)
    1 / 0


def test_a_caller_who_has_begun_to_write_keeps_the_counts_with_its_own_writes(
    box: Database
) -> None:
    with pytest.raises(ZeroDivisionError), box.transaction():
        throttle.know(box, "ann", "net", NOW)
        with throttle.apart(box) as own:
            assert own is box
        1 / 0
    assert not throttle.is_known(box, "ann", "net", NOW)


def test_a_network_is_known_for_a_month(box: Database) -> None:
    assert not throttle.is_known(box, "ann", "net", NOW)
    throttle.know(box, "ann", "net", NOW)
    assert throttle.is_known(box, "ann", "net", NOW + MONTH - 1)
    assert not throttle.is_known(box, "ann", "net", NOW + MONTH)
    assert not throttle.is_known(box, "bob", "net", NOW)
    assert not throttle.is_known(box, "ann", "other", NOW)
    throttle.know(box, "ann", "net", NOW + 100)
    assert throttle.is_known(box, "ann", "net", NOW + MONTH)


def test_the_table_tells_nobody_who_it_was(box: Database) -> None:
    throttle.spend(box, [(FIVE, "ann@example.org")], NOW)
    name = box.value("SELECT name FROM throttle")
    assert len(name) == 32 and "ann" not in name


def test_rows_that_mean_nothing_are_swept_in_batches_and_others_stay(box: Database) -> None:
    fill(box, 1200, NOW - 10)
    assert spent(box, NOW)
    throttle.know(box, "ann", "net", NOW)
    assert [box.transact(throttle.sweep, box, NOW) for _ in range(4)] == [500, 500, 200, 0]
    assert box.value("SELECT COUNT(*) FROM throttle") == 2


def test_what_a_clock_that_was_years_ahead_has_left_is_swept(box: Database) -> None:
    throttle.know(box, "ann", "net", NOW + 3650 * 86400)
    throttle.know(box, "bob", "net", NOW)
    assert box.transact(throttle.sweep, box, NOW) == 1
    assert throttle.is_known(box, "bob", "net", NOW)


def test_a_try_costs_no_more_in_a_table_that_has_grown(box: Database) -> None:
    fill(box, 100_000, NOW - 10)
    begun = time.process_time()
    for number in range(20):
        assert spent(box, NOW, f"key {number}")
    assert (time.process_time() - begun) / 20 < 0.02
    begun = time.process_time()
    assert box.transact(throttle.sweep, box, NOW) == 500
    assert time.process_time() - begun < 1


def fill(box: Database, count: int, free_at: int) -> None:
    """So many rows, made by the database itself."""
    numbers = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
                  " INSERT INTO throttle (name, free_at)"
                  " SELECT printf('%032d', i), :free_at FROM n WHERE i <= :count",
        "mysql": "INSERT INTO throttle (name, free_at)"
                 " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
                 " SELECT LPAD(i, 32, '0'), :free_at FROM n WHERE i <= :count",
    }
    with box.transaction():
        for at in range(0, count, 900):           # MySQL follows 1000 steps at most
            some = min(900, count - at)
            box.run(numbers[box.engine].replace("'%032d', i", f"'%032d', i + {at}")
                    .replace("LPAD(i,", f"LPAD(i + {at},"), count=some, free_at=free_at)
