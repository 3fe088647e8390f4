"""What a site needs of its host, asked before there are settings; and that it is kept compiled."""
from __future__ import annotations

import compileall
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chapbook import doctor
from chapbook.doctor import bytecode, envoy, machine, needed
from chapbook.doctor.place import Place

from tests.support.sound import SCRIPT, Sound


@pytest.fixture
def bare(sound: Sound) -> Sound:
    """The site as it was uploaded: without settings, and nothing is stored."""
    (sound.root / "site.ini").unlink()
    for path in sorted((sound.root / "var").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (sound.root / "var").rmdir()
    return sound


def unmet(site: Sound) -> dict[str, list[str]]:
    """What is not as it is needed: the names of findings by title."""
    return {each.title: [finding.name for finding in each.findings]
            for each in doctor.requirements(str(site.root)) if each.severity != "ok"}


def test_a_sound_tree_has_all_that_is_needed(bare: Sound) -> None:
    assert unmet(bare) == {}
    assert len(doctor.requirements(str(bare.root))) == len(needed._NEEDED)


def test_nothing_is_made_by_asking(bare: Sound) -> None:
    before = sorted(bare.root.rglob("*"))
    doctor.requirements(str(bare.root))
    assert sorted(bare.root.rglob("*")) == before


def test_a_fault_stands_below_what_is_needed(bare: Sound) -> None:
    bare.write("cgi-bin/guestbook.py", SCRIPT.replace("\n", "\r\n").encode(), 0o755)
    assert unmet(bare) == {"Pages that the web server can start": ["script-line-ends"]}


def test_the_gravest_finding_counts(bare: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "argon2", None)
    [packages] = [each for each in doctor.requirements(str(bare.root)) if each.findings]
    assert packages.severity == "amber"
    monkeypatch.setitem(sys.modules, "jinja2", None)
    [packages] = [each for each in doctor.requirements(str(bare.root)) if each.findings]
    assert packages.severity == "red"


def test_a_folder_that_cannot_be_written(bare: Sound) -> None:
    place = Elsewhere(str(bare.root))
    [finding] = needed.can_write(place)
    assert finding.name == "folder-closed"
    assert not list(needed.can_write(Place(str(bare.root))))


def test_a_python_that_is_too_old(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LEAST_PYTHON", (4, 0))
    [finding] = machine.python_is_new_enough(Place(str(sound.root)))
    assert finding.name == "python-version"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8"])
def test_an_encoding_with_all_letters(encoding: str) -> None:
    assert not list(machine.of_encoding(encoding))


def test_an_encoding_with_few_letters() -> None:
    assert [finding.name for finding in machine.of_encoding("ascii")] == ["encoding"]


@pytest.mark.parametrize(("processes", "threads", "names"), [
    (True, True, []), (False, False, ["process-cap"]), (False, True, ["process-cap"]),
    (True, False, ["thread-cap"])])
def test_what_can_be_had_of_processes_and_threads(
    processes: bool, threads: bool, names: list[str]
) -> None:
    assert [finding.name for finding in machine.of_caps(processes, threads)] == names


def test_here_both_can_be_had() -> None:
    assert envoy.has_processes() and envoy.has_threads()


def test_modules_that_are_compiled_each_time(sound: Sound) -> None:
    closed = Elsewhere(str(sound.root))
    [finding] = bytecode.is_kept(closed)
    assert finding.name == "bytecode-unkept"
    assert not list(bytecode.is_kept(Place(str(sound.root))))     # who can write makes them
    compileall.compile_dir(sound.root / "lib", quiet=2)
    assert not list(bytecode.is_kept(closed))


def test_compiled_modules_of_an_older_text(sound: Sound) -> None:
    path = Path(sound.root, "lib/chapbook/__init__.py")
    compileall.compile_dir(path.parent, quiet=2)
    assert bytecode.outdated(str(path.parent)) == []
    path.write_text("\"\"\"Another text.\"\"\"\n", "utf-8")
    assert bytecode.outdated(str(path.parent)) == [str(path)]


class Elsewhere(Place):
    """The same site, whose pages run as a user who owns nothing here."""

    user = property(lambda self: 54321)


@pytest.mark.parametrize(("age", "token", "answer"), [
    (0, "right", "200"), (envoy.LIFE + 5, "right", "404"), (0, "wrong", "404"), (0, "", "404")])
def test_an_envoy_that_was_left_behind_tells_nothing(
    tmp_path: Path, age: int, token: str, answer: str
) -> None:
    path = tmp_path / "envoy.py"
    path.write_text(Path(envoy.__file__).read_text().replace('TOKEN = ""', 'TOKEN = "right"'))
    os.utime(path, (time.time() - age,) * 2)
    said = subprocess.run(
        [sys.executable, str(path)], env={"HTTP_X_DOCTOR": token}, capture_output=True, check=True)
    assert said.stdout.startswith(f"Status: {answer} ".encode())
