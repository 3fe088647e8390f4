"""Where backups lie, and what is under way there: one backup or one restore at a time.

What is under way has a state in `work/state.json`, so that another request, or another process
after this one was killed, goes on from it.
"""
from __future__ import annotations

import os
import re
import shutil
import time
from contextlib import contextmanager

from ..errors import ConfigError, Conflict, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ..config import Config

FOLDER = "backups"            # below [paths] var
GONE = 3600                   # seconds after which nobody goes on with what a browser has begun
BUSY = ("A backup is being made or restored at this moment. Please wait until it is done, and try "
        "again.")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.zip")


class Kept:
    """A file in the folder of backups: its name, bytes, and when it was last written."""

    __slots__ = ("name", "size", "at")

    def __init__(self, name: str, size: int, at: int) -> None:
        self.name, self.size, self.at = name, size, at


def folder(config: Config) -> str:
    """The folder of backups, which is made (0700) where it is missing."""
    path = config.path(config.paths.var, FOLDER)
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}.") from error
    return path


def kept(config: Config) -> list[Kept]:
    """The zip files in the folder of backups, the newest first."""
    with os.scandir(folder(config)) as entries:
        found = [Kept(entry.name, status.st_size, int(status.st_mtime)) for entry in entries
                 if is_name(entry.name) and entry.is_file(follow_symlinks=False)
                 and (status := entry.stat())]
    return sorted(found, key=lambda one: (-one.at, one.name))


def is_name(name: str) -> bool:
    """Whether this could be the name of a file in the folder of backups; never a path."""
    return _NAME.fullmatch(name) is not None


def path_of(config: Config, name: str) -> str | None:
    """The path of a file in the folder of backups; None where there is no such file."""
    if not is_name(name):
        return None
    path = os.path.join(folder(config), name)
    return path if os.path.isfile(path) and not os.path.islink(path) else None


def place(config: Config) -> str:
    """The folder of what is under way; it need not be there."""
    return os.path.join(folder(config), "work")


def state(config: Config) -> dict[str, Any] | None:
    """The state of what is under way, None where nothing is."""
    import json

    try:
        with open(os.path.join(place(config), "state.json"), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
    except FileNotFoundError:
        return None
    return found


def keep(config: Config, state: dict[str, Any]) -> None:
    """Write the state, in one step, and have it on the disk."""
    import json

    path = os.path.join(place(config), "state.json")
    write(path, json.dumps(state).encode())


def begin(config: Config, state: dict[str, Any]) -> None:
    """Make the folder for something new; Conflict while something else is under way."""
    if os.path.exists(os.path.join(place(config), "state.json")):
        raise Conflict(
            "A backup or a restore that was begun has not ended. Please let it go on, or give it "
            "up, first.")
    end(config)
    os.mkdir(place(config), 0o700)
    keep(config, state)


def end(config: Config) -> None:
    """Delete all that is kept of what was under way; the state first, so that it is not by half."""
    path = place(config)
    try:
        os.unlink(os.path.join(path, "state.json"))
    except FileNotFoundError:
        pass
    shutil.rmtree(path, ignore_errors=True)


def is_left(config: Config, state: dict[str, Any]) -> bool:
    """Whether nobody goes on with what is under way; for who has the lock.

    What one process does alone nobody does when the lock is free; what a browser goes on with is
    left after an hour.
    """
    touched = os.stat(os.path.join(place(config), "state.json")).st_mtime
    return bool(state["alone"]) or not 0 <= time.time() - touched < GONE


def note_last(
    config: Config, kind: str, file: str, failed: str = "", notes: Sequence[str] = (),
) -> None:
    """Write down how a backup or a restore ended; `failed` is why it did not."""
    import json

    write(os.path.join(folder(config), "last.json"), json.dumps({
        "kind": kind, "file": file, "at": int(time.time()), "failed": failed,
        "notes": list(notes)}).encode())


def last(config: Config) -> dict[str, Any] | None:
    """How the last one ended: "kind", "file", "at", "failed", "notes"; None where there is none."""
    import json

    try:
        with open(os.path.join(folder(config), "last.json"), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return None
    return found


def why(error: BaseException) -> str:
    """An error as it is told to who runs the site."""
    return str(getattr(error, "detail", "") or error).partition("\n")[0]


def write(path: str, data: bytes) -> None:
    """Write a private file in one step, and have it on the disk."""
    new = f"{path}.{os.urandom(4).hex()}"
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(new, path)
    except BaseException:
        if os.path.exists(new):
            os.unlink(new)
        raise


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """A `with` block that one process is in at a time; Conflict for a second one.

    The system ends it with the process, in whatever way that ends.
    """
    file = hold(config)
    if file is None:
        raise Conflict(BUSY)
    try:
        yield
    finally:
        os.close(file)


def hold(config: Config) -> int | None:
    """The lock of that block as a file descriptor, to be closed; None where another has it."""
    import fcntl

    file = os.open(os.path.join(folder(config), "lock"),
                   os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    except OSError as error:
        os.close(file)
        raise Unavailable(
            detail=f"{folder(config)} is on a disk without locks ({error.strerror}): two backups "
                   "at once could not be told. Set [paths] var to a folder on another disk."
        ) from error
    return file


@contextmanager
def disk(what: str) -> Iterator[None]:
    """A `with` block in which the disk's refusal is a sentence of ours."""
    import errno

    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = ("free some space, old backups for example, and try again"
                  if full else "see that it belongs to the user as whom the site runs")
        name = error.filename                     # it may be a number
        where = f" ({ascii(os.fsdecode(name))})" if isinstance(name, (str, bytes)) else ""
        said = f"{what}: {error.strerror}{where}. Nothing was changed; {advice}."
        raise Unavailable(said, detail=f"{said}\n{error}") from error
