"""First lines of scripts and what they name: each fault is found, and nothing else with it."""
from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from chapbook.doctor import starts
from chapbook.doctor.place import Place

from tests.support.sound import SCRIPT, Sound


@pytest.mark.parametrize(("text", "name"), [
    (SCRIPT.replace("\n", "\r\n"), "script-line-ends"),
    ("\ufeff" + SCRIPT, "script-mark"),
    ("\n" + SCRIPT, "script-start"),
    (SCRIPT.replace("/usr/bin/env python3", "/usr/bin/python3.99"), "interpreter-missing"),
    (SCRIPT.replace("env python3", "env python3.99"), "interpreter-missing"),
])
def test_a_first_line_by_which_nothing_starts(sound: Sound, text: str, name: str) -> None:
    sound.write("cgi-bin/guestbook.py", text.encode(), 0o755)
    assert sound.finding().name == name
    assert "cgi-bin/guestbook.py" in sound.finding().sentence


def test_old_scripts_of_other_languages_are_looked_at_too(sound: Sound) -> None:
    sound.write("cgi-bin/counter.pl", b"#!/usr/bin/perl99\nprint 1;\n", 0o755)
    assert sound.names() == ["interpreter-missing"]


def test_a_python_that_is_too_old(sound: Sound, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nprintf 3.6\n", "utf-8")
    python.chmod(0o755)
    text = SCRIPT.replace("/usr/bin/env python3", str(python))
    sound.write("cgi-bin/guestbook.py", text.encode(), 0o755)
    assert sound.finding().name == "python-version"
    assert "Python 3.6" in sound.finding().sentence


@pytest.mark.parametrize("shut", ["", "bin"])
def test_a_python_that_the_pages_cannot_get_at(sound: Sound, shut: str) -> None:
    """A folder of the environment is closed, as below root's home."""
    home = sound.root / ".venv"
    (home / "bin").mkdir(parents=True)
    (home / "bin/python3").symlink_to(sys.executable)
    (home / shut).chmod(0o700)
    place = Place(str(sound.root))
    assert not [each for each in starts.have_an_interpreter(place) if str(home) in each.sentence]
    closed = Elsewhere(str(sound.root))
    [finding] = starts.have_an_interpreter(closed)
    assert finding.name == "interpreter-closed"


class Elsewhere(Place):
    """The same site, whose pages run as a user who owns nothing here."""

    user = property(lambda self: os.geteuid() + 54321)
