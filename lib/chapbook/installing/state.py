"""What was answered so far, in a private file of var/: the installer can be left and gone on with.

Each step's answers replace those that it had. The file is replaced in one move, so whoever is
killed leaves the old one or the new one. Passwords of the database and the mail server are in it as
they will be in site.ini; of the administrator's there is only the hash.
"""
from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager

from ..errors import Conflict, Unavailable, user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..config import Config

FOLDER, FILE, LOCK = "install", "state.json", "lock"
MOST_BYTES = 100_000
UNFINISHED = 86400            # seconds after which a last step that was left is left for good

CLOSED = ("This site is set up, so its installer is closed. Sign in to go on; whoever has to begin "
          "again takes site.ini out of the site's folder first.")

# How far the last step has come: "" (not begun), then these.
BEGUN, HANDED = "begun", "handed"         # handed: site.ini is the owner's to upload


class Answers(dict[str, str]):
    """The answers of one step by name; "" for what was not answered, which templates may ask."""

    def __missing__(self, name: str) -> str:
        return ""


class State:
    """The `answers` by step, each a dict of texts; `phase` of the last step, since `since`."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        data = data or {}
        self.answers: dict[str, dict[str, str]] = dict(data.get("answers", {}))
        self.phase = str(data.get("phase", ""))
        self.since = int(data.get("since", 0))

    def of(self, step: str) -> Answers:
        """The answers of a step; none where it was not taken yet."""
        return Answers(self.answers.get(step, {}))


def folder(config: Config) -> str:
    """The path of the installer's own folder, which need not exist."""
    return os.path.join(config.path(config.paths.var), FOLDER)


def read(config: Config) -> State:
    """What was kept; an empty state where nothing was, or what is there is not ours."""
    import json

    try:
        handle = os.open(os.path.join(folder(config), FILE), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return State()
    try:
        found = os.fstat(handle)
        if found.st_uid not in (0, os.geteuid()) or stat.S_IMODE(found.st_mode) & 0o077:
            return State()
        data = json.loads(os.read(handle, MOST_BYTES).decode("utf-8"))
        return State(data) if isinstance(data, dict) else State()
    except (OSError, ValueError, TypeError, AttributeError):
        return State()
    finally:
        os.close(handle)


def keep(config: Config, step: str, answers: Mapping[str, str]) -> None:
    """Keep what was answered to one step. Unavailable, in words, where nothing can be written."""
    with _folder_locked(config, wait=3.0):
        if is_set_up(config):
            raise Conflict("The site was set up in the meantime, in another window.")
        state = read(config)
        state.answers[step] = dict(answers)
        _write(config, state)


def enter_phase(config: Config, phase: str) -> None:
    """Note how far the last step has come."""
    state = read(config)
    if state.phase != phase:
        state.phase, state.since = phase, int(time.time())
        _write(config, state)


def is_set_up(config: Config) -> bool:
    """Whether the site is set up, so that the installer is closed.

    It is, once there is a site.ini, unless that was written by a last step which did not come to
    its end; that can be gone on with for a day.
    """
    if not os.path.lexists(config.path("site.ini")):
        return False
    state = read(config)
    return not (state.phase and 0 <= time.time() - state.since < UNFINISHED)


def forget(config: Config) -> None:
    """Remove what was kept: the installer is closed then, if there is a site.ini."""
    top = folder(config)
    try:
        names = sorted(os.listdir(top), key=lambda name: name != FILE)
    except FileNotFoundError:
        return
    for name in names:                        # the answers, then what a killed process has left
        os.unlink(os.path.join(top, name))
    try:
        os.rmdir(top)
    except OSError:
        pass                                  # somebody else begins to wait there


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """A `with` block for the last step, which one process is in at a time; Conflict for others."""
    with _folder_locked(config, wait=0.0):
        yield


def prepare_var(config: Config) -> None:
    """Make var/ with its folders, where they are missing; Unavailable, in words, if it cannot."""
    paths = config.paths
    for path in (paths.var, paths.log, paths.cache, paths.uploads):
        _make(config, config.path(path))


def _make(config: Config, path: str) -> None:
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        _give(path, config.root)
    except OSError as error:
        raise Unavailable(
            f"The folder {os.path.relpath(path, config.root)} cannot be made ({error.strerror}). "
            f"Please make it with your FTP program, and let the user {user()} write there, as whom "
            "pages run.", detail=f"{path}: {error}") from error


def _write(config: Config, state: State) -> None:
    import json

    text = json.dumps({"answers": state.answers, "phase": state.phase, "since": state.since})
    path = os.path.join(folder(config), FILE)
    new = f"{path}.{os.urandom(8).hex()}"
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(handle, text.encode("utf-8"))
            os.fsync(handle)
        finally:
            os.close(handle)
        _give(new, config.root)
        os.replace(new, path)
    except OSError as error:
        if os.path.lexists(new):
            os.unlink(new)
        raise Unavailable(
            f"Your answers could not be kept ({error.strerror}). Please see whether the disk is "
            "full, and send them again.", detail=f"{path}: {error}") from error


def _give(path: str, root: str) -> None:
    """Where root is at work, have a file belong to whom the site belongs."""
    if os.geteuid() == 0:
        found = os.stat(root)
        os.chown(path, found.st_uid, found.st_gid, follow_symlinks=False)


def _give_away(config: Config) -> None:
    """Have all of var/ belong to whom the site belongs: pages run as that user, and go on here."""
    for folder, _, names in os.walk(config.path(config.paths.var)):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            try:
                _give(path, config.root)
            except FileNotFoundError:
                pass                              # SQLite's own, gone by now


@contextmanager
def _folder_locked(config: Config, wait: float) -> Iterator[None]:
    import fcntl

    _make(config, config.path(config.paths.var))
    _make(config, folder(config))
    until = time.monotonic() + wait
    path = os.path.join(folder(config), LOCK)
    try:
        os.chmod(folder(config), 0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise Unavailable(
            f"The folder {os.path.relpath(folder(config), config.root)} cannot be used "
            f"({error.strerror}). Please delete it with your FTP program, and send this again.",
            detail=f"{path}: {error}") from error
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Conflict(
                        "The site is being set up in another window, or by another person, at this "
                        "moment. Please wait a little, and look again.") from None
                time.sleep(0.02)
            except OSError:
                break                         # a disk without locks: site.ini is still written once
        yield
    finally:
        os.close(handle)
        if os.geteuid() == 0:
            _give_away(config)
