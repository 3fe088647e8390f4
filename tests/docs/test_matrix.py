"""The page with every case on every server is of the cases and servers that there are."""
from __future__ import annotations

import re

from tests import matrix
from tests.servers.exceptions import EXCEPTIONS, SOMETIMES
from tests.support.gateways import EVERY

PAGE = matrix.PAGE.read_text("utf-8")
AGAIN = "make it anew: .venv/bin/python -m tests.matrix"
ROWS = {row[0]: row[1:] for row in (
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| case"))}


def test_its_columns_are_the_servers_that_the_contract_is_tried_on() -> None:
    assert re.findall(r"^\d+\. `([a-z-]+)`:", PAGE, re.M) == list(EVERY), AGAIN


def test_its_rows_are_the_cases_of_the_contract() -> None:
    cases = [matrix.sentence(case) for path in matrix.CONTRACT for case in matrix.cases(path)]
    assert list(ROWS) == cases, AGAIN


def test_every_cell_holds_or_has_its_reason() -> None:
    reasons = dict(re.findall(r"^- \*\*([a-z])\*\*: (.+)$", PAGE, re.M))
    assert {*reasons.values()} - SOMETIMES == {*EXCEPTIONS.values()} - SOMETIMES, AGAIN
    for case, cells in ROWS.items():
        assert len(cells) == len(EVERY)
        for cell in cells:
            assert cell and all(part.isdigit() or part in reasons for part in cell.split()), case
