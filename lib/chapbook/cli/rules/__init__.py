"""The site's own code and pages, held to the rules of docs/rules.md: a step of ./chapbook check."""
from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

import click

from . import banned, doors, inputs, justified, keys, markup, patterns, statements, tables
from .findings import Finding, Source
from .texts import Texts

CODE, PAGES = ("cgi-bin", "lib"), ("templates", "htdocs")
MARKUP = (".html", ".htm", ".xml", ".svg")


def check(root: str) -> int:
    """Print each place of the site at `root` where a rule is broken; how many there are."""
    found = [sentence for sentence, why in mistakes(root) if not why]
    for sentence in found:
        click.echo(sentence)
    return len(found)


def mistakes(root: str) -> Iterator[tuple[str, str]]:
    """A sentence with file and line on each place, and why it is justified ("" where it is not)."""
    lint = Lint(root)
    for path in lint.files():
        text = lint.text(path)
        if text is None:
            yield f"{path}:1: The file is not UTF-8; save it as UTF-8.", ""
            continue
        lines = ["", *text.split("\n")]
        for finding in sorted(lint.findings(path, text), key=lambda each: each.line):
            sentence = f"{path}:{finding.line}: {finding.sentence} [{finding.rule}]"
            yield sentence, justified.reason(path, lines[finding.line])


class Lint:
    """Looks through the files of one site; names that one module has of another are followed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, tuple[Source, Texts] | None] = {}
        self._keys = keys.unique([text for path in _below(root, "lib", (".sql",))
                                  if (text := self.text(path)) is not None])

    def files(self) -> Iterator[str]:
        """The files that rules are for, from the site's folder, in order."""
        for folder in CODE:
            yield from _below(self._root, folder, (".py", ".sql"))
        for folder in PAGES:
            yield from _below(self._root, folder, MARKUP)

    def text(self, path: str) -> str | None:
        """The text of a file; None where it is not UTF-8."""
        try:
            with open(os.path.join(self._root, path), encoding="utf-8-sig") as file:
                return file.read()
        except UnicodeDecodeError:
            return None

    def findings(self, path: str, text: str) -> Iterator[Finding]:
        """Each place in a file where a rule is broken."""
        if path.endswith(MARKUP):
            yield from markup.findings(text, path.startswith("templates/"))
            return
        if path.endswith(".sql"):
            yield from tables.findings(path, text)
            return
        if path.startswith("cgi-bin/") and _is_old(text):
            return
        try:
            source, texts = self._read(path, text)
        except SyntaxError as error:
            yield Finding(error.lineno or 1, "syntax", (
                f"This is no Python: {error.msg}; until it is mended the page is an error."))
            return
        yield from statements.findings(source, texts, self._keys)
        yield from banned.findings(source)
        yield from doors.findings(source)
        yield from inputs.findings(source, texts)
        yield from patterns.findings(source, texts)

    def _read(self, path: str, text: str) -> tuple[Source, Texts]:
        source = Source(path, text)
        return source, Texts(source.tree, lambda name: self._elsewhere(source, name))

    def _elsewhere(self, source: Source, name: str) -> tuple[Texts, ast.expr] | None:
        """The constant of another module of lib/ that a name of this one stands for."""
        first, dot, rest = name.partition(".")
        whole = source.imported.get(first, "") + dot + rest
        if whole.startswith("."):
            up = len(whole) - len(whole.lstrip("."))
            folder = source.path.removeprefix("lib/").split("/")[:-up]
            whole = ".".join([*folder, whole[up:]])
        module, _, constant = whole.rpartition(".")
        known = self._module(module) if module else None
        if known is None:
            return None
        values = [node.value for node in known[0].tree.body if isinstance(node, ast.Assign)
                  and any(isinstance(each, ast.Name) and each.id == constant
                          for each in node.targets)]
        return (known[1], values[0]) if len(values) == 1 else None

    def _module(self, name: str) -> tuple[Source, Texts] | None:
        if name not in self._known:
            self._known[name] = None              # also while it is read: imports go in circles
            base = "lib/" + name.replace(".", "/")
            for path in (f"{base}.py", f"{base}/__init__.py"):
                if os.path.isfile(os.path.join(self._root, path)):
                    text = self.text(path)
                    self._known[name] = self._read(path, text) if text is not None else None
        return self._known[name]


def _is_old(text: str) -> bool:
    """Whether this is an old script, which is what it is: the rules are for pages."""
    return text.startswith("#!") and not re.search(r"^application\b|\(application\)", text, re.M)


def _below(root: str, folder: str, endings: tuple[str, ...]) -> Iterator[str]:
    """The files below a folder that end so, in order, named from the root."""
    for place, folders, names in os.walk(os.path.join(root, folder)):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(place, name), root)
