"""The site's own log: one line an event, in UTC, with the request id; a traceback follows indented.

Shared hosts often hide Apache's error log, so Chapbook keeps its own in `var/log/chapbook.log`.
Text from outside is escaped, so that no visitor can write a line of their own, and cut, so that
none can fill the disk; a log that has grown large is kept once more as `chapbook.log.1`. A log that
cannot be written is not an error: the event goes to the server's error stream instead.
"""
from __future__ import annotations

import os
import sys
import time

from .config import ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config

MOST_BYTES = 16_384                 # of an event
MOST_OF_A_FACT = 300                # characters
MOST_OF_THE_DETAIL = 1500           # it is written for the owner, and may hold advice
LARGEST = 10 << 20                  # bytes of the file


def escaped(text: str) -> str:
    """The text on one line: control characters and everything beyond ASCII as Python escapes."""
    return text.encode("unicode_escape", "backslashreplace").decode("ascii")


def write(
    config: Config | None, event: str, request_id: str = "-", traceback: str = "", **facts: object
) -> None:
    """Append one event with its facts (`name=value`), and its traceback indented below it.

    Without settings, such as when site.ini is broken, the log is where it is by default.
    """
    words = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), request_id, event]
    words += [f"{name}={_fact(name, str(value))}" for name, value in facts.items() if value != ""]
    lines = [" ".join(words)] + ["    " + escaped(line) for line in traceback.splitlines()]
    data = ("\n".join(lines)).encode("ascii")[:MOST_BYTES] + b"\n"
    try:
        folder = f"{ROOT}/var/log" if config is None else config.path(config.paths.log)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, "chapbook.log")
        file = _opened(path)
        try:
            if os.fstat(file).st_size > LARGEST:
                _put_aside(path, file)
                os.close(file)
                file = _opened(path)
            os.write(file, data)
        finally:
            os.close(file)
    except (OSError, ValueError):                 # ValueError: a NUL in the folder's name
        try:
            sys.stderr.write(data.decode("ascii"))
        except (OSError, ValueError, AttributeError):
            pass                                  # closed, or the server gave us none


def _fact(name: str, value: str) -> str:
    most = MOST_OF_THE_DETAIL if name == "detail" else MOST_OF_A_FACT
    return escaped(value) if len(value) <= most else escaped(value[:most]) + "..."


def _opened(path: str) -> int:
    # Not through a link: root, running ./chapbook cron, could be led to write anywhere.
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _put_aside(path: str, file: int) -> None:
    """Rename a log that has grown large, unless another process has just done so."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)              # until it is closed
    if os.path.samestat(os.fstat(file), os.stat(path)):
        os.replace(path, path + ".1")
