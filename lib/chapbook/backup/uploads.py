"""The folder of uploads: what of it goes into a backup, and how what comes out takes its place.

Files for the web server (.htaccess) are of the place: they are in no backup, and stay where they
are. So do links, and files whose names no backup could hold: nobody could get those back.

Files are put beside those that are there, below a name of their own; then the old ones are moved
aside and the new ones in, one rename for each entry of the folder. Whoever is killed in between is
followed by somebody who goes on with the same step.
"""
from __future__ import annotations

import os
import shutil

from ..archive import is_safe
from ..errors import ConfigError, user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config

STAGED, REPLACED = ".restored", ".replaced"      # in the folder, so that no disk is changed


def is_content(name: str) -> bool:
    """Whether a name below the folder is of the site's content, and so of a backup's.

    Those of our own folders are not, nor those by which a web server would be told what to do.
    """
    return (name.partition("/")[0] not in ("", STAGED, REPLACED)
            and not any(part.lower().startswith(".ht") for part in name.split("/")))


def folder(config: Config) -> str:
    """The folder of uploads."""
    return config.path(config.paths.uploads)


def listed(config: Config) -> Iterator[tuple[str, str]]:
    """Every file in it, in order: its name below the folder, with "/" between, and its path.

    Links are left out, and so are names that no backup could hold.
    """
    for name, path, is_file in _entries(folder(config)):
        if is_file and _is_held(name, path):
            yield name, path


def left_out(config: Config) -> Iterator[str]:
    """What is left out, by its name below the folder, but for the files for the web server."""
    for name, path, _ in _entries(folder(config)):
        if is_content(name) and not _is_held(name, path):
            yield name


def _entries(top: str) -> Iterator[tuple[str, str, bool]]:
    """Every entry below a folder, in order: its name there, its path, and whether it is a file.

    Folders that no backup could hold are not looked into, nor our own.
    """
    for place, folders, files in os.walk(top):
        if place == top:
            folders[:] = [name for name in folders if name not in (STAGED, REPLACED)]
        folders.sort()
        for folder in list(folders):
            path = os.path.join(place, folder)
            name = os.path.relpath(path, top)
            yield name, path, False
            if not _is_held(name, path):
                folders.remove(folder)
        for file in sorted(files):
            path = os.path.join(place, file)
            yield os.path.relpath(path, top), path, True


def _is_held(name: str, path: str) -> bool:
    """Whether a backup can hold what is there."""
    return is_safe(name) and is_content(name) and not os.path.islink(path) and (
        os.path.isfile(path) or os.path.isdir(path))


def check(config: Config) -> None:
    """Raise ConfigError where what is in the folder could not be moved aside."""
    top = folder(config)
    os.makedirs(top, mode=0o700, exist_ok=True)
    with os.scandir(top) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False) and not os.access(entry.path, os.W_OK):
                raise ConfigError(f"{entry.path} belongs to somebody else, so that its files could "
                                  f"not be replaced by user {user()}, as whom this runs: make that "
                                  "user its owner.")


def staged(config: Config, name: str) -> str:
    """Where a file is put until all are there."""
    return os.path.join(folder(config), STAGED, *name.split("/"))


def clear(config: Config) -> None:
    """Delete what was put there, and what was moved aside."""
    for name in (STAGED, REPLACED):
        shutil.rmtree(os.path.join(folder(config), name), ignore_errors=True)


def move_out(config: Config) -> None:
    """Move aside what is in the folder."""
    top, aside = folder(config), os.path.join(folder(config), REPLACED)
    os.makedirs(aside, mode=0o700, exist_ok=True)
    for name in os.listdir(top):
        if is_content(name):
            target = os.path.join(aside, name)
            if os.path.lexists(target):           # made anew since somebody was killed here
                target += "." + os.urandom(4).hex()
            os.rename(os.path.join(top, name), target)


def move_in(config: Config) -> None:
    """Move in what was put there."""
    top, new = folder(config), os.path.join(folder(config), STAGED)
    if not os.path.isdir(new):
        return
    for name in os.listdir(new):
        target = os.path.join(top, name)
        if os.path.lexists(target):               # a visitor's, from this very moment
            os.rename(target, os.path.join(top, REPLACED, f"{name}.{os.urandom(4).hex()}"))
        os.rename(os.path.join(new, name), target)


def put_back(config: Config) -> None:
    """Put back what was moved aside and no backup could hold, where nothing has taken its place.

    What the system refuses to move stays where it is.
    """
    top, aside = folder(config), os.path.join(folder(config), REPLACED)
    for name, path, _ in _entries(aside):
        target = os.path.join(top, name)
        if _is_held(name, path) or os.path.lexists(target):
            continue
        try:
            os.makedirs(os.path.dirname(target), mode=0o700, exist_ok=True)
            os.rename(path, target)
        except OSError:
            pass                                  # of somebody else, or below what is a file now
