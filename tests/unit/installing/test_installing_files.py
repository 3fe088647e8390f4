"""What the installer keeps and writes: private, whole, once, and nobody else's."""
from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.errors import ConfigError, Conflict, Unavailable
from chapbook.installing import checklist, progress, state, writing
from chapbook.installing.state import State

SETTINGS = "[site]\ntitle = One\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site's folder."""
    return configuration.load(None, root=str(tmp_path))


def test_answers_are_kept_by_step(config: Config) -> None:
    state.keep(config, "site", {"title": "One"})
    state.keep(config, "mail", {"via": "folder"})
    state.keep(config, "site", {"title": "Two"})
    assert state.read(config).answers == {"site": {"title": "Two"}, "mail": {"via": "folder"}}


def test_several_windows_lose_no_step(config: Config) -> None:
    threads = [threading.Thread(target=state.keep, args=(config, f"step{number}", {"a": "b"}))
               for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(state.read(config).answers) == 8


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"answers": 5}', "\udcff"])
def test_a_broken_file_of_answers_is_none(config: Config, content: str) -> None:
    state.keep(config, "site", {"title": "One"})
    path = Path(state.folder(config), state.FILE)
    path.write_text(content, "utf-8", "surrogateescape")
    assert state.read(config).answers == {}


def test_answers_that_others_could_read_or_have_put_there_are_none(config: Config) -> None:
    state.keep(config, "site", {"title": "One"})
    path = Path(state.folder(config), state.FILE)
    path.chmod(0o644)
    assert state.read(config).answers == {}
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))
    assert state.read(config).answers == {}


def test_what_root_leaves_belongs_to_whom_the_site_belongs(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, int] = {}
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda path, user, group, follow_symlinks: given.update(
        {os.path.basename(path): user}))
    with pytest.raises(ZeroDivisionError), state.alone(config):
        Path(config.root, "var/site.sqlite").touch()
        raise ZeroDivisionError
    assert {state.LOCK, "site.sqlite", "var"} <= set(given)
    assert set(given.values()) == {os.stat(config.root).st_uid}


def test_a_folder_of_answers_that_is_closed_is_an_error_in_words(config: Config) -> None:
    os.makedirs(os.path.join(state.folder(config), state.LOCK))
    with pytest.raises(Unavailable) as caught:
        state.keep(config, "site", {"title": "One"})
    assert "delete it with your FTP program" in caught.value.sentence


def test_answers_that_cannot_be_kept_are_an_error_in_words(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Unavailable, match="state.json") as caught:
        state.keep(config, "site", {"title": "One"})
    assert "No space left" in caught.value.sentence
    assert os.listdir(state.folder(config)) == [state.LOCK]


def test_a_last_step_that_was_left_is_left_for_good_after_a_day(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.keep(config, "site", {"title": "One"})
    state.enter_phase(config, state.BEGUN)
    writing.write(config, SETTINGS)
    assert not state.is_set_up(config)
    now = state.time.time()
    monkeypatch.setattr(state.time, "time", lambda: now + state.UNFINISHED + 1)
    assert state.is_set_up(config)
    with pytest.raises(Conflict):
        state.keep(config, "site", {"title": "Two"})


def test_settings_are_written_once_however_many_try(config: Config) -> None:
    done: list[bool] = []
    threads = [threading.Thread(target=lambda text: done.append(writing.write(config, text)),
                                args=(f"[site]\ntitle = {number}\n",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False] * 7 + [True]
    assert os.listdir(config.root) == ["site.ini"]


def test_a_disk_without_links_has_settings_written_as_well(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert writing.write(config, SETTINGS) and not writing.write(config, SETTINGS)
    assert Path(config.root, "site.ini").read_text() == SETTINGS


def test_what_would_be_no_settings_is_not_written(config: Config) -> None:
    with pytest.raises(ConfigError, match="site.ini: there is no section"):
        writing.write(config, "[sight]\n")
    assert os.listdir(config.root) == []


def test_the_text_has_what_was_answered_and_can_be_read(config: Config) -> None:
    kept = State({"answers": {
        "site": {"title": "A = [b] # c;", "base_url": "https://a.example"},
        "database": {"engine": "mysql", "password": "#a=;[b]'\"", "adopt": "yes"},
        "mail": {"via": "smtp", "host": "mail.example", "said": "It was taken."},
        "administrator": {"hash": "secret hash"}}})
    assert writing.write(config, writing.text(kept))
    found = configuration.load(str(Path(config.root, "site.ini")), root=config.root)
    assert (found.site.title, found.database.password) == ("A = [b] # c;", "#a=;[b]'\"")
    assert "secret hash" not in writing.text(kept) and writing.text(kept) == writing.text(kept)


@pytest.mark.parametrize("value", ["a\nb", "a\r[site]", "a\0", "a\u2028b"])
def test_a_value_that_would_be_another_line_is_not_written(value: str) -> None:
    kept = State({"answers": {"site": {"title": "One"}, "database": {"password": value}}})
    with pytest.raises(ConfigError, match="must be one line"):
        writing.text(kept)


def test_what_was_seen_at_another_address_is_not_done(config: Config) -> None:
    kept = State({"answers": {"site": {"base_url": "https://new.example"},
                              "outside": {"passed": "https://old.example"}}})
    assert not progress.is_done(kept, "outside")


def test_an_administrator_of_another_database_is_none(config: Config) -> None:
    kept = State({"answers": {"database": {"engine": "sqlite"},
                              "administrator": {"known": "yes", "of": "mysql   club"}}})
    assert not progress.is_done(kept, "administrator")


def test_the_list_speaks_of_what_is_so(config: Config) -> None:
    def titles(address: str, via: str, left: list[str] = []) -> str:
        settings = configuration.load(
            None, {"site": {"base_url": address}, "mail": {"via": via}}, config.root)
        return " ".join(item.title for item in checklist.items(settings, left, []))

    assert "encrypted" in titles("http://a.example", "smtp")
    assert "encrypted" not in titles("https://a.example", "smtp")
    assert "mail leave" in titles("https://a.example", "folder")
    assert "Delete the file" in titles("https://a.example", "smtp", ["/x/install-code-mine.txt"])
    os.chmod(config.root, 0o777)
    assert "Close the folder" in titles("https://a.example", "smtp")
