"""What is added to logs, on the terminal."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from chapbook.cli.follow import Followed

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


def test_only_what_is_added_is_shown_line_by_line(tmp_path: Path, capsys) -> None:
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    old.write_text("past\n")
    logs = Followed()
    logs.add(str(old))
    logs.add(str(new))
    shown = []
    for text in ("", "one\ntw", "o\n", "", "th\xe9\n"):
        with old.open("a", encoding="latin-1") as file:
            file.write(text)
        logs.show()
        shown.append(capsys.readouterr().out)
    assert shown == ["", "one\n", "two\n", "", "th\ufffd\n"]
    new.write_text("first\n")
    old.write_text("anew\n")
    logs.show()
    assert capsys.readouterr().out == "anew\nfirst\n"


def test_what_was_there_is_shown_if_it_is_asked_for(tmp_path: Path, capsys) -> None:
    (tmp_path / "log").write_text("there\n")
    logs = Followed()
    logs.add(str(tmp_path / "log"), whole=True)
    logs.show()
    logs.show()
    assert capsys.readouterr().out == "there\n"


def test_tests_that_are_terminated_end_their_servers(tmp_path: Path) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    test = tmp_path / "test_slow.py"
    test.write_text(SLOW.format(begun=str(begun), ended=str(ended)))
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "/dev/null", str(test)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": f"{TREE}:{TREE}/lib"},
        stdout=subprocess.DEVNULL)
    try:
        eventually(begun.exists, within=20)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert ended.exists()
    finally:
        process.kill()
        process.wait()
