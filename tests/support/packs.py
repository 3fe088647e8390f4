"""Sites packed for tests: of a tree, and of this one as it is."""
from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from chapbook.hosting import pack, profiles, writing

TREE = Path(__file__).resolve().parents[2]
NOBODYS = "none-of-theirs-4711"       # what stands in files that must stay at home
NEEDED = ("Jinja2", "PyMySQL", "multipart")


def packed(root: Path, host: str = "cpanel", **how: str) -> pack.Packed:
    """The site of a tree, packed for a host; `how` is for its profile."""
    below = how.pop("below", "")
    profile = profiles.read(str(root), host, inside=bool(how.pop("inside", "")), **how)
    return pack.packed(str(root), str(root / "htdocs"), profile, "0.1.0", NEEDED,
                       str(root.parent / "work") if root != TREE else "", below=below)


@cache
def ours(host: str = "cpanel", **how: str) -> pack.Packed:
    """This tree itself, packed once for all tests that change nothing."""
    return packed(TREE, host, **how)


def zipped(made: pack.Packed, path: Path, mode: str = "700") -> zipfile.ZipFile:
    """The whole of a packed site as a zip, written to a path and read again."""
    writing.write_zip(writing.whole(made, mode), str(path))
    return zipfile.ZipFile(io.BytesIO(path.read_bytes()))


def text(made: pack.Packed, name: str) -> str:
    """A file of a packed site."""
    return made.parts[name].read().decode()
