"""A private copy of the tree for servers: readable by their user, with settings of its own."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from chapbook import config, db, schema
from chapbook.cli.packages import SUEXEC

TREE = Path(__file__).resolve().parents[2]
PARTS = ("apache", "cgi-bin", "htdocs", "lib", "nginx", "templates")
USER, GROUP = "nobody", "nogroup"            # whom servers run as when the tests are run by root
# Apache's suexec runs scripts below one folder alone, and none where it cannot write its log. Both
# folders are in the package apache2, which nothing here needs.
SUEXEC_ROOT, SUEXEC_LOGS = "/var/www/", "/var/log/apache2"
WITHIN = 10.0


def place() -> str | None:
    """Where the folders of sites are made: for root where suexec runs scripts; None anywhere."""
    if os.geteuid() != 0 or not os.path.exists(SUEXEC):
        return None
    for folder in (SUEXEC_ROOT, SUEXEC_LOGS):
        os.makedirs(folder, 0o755, exist_ok=True)
    return SUEXEC_ROOT


class Site:
    """The site in a folder whose path has a space, with test pages besides its own.

    Everything belongs to the user of the servers. `edit` and `drop` change files while servers run.
    """

    def __init__(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        self._top = Path(tempfile.mkdtemp(prefix="chapbook-site-", dir=place()))
        self._top.chmod(0o755)
        self.root = self._top / "my site"
        for name in _files():
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TREE / name, target)
        for script in (TREE / "tests/servers/scripts").glob("*.py"):
            shutil.copy(script, self.root / "cgi-bin")
            (self.root / "cgi-bin" / script.name).chmod(0o755)
        (self.root / ".venv").symlink_to(sys.prefix)
        (self.root / "var").mkdir(mode=0o700)
        self._write_settings(settings)
        self.config = config.load(str(self.root / "site.ini"), root=str(self.root))
        with db.connect(self.config) as database:
            schema.bring_up(database, self.config)
        self._own(self.root)

    def remove(self) -> None:
        """Delete it all."""
        shutil.rmtree(self._top, ignore_errors=True)

    def give_away(self) -> None:
        """Give everything to the user of the servers, where a test has put something there."""
        self._own(self.root)

    def path(self, name: str) -> Path:
        """The path of a file of the site."""
        return self.root / name

    def drop(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Put a file there (or replace it), in one move, as an upload to a temporary name would."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(".new-" + path.name)
        new.write_text(text, encoding="utf-8")
        new.chmod(mode)
        self._own(path.parent)
        new.rename(path)
        return path

    def script(self, name: str, body: str, mode: int = 0o755) -> Path:
        """Drop cgi-bin/<name>.py: the usual first lines, `body`, and the usual last ones."""
        up = 2 + name.count("/")
        head = HEAD % ("os.path.dirname(" * up + "os.path.realpath(__file__)" + ")" * up)
        return self.drop(f"cgi-bin/{name}.py", head + body + FOOT, mode)

    def edit(self, name: str, old: str, new: str) -> None:
        """Edit a file in place, as an editor on the server would."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def log(self) -> str:
        """The site's own log."""
        path = self.root / "var/log/chapbook.log"
        return path.read_text(encoding="ascii") if path.exists() else ""

    def _write_settings(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        lines = []
        for section, options in settings.items():
            lines += [f"[{section}]", *(f"{name} = {value}" for name, value in options.items())]
        path = self.root / "site.ini"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o600)

    def _own(self, top: Path) -> None:
        if os.geteuid() == 0:
            subprocess.run(["chown", "-hR", f"{USER}:{GROUP}", str(top)], check=True)


HEAD = '''#!/usr/bin/env python3
"""A page of the tests."""
import os
import sys
sys.path.insert(0, %s + "/lib")

from chapbook import Page, Response, Routes, errors, redirect, render, run


'''
FOOT = '''

if __name__ == "__main__":
    run(application)
'''


def eventually(condition: Callable[[], object], within: float = WITHIN) -> object:
    """The first true value of `condition`, asked again and again; AssertionError in the end."""
    until = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < until, f"not within {within} seconds: {condition}"
        time.sleep(0.02)


def _files() -> list[str]:
    """The tree's files as git knows them, new ones included; without git, all but caches."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-coz", "--exclude-standard", *PARTS],
        cwd=TREE, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.split("\0")
    else:
        found = (path for part in PARTS for path in (TREE / part).rglob("*"))
        names = [str(path.relative_to(TREE)) for path in found if "__pycache__" not in path.parts]
    return sorted({name for name in names if name and (TREE / name).is_file()})
