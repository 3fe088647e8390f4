"""Compiled modules: without them, every page under CGI compiles the whole toolkit anew."""
from __future__ import annotations

import glob
import importlib.util
import os
import struct
import sys
from shlex import quote

from .findings import Finding
from .place import stat_of
from .reach import closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

FOLDERS = ("lib/chapbook", "lib/collection", "vendor/jinja2")


def is_kept(place: Place) -> Iterator[Finding]:
    """Each package has its compiled modules, or a folder that the scripts' user can put them in."""
    slow = [folder for folder in FOLDERS if _is_slow(place, os.path.join(place.root, folder))]
    if slow:
        what = " ".join(quote(folder.split("/")[0]) for folder in dict.fromkeys(slow))
        yield Finding(
            "bytecode-unkept",
            "Pages take twice as long to start as they need to: their modules are compiled anew "
            f"each time, because the user {place.user_name} cannot write the results into "
            f"{slow[0]}/__pycache__.",
            f"cd {quote(place.root)} && {quote(sys.executable)} -m compileall -q {what}    (as the "
            "owner of the files; or make the folder __pycache__ there, with permissions 755, "
            "belonging to the user of the pages)",
            [os.path.join(place.root, folder.split("/")[0]) for folder in slow])


def outdated(folder: str) -> list[str]:
    """The modules of a folder (not of those below) whose compiled form is missing or not theirs."""
    return [path for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*.py")))
            if not _is_compiled(path)]


def _is_slow(place: Place, folder: str) -> bool:
    kept = os.path.join(folder, "__pycache__")
    target = kept if stat_of(kept) is not None else folder
    return bool(stat_of(folder) and closed(place, target, os.W_OK | os.X_OK) and outdated(folder))


def _is_compiled(path: str) -> bool:
    """Whether Python would take the compiled form of a module (PEP 552): by hash, or by time."""
    try:
        with open(importlib.util.cache_from_source(path), "rb") as file:
            head = file.read(16)
        found = os.stat(path)
    except OSError:
        return False
    if len(head) < 16 or head[:4] != importlib.util.MAGIC_NUMBER:
        return False
    flags, modified, size = struct.unpack("<LLL", head[4:])
    if flags & 1:
        return True                               # by hash; where it is looked at, it is costly
    return (int(modified), int(size)) == (int(found.st_mtime) & 0xFFFFFFFF, found.st_size)


ALWAYS = (is_kept,)
