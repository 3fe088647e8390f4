"""A file that only this site can have: put there, asked for, and taken away again."""
from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager, suppress

from .place import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

OURS = re.compile(r"doctor-[0-9a-f]{16}(?:\.py|\.py-new|\.txt)?")
LEFT_BEHIND = 600             # seconds; no doctor takes that long


class Canary:
    """`name` is the file's name below its folder, `text` what is in it."""

    def __init__(self, name: str, text: bytes) -> None:
        self.name, self.text = name, text


@contextmanager
def released(place: Place, folder: str, mode: int) -> Iterator[Canary | None]:
    """A new file in this folder, as one that the pages have written; None where none can be made.

    It belongs to the user of the scripts, so that it says what others' files there would say.
    """
    name = f"doctor-{os.urandom(8).hex()}.txt"
    text = f"Chapbook's doctor was here: {os.urandom(16).hex()}\n".encode()
    path = os.path.join(folder, name)
    try:
        _make(place, path, text, mode)
    except OSError:                               # closed, or no room
        with suppress(OSError):
            os.unlink(path)
        yield None
        return
    try:
        yield Canary(name, text)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _make(place: Place, path: str, text: bytes, mode: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        os.fchmod(file, mode)
        if os.geteuid() == 0:
            os.fchown(file, place.user, -1)
        os.write(file, text)
    finally:
        os.close(file)


def tidy(place: Place) -> None:
    """Take away what a doctor who was interrupted has left behind, here and in other checks."""
    config = place.config
    for folder in {config.htdocs, config.path(config.paths.var), place.root,
                   os.path.join(place.root, "cgi-bin")}:
        with suppress(OSError):
            for name in filter(OURS.fullmatch, os.listdir(folder)):
                path = os.path.join(folder, name)
                found = stat_of(path)
                if found is None or place.now - found.st_mtime < LEFT_BEHIND:
                    continue
                if os.path.isdir(path) and not os.path.islink(path):
                    shutil.rmtree(path)
                else:
                    os.unlink(path)
