"""lib/cgitb.py, and what leads to it in cgi-bin/: errors for the owner, a number for others."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[2]
BROKEN = """\
import cgitb
cgitb.enable({options})
def divide(number, password="hun" "ter2"):
    return number / 0
{before}
divide(17)
"""
HEAD = "print('Content-Type: text/html\\n')"


class Old:
    """A site with nothing but lib/'s old modules, and old scripts that are run by CGI."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("lib/cgi.py", "lib/cgitb.py", "lib/oldcgi", "cgi-bin/cgi", "cgi-bin/cgitb"):
            target = root / name
            target.parent.mkdir(exist_ok=True)
            if name.endswith(".py"):
                shutil.copy(TREE / name, target)
            else:
                shutil.copytree(TREE / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        (root / "var/log").mkdir(parents=True)

    def run(self, text: str, folder: str = "cgi-bin", **environ: str) -> str:
        """What a script prints that Apache starts: in its folder, with nothing of a path."""
        path = self.root / folder / "old.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, str(path)], cwd=path.parent, capture_output=True, text=True,
            timeout=60, env={"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
                             "SCRIPT_NAME": "/cgi-bin/old.py", **environ})
        self.said = done.stderr
        return done.stdout

    def log(self) -> str:
        """The site's log."""
        path = self.root / "var/log/chapbook.log"
        return path.read_text("ascii") if path.exists() else ""


@pytest.fixture
def old(tmp_path: Path) -> Old:
    """A site of old scripts."""
    return Old(tmp_path)


@pytest.mark.parametrize("before", ["", HEAD])
def test_a_visitor_gets_a_number_and_the_log_the_rest(old: Old, before: str) -> None:
    page = old.run(BROKEN.format(options="", before=before))
    assert "ZeroDivision" not in page and "hunter2" not in page and "divide" not in page
    assert page.count("Content-Type") == 1 and old.said == ""
    assert page.startswith("Content-Type: text/html\n\n" if before else
                           "Status: 500 Internal Server Error\nContent-Type: text/html; ")
    number = page.partition("<code>")[2][:12]
    line = next(line for line in old.log().splitlines() if number in line)
    assert line.endswith("script script=/cgi-bin/old.py error=ZeroDivisionError "
                         "detail=division by zero")
    assert "in divide" in old.log()


def test_what_runs_the_script_gives_the_number_and_hears_the_rest(old: Old) -> None:
    page = old.run(BROKEN.format(options="", before=""), CHAPBOOK_REQUEST_ID="abcdef012345")
    assert "<code>abcdef012345</code>" in page
    assert "ZeroDivisionError: division by zero" in old.said and old.log() == ""


@pytest.mark.parametrize(("options", "shown"), [
    ("", "<h1>ZeroDivisionError</h1>"), ("format='text'", "\nZeroDivisionError: division by zero"),
    ("display=0", "Something went wrong")])
def test_the_owner_sees_it_where_site_ini_says_debug(old: Old, options: str, shown: str) -> None:
    (old.root / "site.ini").write_text("[site]\ndebug = yes\n", "utf-8")
    page = old.run(BROKEN.format(options=options, before=""))
    assert shown in page and "hunter2" not in page
    assert ("number" in page and "17" in page) or "display" in options


@pytest.mark.parametrize("settings", [
    "", "[site]\ndebug = no\n", "[site]\ndebug = yes %(x)s\n", "nonsense", "[site]\ndebug\n"])
def test_nothing_else_in_site_ini_shows_it(old: Old, settings: str) -> None:
    (old.root / "site.ini").write_text(settings, "utf-8")
    assert "divide" not in old.run(BROKEN.format(options="", before=""), REMOTE_ADDR="127.0.0.1")


def test_what_is_shown_is_text(old: Old) -> None:
    (old.root / "site.ini").write_text("[site]\ndebug = yes\n", "utf-8")
    page = old.run("import cgitb; cgitb.enable()\ndef f(x):\n    raise ValueError(x)\n"
                   "f('<script>alert(1)</script>')\n")
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_folder_gets_a_private_file_for_each(old: Old, tmp_path: Path) -> None:
    folder = tmp_path / "errors"
    folder.mkdir()
    page = old.run(BROKEN.format(options=f"logdir={str(folder)!r}", before=""))
    assert str(folder) not in page
    [file] = folder.iterdir()
    assert "ZeroDivisionError" in file.read_text("utf-8") and file.suffix == ".html"
    assert file.stat().st_mode & 0o777 == 0o600
    old.run(BROKEN.format(options="logdir='/nowhere'", before=""))
    assert "/nowhere takes no file" in old.said


def test_handler_deals_with_an_exception_that_was_caught(old: Old) -> None:
    page = old.run("import cgitb\ntry:\n    1 / 0\nexcept Exception:\n    cgitb.handler()\n"
                   "print('and on')\n")
    assert "Something went wrong" in page and page.endswith("and on\n")


def test_in_a_shell_it_is_shown_whole(old: Old) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BROKEN.format(options="format='text'", before="")],
        env={"PYTHONPATH": str(old.root / "lib")}, capture_output=True, text=True, timeout=60)
    assert "division by zero" in done.stdout and "Content-Type" not in done.stdout


def test_the_end_of_a_script_is_no_error(old: Old) -> None:
    assert old.run("import cgitb; cgitb.enable()\nimport sys\nprint('x')\nsys.exit(0)\n") == "x\n"


@pytest.mark.parametrize("folder", ["cgi-bin", "cgi-bin/club"])
def test_the_modules_of_lib_are_found_from_the_folder_of_a_script(old: Old, folder: str) -> None:
    if folder != "cgi-bin":                       # as docs/old-scripts.md says
        for name in ("cgi", "cgitb"):
            shutil.copytree(old.root / "cgi-bin" / name, old.root / folder / name)
    out = old.run("import cgi, cgitb, sys\nprint(cgi.__file__, cgitb.__file__, cgi.FieldStorage()"
                  ".getvalue('a'), cgi is sys.modules['cgi'])\n", folder, QUERY_STRING="a=1")
    lib = old.root / "lib"
    assert out == f"{lib}/cgi.py {lib}/cgitb.py 1 True\n", old.said


def test_the_same_file_leads_to_both_modules() -> None:
    first, second = (TREE / "cgi-bin" / name / "__init__.py" for name in ("cgi", "cgitb"))
    assert first.read_bytes() == second.read_bytes()
    assert not os.access(first, os.X_OK) or os.geteuid() == 0


@pytest.mark.parametrize("call", ["test", "print_environ", "print_exception"])
def test_what_shows_the_machine_shows_it_to_the_owner_alone(old: Old, call: str) -> None:
    text = (f"import cgi\ntry:\n    1 / 0\nexcept Exception:\n    cgi.{call}()\n")
    page = old.run(text, SECRET_OF_THE_MACHINE="hunter2", QUERY_STRING="field=value")
    assert "hunter2" not in page and "division" not in page and str(old.root) not in page
    assert "is for the owner of this site" in page
    (old.root / "site.ini").write_text("[site]\ndebug = yes\n", "utf-8")
    page = old.run(text, SECRET_OF_THE_MACHINE="hunter2", QUERY_STRING="field=value")
    assert ("division by zero" if call == "print_exception" else "hunter2") in page
