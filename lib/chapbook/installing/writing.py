"""site.ini, written once: whoever comes second finds it there and changes nothing."""
from __future__ import annotations

import os
import stat

from .. import config as configuration
from ..errors import ConfigError, Unavailable
from . import database, mail, site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config
    from .state import State

NAME = "site.ini"
_HEAD = """# The settings of this site, by its installer. They hold passwords: keep this file
# private (chmod 600 site.ini). lib/chapbook/defaults.ini has all options with their meanings.
"""


def text(state: State) -> str:
    """The whole file for these answers; the same ones give the same text.

    ConfigError for an answer of several lines.
    """
    sections = [
        ("site", {name: state.of(site.STEP).get(name, "") for name in site.OPTIONS}),
        ("database", {name: state.of(database.STEP).get(name, "") for name in database.OPTIONS}),
        ("mail", {name: state.of(mail.STEP).get(name, "") for name in mail.OPTIONS}),
    ]
    parts = [_HEAD]
    for section, options in sections:
        lines = [f"{name} = {value}" for name, value in options.items() if value]
        if not all(line.isprintable() for line in lines):
            raise ConfigError(f"Each value of [{section}] must be one line of visible letters.")
        parts.append("\n".join([f"\n[{section}]", *lines]) + "\n")
    return "".join(parts)


def chosen(config: Config, state: State) -> Config:
    """The settings that the site will have: those of site.ini where that is there already.

    ConfigError where they are none, with what to do.
    """
    path = config.path(NAME)
    if os.path.lexists(path):
        make_private(path)
        return configuration.load(path, root=config.root)
    options: dict[str, dict[str, str]] = {}
    for name, module in (("site", site), ("database", database), ("mail", mail)):
        given = state.of(getattr(module, "STEP"))
        options[name] = {option: given[option] for option in getattr(module, "OPTIONS")
                         if given.get(option)}
    return configuration.load(None, options, config.root)


def can_write(config: Config) -> bool:
    """Whether this process may put a file beside lib/, and would be able to read it again."""
    return os.access(config.root, os.W_OK | os.X_OK)


def write(config: Config, content: str) -> bool:
    """Put site.ini in place, whole, for its owner's eyes; False where there is one already.

    ConfigError where the text would not be settings, Unavailable where the disk does not take it.
    """
    path = config.path(NAME)
    new = config.path(f".{NAME}.{os.urandom(8).hex()}")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with open(handle, "wb") as file:
                file.write(content.encode("utf-8"))
                file.flush()
                if os.geteuid() == 0:
                    found = os.stat(config.root)
                    os.fchown(file.fileno(), found.st_uid, found.st_gid)
                os.fsync(file.fileno())
            try:
                configuration.load(new, root=config.root)
            except ConfigError as error:
                raise ConfigError(str(error).replace(new, path)) from error
            return _place(new, path)
        finally:
            if os.path.lexists(new):
                os.unlink(new)
    except OSError as error:
        raise Unavailable(
            f"{NAME} could not be written ({error.strerror}). Please see to the disk, and try "
            "again: all that you have answered is kept.", detail=f"{path}: {error}") from error


def remove_left_over(config: Config) -> None:
    """Remove what a process that was killed has left of a site.ini; never raises."""
    for name in os.listdir(config.root):
        if name.startswith(f".{NAME}."):
            try:
                os.unlink(config.path(name))
            except OSError:
                pass                              # not ours, or gone by now


def make_private(path: str) -> None:
    """Close an uploaded site.ini to others, where it is ours to do that."""
    try:
        found = os.lstat(path)
        if found.st_uid == os.geteuid() and stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
            os.chmod(path, 0o600)
    except OSError:
        pass                                      # reading it will say what is the matter


def _place(new: str, path: str) -> bool:
    """Give the file its name, unless somebody has it: that is one step for the system."""
    try:
        os.link(new, path)
        return True
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(path):
            return False
        os.rename(new, path)                      # a disk without links: the lock has to hold
        return True
