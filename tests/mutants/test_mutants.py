"""The security mutants fit this tree, and those of the day are killed by its tests."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from .mutant import ROOT, Mutant
from .table import MUTANTS, sample
from .trial import Copy, Unusable, compile_or_not, trials

SAMPLE = 6                    # which take half a minute; `python -m tests.mutants` tries all


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits_the_tree_and_its_tests_are_there(mutant: Mutant) -> None:
    compile_or_not(mutant)
    assert mutant.old != mutant.new
    for name in mutant.tests.split():
        assert (ROOT / name.partition("::")[0]).exists(), name


def test_no_two_mutants_have_one_name() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 250


def test_some_of_them_each_day_others_are_killed() -> None:
    """`python -m tests.mutants --sample 6 --seed 2026-11-22` tries those of that day again."""
    chosen = sample(SAMPLE, time.strftime("%Y-%m-%d", time.gmtime()))
    assert [str(outcome) for outcome in trials(chosen, jobs=1) if not outcome.killed] == []


def test_a_protection_that_no_test_is_about_survives() -> None:
    blind = MUTANTS[0]._replace(tests="tests/unit/test_percent.py")
    assert [outcome.killed for outcome in trials([blind], jobs=1)] == [False]


def test_tests_that_cannot_be_run_kill_nothing() -> None:
    gone = MUTANTS[0]._replace(tests="tests/unit/test_nothing_at_all.py")
    with pytest.raises(Unusable, match="do not pass as they are"):
        list(trials([gone], jobs=1))


def test_a_mutant_that_does_not_fit_is_not_tried() -> None:
    with pytest.raises(Unusable, match="0 times, and not once"):
        list(trials([MUTANTS[0]._replace(old="what stands nowhere")], jobs=1))


def test_the_copy_is_whole_again_and_gone_in_the_end() -> None:
    copy = Copy()
    try:
        mutant = MUTANTS[0]._replace(tests="tests/unit/test_percent.py")
        copy.run(mutant)
        assert (copy.root / mutant.file).read_text() == (ROOT / mutant.file).read_text()
        assert not list(Path(copy.root).glob("site.ini"))
    finally:
        copy.remove()
    assert not copy.folder.exists()
