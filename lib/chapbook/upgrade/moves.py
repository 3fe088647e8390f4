"""An upgrade's files and its state, in a module that needs no other, as half of lib/ may be new.

A copy of it lies beside what it moves, in var/upgrade/work/, and whoever finds an upgrade that was
killed runs that copy. In the folder are:

    state.NAME      an empty file whose name is the state: to change it is one rename, which is
                    done or not done, and needs no space on the disk
    plan.json       what is put, what is removed, and where
    new/, old/      what is to be put; what was there before, as links to the very files
    said.json       how it ended, for people

States, in order: `staged` (nothing has happened), `closed` (var/maintenance is there, every page
answers 503), `saving` (a backup is made), `saved`, `placing` (files are put), `placed`,
`migrating`, `opening`, `done`. And the way back: `undoing`, `reopening`, `undone`.
"""
from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FLAG = "var/maintenance"
FOLDER = "var/upgrade"
COOKIE = "chapbook-upgrade"
FORMAT = 1                    # of plan.json; a newer release reads what an older one wrote

# What the request that found var/maintenance is to do.
OPEN, WAIT, STEP = "open", "wait", "step"

CLOSED = ("closed", "saving", "saved", "placing", "placed", "migrating", "opening", "undoing",
          "reopening")
TRIES = 10                    # times that going on may be killed without having come further
SETTLE = 1.0                  # seconds for requests that were under way when the site was closed
IDLE = 15.0                   # seconds that are left to who began, before anybody goes on with it


def work(root: str) -> str:
    """The folder of the upgrade that is under way, or was the last."""
    return os.path.join(root, FOLDER, "work")


def state(root: str) -> str:
    """The state of the upgrade; empty where there has been none."""
    try:
        names = os.listdir(work(root))
    except FileNotFoundError:
        return ""
    return next((name[6:] for name in names if name.startswith("state.")), "")


def turn(root: str, before: str, after: str) -> None:
    """Go from one state to the next; FileNotFoundError where it is not in the first."""
    path = os.path.join(work(root), "state.")
    os.rename(path + before, path + after)
    os.utime(path + after)


def is_closed(root: str) -> bool:
    """Whether every page answers 503: for an upgrade, or as the owner has put the file there."""
    return os.path.exists(os.path.join(root, FLAG))


def hold(root: str, wait: float = 0.0) -> int | None:
    """The lock of upgrades as a file descriptor, to be closed; None where another has it.

    The system takes it from a process that ends in whatever way. `wait` is in seconds.
    """
    file = os.open(os.path.join(root, FOLDER, "lock"),
                   os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(file)
                return None
            time.sleep(0.05)
        except OSError:
            os.close(file)
            raise


def attend(root: str, cookies: str) -> tuple[str, bool]:
    """What a request is to do that found var/maintenance, and whether files were put meanwhile.

    An upgrade whose process was killed is finished or undone here, as far as files are concerned.
    STEP is for who began it (the `Cookie` header tells), and for anybody where he has gone away:
    the rest is done by steps.py of the lib/ that is whole now.
    """
    if state(root) not in CLOSED:
        return (WAIT if is_closed(root) else OPEN), False
    lock = hold(root, 1.0 if is_begun_by(root, cookies) else 0.0)
    if lock is None:
        return WAIT, False
    try:
        return _attended(root, cookies)
    finally:
        os.close(lock)


def _attended(root: str, cookies: str) -> tuple[str, bool]:
    now = state(root)
    if not is_closed(root) and now not in ("placing", "undoing"):
        return OPEN, False                        # it was opened a moment ago
    changed = now in ("placing", "undoing")
    if changed:
        finish(root)
        now = state(root)
    elif now == "saving":
        give_up(root, "It was interrupted while the backup was made. No file was changed.")
        return OPEN, False
    if now in ("opening", "reopening"):
        reopen(root)
        return OPEN, changed
    age = time.time() - os.stat(os.path.join(work(root), "state." + now)).st_mtime
    late = not 0 <= age < IDLE
    if now in ("closed", "saved") and late and not is_begun_by(root, cookies):
        give_up(root, "Whoever began it went away before any file was changed.")
        return OPEN, False
    if not (late or now == "migrating" or is_begun_by(root, cookies)):
        return WAIT, changed
    if not _tried(root):
        fail(root, f"It was stopped {TRIES} times at the same step, perhaps by the host.")
        return OPEN, True
    return STEP, changed


def _tried(root: str) -> bool:
    """Count one more try, by a rename; False where there were enough."""
    folder = work(root)
    found = max((int(name[6:]) for name in os.listdir(folder) if name.startswith("tries.")),
                default=0)
    if found < TRIES:
        try:
            os.rename(os.path.join(folder, f"tries.{found}"),
                      os.path.join(folder, f"tries.{found + 1}"))
        except OSError:
            pass                                  # it was not staged: nobody counts
    return found < TRIES


def is_begun_by(root: str, cookies: str) -> bool:
    """Whether a `Cookie` header has the token that was given to who began the upgrade."""
    import hashlib
    import hmac

    try:
        with open(os.path.join(work(root), "token"), encoding="ascii") as file:
            wanted = file.read()
    except (OSError, ValueError):
        return False
    for pair in cookies.split(";"):
        name, _, value = pair.strip().partition("=")
        if name.removeprefix("__Host-") == COOKIE and hmac.compare_digest(
                hashlib.sha256(value.encode("utf-8", "replace")).hexdigest(), wanted):
            return True
    return False


def whole(root: str, wait: float = 20.0) -> None:
    """Come back when lib/ is of one release again: after what another does, or by doing it.

    For a process that is just starting; at most `wait` seconds.
    """
    until = time.monotonic() + wait
    while state(root) in ("placing", "undoing") and time.monotonic() < until:
        lock = hold(root)
        if lock is None:
            time.sleep(0.05)
            continue
        try:
            if state(root) in ("placing", "undoing"):
                finish(root)
        finally:
            os.close(lock)


def finish(root: str) -> None:
    """Finish what was begun with the files: `placing` to `placed`, `undoing` to `reopening`.

    Whatever keeps files from being put (a folder that nobody may write to) undoes it all. OSError
    where that is impossible too: the next request tries again.
    """
    try:
        age = time.time() - os.stat(os.path.join(root, FLAG)).st_mtime
    except FileNotFoundError:
        age = SETTLE
    time.sleep(max(0.0, SETTLE - max(0.0, age)))
    if state(root) == "placing":
        try:
            place(root)
        except OSError as error:
            undo(root, "placing", f"{error.filename or 'A file'} could not be put in its place: "
                                  f"{error.strerror}. All files are as they were.")
            return
        turn(root, "placing", "placed")
    else:
        undo(root, "", "")


def place(root: str) -> None:
    """Put every file of new/ where it belongs, and remove what the release does not have.

    Each file is put by one rename; who does this again does what is left. OSError as it comes.
    """
    plan = read(root, "plan.json")
    for name in plan["put"]:
        source = os.path.join(work(root), "new", name)
        if os.path.lexists(source):
            _move(source, path(plan, name))
    for name in plan["remove"]:
        _unlink(path(plan, name))
        try:
            os.rmdir(os.path.dirname(path(plan, name)))
        except OSError:
            pass                                  # there is more in it
    _restart(root)


def undo(root: str, before: str, why: str) -> None:
    """From the state `before` (empty: `undoing` itself) to `reopening`: each file as it was."""
    if before:
        say(root, "undone", why)
        turn(root, before, "undoing")
    plan = read(root, "plan.json")
    there = frozenset(plan["was"])
    for name in reversed([*plan["put"], *plan["remove"]]):
        target, old = path(plan, name), os.path.join(work(root), "old", name)
        if os.path.lexists(os.path.join(work(root), "new", name)) and _is_untouched(target, old):
            continue                              # it was not put: it may even be impossible
        if name not in there:
            _unlink(target)
        elif os.path.lexists(old):
            _move(old, target)
            _unlink(old)                          # a rename of a file to itself leaves both names
    for folder in reversed(plan["folders"]):
        shutil.rmtree(os.path.join(folder, "__pycache__"), ignore_errors=True)
        try:
            os.rmdir(folder)
        except OSError:
            pass                                  # somebody has put something there
    _restart(root)
    turn(root, "undoing", "reopening")


def _is_untouched(target: str, old: str) -> bool:
    """Whether a file that was to be replaced is there still, or something stands in its way."""
    try:
        return os.path.isdir(target) or os.path.samestat(os.lstat(target), os.lstat(old))
    except OSError:
        return False


def fail(root: str, why: str) -> None:
    """Whatever the state: back to how the site was, and open again."""
    now = state(root)
    if now in ("closed", "saving", "saved"):
        give_up(root, why)
    elif now in ("placing", "placed", "migrating"):
        undo(root, now, why)
        reopen(root)


def give_up(root: str, why: str) -> None:
    """Open the site again, where no file was changed yet."""
    say(root, "undone", why)
    turn(root, state(root), "reopening")
    reopen(root)


def reopen(root: str) -> None:
    """From `opening` to `done`, or from `reopening` to `undone`: pages answer again."""
    now = state(root)
    _unlink(os.path.join(root, FLAG))
    turn(root, now, "done" if now == "opening" else "undone")


def say(root: str, outcome: str, why: str) -> None:
    """Note for people how it ended: "done" or "undone", and why; a full disk is no error here."""
    target = os.path.join(work(root), "said.json")
    try:
        with open(target + ".new", "w", encoding="utf-8") as file:
            json.dump({"outcome": outcome, "why": why, "at": int(time.time())}, file)
        os.replace(target + ".new", target)
    except OSError:
        pass


def read(root: str, name: str) -> Any:
    """What is in plan.json or said.json; OSError where it is not there."""
    with open(os.path.join(work(root), name), encoding="utf-8") as file:
        return json.load(file)


def path(plan: Any, name: str) -> str:
    """Where a file of the plan belongs: `private/lib/x.py` is lib/x.py below that root."""
    part, _, rest = name.partition("/")
    return os.path.join(plan["roots"][part], rest)


def made(folder: str) -> None:
    """Make a folder with those above it, each as open as the one that it is in."""
    if not os.path.isdir(folder):
        made(os.path.dirname(folder))
        os.mkdir(folder)
        os.chmod(folder, os.stat(os.path.dirname(folder)).st_mode & 0o777)


def _move(source: str, target: str) -> None:
    made(os.path.dirname(target))
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            error.filename = target
            raise
        # htdocs/ may be on another disk: a copy beside it, then one rename.
        beside = os.path.join(os.path.dirname(target), ".chapbook-" + os.path.basename(target))
        try:
            shutil.copy2(source, beside, follow_symlinks=False)
            os.replace(beside, target)
        except OSError:
            _unlink(beside)
            raise
        os.unlink(source)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _restart(root: str) -> None:
    """Tell servers that keep Python loaded to start anew: mod_wsgi, and Passenger."""
    for name in ("apache/dispatch.wsgi", "tmp/restart.txt"):
        try:
            os.utime(os.path.join(root, name))
        except OSError:
            pass                                  # it is not used here
