"""What is added to log files, on the terminal as it comes."""
from __future__ import annotations

import os
import sys


class Followed:
    """Some log files, and how far each was shown. They may be missing, and may begin anew."""

    def __init__(self) -> None:
        self._shown: dict[str, int] = {}

    def add(self, path: str, whole: bool = False) -> None:
        """Follow one more file, from its present end on; `whole` shows what is there already."""
        self._shown[path] = 0 if whole else _size(path)

    def show(self) -> None:
        """Print what was added since the last time."""
        for path, shown in self._shown.items():
            size = _size(path)
            if size != shown:
                self._shown[path] = _print(path, shown if size > shown else 0)
        sys.stdout.flush()


def _print(path: str, begin: int) -> int:
    """Print the whole lines of a file from a place on; gives the place after them."""
    try:
        with open(path, "rb") as file:
            file.seek(begin)
            lines, end, _ = file.read().rpartition(b"\n")
    except OSError:
        return begin
    sys.stdout.write((lines + end).decode("utf-8", "replace"))
    return begin + len(lines + end)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0
