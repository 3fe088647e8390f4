"""What the doctor mends when it is told to: afterwards nothing is wrong, the rest as it was."""
from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.doctor import Finding, mending, rules
from chapbook.doctor.place import Place
from chapbook.hosting import htaccess

from tests.support.sound import SCRIPT, Sound

PAGE = "cgi-bin/guestbook.py"
BREAKS = {
    "script-line-ends": (PAGE, SCRIPT.replace("\n", "\r\n"), 0o755),
    "script-mark": (PAGE, "\ufeff" + SCRIPT, 0o755),
    "script-start": (PAGE, "\n\n" + SCRIPT, 0o755),
    "interpreter-missing": (PAGE, SCRIPT.replace("/usr/bin/env python3", "/opt/python/bin/python"),
                            0o755),
    "script-mode": (PAGE, SCRIPT, 0o644),
    "code-writable": (PAGE, SCRIPT, 0o775),
}


def mended(sound: Sound) -> str:
    """Mend the one thing that is wrong, and tell what was said."""
    [repair] = mending.offers(Place(str(sound.root)), sound.findings())
    assert repair.question.endswith("?") and "{" not in repair.question
    return repair.do()


@pytest.mark.parametrize("name", BREAKS)
def test_a_script_is_mended(sound: Sound, name: str) -> None:
    file, text, mode = BREAKS[name]
    path = sound.write(file, text.encode(), mode)
    assert sound.finding().name == name
    assert mended(sound) == f"Done: {file}."
    assert sound.names() == []
    assert path.read_text("utf-8") == SCRIPT
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("name", "file", "mode"), [
    ("settings-open", "site.ini", 0o644), ("var-open", "var/uploads/a1b2c3", 0o644),
    ("var-open", "var/log", 0o755), ("var-unwritable", "var/log/chapbook.log", 0o400),
    ("var-unwritable", "var/uploads", 0o500)])
def test_the_rights_of_a_file_are_mended(sound: Sound, name: str, file: str, mode: int) -> None:
    before = (sound.root / file).stat().st_mode
    (sound.root / file).chmod(mode)
    assert sound.finding().name == name
    assert mended(sound) == f"Done: {file}."
    assert sound.names() == []
    assert (sound.root / file).stat().st_mode == before


def test_modules_are_compiled(sound: Sound) -> None:
    finding = Finding("bytecode-unkept", "", "", [str(sound.root / "lib")])
    [repair] = mending.offers(Place(str(sound.root)), [finding])
    assert repair.do() == "Done: lib."
    assert list((sound.root / "lib/chapbook/__pycache__").glob("__init__.*.pyc"))


def test_what_cannot_be_mended_is_not_offered(sound: Sound) -> None:
    found = [Finding("debug-on", "", ""), Finding("script-mode", "", "")]
    assert mending.offers(Place(str(sound.root)), found) == []


TAKEN = mending.TAKEN_OUT
SITE = htaccess.text("split")


@pytest.mark.parametrize(("name", "lines", "gone", "come"), [
    ("htaccess-options", ["Options -MultiViews"], "-Indexes -MultiViews\n\n",
     "\nOptions +ExecCGI -Indexes\n"),
    ("htaccess-options", ["Options +ExecCGI -Indexes -MultiViews"], "\nOptions ", TAKEN),
    ("htaccess-handler", ["SetHandler cgi-script"], "\n    SetHandler cgi-script", TAKEN),
    ("htaccess-line", ["AddDefaultCharset utf-8"], "\nAddDefaultCharset", TAKEN),
    ("htaccess-links", [], "nothing is gone", "Options +SymLinksIfOwnerMatch\n"),
])
def test_lines_are_taken_out_of_htaccess(
    sound: Sound, name: str, lines: list[str], gone: str, come: str
) -> None:
    text = SITE.replace("Options +ExecCGI -Indexes\n", "Options +ExecCGI -Indexes -MultiViews\n")
    path = sound.write("htdocs/.htaccess", text.encode(), 0o644)
    [repair] = mending.offers(Place(str(sound.root)), [Finding(name, "", "", [str(path), *lines])])
    assert repair.do() == "Done: htdocs/.htaccess."
    after = path.read_text("utf-8")
    assert gone not in after and come in after
    kept = [line for line in text.splitlines() if not any(each in line for each in lines or ["~"])]
    assert set(kept) - set(after.splitlines()) <= {"Options +ExecCGI -Indexes -MultiViews"}


@pytest.mark.parametrize(("text", "line", "after"), [
    ('Options -Indexes\n<If "true">\n  <Files "a">\n  Require all denied\n  </Files>\n</If>\n'
     'AddDefaultCharset utf-8\n', '<If "true">',
     [TAKEN + '<If "true">', TAKEN + '<Files "a">', TAKEN + "Require all denied",
      TAKEN + "</Files>", TAKEN + "</If>"]),
    ("Options -Indexes\nHeader set \\\n  X-One one\nAddDefaultCharset utf-8\n",
     "Header set   X-One one", [TAKEN + "Header set   X-One one"])], ids=["section", "long line"])
def test_what_is_taken_out_goes_whole(
    sound: Sound, text: str, line: str, after: list[str]
) -> None:
    assert line in [each for unit in rules.units(text) for each in unit]
    path = sound.write("htdocs/.htaccess", text.encode(), 0o644)
    [repair] = mending.offers(Place(str(sound.root)), [
        Finding("htaccess-line", "", "", [str(path), line])])
    assert repair.do() == "Done: htdocs/.htaccess."
    assert path.read_text("utf-8").splitlines() == [
        "Options -Indexes", *after, "AddDefaultCharset utf-8"]
    assert "nothing of it was found" in repair.do()


@pytest.mark.parametrize(("now", "after", "old"), [
    (None, "# kept", None), (rules.GUARDS[0], "# kept", None), ("# new", "# new", "# kept"),
    ("the same file", "# kept", None)], ids=["gone", "guarded", "made anew", "not yet gone"])
def test_what_was_set_aside_comes_back_unless_there_is_another_one(
    tmp_path: Path, now: str | None, after: str, old: str | None
) -> None:
    path, kept = tmp_path / rules.NAME, tmp_path / rules.KEPT
    kept.write_text("# kept")
    if now == "the same file":
        os.link(kept, path)
    elif now is not None:
        path.write_text(now)
    rules.put_back(str(tmp_path))
    assert path.read_text() == after and not kept.exists()
    assert [each.read_text() for each in tmp_path.glob("*-old")] == ([old] if old else [])


def test_a_question_has_nothing_that_a_terminal_would_obey(sound: Sound) -> None:
    path = sound.write("cgi-bin/a\x1b[2J\udcff.py", SCRIPT.encode(), 0o644)
    [repair] = mending.offers(Place(str(sound.root)), [
        Finding("script-mode", "", "", [str(path)])])
    assert "cgi-bin/a?[2J?.py" in repair.question
    assert repair.do() == "Done: cgi-bin/a?[2J?.py."


def test_a_page_that_may_be_executed_afterwards_can_be_changed_by_its_owner_alone(
    sound: Sound
) -> None:
    path = sound.write(PAGE, SCRIPT.encode(), 0o666)
    mending.offers(Place(str(sound.root)), [Finding("script-mode", "", "", [str(path)])])[0].do()
    assert path.stat().st_mode & 0o777 == 0o755


def test_a_link_is_never_followed(sound: Sound, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"\xef\xbb\xbf#!/bin/sh\n")
    other.chmod(0o644)
    (sound.root / PAGE).unlink()
    (sound.root / PAGE).symlink_to(other)
    for name in ("script-mark", "code-writable", "script-mode"):
        [repair] = mending.offers(Place(str(sound.root)), [
            Finding(name, "", "", [str(sound.root / PAGE)])])
        assert "Could not be changed" in repair.do()
    assert other.read_bytes().startswith(b"\xef\xbb\xbf")
    assert other.stat().st_mode & 0o777 == 0o644


@pytest.fixture
def open_to_all(sound: Sound) -> Iterator[Sound]:
    """The site in a folder that every user can enter."""
    folder = Path(tempfile.mkdtemp(prefix="chapbook-mending-"))
    folder.chmod(0o755)
    yield sound.copy(folder / "site")
    shutil.rmtree(folder)


@pytest.mark.as_root
def test_root_mends_as_the_owner(open_to_all: Sound) -> None:
    """The new file is the owner's, and nothing is written where the owner may not write."""
    root = open_to_all.root
    path = open_to_all.write(PAGE, SCRIPT.replace("\n", "\r\n").encode(), 0o755)
    for each in (root, path.parent, path):
        shutil.chown(each, "nobody", "nogroup")
    owner = path.stat().st_uid
    [repair] = mending.offers(Place(str(root)), [Finding("script-line-ends", "", "", [str(path)])])
    assert repair.do() == f"Done: {PAGE}."
    assert path.stat().st_uid == owner and os.geteuid() == 0
    shutil.chown(path.parent, "root")
    path.write_bytes(b"\xef\xbb\xbf")
    [repair] = mending.offers(Place(str(root)), [Finding("script-mark", "", "", [str(path)])])
    assert "Could not be changed" in repair.do()
