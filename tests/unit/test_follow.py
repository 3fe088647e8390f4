"""What is added to logs, on the terminal."""
from __future__ import annotations

from pathlib import Path

from chapbook.cli.follow import Followed


def test_only_what_is_added_is_shown_line_by_line(tmp_path: Path, capsys) -> None:
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    old.write_text("past\n")
    logs = Followed()
    logs.add(str(old))
    logs.add(str(new))
    shown = []
    for text in ("", "one\ntw", "o\n", "", "th\xe9\n"):
        with old.open("a", encoding="latin-1") as file:
            file.write(text)
        logs.show()
        shown.append(capsys.readouterr().out)
    assert shown == ["", "one\n", "two\n", "", "th\ufffd\n"]
    new.write_text("first\n")
    old.write_text("anew\n")
    logs.show()
    assert capsys.readouterr().out == "anew\nfirst\n"


def test_what_was_there_is_shown_if_it_is_asked_for(tmp_path: Path, capsys) -> None:
    (tmp_path / "log").write_text("there\n")
    logs = Followed()
    logs.add(str(tmp_path / "log"), whole=True)
    logs.show()
    logs.show()
    assert capsys.readouterr().out == "there\n"
