"""The text browser lynx in a terminal of its own, driven by a list of keys."""
from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path

from chapbook.cli import packages

WITHIN = 60.0                 # seconds
TAB, ENTER, DOWN = "<tab>", "^J", "Down Arrow"


def missing() -> str | None:
    """Why there is no lynx on this machine, or None."""
    if packages.missing_text_browser():
        return "There is no lynx here (./chapbook check installs it)."
    return None


def typed(text: str) -> list[str]:
    """The keys of a text."""
    return ["<space>" if c == " " else c for c in text]


def walk(address: str, keys: list[str], folder: Path) -> str:
    """Open a page, press these keys, and leave: all that was to be seen, as a terminal gets it.

    `folder` is for lynx's own files. AssertionError where it does not end.
    """
    script = folder / "keys"
    script.write_text("".join(f"key {key}\n" for key in [*keys, "q", "y"]), encoding="ascii")
    program = packages.program(*packages.TEXT_BROWSER)
    assert program
    ours, its = pty.openpty()
    try:
        process = subprocess.Popen(
            [program, f"-cmd_script={script}", "-nocolor", "-nopause", address],
            stdin=its, stdout=its, stderr=its, cwd=folder, start_new_session=True,
            env={"HOME": str(folder), "TERM": "vt100", "LINES": "60", "COLUMNS": "100",
                 "LANG": "C.UTF-8", "PATH": os.defpath})
        os.close(its)
        try:
            return _seen(ours)
        finally:
            process.kill()                       # if it has not ended
            process.wait()
    finally:
        os.close(ours)


def _seen(terminal: int) -> str:
    seen = b""
    until = time.monotonic() + WITHIN
    while True:
        ready, _, _ = select.select([terminal], [], [], max(until - time.monotonic(), 0))
        assert ready, f"lynx does not end: {seen!r}"
        try:
            part = os.read(terminal, 65536)
        except OSError:                          # as Linux says that nobody is at the other end
            part = b""
        if not part:
            return seen.decode("utf-8", "replace")
        seen += part
