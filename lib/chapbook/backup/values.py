"""Rows as lines of JSON, the same whichever database they come from.

A row is a list: whole numbers, text and null are what they are in JSON; bytes are {"b": base64};
numbers with a fraction {"f": hexadecimal}, as C and Python write them (0x1.8p+1), because decimal
digits would be another number. What SQLite's table calls text is text, though MySQL may keep it as
bytes; so it is with numbers.
"""
from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64

from ..archive import BadArchive, shown
from ..errors import ConfigError
from ..plainjson import parsed
from .catalog import ANY, BLOB, INT, REAL, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    Value = str | int | float | bytes | None

LONGEST = 64 << 20            # bytes of a line; MySQL takes rows of 16 MiB, if it was not set up
# A list in JSON takes far more memory than its text: a line of more than so many bytes is looked at
# before it is parsed. Outside of quotes a value has no more than so many.
LONG, MOST_BARE = 1 << 16, 64
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.S)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


def writer(table: str, kinds: Sequence[str]) -> Callable[[Sequence[Any]], bytes]:
    """A function from rows of a database to lines, for columns of these kinds.

    It raises ConfigError for a value that no backup can hold: a number beyond 64 bits or infinite,
    text that is none, a row of more than 64 MiB.
    """
    import json

    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def line(row: Sequence[Any]) -> bytes:
        try:
            made = encode([value if value is None or type(value) is str and kind == TEXT
                           else _written(value, kind) for value, kind in zip(row, kinds)])
            data = made.encode() + b"\n"
            if len(data) > LONGEST:
                raise ValueError("it has more than 64 MiB")
        except (ValueError, UnicodeError) as error:
            raise ConfigError(
                f"A row of the table {table} cannot be put into a backup: {error}. It begins with "
                f"{ascii(row[0])[:60]}; correct or delete it.") from error
        return data
    return line


def reader(table: str, kinds: Sequence[str]) -> Callable[[bytes], list[Value]]:
    """A function from lines to rows for a table with columns of these kinds.

    It raises BadArchive for a line that is no row of such columns.
    """
    count = len(kinds)

    def row(line: bytes) -> list[Value]:
        try:
            if len(line) > LONG and len(_TEXT.sub(b"", line)) > MOST_BARE * (count + 1):
                raise ValueError("it has more values than columns, or is nested too deeply")
            values = parsed(line)
            if type(values) is not list or len(values) != count:
                raise ValueError(f"it has not {count} values")
            return [_read(value, kind) for value, kind in zip(values, kinds)]
        except (ValueError, UnicodeError) as error:
            raise BadArchive(f"A row of the table {shown(table)} in the backup cannot be read: "
                             f"{str(error)[:100]}.") from error
    return row


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a text that comes in pieces, without their ends; BadArchive for an endless one.

    The last one has to end in a line feed like the others.
    """
    rest = bytearray()
    for piece in pieces:
        first, *more = piece.split(b"\n")
        rest += first
        if len(rest) > LONGEST:
            break
        for part in more:
            yield bytes(rest)
            rest = bytearray(part)
    if rest:
        raise BadArchive("A row in the backup does not end: the file was not written by Chapbook.")


def _written(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == REAL:
        value = float(value)
    elif kind == INT and isinstance(value, str):
        value = int(value)
    elif kind == TEXT and not isinstance(value, str):
        value = value.decode("utf-8") if isinstance(value, bytes) else str(value)
    elif kind == BLOB and isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return {"b": b2a_base64(value, newline=False).decode("ascii")}
    if isinstance(value, float):
        if value - value != 0:
            raise ValueError("a number is infinite")
        return {"f": value.hex()}
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise ValueError("a number has more than 64 bits")
    return value


def _read(value: Any, kind: str) -> Value:
    found: Value
    if value is None or type(value) is str:
        found = value
    elif type(value) is int:
        if not _SMALLEST <= value <= _LARGEST:
            raise ValueError("a number has more than 64 bits")
        found = value
    elif type(value) is dict and len(value) == 1 and type(value.get("b")) is str:
        found = a2b_base64(value["b"].encode("ascii"), strict_mode=True)
    elif type(value) is dict and len(value) == 1 and type(value.get("f")) is str:
        found = float.fromhex(value["f"])
        if found - found != 0:
            raise ValueError("a number is none")
    else:
        raise ValueError("a value is of no kind that a backup has")
    if found is None or kind == ANY or type(found) is _TYPES[kind]:
        return found
    if kind == REAL and type(found) is int:
        return float(found)
    raise ValueError(f"a value is no {kind}")


_TYPES = {INT: int, TEXT: str, BLOB: bytes, REAL: float}
