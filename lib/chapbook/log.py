"""The site's own log: one line an event, in UTC, with the request id; a traceback follows indented.

Shared hosts often hide Apache's error log, so Chapbook keeps its own in `var/log/chapbook.log`.
Text from outside is escaped, so that no visitor can write a line of their own. A log that cannot be
written is not an error: the event goes to the server's error stream instead.
"""
from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config

MOST_BYTES = 16_384


def escaped(text: str) -> str:
    """The text on one line: control characters and everything beyond ASCII as Python escapes."""
    return text.encode("unicode_escape", "backslashreplace").decode("ascii")


def write(
    config: Config | None, event: str, request_id: str = "-", traceback: str = "", **facts: object
) -> None:
    """Append one event with its facts (`name=value`), and its traceback indented below it."""
    words = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), request_id, event]
    words += [f"{name}={escaped(str(value))}" for name, value in facts.items() if value != ""]
    lines = [" ".join(words)] + ["    " + escaped(line) for line in traceback.splitlines()]
    data = ("\n".join(lines)).encode("ascii")[:MOST_BYTES] + b"\n"
    try:
        if config is None:
            raise OSError("no settings, no log folder")
        folder = config.path(config.paths.log)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, "chapbook.log")
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, data)
        finally:
            os.close(file)
    except OSError:
        try:
            sys.stderr.write(data.decode("ascii"))
        except (OSError, ValueError, AttributeError):
            pass                                  # closed, or the server gave us none
