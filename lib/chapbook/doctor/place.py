"""The installation that is examined: its folder, settings and database, and whose scripts run."""
from __future__ import annotations

import os
import stat
import time

from .. import config as configuration
from .. import ini
from ..config import Config
from ..errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..db import Database


class Place:
    """One site, for the checks.

    `config` is there however broken site.ini is: `problem` is why it could not be taken as it is,
    and what cannot be read at all is replaced by the defaults. `db` is an open database, or None
    where none can be asked. `user` is the number of the user as whom scripts run: whoever runs the
    doctor, or for root, the owner of var/.
    """

    def __init__(
        self, root: str = configuration.ROOT, config: Config | None = None,
        db: Database | None = None, now: float | None = None,
    ) -> None:
        self.root = os.path.realpath(root)
        self.problem: ConfigError | None = None
        self.config = config or self._settings()
        self.db = db
        self.now = time.time() if now is None else now

    @property
    def settings_file(self) -> str:
        """The path of site.ini, which need not exist."""
        return os.path.join(self.root, "site.ini")

    @property
    def user(self) -> int:
        """The number of the user as whom the scripts run."""
        if os.geteuid() != 0:
            return os.geteuid()
        found = stat_of(self.config.path(self.config.paths.var)) or os.stat(self.root)
        return found.st_uid

    @property
    def is_root(self) -> bool:
        """Whether the doctor is run by root, and so can act as the user of the scripts."""
        return os.geteuid() == 0

    @property
    def group(self) -> int:
        """The number of that user's group; where the user has no entry, that of the doctor."""
        import pwd

        try:
            return pwd.getpwuid(self.user).pw_gid
        except KeyError:
            return os.getegid()

    @property
    def user_name(self) -> str:
        """The name of that user, or its number where it has none."""
        import pwd

        try:
            return pwd.getpwuid(self.user).pw_name
        except KeyError:
            return str(self.user)

    def short(self, path: str) -> str:
        """A path as the owner knows it: from the site's folder, if it is in there."""
        inside = os.path.relpath(path, self.root)
        return path if inside.startswith("..") else inside

    def _settings(self) -> Config:
        path = self.settings_file
        if not os.path.lexists(path):
            return configuration.load(None, root=self.root)
        try:
            # As overrides, so that a file that others can read is read all the same: the doctor
            # says so in a finding of its own.
            return configuration.load(None, ini.read(path), self.root)
        except ConfigError as error:
            self.problem = error
            return configuration.load(None, root=self.root)


def stat_of(path: str) -> os.stat_result | None:
    """What the system says of a path itself, links not followed; None where there is nothing."""
    try:
        return os.lstat(path)
    except OSError:
        return None


def is_open(found: os.stat_result) -> bool:
    """Whether others than the owner can do anything with it."""
    return bool(stat.S_IMODE(found.st_mode) & 0o077)
