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

GONE = 3600                   # seconds after which a restore that nobody goes on with is given up
PHASES = ("check", "rows", "files", "copy", "out", "in", "done")


def _silent(text: str) -> None:
    pass


def begin(
    config: Config, path: str, *, settings: bool = False, closed: bool = False,
    now: int | None = None,
) -> None:
    """Begin to restore the backup at `path`, which `step` does.

    `settings`: those of the backup too, but for what belongs to the place (see place.py). `closed`:
    the caller has closed the site, and opens it. Conflict while something else is under way;
    BadArchive for a file that is seen at once to be no backup of this site.
    """
    with work.alone(config), Archive(path) as archive:
        found = manifest.of(archive)
        loading.refuse_newer(config, found)
        work.begin(config, {
            "kind": "restore", "phase": "check", "file": os.path.abspath(path),
            "seen": _seen(path), "settings": settings and SETTINGS in found.sums, "closed": closed,
            "mark": os.urandom(16).hex(), "at": 0, "said": "", "made_at": found.made_at,
            "begun_at": int(time.time()) if now is None else now, "notes": []})


def step(config: Config, seconds: float | None = None, tell: Tell = _silent) -> dict[str, Any]:
    """Go on with the restore for so many seconds; its state, whose "phase" is "done" in the end.

    After an error (BadArchive, ConfigError, HTTPError) the site is as it was, and nothing is under
    way any more. The transaction is not divided: it takes as long as it takes.
    """
    with work.alone(config):
        state = work.state(config)
        if state is None or state["kind"] != "restore":
            raise ConfigError("No backup is being restored. Begin with that.")
        try:
            return _went_on(config, state, seconds, tell)
        except (BadArchive, ConfigError, HTTPError) as error:
            _give_up(config, str(getattr(error, "detail", "") or error))
            raise


def restore(
    config: Config, path: str, *, settings: bool = False, closed: bool = False,
    tell: Tell = _silent,
) -> list[str]:
    """A backup restored in one go; what there is to be known of it, in sentences."""
    begin(config, path, settings=settings, closed=closed)
    try:
        while (state := step(config, None, tell))["phase"] != "done":
            pass
    except BaseException:
        recover(config, True)
        raise
    notes: list[str] = state["notes"]
    return notes


def recover(config: Config, at_once: bool = False) -> str:
    """Finish or undo a restore whose process was killed; what was done, "" for nothing.

    One that waits for its next step is let be for an hour, unless `at_once`.
    """
    lock = work.hold(config)
    if lock is None:
        return ""
    try:
        return recovered(config, at_once)
    finally:
        os.close(lock)


def recovered(config: Config, at_once: bool = False) -> str:
    """The same, for who has the lock already."""
    state = work.state(config)
    if state is None or state["kind"] != "restore":
        return ""
    begun = state["phase"] == "copy" and (state["closed"] or door.is_ours(config))
    if begun and copying.is_marked(config, state["mark"]):
        state["phase"] = "out"
    if state["phase"] in ("out", "in"):
        _finish(config, state)
        return "A restore that was interrupted was finished."
    touched = os.stat(os.path.join(work.place(config), "state.json")).st_mtime
    if at_once or begun or not 0 <= time.time() - touched < GONE:
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
    with Archive(state["file"]) as archive:
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
    while state["at"] < len(names) and not _over(until):
        name = names[state["at"]]
        for _ in archive.pieces(name, found.sums[name]):
            pass
        state["at"] += 1
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
    while state["at"] < len(names) and not _over(until):
        name = names[state["at"]]
        target = uploads.staged(config, name.removeprefix(FILES))
        if os.path.lexists(target):               # of a process that was killed
            os.unlink(target)
        archive.extract(name, target, found.sums[name])
        state["at"] += 1
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
    if state["settings"]:
        state["text"] = text.decode("utf-8", "replace")
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
    if state["settings"] and "text" in state:
        plan, _ = place.plan(config, state["text"].encode())
        try:
            plan.write()
        except (ConfigError, HTTPError) as error:
            state["notes"].append(f"The settings could not be written: {error}")
    with db.connect(config) as own:
        own.transact(events.note, own, "backup restored", "done", events.SHELL, None,
                     os.path.basename(state["file"]))
    state["phase"] = "done"
    _closing(config, state, "")
    return state


def _give_up(config: Config, why: str) -> None:
    """Leave a restore, unless its rows were kept: then it is for `recover` to go on with it."""
    state = work.state(config)
    if state is None or state["kind"] != "restore" or state["phase"] not in PHASES[:4]:
        return
    if state["phase"] != "copy" or not copying.is_marked(config, state["mark"]):
        _closing(config, state, why)


def _closing(config: Config, state: dict[str, Any], why: str) -> None:
    import json

    uploads.clear(config)
    work.write(os.path.join(work.folder(config), "last.json"), json.dumps({
        "file": os.path.basename(state["file"]), "at": int(time.time()), "failed": why,
        "made_at": state["made_at"], "notes": state["notes"]}).encode())
    if not state["closed"]:
        door.reopen(config)
    work.end(config)


def last(config: Config) -> dict[str, Any] | None:
    """How the last restore ended: its "file", "at", "failed" (why, or ""), "notes"."""
    import json

    try:
        with open(os.path.join(work.folder(config), "last.json"), encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
    except (OSError, ValueError):
        return None
    return found


def _seen(path: str) -> list[int]:
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns, status.st_ino]
