"""docs/rules.md shows each rule that ./chapbook check holds a site to, and both of its sides."""
from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Template

import pytest

from chapbook.cli.rules import Lint, banned

from tests.docs.manual import PAGES, ROOT, Block, blocks, parts

RULES = ROOT / "lib" / "chapbook" / "cli" / "rules"
SKELETON = ROOT / "lib" / "chapbook" / "cli" / "skeleton"
FOLDERS = {".sql": "lib/collection/schema", ".html": "templates", "module": "lib/collection",
           ".py": "cgi-bin"}
FOUND = ("# found", "<!-- found -->", "-- found")


def sections() -> dict[str, list[Block]]:
    """The blocks below each heading that is the name of a rule."""
    found: dict[str, list[Block]] = {}
    name = ""
    for part in parts(ROOT / "docs" / "rules.md"):
        if isinstance(part, Block):
            if name:
                found[name].append(part)
        elif heading := re.fullmatch(r"### `([\w-]+)`", part):
            name = heading[1]
            found[name] = []
        elif part.startswith("## "):
            name = ""
    return found


SECTIONS = sections()
EXAMPLES = [(name, block) for name, blocks in SECTIONS.items() for block in blocks]


@pytest.fixture(scope="module")
def lint() -> Lint:
    return Lint(str(ROOT))


@pytest.mark.parametrize(("rule", "block"), EXAMPLES, ids=[block.where for _, block in EXAMPLES])
def test_what_is_said_to_be_found_is_found_and_nothing_else(
    rule: str, block: Block, lint: Lint
) -> None:
    engine = "mysql" if "AUTO_INCREMENT" in block.text else "sqlite"
    path = {"html": "templates/example.html", "python": "lib/collection/example.py",
            "sql": f"lib/collection/schema/example.001.{engine}.sql"}[block.kind]
    if rule in ("begin", "allow"):
        path = "cgi-bin/admin/example.py"
    expected = {(number, rule) for number, line in enumerate(block.text.splitlines(), 1)
                if line.endswith(FOUND)}
    found = {(finding.line, finding.rule) for finding in lint.findings(path, block.text)}
    assert found == expected


@pytest.mark.parametrize("rule", sorted({*SECTIONS} - {"syntax"}))
def test_each_rule_is_shown_broken(rule: str) -> None:
    assert any(line.endswith(FOUND)
               for block in SECTIONS[rule] for line in block.text.splitlines())


@pytest.mark.parametrize("block", [
    block for page in PAGES for block in blocks(page)
    if block.file.startswith(("cgi-bin/", "lib/", "templates/", "htdocs/"))
    and block.kind in ("python", "html", "sql")], ids=lambda block: block.where)
def test_what_other_pages_tell_to_write_keeps_the_rules(block: Block, lint: Lint) -> None:
    told = [f"{finding.line}: {finding.sentence}"
            for finding in lint.findings(block.file, block.text)]
    whole = block.text.startswith("#!") or not block.file.startswith("cgi-bin/")
    assert not [one for one in told if whole or "find lib/" not in one]


@pytest.mark.parametrize("kind", sorted(SKELETON.glob("[!t]*.txt")), ids=lambda path: path.name)
def test_what_new_makes_keeps_the_rules(kind: Path, lint: Lint) -> None:
    text = Template(kind.read_text("utf-8")).safe_substitute(
        name="example", module="example", title="Example", table="example",
        up="os.path.dirname(" * 2, down="))")
    folder = next(folder for part, folder in FOLDERS.items() if part in kind.name)
    name = kind.name.removesuffix(".txt").replace("schema.", "example.001.")
    assert not [*lint.findings(f"{folder}/{name}", text)]


def test_a_file_that_is_no_python_is_found(lint: Lint) -> None:
    assert [each.rule for each in lint.findings("cgi-bin/a.py", "def show(:\n")] == ["syntax"]


def test_each_rule_has_its_section() -> None:
    known = {told[0] for told in (*banned.NAMES.values(), *banned.MODULES.values())}
    for path in Path(RULES).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                known |= {each.value for each in node.args if isinstance(each, ast.Constant)
                          and re.fullmatch(r"[a-z-]+", str(each.value))}
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                first = node.value.elts[0]
                known |= {first.value} if isinstance(first, ast.Constant) else set()
    assert known == set(SECTIONS)
