"""This machine: its Python, and what is installed for it."""
from __future__ import annotations

import sys
from calendar import timegm
from importlib.util import find_spec
from shlex import quote

from . import envoy
from .findings import Finding
from .starts import LEAST_PYTHON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

# When each Python gets its last repair of a security hole (devguide.python.org/versions).
ENDS = {(3, 11): (2027, 10, 31), (3, 12): (2028, 10, 31), (3, 13): (2029, 10, 31),
        (3, 14): (2030, 10, 31)}
NEEDED = {"jinja2": "Jinja2", "multipart": "multipart"}
NEEDED_FOR_CODES = {"pyotp": "pyotp", "segno": "segno"}


def python_is_new_enough(place: Place) -> Iterator[Finding]:
    """This very process runs with a Python that the toolkit is made for."""
    if sys.version_info[:2] < LEAST_PYTHON:
        yield Finding(
            "python-version",
            f"Pages run with Python {sys.version_info[0]}.{sys.version_info[1]} "
            f"({sys.executable}), and need 3.11 or newer.",
            "Ask your host for a newer Python (a control panel often offers several), and write "
            "its path into the first lines of the scripts: #!/usr/bin/python3.11, for example.")


def letters_are_all_known(place: Place) -> Iterator[Finding]:
    """Names of files may have any letters, whatever language the web server runs in."""
    yield from of_encoding(sys.getfilesystemencoding())


def has_processes_and_threads(place: Place) -> Iterator[Finding]:
    """This user may have a few processes and threads at a time."""
    yield from of_caps(envoy.has_processes(), envoy.has_threads())


def of_encoding(encoding: str) -> Iterator[Finding]:
    """What an encoding of names and messages means for the site."""
    if encoding.lower().replace("-", "") != "utf8":
        yield Finding(
            "encoding",
            "The web server runs pages in a language that knows only English letters "
            f"({encoding}): a file or message with any other letter makes a page fail.",
            "Have pages run with LANG=C.UTF-8: in .htaccess or the virtual host, SetEnv LANG "
            "C.UTF-8; for mod_wsgi, add lang=C.UTF-8 locale=C.UTF-8 to WSGIDaemonProcess; on a "
            "Debian server, export LANG=C.UTF-8 in /etc/apache2/envvars.")


def of_caps(processes: bool, threads: bool) -> Iterator[Finding]:
    """What it means that few processes or threads can be had."""
    if not processes:
        yield Finding(
            "process-cap",
            "The host lets pages start hardly any other program (its limit of processes is "
            "reached): mail by sendmail and scripts of other languages fail now and then.",
            "Ask your host to raise the limit of processes (nproc, or \"entry processes\"), and "
            "see in its control panel whether something of yours runs on and on. Mail needs none "
            "by via = smtp (docs/mail.md).")
    elif not threads:
        yield Finding(
            "thread-cap",
            "The host lets pages start no thread. Chapbook's own pages need none; packages that "
            "you add may (\"can't start new thread\").",
            "Ask your host to raise the limit of threads or of memory; or leave such packages out, "
            "and let a server with threads of its own run pages as single ones (threads=1).")


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


ALWAYS = (python_is_new_enough, python_is_kept_up, packages_are_there)
