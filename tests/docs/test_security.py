"""docs/security.md promises nothing without a test, and names no test that is not there."""
from __future__ import annotations

import re

import pytest

from tests.docs.manual import ROOT

PAGE = (ROOT / "docs/security.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
NAMED = sorted(set(re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE)))


def test_every_promise_names_a_test() -> None:
    tables = PAGE.partition("## How it is tested")[0]
    for line in tables.splitlines():
        if line.startswith("| ") and "shown by" not in line:
            assert re.fullmatch(r"\| \S.*[.] \| `tests/[\w/]+\.py::test_\w+` \|", line), line
    assert len(NAMED) > 90


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.M), file
