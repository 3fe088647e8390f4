"""The files that came with submissions: below `[paths] uploads`, outside the web root.

Their names are random; what the visitor called them is in the database, and goes into no path.
"""
from __future__ import annotations

import os

from chapbook.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from chapbook.config import Config
    from chapbook.fields import Upload


def folder(config: Config) -> str:
    """The folder of the files that came with submissions."""
    return config.path(config.paths.uploads, "forms")


def path_of(config: Config, name: str) -> str:
    """Where the file with this random name lies; ValueError for what is no such name."""
    if len(name) != 32 or not frozenset("0123456789abcdef").issuperset(name):
        raise ValueError(f"{name!r} is no name of a stored file")
    return os.path.join(folder(config), name)


def keep(config: Config, upload: Upload) -> str:
    """Keep a copy of an upload; its random name. It goes when the handler's writes are undone.

    Unavailable where the disk is full, or the folder somebody else's.
    """
    name = os.urandom(16).hex()
    try:
        os.makedirs(folder(config), mode=0o700, exist_ok=True)
        upload.save(path_of(config, name))
    except OSError as error:
        raise Unavailable(
            "The file could not be stored. Please try again later.",
            detail=f"{folder(config)} cannot take an upload: {error}",
        ) from error
    return name


def remove(config: Config, names: Iterable[str]) -> None:
    """Remove kept files; those that are gone already, or cannot be removed, are let be.

    What stays although no row names it is found by `chores.run`.
    """
    for name in names:
        try:
            os.unlink(path_of(config, name))
        except OSError:
            pass
