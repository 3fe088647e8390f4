"""A short run of every fuzz target: `python -m tests.fuzz` is the long one."""
from __future__ import annotations

import pytest

import tests.fuzz.archives
import tests.fuzz.oldscripts
import tests.fuzz.requests
import tests.fuzz.texts  # noqa: F401
from tests.fuzz import engines
from tests.fuzz.table import ALL, Target

each = pytest.mark.parametrize("target", ALL.values(), ids=list(ALL))
INPUTS = 150                             # of each target; as many for all take about ten seconds


@each
def test_nothing_that_is_sent_makes_it_fail(target: Target) -> None:
    for data in (b"", *target.seeds, *target.words):
        target.run(data)
    engines.some(target, INPUTS)


@each
def test_four_times_as_much_takes_about_four_times_as_long(target: Target) -> None:
    assert target.grows_too_fast() == ""


def test_a_fault_that_is_there_is_found() -> None:
    def broken(data: bytes) -> None:
        assert b"&&=" not in data

    with pytest.raises(AssertionError):
        engines.some(Target(broken, (b"a=b&c",), (b"&", b"="), 1), 2000)
