"""Tables as .sql files make them: nothing is guessed, half undone, or taken for another thing."""
from __future__ import annotations

import re

from . import keys
from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = re.compile(r'["`]?(\w+)["`]?\s+(\w+)')
_TEXTS = frozenset({"char", "varchar", "text", "tinytext", "mediumtext", "longtext"})


def findings(path: str, text: str) -> Iterator[Finding]:
    """Where a table of a .sqlite.sql or .mysql.sql file is less strict than it can be."""
    for start, name, parts, options in keys.tables(text):
        at = text.count("\n", 0, start) + 1
        if path.endswith(".sqlite.sql"):
            if "STRICT" not in options.upper().replace(",", " ").split():
                yield Finding(at, "table", (
                    f"{name} takes text where a number should be; write STRICT after the bracket "
                    "that closes it."))
        elif path.endswith(".mysql.sql"):
            yield from _of_mysql(at, name, parts, options.lower())


def _of_mysql(at: int, name: str, parts: list[str], options: str) -> Iterator[Finding]:
    if "engine=innodb" not in options.replace(" ", "") or not re.search(
            r"\b(?:utf8mb4|ascii)", options):
        yield Finding(at, "table", (
            f"{name} may lack transactions, or have no place for every letter, as the server "
            "pleases; write ENGINE=InnoDB CHARACTER SET utf8mb4 after the bracket that closes it."))
    blurred = {}
    for part in parts:
        column = _NAME.match(part)
        if column and column[2].lower() in _TEXTS:
            chosen = re.search(r"\bcollate\s+(\w+)", part.lower()) or re.search(
                r"\bcollate[\s=]+(\w+)", options)
            if not (chosen and chosen[1].endswith("_bin")):
                blurred[column[1].lower()] = part
    for key in keys.of_table(parts):
        for column_name in sorted(key & blurred.keys()):
            yield Finding(at, "table", (
                f"{column_name} is a key of {name} in which ann, Ann and Ånn are the same, so that "
                "one can pass for another; write COLLATE utf8mb4_bin after its type."))
