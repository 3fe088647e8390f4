"""Turns at hashing: two at once, given back by whoever dies; a full disk locks nobody out."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chapbook.accounts.turns import turn
from chapbook.config import HERE
from chapbook.errors import Unavailable
from chapbook.testing import site

from tests.support.threads import together

HOLD = """
import sys, time
sys.path.insert(0, sys.argv[1])
from chapbook.accounts.turns import turn
from chapbook.testing import site
with turn(site(sys.argv[2])):
    print("in", flush=True)
    sys.stdin.read()
"""


def holder(root: Path) -> subprocess.Popen[str]:
    """Another process that has a turn until its input ends."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, os.path.dirname(HERE), str(root)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout and process.stdout.readline() == "in\n"
    return process


def finish(process: subprocess.Popen[str]) -> None:
    with process:
        assert process.stdin
        process.stdin.close()


def test_a_third_waits_and_is_told_to_come_again(tmp_path: Path) -> None:
    config = site(str(tmp_path))
    with turn(config), turn(config):
        with pytest.raises(Unavailable) as refused, turn(config, patience=0.05):
            pytest.fail("it had a turn")
        assert ("Retry-After", "2") in refused.value.headers
    with turn(config, patience=0), turn(config, patience=0):
        pass


def test_turns_are_those_of_the_whole_site_and_a_killed_process_gives_its_own_back(
    tmp_path: Path
) -> None:
    config = site(str(tmp_path))
    first, second = holder(tmp_path), holder(tmp_path)
    with pytest.raises(Unavailable), turn(config, patience=0.05):
        pytest.fail("it had a turn")
    first.send_signal(signal.SIGKILL)
    finish(first)
    with turn(config, patience=10):
        pass
    finish(second)


def test_twenty_at_once_all_get_a_turn_and_two_are_never_three(tmp_path: Path) -> None:
    config = site(str(tmp_path))
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with turn(config, patience=60):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    together(*[work] * 20)
    assert len(most) == 20 and max(most) <= 2


def test_a_folder_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    entered = []
    with turn(site(str(tmp_path))):
        entered.append(1)
    assert entered
