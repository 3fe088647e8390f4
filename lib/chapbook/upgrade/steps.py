"""The steps of an upgrade, each short enough for a host that ends what takes half a minute.

`begin` lays everything ready and closes the site. Then `go_on` takes one step each time, in a
process that has not read modules of another release: a backup, the files, the tables, a look
whether the new release works, and the site is open again. Whatever fails takes back all files.

The tables are not taken back. A step of the schema adds, and takes nothing away that the release
before needs (expand now, contract a release later), so that one works with the tables of the next.
"""
from __future__ import annotations

import os
import shutil
import time

from .. import closed, db as databases, log, schema
from ..backup import making
from ..errors import HTTPError, Unavailable
from . import check, moves
from .release import Refused, Release, edited, installed, is_of, objections, place
from .staging import ASIDE, stage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Any

    from ..config import Config

SECONDS = 10.0                # that a step may begin further work
BUSY = ("Another upgrade of this site is under way. Wait until it is done; the page of upgrades "
        "tells how it ends.")
FAILED = {"closed": "The backup could not be made", "saved": "The files could not be put"}
FAILED_LATER = "The tables could not be brought up to date, or the release not be tried"
NO_WAY_BACK = ("There is no upgrade to go back from: the last one was taken back, or there has "
               "been none.")
CLOSED_BY_HAND = ("The site is closed already, by the file var/maintenance. If you have put it "
                  "there, delete it first.")


def folder(config: Config) -> str:
    """Where zips are put by FTP, and all that upgrades keep; made where it is missing (0700)."""
    found = os.path.join(config.root, moves.FOLDER)
    os.makedirs(found, mode=0o700, exist_ok=True)
    return found


def begin(
    config: Config, path: str, replace: Collection[str] = (), seen: Iterable[str] | None = None,
    backup: bool = True,
) -> str:
    """Lay the upgrade in this zip ready and close the site; the token of who began it.

    `replace` are files edited here whose place the new ones take all the same; `seen` the edited
    files that were shown to who decided that; `backup` whether to make one first. Refused, with
    nothing changed, where anything speaks against it: a zip that does not fit, another upgrade, a
    disk that is full.
    """
    folder(config)
    try:
        lock = moves.hold(config.root)
        if lock is None:
            raise Refused(BUSY)
        try:
            _refuse_closed(config.root)
            return _begun(config, path, replace, seen, backup)
        finally:
            os.close(lock)
    except OSError as error:
        raise Refused(f"{error.filename or config.root}: {error.strerror}. Nothing was changed. "
                      "If the disk is full, delete what you can do without.") from error


def _begun(
    config: Config, path: str, replace: Collection[str], seen: Iterable[str] | None, backup: bool,
) -> str:
    site = installed(config.root)
    with Release(path) as release:
        against = objections(release, site, config)
        if against:
            raise Refused(" ".join(against))
        release.verify()
        edits = edited(release, site, config)
        if seen is not None and sorted(seen) != sorted(edit.name for edit in edits):
            raise Refused("Files of this site were changed since you have looked. Please look "
                          "again.")
        with databases.connect(config) as db:
            red = check.reds(config, db)
        token = stage(release, site, config, edits, replace, {"red": sorted(red), "backup": backup})
    moves.turn(config.root, "staged", "closed")
    try:
        _raise_flag(config.root)
    except OSError:
        moves.turn(config.root, "closed", "staged")
        raise
    log.write(config, "upgrade", begun=release.manifest.version, release=release.manifest.release)
    return token


def go_on(config: Config, moves: Any) -> None:
    """Take one step; the lock is held. `moves` is the module that began it (closed.moves).

    An error of a step takes back what was done; the reason is in said.json, and in the log.
    """
    root = config.root
    now, further = moves.state(root), True
    try:
        if now == "closed":
            _save(config, moves)
        elif now == "saved":
            moves.turn(root, "saved", "placing")
            moves.finish(root)                    # to placed, or to reopening
        elif now in ("placing", "undoing"):
            moves.finish(root)
        elif now in ("placed", "migrating"):
            further = _migrate(config, moves)
        if moves.state(root) in ("opening", "reopening"):
            moves.reopen(root)
    except Exception as error:
        moves.fail(root, f"{FAILED.get(now, FAILED_LATER)}: {_words(error)}")
    if further:
        _come_further(root)
    _tell(config, moves)


def drive(config: Config, until: str = "") -> None:
    """Take steps until the upgrade has ended, or has come to this state; Refused if others do."""
    root = config.root
    module = closed.moves(root)
    while moves.is_closed(root) and moves.state(root) != until:
        lock = moves.hold(root, 30.0)
        if lock is None:
            raise Refused(BUSY)
        try:
            if moves.state(root) not in moves.CLOSED:
                return
            go_on(config, module)
        finally:
            os.close(lock)


def _save(config: Config, moves: Any) -> None:
    """Make the backup, or a part of it: rows, settings and uploads, into var/backups/."""
    root = config.root
    moves.turn(root, "closed", "saving")
    if moves.read(root, "plan.json")["backup"]:
        begun = os.path.join(moves.work(root), "backup")
        if not os.path.exists(begun):
            making.give_up(config)                # nobody goes on with one: the site is closed
            making.begin(config)
            with open(begun, "x", encoding="ascii"):
                pass
        until = time.monotonic() + SECONDS
        while making.step(config, SECONDS) is None:
            if time.monotonic() >= until:
                moves.turn(root, "saving", "closed")
                return
    moves.turn(root, "saving", "saved")


def _migrate(config: Config, moves: Any) -> bool:
    """Apply steps of the schema, and look at the site after the last; False: it came no further."""
    root = config.root
    if moves.state(root) == "placed":
        moves.turn(root, "placed", "migrating")
    try:
        with databases.connect(config) as db:
            schema.bring_up(db, config, SECONDS)
            if schema.left(db, config):
                moves.turn(root, "migrating", "placed")
                return True
            why = check.trouble(config, db, set(moves.read(root, "plan.json")["red"]))
    except Unavailable:
        moves.turn(root, "migrating", "placed")   # tried again, so many times
        return False
    if why:
        moves.fail(root, why)
        return True
    moves.say(root, "done", "")
    moves.turn(root, "migrating", "opening")
    return True


def take_back(config: Config) -> None:
    """Begin to go back to the release before the last upgrade; the next request does it.

    Edits since then are put aside as NAME.mine. Refused where there is nothing to go back to.
    """
    root = config.root
    if not moves.state(root):
        raise Refused(NO_WAY_BACK)
    try:
        lock = moves.hold(root)
        if lock is None:
            raise Refused(BUSY)
        try:
            _refuse_closed(root)
            if moves.state(root) != "done":
                raise Refused(NO_WAY_BACK)
            _put_aside(config)
            moves.say(root, "undone", "Somebody has gone back to the release before.")
            moves.turn(root, "done", "undoing")
            _raise_flag(root)
        finally:
            os.close(lock)
    except OSError as error:
        raise Refused(f"{error.filename or root}: {error.strerror}.") from error


def _put_aside(config: Config) -> None:
    """Copy what was edited since the upgrade beside itself, before the older files come back."""
    files = installed(config.root).files
    for name in moves.read(config.root, "plan.json")["put"]:
        path = place(config, name) if name in files else ""
        if path and os.path.isfile(path) and not is_of(path, files[name].sha256):
            shutil.copyfile(path, path + ASIDE)


def _refuse_closed(root: str) -> None:
    """Refuse to begin while the site is closed, or another upgrade is not at its end."""
    now = moves.state(root)
    if now in moves.CLOSED and now not in ("closed", "saving", "saved", "opening", "reopening"):
        if not moves.is_closed(root):             # somebody has deleted the file halfway
            _raise_flag(root)
        raise Refused(BUSY)
    if moves.is_closed(root):
        raise Refused(BUSY if now in moves.CLOSED else CLOSED_BY_HAND)


def _raise_flag(root: str) -> None:
    path = os.path.join(root, moves.FLAG)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))


def _come_further(root: str) -> None:
    """Begin to count the tries anew."""
    folder = moves.work(root)
    for name in os.listdir(folder):
        if name.startswith("tries."):
            os.rename(os.path.join(folder, name), os.path.join(folder, "tries.0"))


def _tell(config: Config, moves: Any) -> None:
    """Write how it has ended into the site's log, once it has."""
    now = moves.state(config.root)
    if now in ("done", "undone"):
        log.write(config, "upgrade", ended=now, detail=why(config))


def why(config: Config) -> str:
    """Why the last upgrade ended so; empty where nothing was wrong, or nobody could note it."""
    try:
        return str(moves.read(config.root, "said.json")["why"])
    except (OSError, ValueError):
        return ""


def _words(error: Exception) -> str:
    """What an error says; for one that nobody thought of, where in the code it is from, too."""
    if isinstance(error, HTTPError) and error.status < 500:
        return error.sentence                     # such as: a restore is under way
    if isinstance(error, HTTPError):
        return error.detail or error.sentence
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" ({trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno})" if trace else ""
    return f"{type(error).__name__}: {error}{place}"
