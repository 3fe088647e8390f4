"""A backup restored, in steps that fit into the time that a host gives to a request.

    check    every member is read, and compared with its SHA-256
    rows     the rows are tried on a scratch file, part by part, and brought up to this release
    files    the uploads are put beside those that are there
    copy     the site is closed; all rows take the place of the old ones, in one transaction
    out, in  the old uploads are moved aside, the new ones in; the settings follow
    done     the site is open again

Until the transaction is kept nothing of the site has changed, whatever is wrong with the file. It
leaves a mark in the database; whoever finds a restore that was killed asks for that, and goes
forward or back (`recover`).
"""
from __future__ import annotations

import os
import time

from .. import db, schema
from ..accounts import events
from ..archive import Archive, BadArchive
from ..errors import ConfigError, Conflict, HTTPError
from . import catalog, copying, door, loading, manifest, place, uploads, work
from .manifest import FILES, SETTINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..config import Config
    from .manifest import Manifest

    Tell = Callable[[str], object]

PHASES = ("check", "rows", "files", "copy", "out", "in", "done")


def _silent(text: str) -> None:
    pass


def look(config: Config, path: str) -> Manifest:
    """What the backup at `path` says that it holds; BadArchive for what is none of this site."""
    with _opened(path) as archive:
        found = manifest.of(archive)
    loading.refuse_newer(config, found)
    return found


def begin(
    config: Config, path: str, *, settings: bool = False, now: int | None = None,
) -> None:
    """Begin to restore the backup at `path`, which `step` does.

    `settings`: those of the backup too, but for what belongs to the place (see place.py). Conflict
    while something else is under way; BadArchive for a file that is seen at once to be no backup of
    this site.
    """
    with work.alone(config):
        _begin(config, path, settings, now)


def step(config: Config, seconds: float | None = None, tell: Tell = _silent) -> dict[str, Any]:
    """Go on with the restore for so many seconds; its state, whose "phase" is "done" in the end.

    After an error (BadArchive, ConfigError, HTTPError) the site is as it was, and nothing is under
    way any more. The transaction is not divided: it takes as long as it takes.
    """
    with work.alone(config):
        return _step(config, seconds, tell)


def restore(
    config: Config, path: str, *, settings: bool = False, closed: bool = False,
    tell: Tell = _silent,
) -> list[str]:
    """A backup restored in one go; what there is to be known of it, in sentences.

    `closed`: the caller has closed the site, and opens it again.
    """
    with work.alone(config):
        _begin(config, path, settings, None, closed, alone=True)
        try:
            while (state := _step(config, None, tell))["phase"] != "done":
                pass
        except BaseException:
            recovered(config)
            raise
    notes: list[str] = state["notes"]
    return notes


def give_up(config: Config) -> None:
    """Leave a restore that has not come to its rows."""
    with work.alone(config):
        _give_up(config, "It was given up.")


def _begin(
    config: Config, path: str, settings: bool, now: int | None, closed: bool = False,
    alone: bool = False,
) -> None:
    found = look(config, path)
    work.begin(config, {
        "kind": "restore", "alone": alone, "phase": "check", "file": os.path.abspath(path),
        "seen": _seen(path), "settings": settings and SETTINGS in found.sums, "closed": closed,
        "mark": os.urandom(16).hex(), "at": 0, "said": "", "notes": [],
        "begun_at": int(time.time()) if now is None else now})


def _opened(path: str) -> Archive:
    try:
        return Archive(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. See that it is a file, and "
                          "belongs to the user as whom the site runs.") from error


def _step(config: Config, seconds: float | None, tell: Tell) -> dict[str, Any]:
    state = work.state(config)
    if state is None or state["kind"] != "restore":
        raise ConfigError("No backup is being restored. Begin with that.")
    try:
        return _went_on(config, state, seconds, tell)
    except (BadArchive, ConfigError, HTTPError) as error:
        _give_up(config, work.why(error))
        raise


def recover(config: Config) -> str:
    """Finish or undo what was interrupted, a backup or a restore; what was done, "" for nothing.

    What waits for a browser's next step is let be for an hour.
    """
    if not os.path.exists(work.place(config)):
        return ""
    lock = work.hold(config)
    if lock is None:
        return ""
    try:
        return recovered(config)
    finally:
        os.close(lock)


def recovered(config: Config) -> str:
    """The same, for who has the lock already."""
    state = work.state(config)
    if state is None:
        work.end(config)
        return ""
    if state["kind"] != "restore":
        if work.is_left(config, state):
            work.end(config)
            return "A backup that was interrupted was given up."
        return ""
    begun = state["phase"] == "copy" and (state["closed"] or door.is_ours(config))
    if begun and copying.is_marked(config, state["mark"]):
        state["phase"] = "out"
    if state["phase"] in ("out", "in"):
        _finish(config, state)
        return "A restore that was interrupted was finished."
    if begun or work.is_left(config, state):
        _give_up(config, "It was interrupted. A host that ends what takes long does that; "
                         "./chapbook restore in a shell has the time.")
        return "A restore that was interrupted was given up; nothing had been changed."
    return ""


def _went_on(
    config: Config, state: dict[str, Any], seconds: float | None, tell: Tell,
) -> dict[str, Any]:
    until = None if seconds is None else time.monotonic() + seconds
    if state["phase"] in ("out", "in"):
        return _finish(config, state, tell)
    if _seen(state["file"]) != state["seen"]:
        raise Conflict("The file of the backup was changed while it was being restored. Nothing "
                       "was changed.")
    with _opened(state["file"]) as archive:
        found = manifest.of(archive)
        if state["phase"] != "copy":
            uploads.check(config)
        act = {"check": _check, "rows": loading.load, "files": _stage,
               "copy": _copy}[state["phase"]]
        with work.disk("The backup could not be unpacked"):
            act(config, state, archive, found, until, tell)
    if state["phase"] == "out":
        return _finish(config, state, tell)
    work.keep(config, state)
    return state


def _over(until: float | None) -> bool:
    return until is not None and time.monotonic() > until


def _check(
    config: Config, state: dict[str, Any], archive: Archive, found: Manifest, until: float | None,
    tell: Tell,
) -> None:
    names = sorted(found.sums)
    tell(f"Checking {len(names)} parts of the backup ...")
    for name in names[state["at"]:]:
        for _ in archive.pieces(name, found.sums[name]):
            pass
        state["at"] += 1
        if _over(until):
            break
    state["said"] = f"Checked: {state['at']} of {len(names)} parts."
    if state["at"] == len(names):
        state.update(phase="rows", at=0)


def _stage(
    config: Config, state: dict[str, Any], archive: Archive, found: Manifest, until: float | None,
    tell: Tell,
) -> None:
    names = found.files
    if not state["at"]:
        uploads.clear(config)
        tell(f"Unpacking {len(names)} uploads ...")
    for name in names[state["at"]:]:
        target = uploads.staged(config, name.removeprefix(FILES))
        if os.path.lexists(target):               # of a process that was killed
            os.unlink(target)
        archive.extract(name, target, found.sums[name], durable=False)
        state["at"] += 1
        if _over(until):
            break
    os.sync()                                     # once for all: each alone would take far longer
    state["said"] = f"Unpacked: {state['at']} of {len(names)} uploads."
    if state["at"] == len(names):
        state.update(phase="copy", at=0)


def _copy(
    config: Config, state: dict[str, Any], archive: Archive, found: Manifest, until: float | None,
    tell: Tell,
) -> None:
    if state["settings"]:
        text = archive.read(SETTINGS, manifest.MOST_SETTINGS, found.sums[SETTINGS])
        plan, skipped = place.plan(config, text)
        if not plan.can_be_written:
            raise ConfigError("site.ini cannot be written by this site. Restore without its "
                              "settings, or make the file and its folder writable.")
        state["notes"] += skipped
        # Known before the rows are kept: whoever goes on from there has them still to write.
        state["text"] = text.decode("utf-8", "replace")
        work.keep(config, state)
    with db.connect(config) as own:
        while schema.bring_up(own, config):
            pass
    scratch = loading.scratch_of(config)
    if not state["closed"]:
        door.close(config)
    try:
        copying.copy(config, scratch, {
            entry.name: entry.next_id for entry in found.tables if entry.next_id is not None
        }, catalog.without(config), state["mark"], int(time.time()), tell)
    finally:
        scratch.close()
    state["phase"] = "out"


def _finish(config: Config, state: dict[str, Any], tell: Tell = _silent) -> dict[str, Any]:
    """What follows once the rows were kept; each of it can be done again."""
    tell("Moving the uploads in ...")
    if state["phase"] == "out":
        work.keep(config, state)
        uploads.move_out(config)
        state["phase"] = "in"
        work.keep(config, state)
    uploads.move_in(config)
    uploads.put_back(config)
    if state["settings"] and "text" in state:
        plan, _ = place.plan(config, state["text"].encode())
        try:
            plan.write()
        except (ConfigError, HTTPError) as error:
            state["notes"].append(f"The settings could not be written: {error}")
    with db.connect(config) as own:
        own.transact(_tell, own, config, os.path.basename(state["file"]))
    state["phase"] = "done"
    _closing(config, state, "")
    return state


def _tell(own: db.Database, config: Config, file: str) -> None:
    """Write down that it was done; and once more, nobody is signed in: a request that began before
    the site was closed may have come to its end since."""
    for name in catalog.without(config)["emptied"]:
        own.run(f"DELETE FROM {catalog.quoted(name)}")
    events.note(own, "backup restored", "done", events.SHELL, None, file)


def _give_up(config: Config, why: str) -> None:
    """Leave a restore, unless its rows were kept: then it is for `recover` to go on with it."""
    state = work.state(config)
    if state is None or state["kind"] != "restore" or state["phase"] not in PHASES[:4]:
        return
    if state["phase"] != "copy" or not copying.is_marked(config, state["mark"]):
        _closing(config, state, why)


def _closing(config: Config, state: dict[str, Any], why: str) -> None:
    uploads.clear(config)
    work.note_last(config, "restore", os.path.basename(state["file"]), why, state["notes"])
    if not state["closed"]:
        door.reopen(config)
    work.end(config)


def _seen(path: str) -> list[int]:
    """What tells whether a file is still the same; empty where it is gone."""
    try:
        status = os.stat(path)
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ino]
