"""Edited modules take effect in a running process: all of lib/ is imported afresh after a change.

This is the one part that stays: it holds the current generation (the dispatcher and all modules it
was imported with) and replaces it between requests. Files are signed before they are imported, so
that an edit made during the import is seen too. Requests in flight are let finish first, so none
sees two generations.
"""
from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Signature = tuple[int, int, int]

CHECK_EVERY = 0.2        # seconds; a check costs one stat for each file
LET_FINISH = 2.0         # seconds that requests in flight get before a reload goes ahead


class Reloader:
    """The WSGI application of a whole site, renewed when a module below lib/ changes.

    It is the dispatcher of `root`, and with `files` htdocs/ as well, for a server that only passes
    requests on; with `mails` it shows what the site has sent into a folder, to this machine.
    """

    def __init__(self, root: str, files: bool = False, mails: bool = False) -> None:
        self._root = root
        self._files, self._mails = files, mails
        self._lib = os.path.realpath(os.path.join(root, "lib")) + os.sep
        self._state = threading.Condition()
        self._running = 0
        self._renewing = False
        self._checked = 0.0
        self._signed: dict[str, Signature] = {}
        self._real: dict[str, str] = {}
        self._dispatch: Callable[..., Iterable[bytes]] | None = None
        self._flag = os.path.join(root, "var", "maintenance")

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if os.path.exists(self._flag):            # before modules: half of them may be new
            closed = importlib.import_module("chapbook.closed")
            answer: Iterable[bytes] | None = closed.answered(
                self._root, environ, start_response, self._renewed)
            if answer is not None:
                return answer
        with self._state:
            # Those that come later wait, or there would always be one that has to finish.
            self._state.wait_for(lambda: not self._renewing)
            dispatch = self._dispatch
            if dispatch is None or self._changed():
                try:
                    dispatch = self._renew()
                except Exception:
                    return _broken(environ, start_response)
            self._running += 1
        try:
            return dispatch(environ, start_response)
        finally:
            with self._state:
                self._running -= 1
                self._state.notify_all()

    def _changed(self) -> bool:
        now = time.monotonic()
        if now - self._checked < CHECK_EVERY:
            return False
        self._checked = now
        # Files that are not loaded, too: one that could not be imported is mended by its edit.
        files = {*self._signed, *self._loaded().values()}
        return any(signature(file) != self._signed.get(file) for file in files)

    def _loaded(self) -> dict[str, str]:
        """The modules below lib/ that are imported now, with their files; this module apart."""
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if not file or name in (__name__, "__main__"):
                continue
            if not file.startswith(self._lib):    # it may have come by a link, or by ".."
                if file not in self._real:
                    self._real[file] = os.path.realpath(file)
                file = self._real[file]
            if file.startswith(self._lib):
                found[name] = file
        return found

    def _renewed(self) -> None:
        """Import lib/ afresh now."""
        with self._state:
            self._state.wait_for(lambda: not self._renewing)
            self._renew()

    def _renew(self) -> Callable[..., Iterable[bytes]]:
        self._renewing = True
        try:
            self._state.wait_for(lambda: not self._running, LET_FINISH)
            self._dispatch = None                 # should an import fail, the next request tries
            self._dispatch = self._imported()
            return self._dispatch
        finally:
            self._renewing = False
            self._state.notify_all()

    def _imported(self) -> Callable[..., Iterable[bytes]]:
        """The application of a new generation: all modules below lib/ are imported afresh."""
        loaded = self._loaded()
        before = self._signed
        files = {*python_files(self._lib), *loaded.values()}
        self._signed = {file: signature(file) for file in files}
        for name in loaded:
            del sys.modules[name]
        for file in files if before else ():
            if before.get(file) != self._signed[file]:
                _forget_bytecode(file)
        importlib.invalidate_caches()
        gc.collect()                              # with the old modules go their connections
        dispatch = importlib.import_module("chapbook.server.dispatch")
        application: Callable[..., Iterable[bytes]] = dispatch.Dispatcher(self._root)
        if self._files:                           # of the same generation: they share its modules
            module = importlib.import_module("chapbook.server.whole")
            application = module.whole(application, self._root, self._mails)
        return application


def _broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The answer while the toolkit itself cannot be imported, and so has no pages for errors."""
    import traceback

    environ["wsgi.errors"].write(traceback.format_exc())
    body = b"The site cannot answer: a module in lib/ cannot be loaded. The server's log has why.\n"
    start_response("500 Internal Server Error", [
        ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"),
    ])
    return [body]


def python_files(folder: str) -> list[str]:
    """All Python files below a folder."""
    return [
        os.path.join(place, name)
        for place, _, names in os.walk(folder) for name in names if name.endswith(".py")
    ]


def signature(file: str) -> Signature:
    """What changes when a file is edited, even twice within a second; zeros where it is gone."""
    try:
        found = os.stat(file)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def _forget_bytecode(file: str) -> None:
    """Remove a changed module's .pyc: Python tells versions apart only by second and size."""
    try:
        os.remove(importlib.util.cache_from_source(file))
    except OSError:
        pass
