"""What a module may import: only lower levels, so that each can be read without those above it."""
from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parents[1] / "lib"

# From the ground up; a package (engines, server, cli) is one entry, and its modules may import
# one another. `chapbook` itself is the door for page scripts, above all but server, testing, cli.
LEVELS = (
    {"archive", "closed", "conditions", "errors", "percent", "frames", "later", "plainjson"},
    {"filters", "ini", "multidict", "cookies", "paths", "sql", "forwarded"},
    {"config", "script"},
    {"body", "response", "crosssite", "errorpage", "debugpage", "log", "passcode", "settings",
     "signing"},
    {"fields", "hosting"},
    {"rendering", "location"},
    {"compiled"},
    {"engines"},
    {"db"},
    {"jinja"},
    {"templates", "failure"},
    {"afterwards", "flash", "session", "user"},
    {"request", "schema"},
    {"forms", "mail"},
    {"accounts", "application"},
    {"backup", "kept"},
    {"permissions"},
    {"doctor", "page"},
    {"routes"},
    {"installing", "server"},
    {"testing", "upgrade"},
    {"cli"},
)
DOOR = "__init__"

# Costly at start-up, or not needed by every page: they are imported inside the function that is.
HEAVY = (
    "argparse", "asyncio", "configparser", "dataclasses", "datetime", "email", "hashlib", "http",
    "importlib.metadata", "inspect", "jinja2", "json", "logging", "multipart", "pymysql", "random",
    "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "traceback", "typing",
    "unicodedata", "urllib", "waitress", "wsgiref",
)

MODULES = sorted(path.relative_to(LIB).with_suffix("").as_posix()
                 for path in LIB.rglob("*.py"))
CHAPBOOK = [name for name in MODULES if name.startswith("chapbook/")]


def imports(module: str) -> Iterator[str]:
    """The modules of lib/ that a module imports at run time, as paths: "chapbook/errors"."""
    tree = ast.parse((LIB / f"{module}.py").read_text("utf-8"))
    package = module.split("/")[:-1]
    for node in run_time(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from known(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            for alias in node.names:
                yield from known([*base, alias.name])


def run_time(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one, but not those under `if TYPE_CHECKING:`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield other
                yield from run_time(other)
        else:
            yield child
            yield from run_time(child)


def known(parts: list[str]) -> Iterator[str]:
    """The longest prefix of a dotted name that is a module of lib/, as a path."""
    for length in range(len(parts), 0, -1):
        path = "/".join(parts[:length])
        if (LIB / f"{path}.py").exists():
            yield path
            return
        if (LIB / path / "__init__.py").exists():
            yield f"{path}/__init__"
            return


def level(module: str) -> int:
    """The level of a module of chapbook; a test of its own sees that each has one."""
    part = module.split("/")[1]
    if part == DOOR:
        return LEVELS.index({"routes"})
    return next(number for number, names in enumerate(LEVELS) if part in names)


@pytest.mark.parametrize("module", CHAPBOOK)
def test_every_module_has_a_level(module: str) -> None:
    part = module.split("/")[1]
    assert part == DOOR or any(part in names for names in LEVELS), (
        f"{module} is in no level of tests/test_imports.py: add it above all that it imports")


@pytest.mark.parametrize("module", CHAPBOOK)
def test_a_module_imports_only_from_lower_levels(module: str) -> None:
    part = module.split("/")[1]
    for other in imports(module):
        its_part = other.split("/")[1]
        if part == DOOR or its_part == part:
            continue
        assert level(other) < level(module), f"{module} imports {other}, which is not below it"


@pytest.mark.parametrize("module", CHAPBOOK)
def test_the_toolkit_knows_nothing_of_the_collection(module: str) -> None:
    assert not [other for other in imports(module) if other.startswith("collection")]


def loaded_by(statement: str) -> set[str]:
    """The modules that a statement loads, beyond those that a bare interpreter loads anyway."""
    code = (f"import sys; sys.path.insert(0, {str(LIB)!r}); before = set(sys.modules); "
            f"{statement}; print(*(set(sys.modules) - before))")
    environ = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    # -S as well: what .pth files of this environment load is not the toolkit's doing.
    result = subprocess.run([sys.executable, "-I", "-S", "-c", code], env=environ, check=True,
                            capture_output=True, text=True)
    return set(result.stdout.split())


def test_importing_chapbook_loads_nothing_heavy() -> None:
    loaded = loaded_by("import chapbook")
    assert not {name for name in loaded if name.startswith(("chapbook.cli", "chapbook.testing"))}
    heavy = {name for name in loaded for known in HEAVY
             if name == known or name.startswith(known + ".")}
    assert not heavy, f"`import chapbook` loads {', '.join(sorted(heavy))}"
    assert len(loaded) < 40, sorted(loaded)
