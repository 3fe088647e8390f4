"""The oracle: what Chromium takes, the server takes, and reads as the same value; and no more.

Chromium fills in thousands of controls, says by checkValidity() what it thinks, and what it would
send; the server is asked about that. Whatever differs is a fault here, or in the list of
tests/support/differences.py, which docs/forms.md has as well.
"""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.agreement import faults
from tests.browser.oracle import ask
from tests.support.cases import groups
from tests.support.differences import DIFFERENCES, Difference, rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CASES = groups()
DOCS = Path(__file__).resolve().parents[2] / "docs" / "forms.md"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for all cases."""
    with browser.new_context() as context:
        yield context.new_page()


def test_there_are_more_than_two_thousand_cases() -> None:
    assert sum(map(len, CASES.values())) > 2000


@pytest.mark.parametrize("group", CASES)
def test_the_server_says_what_chromium_says(group: str, page: Page) -> None:
    cases = CASES[group]
    twins = [case.twin for case in cases if case.twin is not None]
    seen = ask(page, cases + twins)
    of_twins = {id(one.case): one for one in seen[len(cases):]}
    found = [f"{one.case!r}\n  sends {one.entries}: {fault}" for one in seen[:len(cases)]
             for fault in faults(one, of_twins.get(id(one.case.twin)), DIFFERENCES)]
    assert not found, f"{len(found)} of {len(cases)} cases:\n" + "\n".join(found[:40])


@pytest.mark.parametrize("difference", [each for each in DIFFERENCES if each.example],
                         ids=lambda difference: difference.server)
def test_a_difference_that_is_listed_is_one(difference: Difference, page: Page) -> None:
    assert difference.example
    [seen] = ask(page, [difference.example])
    assert list(faults(seen, None, ())), "it is none any more: take it off the list"


def test_the_guide_lists_every_difference() -> None:
    section = DOCS.read_text("utf-8").partition("\n## Differences from browsers\n")[2]
    lines = section.partition("\n## ")[0].splitlines()
    assert [line for line in lines if line.startswith("|")][2:] == rows()
