"""What is done once the answer is on its way: the visitor does not wait for it.

Under CGI the web server waits until its pipe is closed, and may end the process then; so a child,
in a session of its own and holding no pipe, goes on. A process that stays uses a thread, or does
the work at once where the host forbids threads.
"""
from __future__ import annotations

import os
import sys

from . import later, log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .config import Config

    Work = Callable[[], object]

AT_ONCE = "chapbook.at_once"     # in the environ of tests: before the answer is done with


class Answered:
    """A body (PEP 3333) whose `close` begins the work."""

    def __init__(
        self, body: Any, work: list[Work], config: Config, environ: dict[str, Any]
    ) -> None:
        self._body, self._work, self._config, self._environ = body, work, config, environ

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Called by the gateway when the answer is out."""
        if hasattr(self._body, "close"):
            self._body.close()
        work, self._work = self._work, []
        if not work:
            return
        if AT_ONCE in self._environ:
            self._do(work)
        elif later.one_shot:
            self._in_a_child(work)
        else:
            self._in_a_thread(work)

    def _do(self, work: list[Work]) -> None:
        for each in work:
            try:
                each()
            except Exception as error:
                self._note(error)

    def _note(self, error: Exception) -> None:
        import traceback

        log.write(
            self._config, "after", self._environ.get("chapbook.request_id", "-"),
            error=type(error).__name__, detail=getattr(error, "detail", "") or str(error),
            traceback="".join(traceback.format_exception(error)))

    def _in_a_thread(self, work: list[Work]) -> None:
        import threading

        def run() -> None:
            from . import db

            try:
                self._do(work)
            finally:
                db.close_kept()

        try:
            threading.Thread(target=run, daemon=True).start()
        except RuntimeError:                      # the host allows no more threads
            self._do(work)

    def _in_a_child(self, work: list[Work]) -> None:
        db = sys.modules.get("chapbook.db")
        if db is not None:
            # SQLite knows its locks by the process: a child that has our connection, too, would
            # take them for its own, hold none, and write into a file that others throw away.
            db.close_kept()
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            child = os.fork()
        except OSError:                           # the host allows no more processes
            _let_go()
            self._do(work)
            return
        if child:
            return
        try:
            os.setsid()
            _let_go()
            self._do(work)
        finally:
            os._exit(0)


def _let_go() -> None:
    """Close the pipes to the web server, so that it knows the answer to be whole."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if nothing > 2:
        os.close(nothing)
