"""The steps of the installer in their order, which are done, and where somebody may go."""
from __future__ import annotations

import os

from . import administrator, database, finishing, mail, probing, requirements, site, writing
from .state import HANDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from .state import State

# The name in the address, and what to call it. Strangers are looked after before any secret is
# written down, which they could fetch otherwise.
STEPS = (
    (requirements.STEP, "This host"), (site.STEP, "The site"), (probing.STEP, "From outside"),
    (database.STEP, "Database"), (administrator.STEP, "Administrator"), (mail.STEP, "Mail"),
    (finishing.STEP, "Set up"),
)
UPLOAD = "upload"             # in place of the last, where site.ini could not be written


class Place:
    """One step in the list: its `name` and `title`, whether it is `done`, and may be gone to."""

    def __init__(self, name: str, title: str, done: bool, is_open: bool) -> None:
        self.name, self.title, self.done, self.is_open = name, title, done, is_open


def places(state: State) -> list[Place]:
    """All steps. Open are those that are done, and the first that is not."""
    found: list[Place] = []
    is_open = True
    for name, title in STEPS:
        done = is_done(state, name)
        found.append(Place(name, title, done, is_open))
        is_open = is_open and done
    return found


def is_done(state: State, step: str) -> bool:
    """Whether a step was answered, and what it was answered for is still so."""
    answers = state.of(step)
    if step == probing.STEP:
        return bool(answers) and answers.get("passed") == state.of(site.STEP).get("base_url")
    if step == administrator.STEP and answers.get("known"):
        return answers.get("of") == database.label(state.of(database.STEP))
    return bool(answers) and step != finishing.STEP


def is_half(config: Config, state: State) -> bool:
    """Whether the last step was begun, wrote the settings, and did not come to its end."""
    return bool(state.phase) and os.path.lexists(config.path(writing.NAME))


def due(config: Config, state: State) -> str:
    """The name of the step that comes next."""
    if state.phase == HANDED:
        return UPLOAD
    if is_half(config, state):
        return finishing.STEP
    return next(place.name for place in places(state) if not place.done)


def led(config: Config, state: State, step: str) -> str:
    """The step that may be shown where this one was asked for: itself, or the one that is due."""
    next_one = due(config, state)
    if state.phase == HANDED or is_half(config, state) or step == UPLOAD:
        return next_one
    is_open = any(place.is_open for place in places(state) if place.name == step)
    return step if is_open else next_one
