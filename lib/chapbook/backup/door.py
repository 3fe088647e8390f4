"""The site closed while rows and files are changed: every page answers 503 while the file is there.

The file says that a restore has put it there. A process that was killed leaves it; whoever comes
then finds nobody at work, finishes or undoes the restore, and opens the site (`attend`).
"""
from __future__ import annotations

import os

from ..errors import Conflict
from . import work

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

FLAG = "maintenance"          # in var/, wherever [paths] var is
TEXT = b"restore\n"


def path(config: Config) -> str:
    """The path of the file."""
    return config.path("var", FLAG)               # as every gateway looks for it


def close(config: Config) -> None:
    """Close the site; Conflict where somebody else has."""
    os.makedirs(os.path.dirname(path(config)), mode=0o700, exist_ok=True)
    try:
        file = os.open(path(config), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        if is_ours(config):
            return
        raise Conflict("The site is closed at this moment, for an upgrade or by var/maintenance. "
                       "Nothing was changed; please try again when it is open.") from None
    os.write(file, TEXT)
    os.close(file)


def reopen(config: Config) -> None:
    """Open the site, if it was closed by a restore."""
    if is_ours(config):
        os.unlink(path(config))


def is_ours(config: Config) -> bool:
    """Whether a restore has closed the site."""
    try:
        file = os.open(path(config), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return os.read(file, 100) == TEXT
    finally:
        os.close(file)


def attend(config: Config) -> bool:
    """For a request that finds the site closed by a restore: whether it may go on.

    While the restore is at work it may not. One that was killed is finished or undone here.
    """
    from . import restoring

    lock = work.hold(config)
    if lock is None:
        return False
    try:
        restoring.recovered(config)
        reopen(config)
    finally:
        os.close(lock)
    return True
