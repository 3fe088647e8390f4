"""./chapbook doctor: what it prints, for people and for programs, and how it ends."""
from __future__ import annotations

import json
import os
import signal
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chapbook import config as configuration, doctor
from chapbook.cli.commands import commands

from tests.support.sound import SCRIPT, Sound

Run = Callable[..., Result]


@pytest.fixture
def sound(tmp_path: Path) -> Sound:
    """A sound site."""
    return Sound(tmp_path / "site", {"engine": "sqlite"})


@pytest.fixture
def run(sound: Sound, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in that site."""
    monkeypatch.setattr(configuration, "ROOT", str(sound.root))
    return lambda *options: CliRunner().invoke(commands, ["doctor", *options])


def test_a_sound_site_is_told_so(run: Run) -> None:
    result = run("--deploy", "--offline")
    assert (result.output, result.exit_code) == (
        "Nothing is wrong, as far as the doctor can see.\n", 0)


def test_what_was_found_is_told_the_gravest_first(run: Run, sound: Sound) -> None:
    sound.settings(site={"owner": "", "debug": "yes"})
    result = run("--deploy", "--offline")
    assert result.exit_code == 1
    assert result.output == textwrap.dedent("""\
        RED   debug-on
          When a page fails, every visitor sees the program and its data: [site] debug
          is on.
          -> In site.ini, below [site], write: debug = no

        AMBER owner-missing
          The site has nobody to write to: what forms receive, and what goes wrong, is
          mailed to no one.
          -> In site.ini, below [site], write: owner = you@example.org (your address)

        Red, to be mended before people come: 1. Amber, should be mended: 1.
        docs/doctor.md says more of each.
        """)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_whoever_closes_its_window_leaves_nothing_behind(
    run: Run, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    tidied = []

    def examine(*arguments: object, **options: object) -> list[object]:
        try:
            os.kill(os.getpid(), number)
        finally:
            tidied.append(number)
        return []

    before = signal.signal(number, signal.SIG_DFL)
    try:
        monkeypatch.setattr(doctor, "examine", examine)
        assert run("--deploy").exit_code == 1 and tidied == [number]
    finally:
        signal.signal(number, before)


def test_amber_alone_is_no_failure(run: Run, sound: Sound) -> None:
    sound.settings(site={"owner": ""})
    assert run("--deploy", "--offline").exit_code == 0


def test_what_only_a_public_site_needs_is_not_asked_for(run: Run, sound: Sound) -> None:
    sound.settings(site={"debug": "yes", "base_url": "", "owner": ""})
    assert run().output == "Nothing is wrong, as far as the doctor can see.\n"


def test_findings_for_programs(run: Run, sound: Sound) -> None:
    sound.settings(site={"debug": "yes"})
    result = run("--deploy", "--offline", "--json")
    [finding] = json.loads(result.output)
    assert result.exit_code == 1
    assert finding == {
        "name": "debug-on", "severity": "red",
        "sentence": "When a page fails, every visitor sees the program and its data: "
                    "[site] debug is on.",
        "remedy": "In site.ini, below [site], write: debug = no"}


def test_nothing_found_is_an_empty_list_for_programs(run: Run) -> None:
    assert run("--json").output == "[]\n"


def test_settings_that_cannot_be_read_do_not_stop_it(run: Run, sound: Sound) -> None:
    sound.write("site.ini", b"[site\n")
    result = run("--deploy", "--offline")
    assert result.exit_code == 1
    assert result.output.startswith("RED   settings-broken\n")


@pytest.mark.parametrize("url", ["club.example", "ftp://club.example", "https://", "http://x:y"])
def test_an_address_that_is_none(run: Run, url: str) -> None:
    result = run("--deploy", "--url", url)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {url!r} is no address")


def test_nothing_is_mended_unasked(run: Run, sound: Sound) -> None:
    page = sound.write("cgi-bin/guestbook.py", SCRIPT.encode(), 0o644)
    assert run().exit_code == 1
    assert run("--fix").exit_code == 1                          # nobody answers
    assert page.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("options", [("--fix",), ("--fix", "--yes")])
def test_what_is_agreed_to_is_mended_and_looked_at_again(
    sound: Sound, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(configuration, "ROOT", str(sound.root))
    page = sound.write("cgi-bin/guestbook.py", SCRIPT.encode(), 0o644)
    (sound.root / "site.ini").chmod(0o644)
    result = CliRunner().invoke(commands, ["doctor", *options], input="n\ny\n")
    assert "Let cgi-bin/guestbook.py be executed (permissions 755)?" in result.output \
        or "--yes" in options
    assert "Done: cgi-bin/guestbook.py." in result.output
    assert "Looking again." in result.output
    assert page.stat().st_mode & 0o777 == 0o755
    is_private = (sound.root / "site.ini").stat().st_mode & 0o077 == 0
    assert is_private == ("--yes" in options)                   # the other was declined
    assert result.exit_code == (0 if is_private else 1)


def test_a_log_is_read(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "error_log"
    log.write_text("/usr/bin/env: 'python3\\r': No such file or directory\n"
                   "[cgi:error] End of script output before headers: index.py\n", "utf-8")
    result = run("--log", str(log))
    assert result.exit_code == 1
    assert result.output.startswith("RED   script-line-ends\n")
    assert "log-ended-early" not in result.output


def test_a_log_about_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "error_log").write_text("resuming normal operations\n", "utf-8")
    assert run("--log", str(tmp_path / "error_log")).exit_code == 0
