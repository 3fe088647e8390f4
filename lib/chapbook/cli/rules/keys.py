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
        text = _COMMENT.sub("", text)
        for made in _TABLE.finditer(text):
            keys = found.setdefault(made[1].lower(), [])
            for part in _parts(text, made.end()):
                if whole := _WHOLE.match(part):
                    keys.append(_columns(whole[1]))
                elif _OWN.search(part):
                    keys.append(frozenset({part.split()[0].strip('"`').lower()}))
        for index in _INDEX.finditer(text):
            found.setdefault(index[1].lower(), []).append(_columns(index[2]))
    return found


def _parts(text: str, at: int) -> Iterator[str]:
    """What stands between the commas of a list in brackets, whose first is just before `at`."""
    depth, start = 1, at
    for place in range(at, len(text)):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")":
            depth -= 1
        if depth == 0 or depth == 1 and text[place] == ",":
            yield text[start:place].strip()
            start = place + 1
        if depth == 0:
            return


def _columns(text: str) -> frozenset[str]:
    return frozenset(each.split("(")[0].split()[0].strip('"`').lower()
                     for each in text.split(",") if each.strip())
