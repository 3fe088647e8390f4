"""What of the working tree goes to a host, as a host needs it: line ends, first lines and modes.

Everything in the folders of the site is taken, pages of one's own too; what editors, version
control and this machine leave there is not.
"""
from __future__ import annotations

import os
import re
import stat
from typing import NamedTuple

from ..errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS = ("apache", "cgi-bin", "lib", "templates")
ALSO = ("nginx",)                # where it is there
PROGRAM, PLAIN = "755", "644"
_OF_THIS_MACHINE = frozenset(
    {"apache/hosts", "apache/stub.py", "apache/start.sh", "apache/htaccess", "apache/local.conf"})
_LEFT_OVER = re.compile(
    r"[.#]|.*(?:~|\.(?:py[co]|sw[po]|orig|rej|bak|old|save|tmp|egg-info))\Z"
    r"|(?:__pycache__|Thumbs\.db|desktop\.ini|site\.ini|install-code-.*\.txt)\Z", re.S)
_TEXTS = (".py", ".html", ".xml", ".txt", ".sql", ".ini", ".conf", ".wsgi", ".fcgi", ".cgi", ".pl",
          ".service", ".sh", ".css", ".js", ".json")
_BOM = b"\xef\xbb\xbf"
_PYTHON = re.compile(rb"\A#![ \t]*(?:\S*/env[ \t]+(?:-S[ \t]+)?|\S*/)python3(?:\.\d+)?(?=[ \t\n])")


class Part(NamedTuple):
    """One file to be packed: its bytes, or where it is for one that is copied as it is."""

    mode: str
    data: bytes = b""
    path: str = ""

    def read(self) -> bytes:
        """Its bytes."""
        if not self.path:
            return self.data
        with open(self.path, "rb") as file:
            return file.read()


def code(root: str, interpreter: str) -> dict[str, Part]:
    """The private files of a tree, by their paths in it: all but what is in htdocs/.

    Scripts start with `interpreter`. ConfigError for a link, and for what cannot be read.
    """
    found = {}
    for top in (*PARTS, *(name for name in ALSO if os.path.isdir(os.path.join(root, name)))):
        for name in _files(root, top, _OF_THIS_MACHINE):
            path = os.path.join(root, name)
            data = prepared(_read(path, name), name, interpreter)
            is_program = top in ("apache", "cgi-bin", *ALSO) and os.stat(path).st_mode & 0o111
            found[name] = Part(PROGRAM if is_program else PLAIN, data)
    return found


def static(folder: str) -> dict[str, Part]:
    """The files for visitors, by their paths below htdocs/; as they are. ConfigError as above."""
    return {name: Part(PLAIN, path=os.path.join(folder, name)) for name in _files(folder, "")}


def prepared(data: bytes, name: str, interpreter: str) -> bytes:
    """A file as a host needs it: Unix line ends, nothing before #!, the host's Python after it.

    Windows line ends and a byte order mark are what "End of script output before headers" mostly
    comes of. Only what is certainly text is touched.
    """
    if not name.endswith(_TEXTS) and not data.removeprefix(_BOM).startswith(b"#!"):
        return data
    data = data.removeprefix(_BOM).replace(b"\r\n", b"\n")
    return _PYTHON.sub(b"#!" + interpreter.encode(), data)


def _files(root: str, top: str, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """The paths of the files below a folder of the tree, in one order everywhere."""
    for name in sorted(_names(os.path.join(root, top))):
        path = os.path.join(top, name)
        if path in without or _LEFT_OVER.match(name) and path != ".well-known":
            continue
        mode = os.lstat(os.path.join(root, path)).st_mode
        if stat.S_ISLNK(mode):
            raise ConfigError(f"{os.path.join(root, path)} is a link to another place, which there "
                              "will not be on the host: put the file itself there.")
        if stat.S_ISDIR(mode):
            yield from _files(root, path, without)
        elif stat.S_ISREG(mode):
            yield path


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be packed: {error.strerror}.") from error


def _read(path: str, name: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{name} cannot be packed: {error.strerror}.") from error
