"""How a FastCGI process lives: it begins anew in its place, and ends when all are answered."""
from __future__ import annotations

import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.server.reload import CHECK_EVERY

from tests.support.fastcgi import Process, request
from tests.support.fastcgi_script import about, starting
from tests.support.sites import eventually


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[..., Process]]:
    """Starts a script, with variables for its environment."""
    with starting() as made:
        yield made


def test_it_starts_anew_in_its_place_and_nobody_is_turned_away(
    start: Callable[..., Process]
) -> None:
    process = start(MOST="3")
    found: list[tuple[int, float]] = []

    def visit() -> None:
        for _ in range(4):
            seen = about(process)
            found.append((seen["pid"], seen["begun"]))
    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for each in visitors:
        each.start()
    for each in visitors:
        each.join()
    assert {pid for pid, _ in found} == {process.process.pid}
    assert len({begun for _, begun in found}) == 6 and len(found) == 16
    assert process.said() == ""


@pytest.mark.parametrize("ended", [False, True], ids=["of a new start", "of the end"])
def test_what_a_page_still_does_in_a_thread_is_waited_for_and_holds_nobody_up(
    start: Callable[..., Process], ended: bool
) -> None:
    process = start(MOST="2")
    folder = process.path.parent
    begun = about(process)["begun"]
    process.ask("/thread")
    assert {about(process)["begun"] for _ in range(3)} == {begun}        # it is due, and waits
    if ended:
        process.process.send_signal(signal.SIGTERM)
    (folder / "go").touch()
    eventually((folder / "done").exists)
    if ended:
        assert process.process.wait(10) == 0
    else:
        eventually(lambda: about(process)["begun"] != begun)


def test_a_changed_script_is_started_anew_but_a_broken_one_is_not(
    start: Callable[..., Process]
) -> None:
    process = start()
    script = Path("/", about(process)["argv"][0])
    text = script.read_text()
    script.write_text(text.replace('"word": "one"', '"word": "two'))
    eventually(lambda: about(process)["word"] == "one" and "SyntaxError" in process.said()
               or "the site goes on as it was" in process.said())
    assert about(process)["word"] == "one"
    script.write_text(text.replace('"word": "one"', '"word": "two"'))
    eventually(lambda: about(process)["word"] == "two")
    assert about(process)["pid"] == process.process.pid


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGUSR1])
def test_who_is_being_answered_and_who_waits_is_answered_before_the_end(
    start: Callable[..., Process], end: signal.Signals
) -> None:
    process = start()
    folder = process.path.parent
    with process.line() as first, process.line() as second:
        first.send(request("/slow"))
        eventually((folder / "begun").exists)
        second.send(request("/about"))
        process.process.send_signal(end)
        (folder / "go").touch()
        assert first.answer()[2] == second.answer()[2] == 0
    assert process.process.wait(10) == 0
    assert "Traceback" not in process.said()


def test_a_process_that_starts_anew_ends_as_well_and_answers_who_waits(
    start: Callable[..., Process]
) -> None:
    for _ in range(4):
        process = start(MOST="1")
        process.ask()
        with process.line() as line:
            line.send(request())
            process.process.send_signal(signal.SIGTERM)
            assert line.answer()[2] == 0
        assert process.process.wait(10) == 0


@pytest.mark.parametrize("ended", [False, True], ids=["a new start", "the end"])
def test_what_has_come_over_a_kept_connection_is_answered_before(
    start: Callable[..., Process], ended: bool
) -> None:
    process = start()
    begun, then = about(process)["begun"], time.monotonic()
    with process.line() as line:
        line.send(request(keep=True))
        assert line.answer()[2] == 0
        process.process.send_signal(signal.SIGSTOP)
        line.send(request(keep=True))
        if ended:
            process.process.send_signal(signal.SIGTERM)
        else:
            with (process.path.parent / "dispatch.fcgi").open("a") as script:
                script.write("# changed")
            eventually(lambda: time.monotonic() - then > CHECK_EVERY)
        process.process.send_signal(signal.SIGCONT)
        assert line.answer()[2] == 0
        assert not list(line.records())
    if ended:
        assert process.process.wait(10) == 0
    else:
        assert about(process)["begun"] != begun


def test_an_idle_process_ends_at_once(start: Callable[..., Process]) -> None:
    process = start(GATEWAY_INTERFACE="CGI/1.1")       # as some hosts set it
    with process.line() as kept:
        kept.send(request(keep=True))
        assert kept.answer()[2] == 0
        process.process.send_signal(signal.SIGTERM)
        assert process.process.wait(10) == 0


def test_a_single_script_is_a_page_by_fastcgi_and_follows_its_edits(tree: Any) -> None:
    body = "application = Page(get=lambda request: Response.text('%s ' + str(os.getpid())))"
    script = tree.script("echo", body % "one")
    with tempfile.TemporaryDirectory() as folder:
        process = Process(Path(folder), [sys.executable, str(script)])
        try:
            def said(word: str) -> bool:
                out, _, _ = process.ask("/", SCRIPT_FILENAME=str(script))
                return out.endswith(f"\r\n\r\n{word} {process.process.pid}".encode())
            assert said("one")
            tree.script("echo", body % "two")
            eventually(lambda: said("two"))
        finally:
            process.stop()
