"""Scripts and code: each fault is found, and nothing else with it."""
from __future__ import annotations

import os

import pytest

from chapbook.hosting.manifest import File, Manifest, sha256_of

from tests.support.sound import SCRIPT, Sound


def test_a_script_that_may_not_be_executed(sound: Sound) -> None:
    (sound.root / "cgi-bin/account/me.py").chmod(0o644)
    assert sound.finding().name == "script-mode"
    assert "chmod u+rx cgi-bin/account/me.py" in sound.finding().remedy


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


@pytest.mark.parametrize("name", ["lib/chapbook/__init__.py", "templates/base.html"])
def test_a_file_that_was_not_uploaded(sound: Sound, name: str) -> None:
    (sound.root / name).unlink()
    assert sound.finding().name == "files-damaged"
    assert f"{name} (missing)" in sound.finding().sentence


@pytest.mark.parametrize(("text", "told"), [
    ("\"\"\"Another toolkit.\"\"\"\n", "changed"),
    ("\"\"\"The toolkit, by way of example.\"\"\"\r\n", "line ends")])
def test_a_file_that_is_not_as_it_was_packed(sound: Sound, text: str, told: str) -> None:
    path = sound.root / "lib/chapbook/__init__.py"
    files = {"private/lib/chapbook/__init__.py": File(sha256_of(str(path)), "644")}
    manifest = Manifest.of("0.1.0", "cpanel", {"private": "site", "public": "www"}, {}, files)
    sound.write("manifest.json", manifest.text().encode(), 0o644)
    assert sound.names() == []
    path.write_bytes(text.encode())
    assert sound.finding().name == "files-damaged"
    assert f"lib/chapbook/__init__.py ({told})" in sound.finding().sentence


def test_what_is_no_file_is_no_script(sound: Sound) -> None:
    os.mkfifo(sound.root / "cgi-bin/pipe.py")
    (sound.root / "cgi-bin/gone.py").symlink_to("nowhere")
    assert sound.names() == []
