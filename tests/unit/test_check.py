"""./chapbook check: tests on all cores, and what they have started is ended with them."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook.cli import check

from tests.support.sites import TREE, eventually

SLOW = """
import time
import pytest

@pytest.fixture
def server():
    yield
    open({ended!r}, "w").close()

def test_slow(server):
    open({begun!r}, "w").close()
    time.sleep(60)
"""
PYTEST = (sys.executable, "-m", "pytest")
CHECK = (sys.executable, "-c", "import sys; from chapbook.cli import check\n"
                               "sys.exit(check.run('pytest', *sys.argv[1:]))")


@pytest.mark.parametrize("command", [PYTEST, CHECK], ids=["pytest", "check"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "two"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_tests_that_are_ended_end_their_servers(
    tmp_path: Path, how: signal.Signals, workers: tuple[str, ...], command: tuple[str, ...]
) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    test = tmp_path / "test_slow.py"
    test.write_text(SLOW.format(begun=str(begun), ended=str(ended)))
    process = subprocess.Popen(
        [*command, "-p", "tests.conftest", "-c", "/dev/null", *workers, str(test)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": f"{TREE}:{TREE}/lib"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        eventually(begun.exists, within=20)
        # A terminal tells all of them of Ctrl-C; others end the one that they have started.
        (os.killpg if how == signal.SIGINT else os.kill)(process.pid, how)
        assert process.wait(20) != 0
        assert ended.exists()
    finally:
        process.kill()
        process.wait()


def test_a_tool_that_fails_says_so() -> None:
    assert check.run("py_compile", "nowhere.py") == 1


@pytest.mark.parametrize(("cores", "processes"), [(1, None), (2, "2"), (64, "4")])
def test_tests_use_the_cores_that_there_are(
    monkeypatch: pytest.MonkeyPatch, cores: int, processes: str | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(cores)))
    assert check.spread()[:2] == (["-n", processes] if processes else [])
