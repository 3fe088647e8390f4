"""What a mutant is: the code of this tree with one protection taken out."""
from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Mutant(NamedTuple):
    """`old` stands once in `file`, and the protection is gone where `new` stands in its place.

    One of `tests` (files, or tests in them, with spaces between) has to fail by that. They run on
    SQLite, unless `mysql` says that only MariaDB has what the protection is about.
    """

    name: str
    file: str
    old: str
    new: str
    tests: str
    mysql: bool = False

    def changed(self, root: Path) -> str:
        """The text of the file without the protection; ValueError where it cannot be taken out."""
        text = (root / self.file).read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.file} has {text.count(self.old)} times, and not "
                             f"once, this text:\n{self.old}")
        return text.replace(self.old, self.new)
