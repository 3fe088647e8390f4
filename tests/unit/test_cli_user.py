"""./chapbook user: the first administrator, and everything else that a shell is needed for."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chapbook import config as configuration
from chapbook.accounts import accounts, events, signin
from chapbook.accounts.events import SHELL, Who
from chapbook.cli import user
from chapbook.cli.commands import commands
from chapbook.config import ROOT, Config
from chapbook.db import connect

Run = Callable[..., Any]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The site that the command finds: a new one in a folder of its own."""
    found = configuration.load(None, {}, os.path.realpath(tmp_path))
    (tmp_path / "lib/collection/schema").mkdir(parents=True)
    monkeypatch.setattr(configuration, "current", lambda: found)
    return found


@pytest.fixture
def run(site: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; `typed` are the lines that somebody types at a terminal."""
    def ran(*arguments: str, typed: list[str] | None = None, code: int = 0) -> Any:
        with monkeypatch.context() as here:
            if typed is not None:
                here.setattr(user, "_is_terminal", lambda: True)
            lines = "".join(f"{line}\n" for line in typed or [])
            result = CliRunner().invoke(commands, ["user", *arguments], input=lines)
        assert result.exit_code == code, result.output
        return result
    return ran


def may_enter(site: Config, address: str, password: str) -> bool:
    with connect(site) as db:
        return signin.authenticate(db, address, password, Who(None, "-")).account is not None


def test_a_new_site_has_no_account(run: Run) -> None:
    assert "Database: account.001 applied.\n" in run("list").stdout
    assert run("list").stdout == ""
    assert run("list").stderr == "Accounts: 0.\n"


def test_an_account_with_a_password_that_is_typed_and_not_shown(run: Run, site: Config) -> None:
    result = run("add", "ann@example.org", "--role", "administrator",
                 typed=["short", "short", "a rather good one", "a rather good one"])
    assert "at least 8 characters" in result.output
    assert "a rather good one" not in result.output
    assert result.output.endswith("ann@example.org has an account now, as administrator.\n")
    assert may_enter(site, "ann@example.org", "a rather good one")
    with connect(site) as db:
        found = accounts.find(db, "ann@example.org")
        assert found is not None and (found.name, found.role) == ("ann", "administrator")
        assert found.confirmed_at is not None
        assert events.of(db, found.id)[-1].request_id == "shell"


def test_a_password_that_is_made_up_is_printed_once(run: Run, site: Config) -> None:
    run("list")
    result = run("add", "ann@example.org", "--generate", "--name", "Ann Smith")
    assert re.fullmatch(r"(\w{5}-){3}\w{5}\n", result.stdout)
    password = result.stdout.strip()
    assert may_enter(site, "ann@example.org", password)
    log = Path(site.path("var/log/chapbook.log"))
    assert not log.exists() or password not in log.read_text("ascii")


def test_without_a_terminal_it_says_what_to_do(run: Run) -> None:
    result = run("add", "ann@example.org", code=1)
    assert "use --generate" in result.output


@pytest.mark.parametrize(("arguments", "says"), [
    (("add", "ANN@example.org", "--generate"), "has an account already"),
    (("add", "nobody", "--generate"), "is no e-mail address"),
    (("add", "x@example.org", "--name", "y" * 81, "--generate"), "1 to 80 characters"),
    (("role", "bob@example.org", "editor"), "./chapbook user list"),
    (("password", "bob@example.org", "--generate"), "has no account"),
    (("disable", "bob@example.org"), "has no account"),
    (("role", "ann@example.org", "member"), "last administrator"),
    (("disable", "ann@example.org"), "last administrator"),
])
def test_what_cannot_be_done_is_a_sentence(run: Run, arguments: tuple[str, ...], says: str) -> None:
    run("add", "ann@example.org", "--role", "administrator", "--generate")
    result = run(*arguments, code=1)
    assert result.output.startswith("Error: ") and says in result.output


def test_the_list_shows_everybody(run: Run, site: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user, "PAGE", 2)
    for name in ("ann", "bob", "eve"):
        password = run("add", f"{name}@example.org", "--generate").stdout.split()[-1]
    assert may_enter(site, "eve@example.org", password)
    result = run("list")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert [line[:3] for line in lines] == [[str(n), "member", "active"] for n in (1, 2, 3)]
    assert lines[0][3:] == ["never", "ann@example.org", "ann"]
    assert "never" not in lines[2] and lines[2][-2:] == ["eve@example.org", "eve"]
    assert result.stderr == "Accounts: 3.\n"


def test_role_password_and_closing(run: Run, site: Config) -> None:
    old = run("add", "ann@example.org", "--generate").stdout.split()[-1]
    run("add", "bob@example.org", "--generate")
    assert run("role", "Ann@example.org", "editor").stdout == "ann@example.org is editor now.\n"
    new = run("password", "ann@example.org", "--generate").stdout.strip()
    assert not may_enter(site, "ann@example.org", old)
    assert may_enter(site, "ann@example.org", new)
    assert run("disable", "ann@example.org").stdout == "ann@example.org is closed now.\n"
    assert not may_enter(site, "ann@example.org", new)
    assert run("disable", "ann@example.org", "--undo").stdout == "ann@example.org is open now.\n"
    assert may_enter(site, "ann@example.org", new)


def test_a_lost_second_factor_is_switched_off_with_a_new_password(run: Run, site: Config) -> None:
    run("add", "ann@example.org", "--generate")
    with connect(site) as db, db.transaction():
        db.run("UPDATE account SET totp_secret = 'A', totp_at = 1")
    run("password", "ann@example.org", "--generate")
    assert "+code" in run("list").stdout
    run("password", "ann@example.org", "--generate", "--no-second-factor")
    assert "+code" not in run("list").stdout


def test_it_runs_as_a_program_on_a_site_without_a_database(tmp_path: Path) -> None:
    root = tmp_path / "a site"
    shutil.copytree(os.path.join(ROOT, "lib"), root / "lib",
                    ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "chapbook.cli", "user", "add", "ann@example.org",
         "--generate"], cwd=root, text=True, stdin=subprocess.DEVNULL, capture_output=True,
        env={**os.environ, "PYTHONPATH": str(root / "lib")}, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^(\w{5}-){3}\w{5}$", done.stdout, re.M)
    assert (root / "var/site.sqlite").exists()


def test_the_shell_is_nobody_in_the_events() -> None:
    assert (SHELL.account_id, SHELL.request_id, SHELL.network) == (None, "shell", "")
