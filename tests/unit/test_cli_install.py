"""./chapbook install: the same steps in a shell, asked one by one or given by flags."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chapbook import config as configuration
from chapbook.accounts import accounts, passwords, signin
from chapbook.accounts.events import Who
from chapbook.cli import install
from chapbook.cli.commands import commands
from chapbook.config import Config
from chapbook.db import connect
from chapbook.installing import database, finishing, probing, state, writing

from tests.support.installation import PASSWORD, Installation

Run = Callable[..., Any]
FLAGS = ("--title", "The chess club", "--url", "https://club.example", "--owner",
         "ann@example.org", "--name", "Ann", "--address", "ann@example.org", "--yes")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An uploaded tree, which the command finds."""
    found = Installation(tmp_path / "club")
    monkeypatch.setattr(configuration, "ROOT", str(found.root))
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return found


@pytest.fixture
def run(place: Installation, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command; `typed` are the lines that somebody types at a terminal."""
    def ran(*arguments: str, typed: list[str] | None = None, code: int = 0) -> Any:
        with monkeypatch.context() as here:
            here.setattr(install, "_is_terminal", lambda: typed is not None)
            lines = "".join(f"{line}\n" for line in typed or [])
            result = CliRunner().invoke(commands, ["install", *arguments], input=lines)
        assert result.exit_code == code, result.output
        return result
    return ran


def may_enter(settings: Config, password: str) -> bool:
    with connect(settings) as db:
        return signin.authenticate(
            db, "ann@example.org", password, Who(None, "-")).account is not None


def test_flags_alone_set_up_a_site(place: Installation, run: Run) -> None:
    said = run(*FLAGS, "--generate", "--timezone", "Europe/Paris")
    password = said.stdout.strip().splitlines()[-1]
    assert may_enter(place.settings, password) and "cron" in said.stdout
    assert place.settings.site.timezone == "Europe/Paris" and not place.state.exists()


def test_mysql_and_passwords_come_from_files(
    place: Installation, run: Run, mysql_config: Config, tmp_path: Path
) -> None:
    known = vars(mysql_config.database)
    for name, text in {"mysql": str(known["password"]), "mine": PASSWORD}.items():
        (tmp_path / name).write_text(text + "\n")
    run(*FLAGS, "--password-file", str(tmp_path / "mine"), "--database", "mysql",
        "--database-name", known["name"], "--database-user", known["user"], "--database-host",
        known["host"], "--database-port", str(known["port"]), "--database-password-file",
        str(tmp_path / "mysql"))
    assert place.settings.database.engine == "mysql" and may_enter(place.settings, PASSWORD)


def test_what_no_flag_says_is_asked(place: Installation, run: Run) -> None:
    run(typed=["The chess club", "", "https://club.example", "ann@example.org", "", "", "sqlite",
               "Ann", "ann@example.org", PASSWORD, PASSWORD, "folder"])
    assert place.settings.site.title == "The chess club" and may_enter(place.settings, PASSWORD)


def test_what_was_wrong_is_asked_again(place: Installation, run: Run) -> None:
    said = run(*FLAGS[:-1], "--tagline", "x", "--language", "en", "--timezone", "UTC",
               "--database", "sqlite", "--mail", "folder",
               typed=["password1", "password1", PASSWORD, PASSWORD])
    assert "guessed first" in said.stderr and may_enter(place.settings, PASSWORD)


@pytest.mark.parametrize(("flags", "said"), [
    (FLAGS, "--password-file: A password has at least 8"),
    ((*FLAGS, "--generate", "--timezone", "Mars"), "--timezone: This time zone is not known"),
    ((*FLAGS, "--generate", "--database", "mysql"), "--database-name: Your host"),
    ((*FLAGS, "--generate", "--mail", "smtp"), "--mail-host: Your host"),
    ((*FLAGS, "--password-file", "/nowhere"), "/nowhere cannot be read"),
    ((*FLAGS, "--generate", "--try-mail", "nobody"), "--try-mail: 'nobody' is no e-mail address"),
])
def test_a_wrong_flag_is_named_and_nothing_is_set_up(
    place: Installation, run: Run, flags: tuple[str, ...], said: str
) -> None:
    assert said in run(*flags, code=1).stderr
    assert not (place.root / "site.ini").exists() and not list(place.root.rglob("*.sqlite"))


def test_a_site_that_is_set_up_is_left_alone(place: Installation, run: Run) -> None:
    run(*FLAGS, "--generate")
    assert "set up already" in run(*FLAGS, "--generate", code=1).stderr
    with connect(place.settings) as db:
        assert len(accounts.page(db)) == 1


def test_an_interrupted_run_is_gone_on_with(
    place: Installation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(work: finishing.Work) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as deadly:
        deadly.setattr(finishing, "PARTS", [*finishing.PARTS[:-1], killed])
        run(*FLAGS, "--generate", code=1)
    assert (place.root / "site.ini").exists() and place.state.exists()
    assert "is set up" in run("--yes").stdout and not place.state.exists()


def test_the_code_for_a_browser_can_be_written(place: Installation, run: Run) -> None:
    path = Path(run("--code").stdout.strip())
    assert path.parent == place.root and place.visitor(admitted=False).post(
        "/install", code=path.read_text().partition("\n")[0]).status == 303


def test_what_strangers_get_is_looked_at_first(
    place: Installation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [("data-served", "red", "Everybody can fetch it.", "Mend it.")]
    monkeypatch.setattr(probing, "look", lambda config, address: probing.Seen(address, found))
    assert "mend that first" in run(*FLAGS, "--generate", "--look", code=1).stderr
    assert not (place.root / "site.ini").exists()


def test_a_folder_that_cannot_be_written_is_said_at_once(
    place: Installation, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "can_write", lambda config: False)
    assert "You may not write into" in run(*FLAGS, "--generate", code=1).stderr
    assert not place.state.exists()


def test_a_site_that_the_database_holds_is_taken_over_on_demand(
    place: Installation, run: Run
) -> None:
    run(*FLAGS, "--generate")
    (place.root / "site.ini").unlink()
    assert "a Chapbook site already" in run(*FLAGS, "--generate", code=1).stderr
    assert "nobody is made a second one" in run(*FLAGS, "--adopt").stdout
    with connect(place.settings) as db:
        assert len(accounts.page(db)) == 1 and passwords.current()
    assert state.is_set_up(place.config) and database.examined(place.settings)[0] == "ours"


@pytest.mark.parametrize("answers", [["y"], ["n", "sqlite", "y"]], ids=["yes", "at second thought"])
def test_whoever_is_asked_is_asked_whether_the_site_there_is_taken_over(
    place: Installation, run: Run, answers: list[str]
) -> None:
    run(*FLAGS, "--generate")
    (place.root / "site.ini").unlink()
    said = run(*FLAGS[:-1], "--tagline", "x", "--language", "en", "--timezone", "UTC", "--mail",
               "folder", typed=["sqlite", *answers])
    assert "nobody is made a second one" in said.stdout and state.is_set_up(place.config)


def test_an_answer_that_will_not_do_is_explained_right_before_it_is_asked_again(
    place: Installation, run: Run
) -> None:
    said = run(typed=["The chess club", "", "club.example", "ann", "", "", "https://club.example",
                      "ann@example.org", "oracle", "sqlite", "Ann", "ann@example.org", PASSWORD,
                      PASSWORD, ""]).output
    first = said.index("Write it like https://")
    assert first < said.index("[club.example]") < said.index("'ann' is no e-mail address")
    assert place.settings.site.owner == "ann@example.org"
