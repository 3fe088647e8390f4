"""The list that a backup has of itself: its tables, by what it was made, each member's SHA-256.

It is `manifest.json` in the zip file. The other members are `tables/NAME/00001.jsonl` and so on,
`files/uploads/...`, and `settings/site.ini`.
"""
from __future__ import annotations

from ..archive import BadArchive, is_sum, shown
from ..percent import quote
from ..plainjson import parsed
from .catalog import KINDS
from .uploads import is_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..archive import Archive

FORMAT = 1
NAME = "manifest.json"
SETTINGS = "settings/site.ini"
FILES = "files/uploads/"
MOST_BYTES = 32 << 20         # of the manifest: 100,000 members need a third of it
MOST_LISTS = 200_000          # in it: each takes far more memory than its two bytes
MOST_SETTINGS = 1 << 20
MOST_TABLES, MOST_COLUMNS = 1000, 1000


class Entry:
    """A table in a backup: its columns with their kinds, how many rows, and the members with them.

    `next_id` is the number that its next row would have had, None for tables that give none.
    """

    def __init__(self, name: str, columns: dict[str, str], next_id: int | None) -> None:
        self.name, self.columns, self.next_id = name, columns, next_id
        self.rows = 0
        self.parts: list[str] = []

    def part(self) -> str:
        """The name of its next part, which is added."""
        name = f"tables/{quote(self.name, '')}/{len(self.parts) + 1:05}.jsonl"
        self.parts.append(name)
        return name


class Manifest:
    """What `parse` found, or what is to be written by `text`."""

    def __init__(self, *, made_at: int, version: str, release: str, engine: str) -> None:
        self.made_at, self.version, self.release, self.engine = made_at, version, release, engine
        self.steps: list[tuple[str, int]] = []
        self.tables: list[Entry] = []
        self.sums: dict[str, str] = {}

    @property
    def files(self) -> list[str]:
        """The members that are uploads, in order."""
        return sorted(name for name in self.sums if name.startswith(FILES))

    @property
    def rows(self) -> int:
        """How many rows all tables have."""
        return sum(table.rows for table in self.tables)

    def text(self) -> bytes:
        """The manifest as JSON."""
        import json

        return json.dumps({
            "format": FORMAT, "made_at": self.made_at, "version": self.version,
            "release": self.release, "engine": self.engine,
            "steps": [[subject, number] for subject, number in self.steps],
            "tables": [{"name": table.name, "columns": [[*pair] for pair in table.columns.items()],
                        "next_id": table.next_id, "rows": table.rows, "parts": table.parts}
                       for table in self.tables],
            "sums": self.sums,
        }, ensure_ascii=False).encode() + b"\n"


def of(archive: Archive) -> Manifest:
    """The manifest of a backup, held to the archive's directory; BadArchive for what is none.

    The members themselves are still to be read: `archive.verify(sums(manifest))` does that.
    """
    if NAME not in archive.sizes:
        raise BadArchive("The file is a zip file, and no backup of Chapbook: it has no "
                         f"{NAME}. Backups lie in var/backups/, and end in .zip.")
    found = parse(archive.read(NAME, MOST_BYTES))
    archive.check_names({NAME, *found.sums})
    return found


def parse(data: bytes) -> Manifest:
    """The manifest in some bytes; BadArchive where it is none, or one of a later format."""
    try:
        if data.count(b"[") + data.count(b"{") > MOST_LISTS:
            raise ValueError("it has more lists than a backup can have, or is nested too deeply")
        value = parsed(data)
    except ValueError as error:
        raise BadArchive(f"The list in the backup cannot be read: {str(error)[:100]}.") from error
    number = value.get("format") if type(value) is dict else None
    if type(number) is int and number > FORMAT:
        raise BadArchive(f"The backup was made by a later Chapbook (format {number}): bring this "
                         "site's files up to that release first.")
    try:
        _demand(number == FORMAT)
        found = Manifest(made_at=_number(value["made_at"]), version=_short(value["version"]),
                         release=_short(value["release"]), engine=_short(value["engine"]))
        for subject, step in _list(value["steps"], 100_000):
            found.steps.append((_short(subject), _number(step)))
        for given in _list(value["tables"], MOST_TABLES):
            found.tables.append(_entry(given))
        sums = value["sums"]
        _demand(type(sums) is dict and all(is_sum(text) for text in sums.values()))
        found.sums = sums
    except (KeyError, TypeError, ValueError) as error:
        raise BadArchive("The list in the backup is not as Chapbook writes it: the file was "
                         "changed, or put together by hand.") from error
    _check(found)
    return found


def _check(found: Manifest) -> None:
    """Refuse a list in which a name comes twice, or a member belongs to nothing."""
    names = [table.name for table in found.tables]
    parts = [part for table in found.tables for part in table.parts]
    if len(set(names)) < len(names) or len(set(parts)) < len(parts):
        raise BadArchive("The list in the backup names a table, or a part of one, twice.")
    for name in sorted(set(parts) - found.sums.keys()):
        raise BadArchive(f"The list in the backup has no check sum for {shown(name)}.")
    for name in sorted(found.sums.keys() - set(parts)):
        if name != SETTINGS and not (name.startswith(FILES)
                                     and is_content(name.removeprefix(FILES))):
            raise BadArchive(f"The backup holds {shown(name)}, which no backup has.")
    if any(not part.startswith("tables/") for part in parts):
        raise BadArchive("The list in the backup takes something else for a table.")


def _entry(given: Any) -> Entry:
    columns: dict[str, str] = {}
    for name, kind in _list(given["columns"], MOST_COLUMNS):
        _demand(kind in KINDS and _short(name) not in columns)
        columns[name] = kind
    _demand(bool(columns))
    next_id = given["next_id"]
    entry = Entry(_short(given["name"]), columns, None if next_id is None else _number(next_id))
    entry.rows = _number(given["rows"])
    entry.parts = [_short(part, 1000) for part in _list(given["parts"], 100_000)]
    return entry


def _list(value: Any, most: int) -> list[Any]:
    _demand(type(value) is list and len(value) <= most)
    return value  # type: ignore[no-any-return]


def _short(value: Any, most: int = 200) -> str:
    _demand(type(value) is str and len(value) <= most and value.isprintable())
    return value  # type: ignore[no-any-return]


def _number(value: Any) -> int:
    _demand(type(value) is int and 0 <= value < 2**63)
    return value  # type: ignore[no-any-return]


def _demand(holds: bool) -> None:
    if not holds:
        raise ValueError
