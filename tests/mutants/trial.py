"""The trial of a mutant: its tests, run in a copy of the tree that lacks the one protection."""
from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import count
from pathlib import Path

from .mutant import ROOT, Mutant

LEFT_BEHIND = shutil.ignore_patterns(
    ".*", "__pycache__", "var", "vendor", "build", "site.ini", "local.conf")
# A busy machine can fail what measures, and would be taken for a killer.
MEASURES = ("tests/unit/accounts/test_signin.py"
            "::test_the_time_does_not_tell_whether_somebody_has_an_account")
WITHIN = 300.0                # seconds for the tests of one mutant, on a machine that is busy
PASSED, FAILED = 0, 1         # what pytest ends with; anything else is a fault of the trial
_FAILURE = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.M)


class Unusable(Exception):
    """The trials say nothing: the tests do not pass as they are, or a mutant does not fit."""


class Outcome:
    """What became of a mutant: whether it was `killed`, `by` which test, in how many seconds."""

    def __init__(self, mutant: Mutant, killed: bool, by: str, seconds: float) -> None:
        self.mutant, self.killed, self.by, self.seconds = mutant, killed, by, seconds

    def __str__(self) -> str:
        word = "killed  " if self.killed else "SURVIVED"
        return f"{word} {self.mutant.name:34} {self.seconds:5.1f} s  {self.by}"


class Copy:
    """A copy of the tree in a folder of its own, in which one file at a time is another one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chapbook-mutant-"))
        self.root = self.folder / "tree"
        shutil.copytree(ROOT, self.root, ignore=LEFT_BEHIND, symlinks=True)
        (self.root / ".venv").symlink_to(sys.prefix)
        # Each change has a second of its own: what Python has compiled goes by those.
        self._moments = count(1_000_000_000)

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, mutant: Mutant) -> Outcome:
        """Run a mutant's tests; Unusable where they could not be run."""
        path = self.root / mutant.file
        whole = path.read_text("utf-8")
        try:
            self._write(path, mutant.changed(self.root))
            begun = time.monotonic()
            status, said = self.tests(mutant.tests.split(), mutant.mysql, "-x")
        finally:
            self._write(path, whole)
        if status not in (PASSED, FAILED):
            raise Unusable(f"The tests of {mutant.name} could not be run:\n{said}")
        found = _FAILURE.search(said)
        by = found[1].replace("tests/", "", 1) if found else "nothing"
        return Outcome(mutant, status == FAILED, by, time.monotonic() - begun)

    def tests(self, names: list[str], mysql: bool, *more: str) -> tuple[int, str]:
        """What pytest ends with, and says."""
        few = ["--deselect", MEASURES] + ([] if mysql else ["-k", "not mysql"])
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p",
                   "no:xdist", "--no-header", "--tb=line", *few, *more, *names]
        environ = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHONPATH", "PYTEST_ADDOPTS", "PYTHONDONTWRITEBYTECODE")}
        with subprocess.Popen(command, cwd=self.root, env=environ, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, start_new_session=True) as process:
            try:
                said = process.communicate(timeout=WITHIN)[0]
            except BaseException as error:
                # As gently as the tests end themselves, which have servers to end.
                process.send_signal(signal.SIGTERM)
                try:
                    process.communicate(timeout=20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                if isinstance(error, subprocess.TimeoutExpired):
                    return FAILED, "FAILED (not at an end within five minutes)"
                raise
        return process.returncode, said

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        moment = next(self._moments)
        os.utime(path, (moment, moment))


def trials(mutants: list[Mutant], jobs: int) -> Iterator[Outcome]:
    """Try each of the mutants, so many at once, after their tests have passed without one."""
    try:
        for mutant in mutants:
            compile_or_not(mutant)
    except (ValueError, SyntaxError) as error:
        raise Unusable(str(error)) from error
    copies: queue.Queue[Copy] = queue.Queue()
    made = [Copy() for _ in range(max(1, min(jobs, len(mutants))))]
    for copy in made:
        copies.put(copy)

    def lent(work: str, *arguments: object) -> object:
        copy = copies.get()
        try:
            return getattr(copy, work)(*arguments)
        finally:
            copies.put(copy)

    pool = ThreadPoolExecutor(len(made))
    try:
        baselines = [pool.submit(lent, "tests", names[part::len(made)], mysql)
                     for mysql in (False, True) for names in [_tests(mutants, mysql)]
                     for part in range(len(made)) if names[part:]]
        for baseline in as_completed(baselines):
            status, said = baseline.result()  # type: ignore[misc]
            if status != PASSED:
                raise Unusable(f"The tests do not pass as they are:\n{said}")
        for future in as_completed([pool.submit(lent, "run", mutant) for mutant in mutants]):
            yield future.result()  # type: ignore[misc]
    finally:
        pool.shutdown(cancel_futures=True)
        for copy in made:
            copy.remove()


def compile_or_not(mutant: Mutant) -> None:
    """Raise ValueError or SyntaxError where a mutant does not fit this tree, or is no Python."""
    text = mutant.changed(ROOT)
    if mutant.file.endswith(".py"):
        compile(text, mutant.file, "exec", dont_inherit=True)


def _tests(mutants: list[Mutant], mysql: bool) -> list[str]:
    """All tests of these mutants, each file once."""
    names = {name for mutant in mutants if mutant.mysql == mysql for name in mutant.tests.split()}
    return sorted(name for name in names if not any(
        name != other and name.startswith(other + "/") for other in names))
