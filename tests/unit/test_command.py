"""The start script ./chapbook, as somebody on a new machine meets it; nothing is installed here."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.cli import environment
from chapbook.cli.commands import commands

ROOT = Path(__file__).resolve().parents[2]

BROKEN = "#!/bin/sh\necho 'python3: cannot execute' >&2\nexit 126\n"
OLD = "#!/bin/sh\necho 'python 3.9.2'; echo old; echo; echo /usr/bin/python3.9; echo /usr\n"
# Stands for a good interpreter: answers the probe, and says what it was asked to do.
GOOD = """#!/bin/sh
case "$*" in
    *"print(missing)"*) echo 'python 3.12.1'; echo new; echo "$LACKS"; echo /bin/sh; echo /bin ;;
    "-I -m venv"*) echo "venv made" >&2; exit 7 ;;
esac
"""


@pytest.fixture
def tree() -> Iterator[Path]:
    """A copy of what the script reads, in a folder whose path has a space and all may enter."""
    folder = Path(tempfile.mkdtemp(prefix="chapbook "))
    folder.chmod(0o755)
    root = folder / "my site"
    shutil.copytree(ROOT / "lib" / "chapbook" / "cli", root / "lib" / "chapbook" / "cli")
    for name in ("chapbook", "setup.cfg", "pyproject.toml"):
        shutil.copy2(ROOT / name, root)
    yield root
    shutil.rmtree(folder)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with the tools of a minimal system, without Python, apt or sudo, for a plain user."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "cksum", "cut", "dirname", "env", "find", "ln", "mkdir",
                 "readlink", "rm", "sed"):
        path = shutil.which(name)
        assert path
        (folder / name).symlink_to(path)
    program(folder / "id", "#!/bin/sh\necho 1000\n")
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def run(tree: Path, *arguments: str, path: Path | str = os.defpath,
        **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(tree / "chapbook"), *arguments], cwd="/", text=True,
                          env={"PATH": str(path), **environ}, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=60)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_help_needs_no_python_and_leaves_nothing_behind(
        tree: Path, bare: Path, arguments: tuple[str, ...]) -> None:
    result = run(tree, *arguments, path=bare)
    assert (result.returncode, result.stderr) == (0, "")
    for command in ("serve", "new", "migrate", "check"):
        assert f"\n  {command} " in result.stdout
    assert not (tree / ".venv").exists()


def test_a_command_that_does_not_exist_is_refused_before_anything_is_made(
        tree: Path, bare: Path) -> None:
    result = run(tree, "bogus", path=bare)
    assert (result.returncode, result.stdout) == (2, "")
    assert "No such command 'bogus'." in result.stderr
    assert not (tree / ".venv").exists()


def test_the_start_script_lets_every_command_through() -> None:
    text = (ROOT / "chapbook").read_text("utf-8").replace("\\\n", "")
    case = re.search(r"^    (serve [a-z| ]+)\) ;;$", text, re.M)
    assert case and set(case[1].replace("|", " ").split()) == set(commands.commands)


def test_what_is_installed_is_said_without_a_number(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(environment, "missing", lambda extra: ["click", "waitress"])
    monkeypatch.setattr(environment, "install", lambda *lines, **how: None)
    environment.main("serve")
    assert capsys.readouterr().err == "Installing what the site needs into .venv:\n"


def test_what_is_compiled_and_fits_no_machine_of_this_kind_is_done_without(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def install(*lines: str, extra: str = "", options: tuple[str, ...] = ()) -> None:
        if lines[0].startswith("argon2-cffi"):
            assert options == ("--only-binary", ":all:")
            raise environment.InstallError("from versions: none")

    monkeypatch.setattr(environment, "missing", lambda extra: ["click"])
    monkeypatch.setattr(environment, "install", install)
    environment.main("serve")
    assert "scrypt will hash passwords instead" in capsys.readouterr().err


def test_where_pictures_cannot_be_drawn_that_is_said_and_all_else_is_installed(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done = []

    def install(*lines: str, extra: str = "", options: tuple[str, ...] = ()) -> None:
        if lines[0].startswith("Pillow"):
            raise environment.InstallError("from versions: none")
        done.append(lines[0])

    monkeypatch.setattr(environment, "missing", lambda extra: ["click"])
    monkeypatch.setattr(environment, "install", install)
    environment.main("serve")
    assert "people will have no pictures" in capsys.readouterr().err
    assert done == ["click", *environment.requirements("passwords")]


def test_help_is_found_through_a_link_to_the_command(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "site").symlink_to(tree / "chapbook")
    result = subprocess.run([tmp_path / "site", "--help"], capture_output=True, text=True)
    assert result.stdout.startswith("Usage: ./chapbook")


def test_a_python_that_does_not_run_is_passed_over(tree: Path, bare: Path) -> None:
    program(bare / "python3", BROKEN)
    program(bare / "python3.11", GOOD)
    (bare / "mkdir").unlink()           # .venv is not made here: the choice is all that is tested
    result = run(tree, "serve", path=bare)
    assert "Making .venv with /" in result.stderr
    assert f"{bare}/python3 " not in result.stderr
    assert f"{tree}/.venv cannot be made: is {tree} yours to write to?" in result.stderr


def test_a_python_asked_for_that_does_not_run_is_told_with_the_next_step(
        tree: Path, bare: Path) -> None:
    program(bare / "python3", BROKEN)
    program(bare / "python3.12", GOOD)
    result = run(tree, "serve", path=bare, PYTHON="python3")
    assert result.returncode == 1
    assert "python3 does not run." in result.stderr
    assert "PYTHON=/path/to/python3 ./chapbook serve" in result.stderr


def test_an_old_python_is_named_with_its_version_and_the_next_step(
        tree: Path, bare: Path) -> None:
    program(bare / "old", OLD)
    result = run(tree, "serve", path=bare, PYTHON="old")
    assert result.returncode == 1
    assert "Python 3.11 or newer with venv is needed." in result.stderr
    assert "old is Python 3.9.2." in result.stderr


def test_a_python_without_ensurepip_is_not_taken(tree: Path, bare: Path) -> None:
    program(bare / "half", GOOD)
    result = run(tree, "serve", path=bare, PYTHON="half", LACKS="No module named 'ensurepip'")
    assert result.returncode == 1
    assert "half is not complete (No module named 'ensurepip')." in result.stderr


def test_a_name_that_is_no_program_is_said(tree: Path, bare: Path) -> None:
    result = run(tree, "serve", path=bare, PYTHON="/nowhere/python3")
    assert "There is no /nowhere/python3 here." in result.stderr


def test_an_interrupted_start_is_begun_again(tree: Path, bare: Path) -> None:
    program(bare / "good", GOOD)
    first = run(tree, "serve", path=bare, PYTHON="good")
    assert "Making .venv with " in first.stderr and "venv made" in first.stderr
    assert first.returncode == 1 and (tree / ".venv" / "unfinished").exists()
    second = run(tree, "serve", path=bare, PYTHON="good")
    assert "The last start was interrupted; beginning again." in second.stderr


def test_root_passes_over_a_python_that_other_users_cannot_start(
        tree: Path, bare: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    program(bare / "python3", GOOD.replace("echo /bin/sh; echo /bin",
                                           f"echo '{private}/python3'; echo '{private}'"))
    program(bare / "id", "#!/bin/sh\necho 0\n")
    (bare / "mkdir").unlink()
    result = run(tree, "serve", path=bare)
    assert result.returncode == 1
    if "instead" in result.stderr:      # this machine has another Python to go on with
        assert f"Not using {bare}/python3: only root can enter its folder" in result.stderr
    else:
        assert f"lives in {private}, where only root can enter." in result.stderr


def test_the_second_start_runs_neither_pip_nor_a_search(tree: Path, bare: Path) -> None:
    venv = tree / ".venv"
    (venv / "bin").mkdir(parents=True)
    program(venv / "bin" / "python", '#!/bin/sh\necho "$PYTHONPATH|$*"\n')
    checksum = subprocess.run("cat setup.cfg pyproject.toml | cksum", shell=True, cwd=tree,
                              capture_output=True, text=True, check=True).stdout.strip()
    (venv / "chapbook-serve").write_text(f"{checksum} {venv}/bin/python\n\n")
    result = run(tree, "serve", "--port", "80 80", path=bare)
    assert result.stderr == ""
    assert result.stdout == f"{tree}/lib|-P -m chapbook.cli serve --port 80 80\n"
    (tree / "setup.cfg").write_text("[metadata]\nname = changed\n")
    assert run(tree, "serve", path=bare, PYTHON="none").stderr != ""


def test_it_is_plain_shell() -> None:
    subprocess.run(["/bin/sh", "-n", str(ROOT / "chapbook")], check=True)


def test_pip_is_told_apart_from_its_reasons() -> None:
    said = ["Collecting click", "ERROR: Could not find a version that satisfies click",
            "NewConnectionError('<...>: Failed to establish a new connection')"]
    assert "set https_proxy" in environment._why(said)
    assert "ERROR: Could not find" in environment._why(said)
    assert "make some room" in environment._why(["OSError: [Errno 28] No space left on device"])


def test_the_lists_of_setup_cfg_are_read_with_those_of_every_installation() -> None:
    serve = environment.requirements("serve")
    assert [line.split(">")[0] for line in serve] == [
        "Jinja2", "PyMySQL", "multipart", "pyotp", "segno", "waitress", "click"]
