"""What a look at a file gives: a line, the rule that is broken, and a sentence."""
from __future__ import annotations

import ast

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# What old scripts import (docs/old-scripts.md): doors of their own kind.
OLD = ("lib/cgi.py", "lib/cgitb.py", "lib/oldcgi/", "cgi-bin/cgi/", "cgi-bin/cgitb/")
TOOLKIT = ("lib/chapbook/", *OLD)
# Programs for people and for servers: they are the doors that the others have no other than.
DOORS = ("lib/chapbook/cli/", "lib/chapbook/server/", *OLD)


class Finding:
    """A place where a rule is broken: `line`, `rule` (its name in docs/rules.md), `sentence`."""

    __slots__ = ("line", "rule", "sentence")

    def __init__(self, line: int, rule: str, sentence: str) -> None:
        self.line, self.rule, self.sentence = line, rule, sentence


class Source:
    """A Python file: its `path` from the site's folder, `tree`, and what its imports stand for."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.tree = ast.parse(text, path)
        self.is_script = path.startswith("cgi-bin/") and not path.startswith(OLD)
        self.is_toolkit = path.startswith(TOOLKIT)
        self.is_door = path.startswith(DOORS)
        self.nodes = list(ast.walk(self.tree))
        self.imported: dict[str, str] = {}
        self._own: set[str] = set()
        for node in self.nodes:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self._own.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self._own.add(node.id)
            elif isinstance(node, ast.arg):
                self._own.add(node.arg)
            for name, whole in _imports(node):
                self.imported[name] = whole

    def dotted(self, node: ast.AST) -> str:
        """What an expression names, imports followed: "os.environ", or "eval"; "" for no name."""
        if isinstance(node, ast.Name):
            if node.id in self.imported:
                return self.imported[node.id]
            return "" if node.id in self._own else node.id
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""

    def references(self) -> Iterator[tuple[ast.AST, str]]:
        """Each name that is read, imports followed, with its node."""
        for node in self.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                if name := self.dotted(node):
                    yield node, name

    def imports(self) -> Iterator[tuple[ast.AST, str]]:
        """Each module that is imported, with its node; `from a import b` gives "a.b"."""
        for node in self.nodes:
            for _, whole in _imports(node):
                yield node, whole


def _imports(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that an import binds, and what each stands for; relative ones begin with a dot."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
            if not alias.asname and first != alias.name:
                yield alias.name, alias.name
    elif isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        for alias in node.names:
            joint = "" if base.endswith(".") else "."
            yield alias.asname or alias.name, f"{base}{joint}{alias.name}"


def line(node: ast.AST) -> int:
    """The line that a node begins in."""
    return getattr(node, "lineno", 1)
