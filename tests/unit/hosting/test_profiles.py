"""Host profiles: those that come with it, one's own, and what is wrong with one."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chapbook import ini
from chapbook.errors import ConfigError
from chapbook.hosting import profiles

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("cpanel", "default", "directadmin", "dreamhost", "passenger", "plesk", "userdir",
         "vps")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "apache/hosts", tmp_path / "apache/hosts")
    return tmp_path


def own(root: Path, text: str, **how: str) -> profiles.Profile:
    (root / "apache/hosts/mine.ini").write_text(text)
    return profiles.read(str(root), "mine", **how)  # type: ignore[arg-type]


def test_these_hosts_are_known() -> None:
    assert profiles.names(str(ROOT)) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_can_be_read_and_its_guide_is_there(name: str) -> None:
    profile = profiles.read(str(ROOT), name)
    assert profile.title and (ROOT / profile.guide).is_file()


def test_every_option_is_explained_where_it_has_its_default() -> None:
    lines = (ROOT / "apache/hosts/default.ini").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if " = " in line and not line.startswith("#"):
            assert lines[number - 1].startswith("#"), line


def test_a_profile_of_ones_own_has_what_differs(root: Path) -> None:
    profile = own(root, "[folders]\npublic = www\n[host mail]\nvia = sendmail\n")
    assert (profile.name, profile.public, profile.private) == ("mine", "www", "chapbook")
    assert profile.settings == {"mail": {"via": "sendmail"}}
    other = root / "elsewhere.ini"
    other.write_text("[folders]\npublic = docs\n")
    assert profiles.read(str(root), str(other)).public == "docs"


@pytest.mark.parametrize(("text", "sentence"), [
    ("[folder]\npublic = www", r"no section \[folder\]; known are: profile, folders"),
    ("[folders]\npublik = www", "no option 'publik'; known are: home, public"),
    ("[folders]\npublic = /www", "without / at its ends"),
    ("[folders]\npublic = ../www", "can be no folder"),
    ("[folders]\npublic = a b", "can be no folder"),
    ("[folders]\nprivate = public_html/site", "one lies in the other"),
    ("[folders]\nprivate = public_html", "one lies in the other"),
    ("[folders]\ninside = maybe", "known are: yes, no"),
    ("[folders]\nmode = 777", "known are: 700, 711, 750, 755"),
    ("[python]\nversion = 3.9", "3.11 or newer"),
    ("[python]\npath = python3", "whole path"),
    ("[python]\npath = /usr/bin/python3 -x", "whole path"),
    ("[python]\nbytecode = some", "known are: host, packed"),
    ("[gateway]\nkind = wsgi", "all is in one folder"),
    ("[gateway]\nkind = passenger", "all is in one folder"),
    ("[gateway]\nkind = fastcgi\n[htaccess]\nhandler = no", "wants handler = yes"),
])
def test_what_cannot_be_is_told_with_what_can(root: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        own(root, text)


def test_an_unknown_host_is_told_what_there_is(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"called 'x'. There are: cpanel, default.*default\.ini"):
        profiles.read(str(root), "x")


@pytest.mark.parametrize(("asked", "path", "version"), [
    ("", "/opt/alt/python311/bin/python3.11", "3.11"),
    ("3.13", "/opt/alt/python313/bin/python3.13", "3.13"),
    ("/usr/bin/python3", "/usr/bin/python3", "3.11"),
    ("/usr/local/bin/python3.12", "/usr/local/bin/python3.12", "3.12"),
])
def test_the_interpreter_is_a_version_or_a_path(asked: str, path: str, version: str) -> None:
    profile = profiles.read(str(ROOT), "cpanel", python=asked)
    assert (profile.interpreter, profile.version) == (path, version)


def test_another_version_is_in_the_name_of_the_system_s_python_too() -> None:
    assert profiles.read(str(ROOT), "plesk", python="3.12").interpreter == "/usr/bin/python3.12"


def test_inside_the_public_folder_is_all_and_visitors_get_a_part() -> None:
    profile = profiles.read(str(ROOT), "cpanel", inside=True)
    assert (profile.private, profile.public) == ("public_html", "public_html/htdocs")
    assert profile.mode == "755"             # the web server has to pass


def test_the_shipped_profiles_say_nothing_twice() -> None:
    default = ini.read(str(ROOT / "apache/hosts/default.ini"))
    for name in set(NAMES) - {"default"}:
        for section, options in ini.read(str(ROOT / f"apache/hosts/{name}.ini")).items():
            assert section.startswith("host ") or set(options) <= set(default[section])
