"""Scripts and code: each fault is found, and nothing else with it."""
from __future__ import annotations

import pytest

from tests.support.sound import SCRIPT, Sound


def test_a_script_that_may_not_be_executed(sound: Sound) -> None:
    (sound.root / "cgi-bin/account/me.py").chmod(0o644)
    assert sound.finding().name == "script-mode"
    assert "chmod u+rx cgi-bin/account/me.py" in sound.finding().remedy


@pytest.mark.parametrize(("text", "told"), [
    (SCRIPT.replace("\n", "\r\n"), "has the line ends of Windows"),
    ("\ufeff" + SCRIPT, "begins with an invisible mark"),
    ("\n" + SCRIPT, "does not begin with #!"),
])
def test_a_script_that_cannot_be_started_by_its_first_line(
    sound: Sound, text: str, told: str
) -> None:
    sound.write("cgi-bin/guestbook.py", text.encode(), 0o755)
    assert sound.finding().name == "script-start"
    assert f"cgi-bin/guestbook.py {told}" in sound.finding().sentence


def test_a_script_with_the_name_of_a_module(sound: Sound) -> None:
    sound.write("cgi-bin/calendar.py", SCRIPT.encode(), 0o755)
    assert sound.finding().name == "script-name"


@pytest.mark.parametrize("name", [
    "cgi-bin/index.py", "cgi-bin/account", "lib", "lib/chapbook/__init__.py", "templates/base.html",
    "htdocs", "."])
def test_code_that_others_can_change(sound: Sound, name: str) -> None:
    path = sound.root / name
    path.chmod(path.stat().st_mode | 0o020)
    assert sound.finding().name == "code-writable"
