"""The page about the doctor has each thing that it finds, and nothing else."""
from __future__ import annotations

import ast
import re
from collections import Counter

from chapbook.doctor import SEVERITIES

from tests.docs.manual import ROOT

PAGE = (ROOT / "docs/doctor.md").read_text("utf-8")
SOURCES = [path for path in (ROOT / "lib/chapbook/doctor").glob("*.py")
           if path.name != "findings.py"]


def test_every_finding_has_an_entry_that_says_how_grave_it_is() -> None:
    entries = re.findall(r"^### ([a-z0-9-]+)\n\n(Red|Amber)\. \S", PAGE, re.M)
    assert Counter((name, grave.lower()) for name, grave in entries) == Counter(
        SEVERITIES.items())


def test_every_finding_is_one_that_a_check_can_make() -> None:
    texts = {node.value for path in SOURCES for node in ast.walk(ast.parse(path.read_text("utf-8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert not set(SEVERITIES) - texts


def test_every_finding_is_proven_by_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for folder in ("unit/doctor", "servers")
                    for path in (ROOT / "tests" / folder).glob("test_*.py"))
    assert [name for name in SEVERITIES if f'"{name}"' not in tests] == []
