"""This machine: its Python, and what is installed for it."""
from __future__ import annotations

import sys
from calendar import timegm
from importlib.util import find_spec
from shlex import quote

from .findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

# When each Python gets its last repair of a security hole (devguide.python.org/versions).
ENDS = {(3, 11): (2027, 10, 31), (3, 12): (2028, 10, 31), (3, 13): (2029, 10, 31),
        (3, 14): (2030, 10, 31)}
NEEDED = {"jinja2": "Jinja2", "multipart": "multipart"}
NEEDED_FOR_CODES = {"pyotp": "pyotp", "segno": "segno"}


def python_is_kept_up(place: Place) -> Iterator[Finding]:
    """This Python still gets repairs."""
    version = sys.version_info[:2]
    end = ENDS.get((version[0], version[1]))
    if end is not None and place.now > timegm((*end, 0, 0, 0)):
        yield Finding(
            "python-old",
            f"Python {version[0]}.{version[1]} gets no more repairs of security holes since "
            f"{end[0]}-{end[1]:02}-{end[2]:02}.",
            "Ask your host for a newer Python (a control panel often offers several).")


def packages_are_there(place: Place) -> Iterator[Finding]:
    """What pages import can be imported; passwords get their better hash."""
    needed = {**NEEDED, **NEEDED_FOR_CODES}
    if place.config.database.engine == "mysql":
        needed["pymysql"] = "PyMySQL"
    missing = [name for module, name in needed.items() if find_spec(module) is None]
    if missing:
        yield Finding(
            "package-missing",
            f"Pages need packages that are not installed for this Python: {', '.join(missing)}.",
            f"{quote(sys.executable)} -m pip install {' '.join(missing)}    (without a shell on "
            "the host: docs/servers.md, about vendor/)")
    if find_spec("argon2") is None:
        yield Finding(
            "argon2-missing",
            "Passwords are kept by the second best method, because argon2-cffi is not installed. "
            "They are safe; argon2 would make guessing costlier still.",
            f"{quote(sys.executable)} -m pip install argon2-cffi    (where that fails, leave it)")


ALWAYS = (python_is_kept_up, packages_are_there)
