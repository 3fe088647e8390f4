"""The scripts in cgi-bin/, as a web server starts them, and who may change the site's code."""
from __future__ import annotations

import os
import stat
from shlex import join, quote

from ..script import is_taken
from .findings import Finding, named
from .place import stat_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

CODE = ("cgi-bin", "lib", "templates", "htdocs", "apache")
MOST_LOOKED_AT = 3000         # files


def can_be_started(place: Place) -> Iterator[Finding]:
    """Every script may be executed, begins as it must, and hides no module of Python."""
    refused, strange, taken = [], [], []
    for path in scripts(place.root):
        name = place.short(path)
        found = stat_of(path)
        if found is not None and stat.S_ISREG(found.st_mode) and found.st_mode & 0o500 != 0o500:
            refused.append(name)
            continue
        if is_taken(os.path.splitext(os.path.basename(path))[0]):
            taken.append(name)
        if why := _strange_start(path):
            strange.append(f"{name} {why}")
    if refused:
        yield Finding(
            "script-mode",
            f"The web server may not start these pages, and visitors read that there is no such "
            f"page: {named(refused)}.",
            f"cd {quote(place.root)} && chmod u+rx {join(refused[:10])}    (with an FTP program: "
            "set the permissions to 755)")
    if strange:
        yield Finding(
            "script-start",
            f"The web server cannot start a page by its first line: {named(strange)}.",
            "Save the file as UTF-8 without BOM and with Unix line ends (an FTP program's ASCII "
            "mode spoils them: upload in binary mode); its first line is #!/usr/bin/env python3")
    if taken:
        yield Finding(
            "script-name",
            "A page has the name of a part of Python, which no other page can use then: "
            f"{named(taken)}. All pages may fail.",
            "Give the file another name.")


def are_changed_by_one(place: Place) -> Iterator[Finding]:
    """No other user of this machine may write scripts, modules, templates, or beside them."""
    loose = []
    for path in _code(place.root):
        found = stat_of(path)
        if found is not None and found.st_mode & 0o022 and not stat.S_ISLNK(found.st_mode):
            loose.append(place.short(path))
    if loose:
        yield Finding(
            "code-writable",
            f"Other users of this machine can change what the site does: {named(loose)}. Hosts "
            "that notice refuse to run such pages.",
            f"cd {quote(place.root)} && chmod -R go-w {' '.join(CODE)}")


def scripts(root: str) -> Iterator[str]:
    """The paths of the scripts, in order: cgi-bin/*.py, then those of its folders."""
    top = os.path.join(root, "cgi-bin")
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name[:1] not in "._")
        for name in sorted(names):
            if name.endswith(".py") and name[:1] not in "._":
                yield os.path.join(folder, name)


def _code(root: str) -> Iterator[str]:
    count = 0
    yield root
    for top in CODE:
        yield os.path.join(root, top)
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            yield from (os.path.join(folder, name) for name in folders + names)
            count += len(folders) + len(names)
            if count > MOST_LOOKED_AT:
                return


def _strange_start(path: str) -> str:
    """What is wrong with a script's first line, after its name; empty where it is right."""
    try:
        with open(path, "rb") as file:
            first = file.readline(500)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if first.startswith(b"\xef\xbb\xbf"):
        return "begins with an invisible mark (BOM)"
    if not first.startswith(b"#!"):
        return "does not begin with #!"
    if first.endswith(b"\r\n"):
        return "has the line ends of Windows"
    return ""


ALWAYS = (can_be_started, are_changed_by_one)
