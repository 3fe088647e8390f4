"""kill -9 in every part of the last step, and in the middle of each file that is written."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook.accounts.events import SHELL
from chapbook.db import connect
from chapbook.installing import finishing, state

from tests.support.installation import Installation

# Where the process kills itself: at the beginning of a part, or in the place of a system call.
PLACES = [*(f"part {number}" for number in range(len(finishing.PARTS))),
          "os.fsync", "os.link"]
RUN = """
import os, signal, sys
from chapbook import config
from chapbook.accounts.events import SHELL
from chapbook.installing import finishing
place, root = sys.argv[1:]

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

if place.startswith("part "):
    finishing.PARTS.insert(int(place[5:]), die)
else:
    finishing.PARTS.insert(
        finishing.PARTS.index(finishing.write_settings), lambda work: setattr(os, place[3:], die))
finishing.run(config.load(None, root=root), SHELL)
"""


@pytest.mark.parametrize("place", PLACES)
def test_what_was_killed_is_gone_on_with(place: str, tmp_path: Path) -> None:
    made = Installation(tmp_path / "club")
    made.visitor().take()
    environ = {**os.environ, "PYTHONPATH": str(made.root / "lib")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    killed = subprocess.run([sys.executable, "-c", RUN, place, str(made.root)], env=environ,
                            capture_output=True, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not state.is_set_up(made.config)
    assert not finishing.run(made.config, SHELL).handed
    assert state.is_set_up(made.config)
    with connect(made.settings) as db:
        assert db.value("SELECT COUNT(*) FROM account") == 1
    left = {path.name for path in made.root.iterdir()} - {
        "lib", "templates", "cgi-bin", "apache", "htdocs", "var", "site.ini"}
    assert not left and not (made.root / "var/install").exists()
