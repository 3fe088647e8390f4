"""The words of an old Python script, of whatever Python: read by a few rules, and never run.

Python's own tokenizer refuses what only Python 2 could read (`0777`, `10L`, backticks), and lib2to3
is gone; so this one takes every text apart, in a time that grows with its length.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORDS = re.compile(r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>[bBrRuUfF]{0,2}(?:
        \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?'''
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'))
  | (?P<number>[0-9][0-9A-Za-z_.]*|\.[0-9][0-9A-Za-z_]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<newline>\n)
  | (?P<space>[ \t\f\r]+|\\\n)
  | (?P<sign><>|[=!<>]=|>>|<<|\*\*|//|->|:=|[^\s\w])
""", re.X | re.S)


class Word(NamedTuple):
    """A word of a source: its kind (name, string, number, sign), text and line."""

    kind: str
    text: str
    line: int

    @property
    def inside(self) -> str:
        """The text of a string without its quotes and the letters before them."""
        text = self.text.lstrip("bBrRuUfF")
        quotes = 3 if text[:3] in ('"""', "'''") else 1
        return text[quotes:-quotes]


def words(text: str) -> Iterator[Word]:
    """All words but comments and space; newlines where a statement may end."""
    line, place = 1, 0
    while place < len(text):
        found = _WORDS.match(text, place)
        if found is None:                         # such as a letter that belongs nowhere
            place += 1
            continue
        kind = str(found.lastgroup)
        if kind not in ("comment", "space"):
            yield Word(kind, found[0], line)
        line += found[0].count("\n")
        place = found.end()


def statements(text: str) -> Iterator[list[Word]]:
    """The statements of a source, simple ones: what stands after a colon is one of its own.

    The head of a compound one (`except E, e:`) ends with its colon.
    """
    statement: list[Word] = []
    depth = 0
    for word in words(text):
        if word.kind == "newline":
            if depth == 0 and statement:
                yield statement
                statement = []
            continue
        if word.kind == "sign":
            depth = max(0, depth + (word.text in "([{") - (word.text in ")]}"))
            if depth == 0 and word.text in (";", ":") and not _is_lambda(statement):
                if word.text == ":":
                    statement.append(word)
                if statement:
                    yield statement
                statement = []
                continue
        statement.append(word)
    if statement:
        yield statement


def _is_lambda(statement: list[Word]) -> bool:
    return any(word.text == "lambda" for word in statement)


def dotted(statement: list[Word]) -> Iterator[tuple[str, int, int]]:
    """The names of a statement with their dots ("os.environ.get"), their place in it, and line."""
    place = 0
    while place < len(statement):
        word = statement[place]
        if word.kind == "name" and (place == 0 or statement[place - 1].text != "."):
            name, end = word.text, place + 1
            while end + 1 < len(statement) and statement[end].text == "." and (
                statement[end + 1].kind == "name"
            ):
                name += "." + statement[end + 1].text
                end += 2
            yield name, end - 1, word.line
            place = end
        else:
            place += 1
