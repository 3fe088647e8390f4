"""Backups as their pages need them: what there is, and what is under way, in words.

They are made and restored by `chapbook.backup`, here a few seconds in each request: hosts end a
request that takes long.
"""
from __future__ import annotations

import os

from chapbook.accounts import events
from chapbook.archive import Archive, BadArchive
from chapbook.backup import making, manifest, restoring, work
from chapbook.backup.work import folder, kept, last
from chapbook.db import connect
from chapbook.errors import ConfigError, Conflict, HTTPError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.accounts.events import Who
    from chapbook.config import Config

__all__ = ["folder", "kept", "last"]

SECONDS = 5.0                 # of work in one request; the rows in one go take what they take

PHASES = {
    "check": "Checking that the file is whole",
    "rows": "Reading the rows",
    "files": "The uploads",
    "copy": "Changing the rows of the site",
    "out": "Moving the uploads",
    "in": "Moving the uploads",
}


class One:
    """A backup: its name, path, bytes, when it was made, what it holds, or why it is none."""

    def __init__(self, path: str) -> None:
        self.path, self.name = path, os.path.basename(path)
        self.size = os.path.getsize(path)
        self.refused, self.version, self.engine = "", "", ""
        self.made_at = self.rows = self.files = self.tables = 0
        self.settings = False
        try:
            with Archive(path) as archive:
                found = manifest.of(archive)
        except BadArchive as error:
            self.refused = str(error)
            return
        self.made_at, self.version, self.engine = found.made_at, found.version, found.engine
        self.rows, self.files, self.tables = found.rows, len(found.files), len(found.tables)
        self.settings = manifest.SETTINGS in found.sums


class Progress:
    """What is under way: `kind` ("backup" or "restore"), a sentence, whether it has ended."""

    def __init__(self, kind: str, said: str, ended: bool = False, name: str = "",
                 notes: list[str] | None = None) -> None:
        self.kind, self.said, self.ended, self.name = kind, said, ended, name
        self.notes = notes or []


def one(config: Config, name: str) -> One | None:
    """The backup of this name in the folder of backups; None where there is none."""
    path = work.path_of(config, name)
    return None if path is None else One(path)


def newest(config: Config) -> int | None:
    """When the newest backup was made here; None where there is none."""
    return next((found.at for found in kept(config)), None)


def under_way(config: Config) -> Progress | None:
    """What is under way, after what was interrupted has been finished or undone."""
    restoring.recover(config)
    state = work.state(config)
    return None if state is None else Progress(state["kind"], _said(state))


def begin(config: Config) -> None:
    """Begin a backup; Conflict while something else is under way."""
    restoring.recover(config)
    making.begin(config)


def begin_restore(config: Config, path: str, settings: bool) -> None:
    """Begin to restore one; Conflict, with the reason, for a file that is none for this site."""
    restoring.recover(config)
    try:
        restoring.begin(config, path, settings=settings)
    except BadArchive as error:
        raise Conflict(f"{error} Nothing was changed.") from error


def leave(config: Config) -> None:
    """Leave what is under way; what has come to its end by now is let be."""
    making.give_up(config)
    restoring.give_up(config)


def went_on(config: Config, who: Who) -> Progress | None:
    """Go on for some seconds; None where nothing is under way, or it has failed (`last` has why).

    The events of a backup name who asks; those of a restore nobody: the accounts are others now.
    """
    state = work.state(config)
    if state is None:
        return None
    try:
        if state["kind"] == "backup":
            return _made(config, state, who)
        state = restoring.step(config, SECONDS)
    except (BadArchive, ConfigError, HTTPError):
        if isinstance(work.state(config), dict):
            raise                                 # another request is at it
        return None
    if state["phase"] == "done":
        return Progress("restore", "The site is what the backup holds.", True,
                        os.path.basename(state["file"]), state["notes"])
    return Progress("restore", _said(state))


def _made(config: Config, state: dict[str, Any], who: Who) -> Progress:
    path = making.step(config, SECONDS)
    if path is None:
        state = work.state(config) or state
        return Progress("backup", _said(state))
    name = os.path.basename(path)
    with connect(config) as db:
        db.transact(events.note, db, "backup made", "done", who, who.account_id, name)
    return Progress("backup", "The backup is made.", True, name)


def _said(state: dict[str, Any]) -> str:
    """How far it is, as a sentence."""
    if state["kind"] == "backup":
        if state["phase"] == "rows":
            return "Reading all rows, as they are at one moment."
        return f"Rows: {state['rows']:,}. Uploads so far: {state['files']:,}."
    phase = PHASES.get(state["phase"], "")
    return f"{phase}. {state['said']}".strip()
