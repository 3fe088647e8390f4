"""The last step: all that was answered is done in one go, and the installer closes behind it.

Each part can be done again, and finds what it has done before. Whoever is killed in the middle
leaves a site that is not open yet, and an installer that goes on; `site.ini`, which makes it a
site, is written last, in one move, by one of all who try.
"""
from __future__ import annotations

import os

from .. import config as configuration
from .. import passcode, schema, signing
from ..db import connect
from ..errors import ConfigError, Conflict, Invalid, NotFound
from . import administrator, checklist, database, mail, requirements, site, state, writing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..accounts.events import Who
    from ..config import Config
    from .state import State

STEP = "finish"
NEEDED = (database.STEP, administrator.STEP, site.STEP, mail.STEP)
TABLES_WITHIN, COMPILE_WITHIN = 15.0, 6.0     # seconds: many hosts end what takes 30
MORE = ("The tables are being made, and are not all there yet: this host is slow. Please press the "
        "button once more, until it is done.")


class Work:
    """One run of the last step: the settings `final`, what was answered, and what there is to say.

    `handed` is the text of site.ini where the owner has to upload it.
    """

    def __init__(self, config: Config, kept: State, who: Who) -> None:
        self.config, self.kept, self.who = config, kept, who
        self.final = writing.chosen(config, kept)
        self.noted: list[str] = []
        self.left: list[str] = []
        self.handed = ""
        self.items: list[checklist.Item] = []


def missing(kept: State) -> list[str]:
    """The steps whose answers are missing still."""
    return [step for step in NEEDED if not kept.of(step)]


def run(config: Config, who: Who) -> Work:
    """Do all of it; `handed` is empty when the site is set up, and the installer is closed then.

    Conflict where somebody else is at it, NotFound where it was done before, Invalid and
    Unavailable for what has to be put right, ConfigError for an uploaded site.ini that is none.
    """
    with state.alone(config):
        if state.is_set_up(config):
            raise NotFound(state.CLOSED)
        kept = state.read(config)
        if missing(kept):
            raise Conflict("Some answers are missing still. Please go through the steps in order.")
        work = Work(config, kept, who)
        _refuse_strangers(work)
        state.enter_phase(config, kept.phase or state.BEGUN)
        for part in PARTS:
            part(work)
            if work.handed:
                return work
        return work


def _refuse_strangers(work: Work) -> None:
    """What the database holds is what its step has found there."""
    found, _ = database.examined(work.final)
    if work.kept.phase:
        return                                    # the tables may be ours, from before
    if found == database.OURS and work.kept.of(database.STEP).get("adopt") != "yes":
        raise Invalid("The database was empty, and holds a Chapbook site by now. Please go back to "
                      "its step, and look.")


def make_folders(work: Work) -> None:
    """var/ with its folders, and the site's secret in it."""
    state.prepare_var(work.final)
    signing.key(work.final, "installer")


def make_tables(work: Work) -> None:
    """The tables, as far as the time allows; Conflict where some are left."""
    with connect(work.final) as db:
        schema.bring_up(db, work.final, TABLES_WITHIN)
        if schema.left(db, work.final):
            raise Conflict(MORE)


def make_administrator(work: Work) -> None:
    """The first account; where there is an administrator already, none is made."""
    answers = work.kept.of(administrator.STEP)
    if answers.get("known") == "yes":
        if not administrator.is_there(work.final):
            raise Conflict("The database has no administrator. Please go back to that step.")
        return
    with connect(work.final) as db:
        try:
            db.transact(administrator.make, db, answers, work.who)
        except Conflict as error:
            if error.sentence != administrator.ALREADY:
                raise
            work.noted.append(error.sentence)


def compile_programs(work: Work) -> None:
    """Compiled modules, where this Python does not keep them by itself."""
    if requirements.not_compiled(work.config):
        requirements.compile_all(work.config, COMPILE_WITHIN)


def write_settings(work: Work) -> None:
    """site.ini, unless it is there; where it cannot be written, its text is for the owner."""
    path = work.config.path(writing.NAME)
    if os.path.lexists(path):
        return
    content = writing.text(work.kept)
    if not writing.can_write(work.config):
        state.enter_phase(work.config, state.HANDED)
        work.handed = content
        return
    if not writing.write(work.config, content):
        raise Conflict("Another installer was quicker, and has written site.ini. This one has "
                       "changed nothing there; look at the site, and sign in.")


def close(work: Work) -> None:
    """The list of what is left to do; then the installer closes, and no code is worth anything."""
    writing.remove_left_over(work.config)
    passcode.forget(work.config)
    work.left = [code.path for code in passcode.codes(work.config)]
    work.items = checklist.items(work.final, work.left, work.noted)
    checklist.keep(work.final, work.items)
    state.forget(work.config)


PARTS: list[Callable[[Work], None]] = [
    make_folders, make_tables, make_administrator, compile_programs, write_settings, close,
]


def uploaded(config: Config) -> str:
    """Why an uploaded site.ini does not do yet, as a sentence; "" where it does."""
    path = config.path(writing.NAME)
    if not os.path.lexists(path) and writing.can_write(config):
        return ""                                 # it can be written after all
    if not os.path.lexists(path):
        return (f"There is no {writing.NAME} in the folder {os.path.basename(config.root)} yet. "
                "It belongs beside the folders lib and templates.")
    writing.make_private(path)
    try:
        configuration.load(path, root=config.root)
    except ConfigError as error:
        return str(error)
    return ""
