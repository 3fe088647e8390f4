"""./chapbook once it runs: serve, new, migrate and check, and what they say when they cannot."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner, Result

from chapbook.cli import environment, new, packages
from chapbook.cli.check import install, need_browser, need_text_browser
from chapbook.cli.commands import commands
from chapbook.config import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the site and its tests in a folder whose path has a space."""
    root = tmp_path / "a site"
    for folder in ("cgi-bin", "lib", "templates", "htdocs"):
        shutil.copytree(os.path.join(ROOT, folder), root / folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(os.path.join(ROOT, "tests", "support"), root / "tests" / "support",
                    ignore=shutil.ignore_patterns("__pycache__"))
    (root / "tests" / "pages").mkdir()
    for name in ("setup.cfg", "tests/test_collection.py", "tests/conftest.py",
                 "tests/pages/conftest.py"):
        shutil.copy2(os.path.join(ROOT, name), root / name)
    return root


def run(tree: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(tree / "lib")}
    return subprocess.run([sys.executable, "-P", "-m", module, *arguments], cwd=tree, text=True,
                          env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(commands, arguments)


def test_help_is_the_text_that_the_start_script_shows_and_names_every_command() -> None:
    result = invoke("--help")
    with open(os.path.join(ROOT, "lib", "chapbook", "cli", "help.txt"), encoding="utf-8") as file:
        assert result.output == file.read()
    for name in commands.commands:
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("name", sorted(commands.commands))
def test_every_command_explains_itself(name: str, option: str) -> None:
    result = invoke(name, option)
    assert result.output.startswith(f"Usage: commands {name} ")
    assert result.exit_code == 0 and len(result.output.splitlines()) > 6


def test_new_pages_of_each_kind_pass_their_checks_as_they_are(tree: Path) -> None:
    kinds = (("news",), ("status", "--plain"), ("recipes", "--table"),
             ("club/minutes_of_old_times", "--table"))
    for kind in kinds:
        result = run(tree, "chapbook.cli", "new", *kind)
        assert result.returncode == 0, result.stderr
        assert f"The page is at /{kind[0]}: " in result.stdout
    made = ["cgi-bin/news.py", "templates/news.html", "tests/pages/test_news.py",
            "cgi-bin/status.py", "tests/pages/test_status.py",
            "cgi-bin/recipes.py", "lib/collection/recipes.py",
            "lib/collection/schema/recipes.001.sqlite.sql",
            "lib/collection/schema/recipes.001.mysql.sql",
            "cgi-bin/club/minutes_of_old_times.py",
            "templates/club/minutes_of_old_times.html",
            "lib/collection/club_minutes_of_old_times.py",
            "tests/pages/test_club_minutes_of_old_times.py"]
    assert [path for path in made if not (tree / path).is_file()] == []
    assert not (tree / "templates" / "status.html").exists()
    style = run(tree, "flake8", *(path for path in made if path.endswith(".py")))
    assert (style.returncode, style.stdout) == (0, "")
    tests = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests", "-k",
                "news or status or recipes or minutes")
    assert tests.returncode == 0, tests.stdout


def test_new_touches_nothing_when_a_file_is_there(tree: Path) -> None:
    (tree / "templates" / "news.html").write_text("mine")
    result = run(tree, "chapbook.cli", "new", "news")
    assert result.returncode == 1
    assert "templates/news.html: already there, and nothing was touched." in result.stderr
    assert not (tree / "cgi-bin" / "news.py").exists()
    assert (tree / "templates" / "news.html").read_text() == "mine"


@pytest.mark.parametrize("name", ["News", "1st", "../up", "a//b", "/news", "news/", "a.b", "_news",
                                  "né", "news\n", "", "a-b"])
def test_new_refuses_names_that_are_no_page(name: str) -> None:
    assert "cannot be a page" in new.refusal(name)


@pytest.mark.parametrize("name", ["calendar", "admin/email", "jinja2", "chapbook"])
def test_new_refuses_names_that_hide_a_module(name: str) -> None:
    result = invoke("new", name)
    assert result.exit_code == 1
    assert f"Try '{name.rpartition('/')[2]}_page'." in result.output


@pytest.mark.parametrize("name", ["class", "club/import", "async"])
def test_new_refuses_words_of_python(name: str) -> None:
    word = name.rpartition("/")[2]
    assert new.refusal(name) == (f"{word!r} is a word of Python's own, which cannot be a module. "
                                 f"Try '{word}_page'.")


@pytest.mark.parametrize(("error", "why"), [
    (PermissionError(13, "Permission denied"), "is this folder yours?"),
    (OSError(28, "No space left on device"), "No space left on device."),
])
def test_new_leaves_nothing_behind_where_it_cannot_write(
        monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: OSError, why: str) -> None:
    write = new.write

    def refuse(path: str, text: str, *, executable: bool) -> None:
        if "/tests/" in path:
            raise error
        write(path, text, executable=executable)

    monkeypatch.setattr(new, "ROOT", str(tmp_path))
    monkeypatch.setattr(new, "write", refuse)
    result = invoke("new", "zoo")
    assert (result.exit_code, result.output) == (
        1, f"Error: tests/pages/test_zoo.py cannot be written: {why}\n")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_new_refuses_names_that_are_too_long_for_a_line() -> None:
    assert "find a shorter address" in new.refusal("a" * 31)


def test_new_refuses_a_name_that_a_static_file_has(monkeypatch: pytest.MonkeyPatch,
                                                   tmp_path: Path) -> None:
    (tmp_path / "htdocs" / "news").mkdir(parents=True)
    monkeypatch.setattr(new, "ROOT", str(tmp_path))
    assert "static files come first" in new.refusal("news")


def test_serve_makes_a_site_with_something_to_read_and_ends_at_ctrl_c(tree: Path) -> None:
    said = []
    for start in range(2):
        environ = {**os.environ, "PYTHONPATH": str(tree / "lib"), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen([sys.executable, "-P", "-m", "chapbook.cli", "serve", "--port", "0"],
                              cwd="/", env=environ, text=True, stdout=subprocess.PIPE,
                              preexec_fn=in_background if start else None) as server:
            assert server.stdout
            lines = []
            while not lines or "./chapbook user add you@" not in lines[-1]:
                lines.append(server.stdout.readline())
                assert lines[-1], "it ended without serving, or without saying how to sign in"
            page = fetch(next(line.split()[2] for line in lines if "Serving at " in line))
            server.send_signal(signal.SIGINT)
            server.communicate(timeout=30)
        assert server.returncode == 0
        assert "Gutenberg&#39;s apprentice" in page or "The printer&#39;s cat" in page
        said.append(lines)
    assert sum(line.startswith("Database: ") for line in said[0]) >= 2
    assert not any(line.startswith("Database: ") for line in said[1])


def in_background() -> None:
    """What a shell does for a program that it starts with &."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def fetch(url: str) -> str:
    """The page at an address where a server is just coming up."""
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return str(answer.read().decode("utf-8"))
        except urllib.error.URLError:
            assert time.monotonic() < until, "the server did not come up"


def test_serve_says_which_port_is_taken_and_another_to_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = invoke("serve", "--port", str(port))
    assert result.exit_code == 1
    assert f"Port {port} is taken" in result.output
    assert f"./chapbook serve --port {port + 1}" in result.output


def test_serve_says_which_address_is_not_here() -> None:
    result = invoke("serve", "--host", "203.0.113.7", "--port", "0")
    assert result.exit_code == 1
    assert result.output == ("Error: 203.0.113.7 is not an address of this machine. Leave --host "
                             "out, or use 0.0.0.0 for the whole network.\n")
    result = invoke("serve", "--host", "no such host", "--port", "0")
    assert result.exit_code == 1 and "There is no address 'no such host'" in result.output


@pytest.mark.parametrize("port", ["abc", "80.5", "-1", "65536", ""])
def test_serve_says_what_a_port_is(port: str) -> None:
    result = invoke("serve", f"--port={port}")
    assert result.exit_code == 2
    assert f"{port!r} is no port: a whole number from 0 to 65535 is wanted." in result.output


def test_migrate_applies_each_step_once_and_says_so(tree: Path) -> None:
    first = run(tree, "chapbook.cli", "migrate")
    assert "Database: guestbook.001 applied." in first.stdout
    second = run(tree, "chapbook.cli", "migrate")
    assert second.stdout == "Nothing to do: the database is up to date.\n"
    assert (tree / "var").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", [("migrate",), ("serve", "--port", "0")])
def test_an_unknown_time_zone_is_said_before_a_page_has_to(
        tree: Path, command: tuple[str, ...]) -> None:
    ini = tree / "site.ini"
    ini.write_text("[site]\ntimezone = Europe/Brussel\n")
    ini.chmod(0o600)
    result = run(tree, "chapbook.cli", *command)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: [site] timezone = 'Europe/Brussel' is not known on")


@pytest.mark.parametrize("line", ["engin = mysql", "engine = postgres"])
@pytest.mark.parametrize("command", [("migrate",), ("serve", "--port", "0")])
def test_the_owners_mistake_is_a_sentence_and_not_a_traceback(
        tree: Path, line: str, command: tuple[str, ...]) -> None:
    ini = tree / "site.ini"
    ini.write_text(f"[database]\n{line}\n")
    ini.chmod(0o600)
    result = run(tree, "chapbook.cli", *command)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: ") and "engin" in result.stderr
    assert "known are: " in result.stderr and "Traceback" not in result.stderr


def test_check_without_root_or_sudo_tells_the_line_for_apt(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(packages, "way", lambda: None)
    monkeypatch.delenv("CI", raising=False)
    assert install(["apache2-bin", "mariadb-server-core"], "for the tests") is False
    line = "apt-get install -y --no-install-recommends apache2-bin mariadb-server-core"
    said = capsys.readouterr().err
    assert line in said and "tests that need them are skipped" in said


def test_check_in_ci_fails_where_a_server_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "way", lambda: None)
    monkeypatch.setattr(packages, "missing", lambda: ["apache2-bin"])
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr("chapbook.cli.environment.missing", lambda extra: [])
    result = invoke("check")
    assert result.exit_code == 1 and "apt-get install" in result.output


def test_check_without_a_browser_asks_nothing_of_pypi_for_it(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(packages, "way", lambda: None)
    monkeypatch.setattr(packages, "program", lambda *names: None)
    monkeypatch.setattr(environment, "install", lambda *lines, extra: pytest.fail("it was asked"))
    monkeypatch.delenv("CI", raising=False)
    need_browser()
    assert "Going on without chromium, default-jre-headless" in capsys.readouterr().err


def test_check_without_a_text_browser_goes_on_except_in_ci(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(packages, "way", lambda: None)
    monkeypatch.setattr(packages, "program", lambda *names: None)
    monkeypatch.delenv("CI", raising=False)
    need_text_browser()
    assert "Going on without lynx" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ClickException, match="apt-get install .* lynx"):
        need_text_browser()


def test_any_chromium_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("google-chrome", "java"):
        (tmp_path / name).touch(0o755)
    monkeypatch.setattr(packages, "SBIN", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(packages, "find_library", lambda name: f"lib{name}.so.1")
    assert packages.missing_browser() == []
    (tmp_path / "google-chrome").unlink()
    assert packages.missing_browser() == ["chromium"]
    monkeypatch.setattr(packages, "find_library", lambda name: None)
    assert packages.missing_browser() == ["chromium", "libatomic1"]


def test_suexec_is_wanted_by_root_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "SUEXEC", "/no/such/suexec")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "apache2-suexec-pristine" in packages.missing()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "apache2-suexec-pristine" not in packages.missing()


def test_check_in_ci_fails_where_pip_cannot_drive_a_browser(
        monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*lines: str, extra: str) -> None:
        raise environment.InstallError("The package index cannot be reached.")

    monkeypatch.setattr(packages, "missing_browser", lambda: [])
    monkeypatch.setattr(environment, "missing", lambda extra: ["playwright"])
    monkeypatch.setattr(environment, "install", fail)
    monkeypatch.delenv("CI", raising=False)
    need_browser()
    assert "tests that need them are skipped" in capsys.readouterr().err
    monkeypatch.setenv("CI", "true")
    with pytest.raises(ClickException, match="cannot be reached"):
        need_browser()
