"""What a page costs by CGI in this tree and in another: `.venv/bin/python -m tests.bench.startup`

A process is started for each visit of somebody who is not signed in, as a web server does it, in
both trees in turn; each has its own copy, its own SQLite file with the same entries, and what is
compiled at first. For each pair the processor time and the time on the clock are set in proportion:
the medians of that are printed, with their quartiles. `--against REF` names the other commit.
"""
from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from operator import truediv
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))

from tests.support.sites import PARTS, TREE, _files  # noqa: E402

LIMIT = 1.03
ENTRIES = 40
WARM = 5
FILL = f"""
from chapbook import config, db, schema
from collection import guestbook
settings = config.current()
with db.connect(settings) as database:
    schema.bring_up(database, settings)
    with database.transaction():
        for number in range({ENTRIES}):
            guestbook.sign(database, f"Visitor {{number}}", "Lovely paper. " * 5, "Ghent",
                           at=1_700_000_000 + number * 4000, wait=False)
"""
# The Python that a script's first line finds on a host, and not that of .venv.
PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def git(*arguments: str) -> bytes:
    """What git says of this tree."""
    return subprocess.run(["git", "-c", "safe.directory=*", *arguments], cwd=TREE, check=True,
                          stdout=subprocess.PIPE).stdout


class Tree:
    """A copy of the site as a commit has it, or as it lies here; gone after `remove`."""

    def __init__(self, commit: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chapbook-startup-"))
        self.root = self.folder / "site"
        self.root.mkdir()
        try:
            if commit:
                archive = git("archive", commit, *(
                    part for part in git("ls-tree", "--name-only", commit).decode().split()
                    if part in PARTS))
                subprocess.run(["tar", "-x"], cwd=self.root, input=archive, check=True)
            else:
                for name in _files():
                    (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(TREE / name, self.root / name)
            (self.root / ".venv").symlink_to(sys.prefix)
            subprocess.run([sys.executable, "-c", FILL], cwd=self.root, check=True,
                           env={"PATH": os.defpath, "PYTHONPATH": str(self.root / "lib")})
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def visit(self, page: str) -> tuple[float, float]:
        """Seconds of the processor and of the clock for one visit."""
        script = f"{self.root}/cgi-bin/{page}.py"
        environ = {
            "PATH": os.defpath, "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
            "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
            "SCRIPT_NAME": f"/{page}", "SCRIPT_FILENAME": script, "REQUEST_URI": f"/{page}",
            "QUERY_STRING": "", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1",
            "HTTP_ACCEPT": "text/html", "HTTP_USER_AGENT": "Mozilla/5.0",
        }
        with tempfile.TemporaryFile() as out:
            begun = time.perf_counter()
            process = os.posix_spawn(PYTHON, [PYTHON, script], environ, file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 1)])
            _, status, used = os.wait4(process, 0)
            took = time.perf_counter() - begun
            out.seek(0)
            said = out.read()
        if status or not said.startswith(b"Status: 200"):
            raise SystemExit(f"{script} gave no page:\n{said[:2000].decode('utf-8', 'replace')}")
        return used.ru_utime + used.ru_stime, took


def main() -> int:
    """Measure, and print; 1 where the processor time has grown by more than the limit."""
    given = _arguments()
    here, there = Tree(), None
    try:
        there = Tree(given.against)
        for _ in range(WARM):
            here.visit(given.page), there.visit(given.page)
        pairs = []
        for _ in range(given.pairs):
            if random.random() < 0.5:
                ours = here.visit(given.page)
                theirs = there.visit(given.page)
            else:
                theirs = there.visit(given.page)
                ours = here.visit(given.page)
            pairs.append((ours, theirs))
    finally:
        here.remove()
        if there is not None:
            there.remove()
    print(f"/{given.page} by CGI, {given.pairs} pairs of this tree and {given.against}; load "
          f"average {os.getloadavg()[0]:.1f}.")
    medians = []
    for column, what in enumerate(("processor", "clock")):
        figures = [[pair[tree][column] for pair in pairs] for tree in (0, 1)]
        low, middle, high = statistics.quantiles(map(truediv, *figures), n=4)
        medians.append(middle)
        (ours, ours_least), (theirs, theirs_least) = (
            (statistics.median(each) * 1000, statistics.quantiles(each, n=10)[0] * 1000)
            for each in figures)
        print(f"{what:10} {ours:6.1f} ms here, {theirs:6.1f} ms there: {middle:.3f} times "
              f"({low:.3f} to {high:.3f}); 10th percentiles {ours_least:.1f} and "
              f"{theirs_least:.1f} ms, {ours_least / theirs_least:.3f} times")
    fits = medians[0] <= LIMIT
    print(f"The limit is {LIMIT}: it is {'kept' if fits else 'exceeded'}.")
    return 0 if fits else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.startup",
        description="What a page costs by CGI, in this tree and in another commit.")
    parser.add_argument("--against", metavar="REF", default="HEAD~1", help="the other commit")
    parser.add_argument("--pairs", type=int, default=300, help="how many visits of each (300)")
    parser.add_argument("--page", default="guestbook", help="which page (guestbook)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
