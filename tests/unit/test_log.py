"""The log: one line an event, whatever a visitor sends; that it cannot be written is no error."""
from __future__ import annotations

import os
import re
import stat
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import log as logs

HOSTILE = [
    "a\nb", "a\r\nb", "\x1b[2J\x1b]0;title\x07", "\x00", "\x85\u2028\u2029", "\u202egpj.exe",
    "\udc80", "é", "\\n", "\x7f", "2026-11-22T00:00:00Z - 200",
]


def test_an_event_is_a_line_of_time_request_and_facts(settings, log) -> None:
    logs.write(settings, "404", "abc123", path="/nothing", address="::1")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ abc123 404 path=/nothing address=::1", log()[0]
    )


def test_empty_facts_are_left_out(settings, log) -> None:
    logs.write(settings, "404", detail="", path="/")
    assert log()[0].endswith(" - 404 path=/")


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_stays_in_its_line(settings, log, text: str) -> None:
    logs.write(settings, "500", path=text, traceback=f"Error: {text}")
    first, *rest = log()
    assert first.isprintable()
    assert all(line.startswith("    ") and line.isprintable() for line in rest)


@given(st.text())
def test_escaped_text_is_one_line_of_printable_ascii_and_can_be_read_back(text: str) -> None:
    escaped = logs.escaped(text)
    assert escaped.isascii() and (escaped.isprintable() or not escaped)
    assert escaped.encode("ascii").decode("unicode_escape") == text


def test_the_lines_of_a_traceback_are_indented_below_their_event(settings, log) -> None:
    logs.write(settings, "500", traceback="Traceback:\n  File x\nError: y\n")
    logs.write(settings, "404")
    assert [line[:2] for line in log()] == ["20", "  ", "  ", "  ", "20"]


def test_a_long_event_is_cut_and_ends_its_line(settings, log) -> None:
    logs.write(settings, "500", traceback="x" * 100_000)
    logs.write(settings, "404")
    assert sum(map(len, log())) < logs.MOST_BYTES + 100
    assert log()[-1].endswith("404")


def test_the_log_and_its_folder_are_private(settings) -> None:
    before = os.umask(0)
    try:
        logs.write(settings, "404")
    finally:
        os.umask(before)
    folder = settings.path(settings.paths.log)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(folder + "/chapbook.log").st_mode) == 0o600


def test_a_log_that_cannot_be_written_goes_to_the_error_stream(settings, capsys) -> None:
    open(settings.path("var"), "w").close()
    logs.write(settings, "500", "abc123", path="/x")
    assert "abc123 500 path=/x\n" in capsys.readouterr().err


def test_a_log_that_is_a_link_is_not_written_through_it(settings, tmp_path, capsys) -> None:
    folder = tmp_path / "var/log"
    folder.mkdir(parents=True)
    (folder / "chapbook.log").symlink_to(tmp_path / "victim")
    logs.write(settings, "500", "abc123", path="/x")
    assert "abc123 500 path=/x\n" in capsys.readouterr().err
    assert not (tmp_path / "victim").exists()


def test_without_settings_the_log_is_where_it_is_by_default(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(logs, "ROOT", str(tmp_path))
    logs.write(None, "500", "abc123")
    assert (tmp_path / "var/log/chapbook.log").read_text("ascii").endswith("abc123 500\n")
    assert capsys.readouterr().err == ""


def test_a_folder_that_can_be_none_is_no_error(settings, capsys) -> None:
    settings.paths.log = "var/\0"
    logs.write(settings, "500", "abc123")
    assert "abc123 500\n" in capsys.readouterr().err


def test_each_fact_is_cut_and_the_others_stay(settings, log) -> None:
    logs.write(settings, "404", path="/" + "\U0001f642" * 9000, detail="d" * 400, address="::1")
    assert len(log()[0]) < 3600
    assert "\\U0001f642... detail=" + "d" * 400 + " address=::1" in log()[0]
    logs.write(settings, "404", detail="d" * 9000, address="::1")
    assert "d... address=::1" in log()[1] and len(log()[1]) < 1600


def test_a_log_that_has_grown_large_is_put_aside_once(settings, log) -> None:
    logs.write(settings, "500", "first")
    path = settings.path(settings.paths.log, "chapbook.log")
    for number in (1, 2):
        with open(path, "ab") as file:
            file.truncate(logs.LARGEST + number)
        logs.write(settings, "500", f"after{number}")
        assert [line.split()[1] for line in log()] == [f"after{number}"]
        assert os.path.getsize(path + ".1") == logs.LARGEST + number
    assert sorted(os.listdir(os.path.dirname(path))) == ["chapbook.log", "chapbook.log.1"]
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_log_that_another_process_has_put_aside_is_not_put_aside_again(settings, log) -> None:
    logs.write(settings, "500", "first")
    path = settings.path(settings.paths.log, "chapbook.log")
    with open(path, "ab") as old:
        logs._put_aside(path, old.fileno())
        logs.write(settings, "500", "second")
        logs._put_aside(path, old.fileno())
    assert [line.split()[1] for line in log()] == ["second"]


@pytest.mark.parametrize("stream", ["closed", "missing"])
def test_a_lost_error_stream_is_no_error_either(
    monkeypatch, tmp_path, settings, stream: str
) -> None:
    lost = None
    if stream == "closed":
        lost = open(tmp_path / "stderr", "w")
        lost.close()
    monkeypatch.setattr(sys, "stderr", lost)
    open(settings.path("var"), "w").close()
    logs.write(settings, "500")
