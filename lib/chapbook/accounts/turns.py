"""Turns at hashing: two at once on the whole site, however many processes it has.

Each hash takes 19 MiB and a core for some hundredths of a second, so many at once would slow down
every other page. A turn is a lock on one of two files in var/, which the system gives back even
for a process that is killed.
"""
from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager

from ..errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config

AT_ONCE = 2
PATIENCE = 4.0                # seconds that somebody waits for a turn
BUSY = "Many people are signing in at this moment. Please try again in a moment."


@contextmanager
def turn(
    config: Config, patience: float = PATIENCE, what: str = "hashing", busy: str = BUSY
) -> Iterator[None]:
    """A `with` block that at most two are in at once; Unavailable, with the sentence `busy`, when
    none gets free in time. `what` names turns of another kind: letters alone."""
    folder = config.path(config.paths.var)
    files: list[int] = []
    try:
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            for number in range(AT_ONCE):
                path = os.path.join(folder, f"{what}.{number}")
                files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        except OSError:
            yield                             # a disk that is full keeps nobody from signing in
            return
        _wait(files, time.monotonic() + patience, busy)
        yield
    finally:
        for file in files:
            os.close(file)


def _wait(files: list[int], until: float, busy: str) -> None:
    while True:
        for file in files:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                pass                          # taken, or a disk without locks
        if time.monotonic() >= until:
            raise Unavailable(busy, detail="no turn was had in time", retry_after=2)
        time.sleep(0.005)
