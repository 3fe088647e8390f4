"""What the tables of a site are unique by, read from the .sql files that make them."""
from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = re.compile(
    r"""\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?["`]?(\w+)["`]?\s*\(""", re.IGNORECASE)
_INDEX = re.compile(
    r"\bCREATE\s+UNIQUE\s+INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+ON\s+(\w+)\s*\(([\w\s,]+)\)",
    re.IGNORECASE)
_WHOLE = re.compile(r"^(?:PRIMARY\s+KEY|UNIQUE(?:\s+(?:KEY|INDEX))?(?:\s+\w+)?)\s*\(([^)]*)\)",
                    re.IGNORECASE)
_OWN = re.compile(r"\b(?:PRIMARY\s+KEY|UNIQUE)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")


def unique(texts: list[str]) -> dict[str, list[frozenset[str]]]:
    """By table, each set of columns of which no two rows have the same values."""
    found: dict[str, list[frozenset[str]]] = {}
    for text in texts:
        for _, name, parts, _ in tables(text):
            found.setdefault(name.lower(), []).extend(of_table(parts))
        for index in _INDEX.finditer(_uncommented(text)):
            found.setdefault(index[1].lower(), []).append(_columns(index[2]))
    return found


def tables(text: str) -> Iterator[tuple[int, str, list[str], str]]:
    """Each table that a .sql file makes: offset, name, what is between the commas, and the end."""
    text = _uncommented(text)
    for made in _TABLE.finditer(text):
        parts, stop = _parts(text, made.end())
        yield made.start(), made[1], parts, text[stop:].partition(";")[0]


def of_table(parts: list[str]) -> list[frozenset[str]]:
    """The keys among the parts of a table."""
    found = []
    for part in parts:
        if whole := _WHOLE.match(part):
            found.append(_columns(whole[1]))
        elif _OWN.search(part):
            found.append(frozenset({part.split()[0].strip('"`').lower()}))
    return found


def _uncommented(text: str) -> str:
    """The text with spaces for its comments."""
    return _COMMENT.sub(lambda comment: " " * len(comment[0]), text)


def _parts(text: str, at: int) -> tuple[list[str], int]:
    """What is between the commas of a list in brackets whose first is just before `at`; its end."""
    found, depth, start = [], 1, at
    for place in range(at, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0 or depth == 1 and text[place] == ",":
            found.append(text[start:place].strip())
            start = place + 1
        if depth == 0:
            return found, start
    return found, len(text)


def _columns(text: str) -> frozenset[str]:
    return frozenset(each.split("(")[0].split()[0].strip('"`').lower()
                     for each in text.split(",") if each.strip())
