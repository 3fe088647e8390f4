"""The log as its owner reads it: newest first, whole events, whatever is in it."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook import log
from chapbook.config import Config
from collection import errorlog


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site with a log of its own."""
    return configuration.load(None, {"paths": {"log": str(tmp_path / "log")}})


def everything(config: Config, **choice: str) -> list[errorlog.Event]:
    found, before = [], ""
    while True:
        page = errorlog.latest(config, most=3, before=before, **choice)
        found += page
        before = page.older
        if not before:
            return found


def path(config: Config, name: str = "chapbook.log") -> Path:
    return Path(config.path(config.paths.log), name)


def test_an_event_is_told_as_it_was_written(config: Config) -> None:
    log.write(config, "500", "0123456789ab", traceback='Traceback:\n  print("Zoë\\n")\nKeyError: 1',
              method="GET", path="/guest%20book", address="192.0.2.7", error="KeyError",
              detail="first line\nsecond <b>line</b> of=it", at="cgi-bin/guestbook.py, line 12")
    [event] = errorlog.latest(config)
    assert (event.id, event.kind, event.words) == ("0123456789ab", "500", "A page failed")
    assert event.facts == [
        ("Error", "KeyError"), ("What was said", "first line\nsecond <b>line</b> of=it"),
        ("Where", "cgi-bin/guestbook.py, line 12"), ("Method", "GET"),
        ("Address of the page", "/guest%20book"), ("Visitor's network address", "192.0.2.7")]
    assert event.traceback == 'Traceback:\n  print("Zoë\\n")\nKeyError: 1'
    assert event.fact("at") == "cgi-bin/guestbook.py, line 12"


def test_events_come_newest_first_page_by_page_each_once(config: Config) -> None:
    for number in range(10):
        log.write(config, "500", f"id{number}", traceback="line\n" * number, detail=f"{number}")
    found = everything(config)
    assert [event.id for event in found] == [f"id{number}" for number in range(9, -1, -1)]
    assert [event.traceback.count("line") for event in found] == list(range(9, -1, -1))


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 16])
def test_where_a_block_ends_does_not_matter(
    config: Config, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errorlog, "BLOCK", block)
    for number in range(7):
        log.write(config, "500", f"id{number}", traceback="a\n\nb" * (number % 3))
    found = everything(config)
    assert [event.id for event in found] == [f"id{number}" for number in range(6, -1, -1)]


def test_a_page_of_the_list_goes_on_where_it_was_though_the_log_was_put_aside(
    config: Config
) -> None:
    for number in range(6):
        log.write(config, "500", f"id{number}")
    first = errorlog.latest(config, most=3)
    os.rename(path(config), path(config, "chapbook.log.1"))
    log.write(config, "500", "newer")
    then = errorlog.latest(config, most=3, before=first.older)
    assert [event.id for event in (*first, *then)] == ["id5", "id4", "id3", "id2", "id1", "id0"]
    assert [event.id for event in everything(config)][:2] == ["newer", "id5"]


def test_a_request_is_found_in_both_files_by_its_id(config: Config) -> None:
    log.write(config, "500", "aaaaaaaaaaaa", detail="first")
    log.write(config, "500", "bbbbbbbbbbbb", detail="about aaaaaaaaaaaa")
    os.rename(path(config), path(config, "chapbook.log.1"))
    log.write(config, "mail", "aaaaaaaaaaaa", detail="second")
    found = errorlog.latest(config, id="aaaaaaaaaaaa")
    assert [event.fact("detail") for event in found] == ["second", "first"]


def test_words_are_found_anywhere_in_an_event(config: Config) -> None:
    log.write(config, "500", "one", detail="Zoë was here", traceback="in guestbook.py")
    log.write(config, "500", "two", detail="nobody")
    for words in ("zoë", "GUESTBOOK", "zoë guestbook", "one"):
        assert [event.id for event in errorlog.latest(config, words=words)] == ["one"], words
    assert errorlog.latest(config, words="zoë nobody") == []


def test_what_the_log_has_escaped_stays_on_its_line(config: Config) -> None:
    log.write(config, "400", "x", path="/a", detail="bell \a esc \x1b[31m rtl \u202e nul \0 é")
    [event] = errorlog.latest(config)
    assert event.fact("detail") == r"bell \x07 esc \x1b[31m rtl \u202e nul \x00 é"


@pytest.mark.parametrize("text", [
    b"", b"\n", b"\n\n\n", b"    only indented\n", b"one", b"a b", b"\\", b"x y 500 detail=\\ud8",
    b"x y 500 detail=\\U00ffffff", b"\xff\xfe\x00\n", b"a" * 300_000, b"a\n" + b"    b" * 100_000,
    b"\\d \\q", b"==== = = =",
])
def test_a_file_that_is_no_log_is_no_error(config: Config, text: bytes) -> None:
    path(config).parent.mkdir()
    path(config).write_bytes(text)
    for event in errorlog.latest(config):
        assert len(event.traceback) <= 200_000
        assert all(isinstance(text, str) for pair in event.facts for text in pair)


@pytest.mark.parametrize("mark", ["x", "-", "1-1", "99999999999999999999-5", "1-x", "--", "é-1"])
def test_a_mark_that_is_none_begins_anew(config: Config, mark: str) -> None:
    log.write(config, "500", "one")
    assert [event.id for event in errorlog.latest(config, before=mark)] == ["one"]


@pytest.mark.parametrize("offset", ["\u00b2", "\u0663", "9" * 30, "9" * 5000, "-1", "1_0"])
def test_an_offset_that_is_none_in_a_file_that_is_there_begins_anew(
    config: Config, offset: str
) -> None:
    log.write(config, "500", "one")
    mark = f"{os.stat(path(config)).st_ino}-{offset}"
    assert [event.id for event in errorlog.latest(config, before=mark)] == ["one"]


def test_what_was_refused_to_visitors_can_be_left_out(config: Config) -> None:
    for kind in ("500", "404", "mail", "499", "503", "400"):
        log.write(config, kind, "x", detail="404")
    assert [event.kind for event in errorlog.latest(config, grave=True)] == ["503", "mail", "500"]


def test_no_more_is_read_than_a_bound(config: Config) -> None:
    for number in range(50):
        log.write(config, "500", f"id{number}", detail="x" * 100)
    assert 5 < len(errorlog.latest(config, most=100, most_bytes=1000)) < 10


def test_without_a_log_there_is_nothing(config: Config) -> None:
    found = errorlog.latest(config)
    assert (found, found.older, found.unreadable) == ([], "", "")


def test_a_log_that_cannot_be_read_says_why(config: Config, tmp_path: Path) -> None:
    path(config).parent.mkdir()
    path(config).symlink_to(tmp_path / "elsewhere")
    assert errorlog.latest(config).unreadable == "Too many levels of symbolic links"


@pytest.mark.parametrize("text, fits", [
    ("0123456789ab", True), ("shell", True), ("a-b", True), ("", False), ("-", False),
    ("a b", False), ("a/b", False), ("é", False), ("x" * 41, False),
])
def test_an_id_is_letters_and_digits(text: str, fits: bool) -> None:
    assert errorlog.is_id(text) is fits
