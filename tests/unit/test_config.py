"""Settings: every option has a kind, every mistake a sentence: what, where, what to do."""
from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

import pytest

from chapbook import config
from chapbook.errors import ConfigError
from chapbook.ini import read

DEFAULTS = Path(config.HERE, "defaults.ini").read_text("utf-8")


@pytest.fixture
def ini(tmp_path: Path):
    """Loads the settings of a private site.ini with the given text."""
    def load(text: str, mode: int = 0o600) -> config.Config:
        path = tmp_path / "site.ini"
        path.write_text(text, "utf-8")
        path.chmod(mode)
        return config.load(str(path), root=str(tmp_path))
    return load


def test_the_defaults_are_of_the_kinds_that_they_show() -> None:
    settings = config.load()
    assert settings.site.debug is False
    assert settings.database.port == 3306
    assert settings.limits.body == 16 * 1024 * 1024
    assert settings.database.connect_timeout == 2.0
    assert settings.site.base_url == ""


def test_every_default_is_documented() -> None:
    lines = DEFAULTS.splitlines()
    sections = DEFAULTS.split("\n[")[1:]
    assert all("#" in section.split("\n")[1] for section in sections), "each begins with a comment"
    assert sum(line.startswith("#") for line in lines) > sum("=" in line for line in lines) / 2


def test_what_site_ini_does_not_set_keeps_its_default(ini) -> None:
    settings = ini("[site]\ntitle = The Club\n")
    assert settings.site.title == "The Club"
    assert settings.site.language == "en"


def test_overrides_come_last(tmp_path: Path) -> None:
    path = tmp_path / "site.ini"
    path.write_text("[limits]\nfields = 7\nparts = 8\n")
    path.chmod(0o600)
    settings = config.load(str(path), {"limits": {"fields": "9"}})
    assert (settings.limits.fields, settings.limits.parts) == (9, 8)


@pytest.mark.parametrize(("text", "value"), [
    ("yes", True), ("no", False), ("0", 0), ("42", 42), ("100 B", 100), ("64 KiB", 65_536),
    ("2 GiB", 2 << 30), ("5 s", 5.0), ("30 min", 1800.0), ("2 h", 7200.0), ("1 d", 86400.0),
    ("", ""), ("True", "True"), ("-1", "-1"), ("1.5 s", "1.5 s"), ("5s", "5s"), ("٣", "٣"),
])
def test_a_text_stands_for_a_value(text: str, value: object) -> None:
    assert config.parsed(text) == value
    assert type(config.parsed(text)) is type(value)


SIZE = "needs a number and a unit (B, KiB, MiB, GiB), such as 16 MiB."
TIME = "needs a number and a unit (s, min, h, d), such as 5 s."


@pytest.mark.parametrize(("section", "line", "wanted"), [
    ("site", "debug = maybe", "must be yes or no."), ("site", "debug = 1", "must be yes or no."),
    ("limits", "fields = x", "must be a whole number, such as 1000."),
    ("limits", "fields = 1 B", "must be a whole number, such as 1000."),
    ("database", "port = yes", "must be a whole number, such as 3306."),
    ("database", "port = ", "must be a whole number, such as 3306."),
    ("limits", "body = 16", SIZE), ("limits", "body = 16MiB", SIZE), ("limits", "body = 5 s", SIZE),
    ("limits", "drain = 5", TIME), ("limits", "drain = 5s", TIME),
    ("limits", "drain = 5 MiB", TIME),
])
def test_a_value_of_another_kind_is_refused_with_what_is_wanted(
    ini, section: str, line: str, wanted: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        ini(f"[{section}]\n{line}\n")
    option, _, value = line.partition(" = ")
    assert str(caught.value).endswith(f"site.ini: [{section}] {option} = {value!r} {wanted}")


@pytest.mark.parametrize(("line", "folder"), [
    ("[paths]\nvar = htdocs/var", "htdocs"), ("[paths]\nuploads = htdocs", "htdocs"),
    ("[paths]\nlog = ./var/../cgi-bin/log", "cgi-bin"),
    ("[database]\nfile = htdocs/site.sqlite", "htdocs"),
])
def test_a_path_that_everybody_can_read_is_refused(ini, line: str, folder: str) -> None:
    with pytest.raises(ConfigError, match=f"lies in {folder}/, where everybody can read it"):
        ini(line + "\n")


def test_an_absolute_path_is_seen_to_lie_where_everybody_reads(ini, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[paths\] var lies in htdocs/"):
        ini(f"[paths]\nvar = {tmp_path}/htdocs/var\n")
    assert ini("[paths]\nvar = htdocs-var\n").paths.var == "htdocs-var"


@pytest.mark.parametrize("password", ["123", "yes", "5 s", "p%(x)s#;=[]", "ünïcode", '"quoted"'])
def test_a_text_option_takes_any_text(ini, password: str) -> None:
    assert ini(f"[database]\npassword = {password}\n").database.password == password


@pytest.mark.parametrize(("line", "known"), [
    ("engine = postgres", "sqlite, mysql"), ("engine = MySQL", "sqlite, mysql"),
    ("engine =", "sqlite, mysql"), ("tls = maybe", "auto, required, off"),
])
def test_an_unknown_choice_is_refused_with_those_that_are_known(ini, line: str, known: str) -> None:
    with pytest.raises(ConfigError, match=f"is unknown; known are: {known}") as caught:
        ini(f"[database]\n{line}\n")
    assert f"[database] {line.split(' =')[0]} = " in str(caught.value)


def test_an_unknown_option_is_refused_with_those_that_are_known(ini) -> None:
    with pytest.raises(ConfigError, match=r"site\.ini: \[site\] has no option 'titel'; .*title"):
        ini("[site]\ntitel = x\n")


def test_an_unknown_section_is_refused_with_those_that_are_known(ini) -> None:
    with pytest.raises(ConfigError, match=r"no section \[sites\]; known are: site, database"):
        ini("[sites]\ntitle = x\n")


@pytest.mark.parametrize("text", [
    "title = x\n", "[site]\ntitle\n", "[site]\ntitle = a\ntitle = b\n", "[site]\n[site]", "[site",
])
def test_a_file_that_is_no_ini_file_is_refused(ini, text: str) -> None:
    with pytest.raises(ConfigError, match="site.ini, line "):
        ini(text)


def test_a_broken_line_is_not_repeated_for_it_may_hold_a_password(ini) -> None:
    with pytest.raises(ConfigError) as caught:
        ini("[database]\npassword hunter2\n")
    assert "line 2" in str(caught.value) and "hunter2" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_use_is_refused_with_the_remedy(ini, mode: int) -> None:
    with pytest.raises(ConfigError, match="chmod 600 site.ini"):
        ini("[site]\ntitle = x\n", mode)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.ini"
    path.write_bytes("[site]\ntitle = Café\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="UTF-8"):
        config.load(str(path))


def test_a_file_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be opened: No such file"):
        config.load(str(tmp_path / "site.ini"))


@pytest.mark.as_root
def test_a_file_of_another_user_is_a_sentence_with_the_remedy() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "site.ini")
        path.touch(0o600)
        os.chmod(folder, 0o755)
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
        try:
            with pytest.raises(ConfigError, match="Scripts run as nobody: chown nobody site.ini"):
                read(str(path))
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("url", [
    "https://example.org", "http://localhost:8000", "https://example.org/club", "http://[::1]:80",
])
def test_a_base_url_is_an_address(url: str) -> None:
    assert config.load(None, {"site": {"base_url": url}}).site.base_url == url


@pytest.mark.parametrize("url", [
    "example.org", "https://example.org/", "https://", "https:///club", "ftp://example.org",
    "/club", "https://example.org?x", "https://example.org#x", "https://me@example.org",
    "https://ex ample.org", "https://example.org\\club", "https://exämple.org", "HTTPS://a.org",
])
def test_a_base_url_that_links_cannot_be_built_on_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url"):
        config.load(None, {"site": {"base_url": url}})


def test_paths_are_below_the_root_unless_absolute(tmp_path: Path) -> None:
    settings = config.load(root=str(tmp_path))
    assert settings.path(settings.paths.log, "x") == str(tmp_path / "var/log/x")
    assert settings.path("/srv/log") == "/srv/log"


def test_current_settings_are_read_once_while_nothing_changes(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config, "ROOT", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    assert config.current() is config.current()


def test_current_settings_follow_site_ini(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config, "ROOT", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    titles = [config.current().site.title]
    path = tmp_path / "site.ini"
    for title in ("One", "Two"):
        path.write_text(f"[site]\ntitle = {title}\n")
        path.chmod(0o600)
        os.utime(path, ns=(10**18, 10**18 + len(titles)))
        titles.append(config.current().site.title)
    path.unlink()
    assert titles == ["A Chapbook site", "One", "Two"]
    assert config.current().site.title == "A Chapbook site"


def test_current_settings_notice_that_the_file_was_opened_to_others(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(config, "ROOT", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    path = tmp_path / "site.ini"
    path.write_text("")
    path.chmod(0o600)
    config.current()
    path.chmod(0o644)
    with pytest.raises(ConfigError):
        config.current()


def test_a_section_for_one_name_adds_to_that_for_all(ini) -> None:
    settings = ini("[form]\nto = all@example.org\nlinks = 1\n[form booking]\nlinks = 9\n")
    assert vars(settings.named("form", "booking")).items() >= {"to": "all@example.org",
                                                               "links": 9}.items()
    assert settings.named("form", "contact").links == settings.form.links == 1
    assert settings.named("form", "contact").rate == 10


def test_only_the_sections_that_may_come_more_than_once_take_a_name(ini) -> None:
    with pytest.raises(ConfigError, match=r"there is no section \[site booking\]"):
        ini("[site booking]\ntitle = x\n")
    with pytest.raises(ConfigError, match=r"\[form booking\] has no option 'linsk'"):
        ini("[form booking]\nlinsk = 3\n")


def test_a_choice_is_text_even_where_it_reads_like_a_switch(ini) -> None:
    assert ini("").guestbook.moderation == "no"
    assert ini("[guestbook]\nmoderation = first\n").guestbook.moderation == "first"


def test_what_the_host_is_like_comes_between_the_defaults_and_site_ini(tmp_path: Path) -> None:
    tmp_path.joinpath("host.ini").write_text(
        "[site]\ntitle = Ours\ntagline = By host\n[paths]\nhtdocs = ../public_html\n")
    site = tmp_path / "site.ini"
    site.write_text("[site]\ntitle = Mine\n")
    site.chmod(0o600)
    found = config.load(str(site), root=str(tmp_path))
    assert (found.site.title, found.site.tagline) == ("Mine", "By host")
    assert found.htdocs == str(tmp_path.parent / "public_html")


def test_static_files_are_in_htdocs_where_nothing_says_otherwise(tmp_path: Path) -> None:
    assert config.load(root=str(tmp_path)).htdocs == str(tmp_path / "htdocs")


def test_what_the_site_stores_may_not_lie_in_the_public_folder_of_the_host(tmp_path: Path) -> None:
    tmp_path.joinpath("host.ini").write_text("[paths]\nhtdocs = ../web\n")
    with pytest.raises(ConfigError, match=r"\[paths\] log lies in web/, where everybody"):
        config.load(None, {"paths": {"log": "../web/log"}}, str(tmp_path))


def test_a_password_is_not_taken_from_where_others_may_read_it(tmp_path: Path) -> None:
    tmp_path.joinpath("host.ini").write_text("[database]\npassword = secret\n")
    with pytest.raises(ConfigError, match=r"site\.ini, below \[database\]") as refused:
        config.load(root=str(tmp_path))
    assert "secret" not in str(refused.value)


def test_current_settings_follow_host_ini(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(config, "ROOT", str(tmp_path))
    monkeypatch.setattr(config, "_current", None)
    load = config.load
    monkeypatch.setattr(config, "load", lambda path: load(path, root=str(tmp_path)))
    assert config.current().site.title == "A Chapbook site"
    tmp_path.joinpath("host.ini").write_text("[site]\ntitle = Hosted\n")
    assert config.current().site.title == "Hosted"


def test_the_folder_for_mail_must_not_be_public(ini) -> None:
    with pytest.raises(ConfigError, match="lies in htdocs/"):
        ini("[mail]\nfolder = htdocs/mail\n")
