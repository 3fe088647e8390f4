"""Every script in cgi-bin/ is what it must be to run unchanged behind every gateway."""
from __future__ import annotations

import ast
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import db, schema
from chapbook.cli.new import refusal
from chapbook.testing import site

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted(path.relative_to(ROOT / "cgi-bin").with_suffix("").as_posix()
                 for path in (ROOT / "cgi-bin").rglob("*.py") if path.name[0] != "_")

SIGN_IN, NOTHING = "303 See Other", "404 Not Found"

# What scripts answer that are nothing without a name, or open to nobody who has not signed in: in
# admin/ nothing does.
ANSWERS = {"account/confirm": NOTHING, "account/invitation": NOTHING, "account/reset": NOTHING,
           "account/picture": NOTHING, "admin/form": NOTHING, "admin/take": NOTHING,
           "admin/user": NOTHING, "doctor": SIGN_IN}
ANSWERS.update({f"account/{name}": SIGN_IN for name in (
    "address", "delete", "details", "export", "me", "password", "sessions", "twofactor")})

LINES_MOST = 120              # so that a page can be read in one go

# Apache starts a script by the system's interpreter, without what this .venv's own would bring.
PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))

pytestmark = pytest.mark.parametrize("script", SCRIPTS)


def text_of(script: str) -> str:
    return (ROOT / "cgi-bin" / f"{script}.py").read_text("utf-8")


def answer_of(script: str) -> str:
    """The status of a script at its own address, for a visitor who is not signed in."""
    return ANSWERS.get(script, SIGN_IN if script.startswith("admin/") else "200 OK")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the site with a database of its own, and this .venv beside it."""
    root = tmp_path_factory.mktemp("a site")
    for folder in ("cgi-bin", "lib", "templates", "htdocs"):
        shutil.copytree(ROOT / folder, root / folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".venv").symlink_to(sys.prefix)
    (root / "var").mkdir(mode=0o700)
    database = db.connect(site(str(root)))
    schema.bring_up(database, site(str(root)))
    database.close()
    yield root


def test_it_begins_with_the_shebang_that_finds_python_anywhere(script: str) -> None:
    assert text_of(script).startswith("#!/usr/bin/env python3\n")


def test_it_is_executable(script: str) -> None:
    mode = (ROOT / "cgi-bin" / f"{script}.py").stat().st_mode
    assert mode & stat.S_IXUSR, f"chmod +x cgi-bin/{script}.py"


def test_it_begins_with_the_lines_that_find_lib_exactly(script: str) -> None:
    depth = 2 + script.count("/")
    lines = ("import os\n"
             "import sys\n"
             f"sys.path.insert(0, {'os.path.dirname(' * depth}os.path.realpath(__file__)"
             f"{')' * depth} + \"/lib\")\n")
    docstring = ast.get_docstring(ast.parse(text_of(script)), clean=False)
    before = f'#!/usr/bin/env python3\n"""{docstring}"""\n'
    assert text_of(script).startswith(before + lines), (
        "a script begins with the shebang, its docstring, and these lines:\n" + lines)


def test_it_can_be_read_in_one_go(script: str) -> None:
    assert text_of(script).count("\n") <= LINES_MOST, "move what is not HTTP to lib/collection/"


def test_its_docstring_says_what_the_page_is(script: str) -> None:
    docstring = ast.get_docstring(ast.parse(text_of(script))) or ""
    assert re.match(r"\S.*[.]$", docstring.partition("\n")[0]), "its first line is a sentence"


def test_its_name_hides_no_module_and_no_static_file(script: str) -> None:
    assert not refusal(script)


def test_it_defines_application_and_runs_it(script: str) -> None:
    assert re.search(r"^application = ", text_of(script), re.M)
    assert text_of(script).endswith('\n\nif __name__ == "__main__":\n    run(application)\n')


def test_it_touches_neither_environment_nor_standard_input(script: str) -> None:
    assert not re.search(r"os\.environ|os\.getenv|sys\.stdin|\beval\(|\bexec\(", text_of(script))


def test_the_templates_it_names_are_there(script: str) -> None:
    for template in re.findall(r'\brender\(\s*request,\s*"([^"]+)"', text_of(script)):
        assert (ROOT / "templates" / template).is_file()


def test_it_has_a_test_of_its_own(script: str) -> None:
    test = f"tests/pages/test_{script.replace('/', '_')}.py"
    assert (ROOT / test).is_file(), f"write {test} (./chapbook new shows one)"


def test_it_prints_its_page_in_an_empty_environment_in_silence(script: str, copy: Path) -> None:
    result = subprocess.run([PYTHON, str(copy / "cgi-bin" / f"{script}.py")], env={}, cwd="/",
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    answer = answer_of(script)
    said = result.stderr.decode()
    said = re.split(r" to /(?:account/signin[?]next=|doctor/code)", said)[0].strip()
    assert (result.returncode, said or "200 OK") == (int(answer >= "400"), answer)
    assert result.stdout.strip() or answer == SIGN_IN


def test_it_answers_as_cgi_in_an_empty_environment_in_silence(script: str, copy: Path) -> None:
    path = str(copy / "cgi-bin" / f"{script}.py")
    environ = {"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "QUERY_STRING": "",
               "SCRIPT_NAME": f"/{script}", "SCRIPT_FILENAME": path, "REQUEST_URI": f"/{script}",
               "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1"}
    result = subprocess.run([PYTHON, path], env=environ, cwd=copy / "cgi-bin",
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, b"")
    assert re.match(rb"Status: " + answer_of(script).encode() + rb"\r?\n", result.stdout)
