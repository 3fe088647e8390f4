"""Edited modules of lib/ take effect between requests, and no request sees two generations."""
from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from chapbook.server import reload
from chapbook.testing import Client

from tests.support.sites import eventually
from tests.unit.conftest import page_script

PAGE = '''
from chapbook import Page, Response
import shelf
def show(request):
    return Response.text(shelf.word())
application = Page(get=show)
'''
SHELF = "import threading\ndef word():\n    return %r\n"


@pytest.fixture
def visit(settings, drop, monkeypatch):
    """What the page answers that asks lib/shelf.py for a word."""
    monkeypatch.setattr(reload, "CHECK_EVERY", 0)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)     # stale .pyc files are half the point
    monkeypatch.syspath_prepend(settings.path("lib"))
    drop("cgi-bin/page.py", PAGE)
    client = Client(reload.Reloader(settings.root), settings)

    def made() -> str:
        answer = client.get("/page")
        return answer.text if answer.status == 200 else str(answer.status)
    yield made
    for name in ("shelf", "board"):
        sys.modules.pop(name, None)


@pytest.fixture
def shelve(drop):
    """Writes lib/shelf.py, each time a nanosecond later: the same second, and the same size."""
    count = iter(range(100))

    def made(text: str, name: str = "shelf") -> Path:
        path = drop(f"lib/{name}.py", text)
        os.utime(path, ns=(10**18, 10**18 + next(count)))
        return path
    return made


def test_an_edited_module_is_live_at_once(visit, shelve) -> None:
    for word in ("one", "two", "six"):
        shelve(SHELF % word)
        assert visit() == word


def test_a_module_is_imported_once_while_nothing_changes(visit, shelve) -> None:
    shelve(SHELF % "one")
    visit()
    module = sys.modules["shelf"]
    assert visit() == "one" and sys.modules["shelf"] is module


def test_an_edited_module_below_another_is_live_at_once(visit, shelve) -> None:
    shelve("from board import word\n")
    for word in ("one", "two"):
        shelve(SHELF % word, "board")
        assert visit() == word


@pytest.mark.parametrize("broken", ["raise NameError()\n", "def word(\n", "import none_such\n"])
def test_a_module_that_could_not_be_imported_is_mended_by_its_edit(
    visit, shelve, broken: str
) -> None:
    good = SHELF % "one"
    shelve(broken + "#" * (len(good) - len(broken)))
    assert visit() == visit() == "500"
    shelve(good)
    assert visit() == "one"


def test_a_module_that_breaks_breaks_its_pages_until_it_is_mended(visit, shelve) -> None:
    shelve(SHELF % "one")
    assert visit() == "one"
    shelve("1 / 0\n")
    assert visit() == visit() == "500"
    shelve(SHELF % "two")
    assert visit() == "two"


def test_a_module_that_came_by_another_way_to_its_file_is_live_too(
    visit, shelve, settings, drop
) -> None:
    shelve(SHELF % "one")
    os.mkdir(settings.path("lib/deep"))
    page = page_script("cgi-bin/page.py", PAGE).replace("'/lib'", "'/lib/deep/..'")
    drop("cgi-bin/page.py", page, whole=True)
    assert visit() == "one"
    assert "/.." in sys.modules["shelf"].__file__
    shelve(SHELF % "two")
    assert visit() == "two"


def test_a_new_module_can_be_imported(visit, shelve, settings) -> None:
    os.mkdir(settings.path("lib"))
    assert visit() == "500"
    shelve(SHELF % "one")
    assert visit() == "one"


def test_a_removed_module_is_gone(visit, shelve) -> None:
    path = shelve(SHELF % "one")
    assert visit() == "one"
    path.unlink()
    assert visit() == "500"


def test_a_module_behind_a_link_is_live_too_and_not_imported_again_and_again(
    visit, shelve, settings, tmp_path
) -> None:
    os.makedirs(tmp_path / "lib")
    os.makedirs(tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", tmp_path / "lib/linked")
    shelve("from linked.board import word\n")
    (tmp_path / "elsewhere/board.py").write_text(SHELF % "one")
    assert visit() == "one"
    visit()
    module = sys.modules["linked.board"]
    assert visit() == "one" and sys.modules["linked.board"] is module
    (tmp_path / "elsewhere/board.py").write_text(SHELF % "three")
    assert visit() == "three"
    del sys.modules["linked.board"], sys.modules["linked"]


class Visit(threading.Thread):
    """A visit in a thread of its own; `text` is what it was answered."""

    def __init__(self, visit) -> None:
        super().__init__(daemon=True)
        self.visit, self.text = visit, ""
        self.start()

    def run(self) -> None:
        self.text = self.visit()


WAITING = """
def word():
    import sys
    sys.entered.set()
    sys.leave.wait(10)
    return 'old'
"""


@pytest.fixture
def gates(monkeypatch):
    """Events that a slow handler sets when it is entered, and waits for before it leaves."""
    monkeypatch.setattr(sys, "entered", threading.Event(), raising=False)
    monkeypatch.setattr(sys, "leave", threading.Event(), raising=False)
    yield sys
    sys.leave.set()


def test_requests_in_flight_finish_before_the_others_see_the_new_module(
    visit, shelve, gates, settings, monkeypatch
) -> None:
    reloader = reload.Reloader(settings.root)
    ask = lambda: Client(reloader, settings).get("/page").text  # noqa: E731
    shelve(WAITING)
    first = Visit(ask)
    assert gates.entered.wait(10)
    shelve(SHELF % "new")
    second = Visit(ask)
    eventually(lambda: reloader._renewing)
    monkeypatch.setattr(reload, "CHECK_EVERY", 1000)       # the next does not look itself
    third = Visit(ask)
    gates.leave.set()
    for thread in (first, second, third):
        thread.join(10)
    assert (first.text, second.text, third.text) == ("old", "new", "new")


def test_a_request_that_does_not_end_holds_the_others_up_for_a_while_only(
    visit, shelve, gates, settings, monkeypatch
) -> None:
    monkeypatch.setattr(reload, "LET_FINISH", 0.05)
    reloader = reload.Reloader(settings.root)
    shelve(WAITING)
    first = Visit(lambda: Client(reloader, settings).get("/page").text)
    assert gates.entered.wait(10)
    shelve(SHELF % "new")
    assert Client(reloader, settings).get("/page").text == "new"
    gates.leave.set()
    first.join(10)
    assert first.text == "old"


def test_with_files_it_serves_htdocs_and_takes_addresses_as_apache_does(settings, drop) -> None:
    drop("htdocs/style.css", "body {}")
    client = Client(reload.Reloader(settings.root, files=True), settings)
    assert client.get("//./style.css").text == "body {}"
    assert client.get("/a/../nothing").status == 404
    assert client.get("/../style.css").status == 400


def test_a_signature_tells_edits_within_a_second_and_files_that_are_gone(tmp_path) -> None:
    path = tmp_path / "a.py"
    seen = {reload.signature(str(path))}
    for text, time in (("one", 0), ("one", 1), ("three", 1)):
        path.write_text(text)
        os.utime(path, ns=(10**18, 10**18 + time))
        seen.add(reload.signature(str(path)))
    assert len(seen) == 4


def test_python_files_are_found_at_every_depth(drop, settings) -> None:
    for name in ("a.py", "b/c/d.py", "b/e.txt", "b/f.pyc"):
        drop("lib/" + name, "")
    found = {os.path.relpath(file, settings.root) for file in reload.python_files(settings.root)}
    assert found == {"lib/a.py", "lib/b/c/d.py"}


def test_a_toolkit_that_cannot_be_imported_is_a_sentence_and_the_reason_an_error_line(
    settings, monkeypatch, capsys
) -> None:
    site = reload.Reloader(settings.root)
    monkeypatch.setattr(site, "_imported", lambda: 1 / 0)
    answer = Client(site, settings).get("/page")
    assert answer.status == 500 and answer.text.startswith("The site cannot answer: a module")
    assert "ZeroDivisionError" in capsys.readouterr().err
