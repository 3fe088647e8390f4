"""A backup made, in steps that fit into the time that a host gives to a request.

All rows are read in one transaction, as they were at one moment; that is one step, and the longest.
The uploads follow, a few at a time: they have random names and are never changed, so that those of
a later moment are the same or too many, and no row of the backup lacks its own.
"""
from __future__ import annotations

import os
import shutil
import time

from ..archive import Archive, BadArchive, shown
from ..config import VERSION
from ..engines import open_session
from ..errors import ConfigError, HTTPError, Unavailable
from . import catalog, manifest, place, uploads, values, work
from .manifest import FILES, SETTINGS, Entry, Manifest
from .scratch import Scratch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..config import Config
    from ..engines import Session
    from .catalog import Table
    from .zipping import Growing

PART = 4 << 20                # bytes of rows in one member
ROWS_WITHIN = 25.0            # seconds: hosts end a request after thirty
TRIES = 3                     # times that the rows are begun, where each was ended by the host
SAID = 100_000                # rows between two sentences
LOOKS = 2000                  # rows between two looks at the clock
_SNAPSHOT = {
    "sqlite": ("BEGIN",),
    "mysql": ("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
              "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"),
}
TOO_MANY = ("The database is too large to be read within the time that this host gives to a page. "
            "Make the backup in a shell or by the host's cron, with: ./chapbook backup")


def _silent(text: str) -> None:
    pass


def name_of(moment: int) -> str:
    """What a backup made at a moment is called; the time is UTC."""
    return time.strftime("backup-%Y%m%d-%H%M%S.zip", time.gmtime(moment))


def begin(config: Config, now: int | None = None) -> None:
    """Begin a backup, which `step` makes; Conflict while something else is under way."""
    with work.alone(config):
        _begin(config, now)


def step(
    config: Config, seconds: float | None = None, tell: Callable[[str], object] = _silent,
) -> str | None:
    """Go on with the backup for so many seconds; its path when it is done, None until then.

    `tell` is called with sentences about what is being done. After an error nothing is under way
    any more, and nothing is left of it.
    """
    with work.alone(config):
        return _step(config, seconds, tell)


def make(config: Config, tell: Callable[[str], object] = _silent) -> str:
    """A backup made in one go; the path of its file in the folder of backups."""
    with work.alone(config):
        _begin(config, None, alone=True)
        try:
            while True:
                path = _step(config, None, tell)
                if path is not None:
                    return path
        except BaseException:
            work.end(config)
            raise


def give_up(config: Config) -> None:
    """Leave the backup that is under way, if there is one."""
    with work.alone(config):
        state = work.state(config)
        if state is not None and state["kind"] == "backup":
            work.end(config)


def _begin(config: Config, now: int | None, alone: bool = False) -> None:
    with work.disk("The backup could not be begun"):
        work.begin(config, {
            "kind": "backup", "alone": alone, "phase": "rows", "tries": 0, "rows": 0, "files": 0,
            "end": 0, "at": int(time.time()) if now is None else now})


def _step(config: Config, seconds: float | None, tell: Callable[[str], object]) -> str | None:
    state = work.state(config)
    if state is None or state["kind"] != "backup":
        raise ConfigError("No backup is being made. Begin one.")
    try:
        with work.disk("The backup could not be written"):
            return _went_on(config, state, seconds, tell)
    except (HTTPError, ConfigError, BadArchive) as error:
        work.note_last(config, "backup", name_of(state["at"]), work.why(error))
        work.end(config)
        raise


def _went_on(
    config: Config, state: dict[str, Any], seconds: float | None, tell: Callable[[str], object],
) -> str | None:
    from .zipping import Growing

    until = None if seconds is None else time.monotonic() + seconds
    path = os.path.join(work.place(config), "backup.zip")
    if state["phase"] == "done":
        return _finished(config, state, path)
    if state["phase"] == "rows":
        state["tries"] += 1
        if state["tries"] > TRIES:
            raise Unavailable(TOO_MANY, detail=TOO_MANY)
        work.keep(config, state)
    growing = Growing(path, state["at"], state["end"])
    try:
        if state["phase"] == "rows":
            made = _read(config, growing, state["at"], until is not None, tell)
            state.update(phase="files", rows=made.rows, manifest=made.text().decode())
        else:
            _add_files(config, growing, state, until, tell)
        state["end"] = growing.close()
    except BaseException:
        growing.abandon()
        raise
    if state["phase"] == "done":
        state["name"] = _free_name(config, state["at"])
    work.keep(config, state)
    return _finished(config, state, path) if state["phase"] == "done" else None


def _read(
    config: Config, growing: Growing, moment: int, hurried: bool, tell: Callable[[str], object],
) -> Manifest:
    """Put the rows and the settings into the file; what its manifest says so far."""
    engine = config.database.engine
    found = Manifest(made_at=moment, version=VERSION, release=_release(config), engine=engine)
    until = time.monotonic() + ROWS_WITHIN if hurried else None
    session = open_session(config, migrating=True)
    try:
        for text in _SNAPSHOT[engine]:
            session.execute(text)
        tables = catalog.tables(session, engine)
        if any(table.name == "schema_step" for table in tables):
            found.steps = [(str(subject), int(str(number))) for subject, number in session.each(
                "SELECT subject, number FROM schema_step ORDER BY subject, number")]
        if not found.steps:
            raise ConfigError("The database has no tables yet, so there is nothing to back up. "
                              "./chapbook migrate makes them.")
        left_out = {name for names in catalog.without(config).values() for name in names}
        usual = _usual(config, set(found.steps))
        for table in tables:
            if table.name not in left_out:
                tell(f"Rows of the table {table.name} ...")
                entry = _entry(table, usual.get(table.name))
                _write_rows(session, table, entry, growing, found, until, tell)
                found.tables.append(entry)
    finally:
        session.close()
    if config.file and os.path.exists(config.file):
        found.sums[SETTINGS] = growing.add(SETTINGS, place.taken(config.file))
    return found


def _usual(config: Config, steps: set[tuple[str, int]]) -> dict[str, Table]:
    """The tables as SQLite would have them after these steps: their columns' kinds count."""
    scratch = Scratch(config, os.path.join(work.place(config), f"usual-{os.urandom(4).hex()}"))
    try:
        scratch.make(steps)
        return scratch.tables
    finally:
        scratch.close()


def _entry(table: Table, usual: Table | None) -> Entry:
    known = {} if usual is None else usual.columns
    return Entry(table.name, {name: known.get(name, kind) if table.strict else catalog.ANY
                              for name, kind in table.columns.items()}, table.next_id)


def _write_rows(
    session: Session, table: Table, entry: Entry, growing: Growing, found: Manifest,
    until: float | None, tell: Callable[[str], object],
) -> None:
    line = values.writer(table.name, list(entry.columns.values()))
    part: list[bytes] = []
    size = 0

    def finish() -> None:
        name = entry.part()
        found.sums[name] = growing.add(name, b"".join(part))

    for row in session.each(table.sql):
        data = line(row)
        if size + len(data) > PART and part:
            finish()
            part, size = [], 0
        part.append(data)
        size += len(data)
        entry.rows += 1
        if entry.rows % SAID == 0:
            tell(f"Rows of the table {table.name}: {entry.rows:,} ...")
        if until is not None and entry.rows % LOOKS == 0 and time.monotonic() > until:
            raise Unavailable(TOO_MANY, detail=f"{TOO_MANY} ({ROWS_WITHIN:g} seconds were not "
                                               f"enough for {found.rows + entry.rows:,} rows.)")
    if part:
        finish()


def _add_files(
    config: Config, growing: Growing, state: dict[str, Any], until: float | None,
    tell: Callable[[str], object],
) -> None:
    """Add uploads until the time is over; when all are there, the manifest."""
    found = manifest.parse(state["manifest"].encode())
    if found.files or state["files"] == 0:
        tell("Uploads ...")
    before = state["files"]
    for name, path in uploads.listed(config):
        member = FILES + name
        if member in found.sums:
            continue
        if until is not None and time.monotonic() > until and state["files"] > before:
            break
        try:
            found.sums[member] = growing.add_file(member, path)
        except FileNotFoundError:
            continue                              # deleted at this moment
        state["files"] += 1
    else:
        growing.add(manifest.NAME, found.text())
        state["phase"] = "done"
        state["notes"] = _left_out(config)
        for note in state["notes"]:
            tell(note)
    state["manifest"] = found.text().decode()


def _left_out(config: Config) -> list[str]:
    names = list(uploads.left_out(config))
    if not names:
        return []
    return [f"Left out of the uploads: {len(names)}, such as {shown(names[0])}. These are links, "
            "or have names that not every system takes; a restore leaves them where they are."]


def _finished(config: Config, state: dict[str, Any], path: str) -> str:
    """The path of the file where it belongs, once it was looked at as a restore would."""
    target = os.path.join(work.folder(config), state["name"])
    if os.path.exists(path):                      # or somebody was killed after it was moved
        with Archive(path) as archive:
            manifest.of(archive)
        os.rename(path, target)
    work.note_last(config, "backup", state["name"], notes=state["notes"])
    work.end(config)
    return target


def _free_name(config: Config, moment: int) -> str:
    name = name_of(moment)
    while os.path.exists(os.path.join(work.folder(config), name)):
        name = f"{name_of(moment)[:-4]}-{os.urandom(2).hex()}.zip"
    return name


def _release(config: Config) -> str:
    """The release that this site was packed as, empty where it was not."""
    import json

    try:
        with open(config.path("manifest.json"), encoding="utf-8") as file:
            return str(json.load(file)["release"])[:200]
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def moved(path: str, target: str) -> None:
    """Move a finished backup to another place, which may be on another disk."""
    new = f"{target}.{os.urandom(4).hex()}"
    with work.disk(f"{target} cannot be written"):
        try:
            with open(path, "rb") as file, open(
                    os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
                shutil.copyfileobj(file, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
            os.replace(new, target)
        except BaseException:
            if os.path.exists(new):
                os.unlink(new)
            raise
    os.unlink(path)
