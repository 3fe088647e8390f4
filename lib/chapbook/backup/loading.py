"""The rows of a backup loaded into a scratch file: nothing of the site is touched by it."""
from __future__ import annotations

import os
import time

from .. import db, mail, schema
from ..archive import BadArchive, shown
from . import catalog, values, work
from .scratch import Scratch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..archive import Archive
    from ..config import Config
    from .catalog import Table
    from .manifest import Entry, Manifest

    Tell = Callable[[str], object]

HELD_BACK = ("It waited when the backup was made, and may have been sent since: look, and send it "
             "again from the outbox.")


def scratch_of(config: Config) -> Scratch:
    """The scratch file of the restore that is under way."""
    return Scratch(config, _path(config))


def _path(config: Config) -> str:
    return os.path.join(work.place(config), "scratch.sqlite")


def load(
    config: Config, state: dict[str, Any], archive: Archive, found: Manifest, until: float | None,
    tell: Tell,
) -> None:
    if not state["at"]:
        for ending in ("", "-wal", "-shm"):       # of a process that was killed
            if os.path.exists(_path(config) + ending):
                os.unlink(_path(config) + ending)
    scratch = scratch_of(config)
    try:
        if not state["at"]:
            _refuse_left_out(config, found)
            scratch.make(set(found.steps))
            scratch.make_for(found.tables)
            state["at"] = 1
            work.keep(config, state)
        parts = [(part, entry) for entry in found.tables for part in entry.parts]
        have, tables = scratch.parts, scratch.tables
        for part, entry in parts:
            if part in have:
                continue
            tell(f"Reading {part} ...")
            read = values.reader(entry.name, _kinds(entry, tables[entry.name]))
            scratch.load(part, entry, (
                read(line) for line in values.lines(archive.pieces(part, found.sums[part]))))
            have.add(part)
            if until is not None and time.monotonic() > until:
                break
        state["said"] = f"Read: {len(have)} of {len(parts)} parts with rows."
        if len(have) == len(parts):
            _complete(config, state, scratch, found, tell)
    finally:
        scratch.close()


def _complete(
    config: Config, state: dict[str, Any], scratch: Scratch, found: Manifest, tell: Tell,
) -> None:
    """Look at the rows as a whole, and bring them up to this release."""
    for entry in found.tables:
        count = scratch.count(entry.name)
        if count != entry.rows:
            raise BadArchive(f"The table {shown(entry.name)} of the backup has {count} rows, and "
                             f"its list says {entry.rows}.")
    names = scratch.bring_up(set(found.steps))
    if names:
        tell(f"Brought up to this release: {', '.join(names)}.")
        state["notes"].append("The backup is of an earlier release; its rows were brought up to "
                              "this one.")
    # Before they are the site's: what waited then may have been sent since.
    with db.connect(scratch.config) as rows:
        held = rows.transact(mail.interrupt, rows, HELD_BACK)
    if held:
        state["notes"].append(f"Mails that waited when the backup was made: {held}. They are in "
                              "the outbox, and go nowhere until you send them again.")
    state.update(phase="files", at=0)


def refuse_newer(config: Config, found: Manifest) -> None:
    """Refuse a backup whose tables had steps that this site's files do not know."""
    known = {(step.subject, step.number) for folder in schema.folders(config)
             if os.path.isdir(folder)
             for engine in ("sqlite", "mysql")
             for step in schema.steps(folder, engine, strict=False)}
    unknown = [step for step in found.steps if step not in known]
    if unknown:
        # A page that was taken away has left its tables, here as there.
        with db.connect(config) as own:
            here = schema.applied(own)
        unknown = [step for step in unknown if step not in here]
    if unknown:
        subject, number = unknown[0]
        raise BadArchive(
            f"The backup has tables that this site does not know ({shown(subject)}, step {number})"
            ": it was made by a later release, or with a page that is missing here. Bring the "
            "site's files up to date first.")


def _refuse_left_out(config: Config, found: Manifest) -> None:
    left_out = {name for names in catalog.without(config).values() for name in names}
    for entry in found.tables:
        if entry.name in left_out:
            raise BadArchive(f"The backup has the table {shown(entry.name)}, which no backup has.")


def _kinds(entry: Entry, table: Table) -> list[str]:
    """What the columns of a part have to be: what those of the table are, where it says so."""
    unknown = [name for name in entry.columns if name not in table.columns]
    if unknown:
        raise BadArchive(f"The table {shown(entry.name)} of the backup has a column "
                         f"{shown(unknown[0])}, which that of this site had in no release.")
    return [kind if not table.strict or table.columns[name] == catalog.ANY else table.columns[name]
            for name, kind in entry.columns.items()]
