"""URL to script for the gateways that keep a process: Apache's rules, loaded from source.

Apache could map URLs to scripts itself under mod_wsgi (WSGIScriptAliasMatch). It would then reload
an edited script, but neither an edited module of lib/ nor share one interpreter's modules, so a
dispatcher stands between.
"""
from __future__ import annotations

import os
import stat
from _thread import allocate_lock

from .. import errors
from ..application import answer, missing
from ..paths import normal
from ..response import Response
from ..script import application_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .reload import Reloader
    from .run import WSGI

REFUSED = "/_refused/sound"      # where Apache asks for the page of an error that it found itself
REFUSED_FILE = "/_refused/file"  # and where it sends what is no way to get a static file
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Dispatcher:
    """The WSGI callable of a site: `/guestbook/feed` is cgi-bin/guestbook.py and PATH_INFO /feed.

    "/" is index.py, sub-folders are sub-folders, and /cgi-bin/guestbook.py works as well. A script
    is a regular, executable file ending in .py that defines `application`; a name that begins with
    `_` or `.` is never one. A script is loaded at its first request, and again when its file has
    changed. What defines no `application`, and other programs at /cgi-bin/count.cgi, are old
    scripts (`chapbook.server.program`), and run as children.
    """

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._folder = os.path.join(self._root, "cgi-bin")
        self._loaded: dict[str, tuple[object, WSGI | None]] = {}
        self._lock = allocate_lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ.pop("HTTP_PROXY", None)
        path = environ.get("PATH_INFO", "")
        while "//" in path:
            path = path.replace("//", "/")
        if path == REFUSED and "REDIRECT_STATUS" in environ or path == REFUSED_FILE:
            if not environ.get("REQUEST_URI", path).partition("?")[0].endswith(path):
                return self._refused(path, environ, start_response)
        try:
            found = self._find(path)
        except errors.NotFound as error:
            return answer(_saying(error), environ, start_response)
        if found is None:
            return self._old(path, environ, start_response)
        script, url, rest = found
        environ.update({
            "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + url, "PATH_INFO": rest,
            "chapbook.script": script, "chapbook.url": url,
            "SCRIPT_FILENAME": os.path.join(self._folder, script + ".py"),
        })
        try:
            application = self._load(script)
        except Exception as error:
            return answer(_saying(error), environ, start_response)
        return application(environ, start_response)

    def _old(
        self, path: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer of an old script, at its address in cgi-bin/; most addresses have none."""
        if not path.startswith("/cgi-bin/"):
            return _nothing(path, environ, start_response)
        from . import program

        found = program.find(self._folder, path)
        if found is None:
            return _nothing(path, environ, start_response)
        file, url, rest = found
        environ.update({
            "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + url, "PATH_INFO": rest,
            "chapbook.script": url[1:], "chapbook.url": url, "SCRIPT_FILENAME": file,
        })
        try:
            application = program.application(file, self._root, self)
        except Exception as error:
            return answer(_saying(error), environ, start_response)
        return application(environ, start_response)

    def reloading(self) -> Reloader:
        """This site for a process that stays: with edited modules of lib/ taken in."""
        from .reload import Reloader

        return Reloader(self._root)

    def _refused(
        self, path: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The page for what Apache refused, or got no answer for; REDIRECT_STATUS says which.

        A script that ended without an answer (500) is loaded once more, so that the reason gets
        into our log.
        """
        status = "405" if path == REFUSED_FILE else environ["REDIRECT_STATUS"]
        if path == REFUSED:
            environ["REQUEST_METHOD"] = environ.get("REDIRECT_REQUEST_METHOD", "GET")
        error: Exception = errors.NotFound()
        if status == "405" and environ["REQUEST_METHOD"] == "OPTIONS":        # of a static file
            options = Response(b"", 204, [("Allow", "GET, HEAD, OPTIONS")])
            return answer(lambda request: options, environ, start_response)
        if status == "404" and environ.get("REDIRECT_REDIRECT_STATUS") == "200":
            return self._led(environ, start_response)
        if status == "400":
            error = errors.BadRequest(detail="Apache found the request malformed")
        elif status == "405":
            error = errors.MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
        elif status == "500":
            try:
                url = environ.get("REDIRECT_URL", "")
                file = os.path.realpath(environ.get("REDIRECT_SCRIPT_FILENAME", ""))
                if file.startswith(self._folder + "/"):     # the site may lie below an address
                    url = "/cgi-bin" + file.removeprefix(self._folder)
                found = self._find(url)
                if found is not None:
                    self._load(found[0])
                    is_page = self._loaded[found[0]][1] is not None
                    error = errors.ServerError(detail=(
                        "the script is no page, and ended before it printed its headers, or "
                        "printed something else before them; Apache's error log has its last words "
                        "and the line that it was given (print Content-Type: text/html and a blank "
                        "line first)" if not is_page else
                        "the script ended before it answered, and Apache's error log has its last "
                        "words; look at its first line (#!/usr/bin/env python3, no Windows line "
                        "ends), at the one that finds lib/ (one dirname more in each folder below "
                        "cgi-bin), and at its last: run(application)"
                    ))
            except Exception as reason:
                error = reason
        return answer(_saying(error), environ, start_response)

    def _led(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer of where an old script leads to that Apache ran, and .htaccess does not know.

        After `Location: /thanks.html` Apache rewrites no more, and looks beside cgi-bin/.
        """
        from io import BytesIO

        place = environ["SCRIPT_NAME"].removesuffix("/apache/dispatch.wsgi")
        url, query = environ.get("REDIRECT_URL", ""), environ.get("REDIRECT_QUERY_STRING", "")
        for name in ("CONTENT_LENGTH", "CONTENT_TYPE", "REDIRECT_REDIRECT_STATUS"):
            environ.pop(name, None)
        environ.update({
            "REQUEST_URI": f"{url}?{query}" if query else url, "QUERY_STRING": query,
            "SCRIPT_NAME": place, "PATH_INFO": url.removeprefix(place), "wsgi.input": BytesIO(),
            "REDIRECT_STATUS": "200"})
        return _static(self, environ, start_response)

    def _find(self, path: str) -> tuple[str, str, str] | None:
        """Script name, its public path, and the rest of the path; None where there is no script.

        NotFound, with what to do, where there is one that may not be executed.
        """
        if path in ("", "/"):
            return ("index", "", "") if self._is_script("index") else None
        parts = path.split("/")[1:]
        prefix, ending = "", ""
        if parts[0] == "cgi-bin":
            prefix, ending, parts = "/cgi-bin", ".py", parts[1:]
        names: list[str] = []
        for index, part in enumerate(parts):
            if ending and part.endswith(ending):
                name, is_last = part.removesuffix(ending), True
            else:
                name, is_last = part, not ending
            if not _LETTERS.issuperset(name) or name[:1] in ("", "_", "-"):
                return None
            names.append(name)
            script = "/".join(names)
            if is_last and self._is_script(script):
                rest = "".join("/" + later for later in parts[index + 1:])
                return script, f"{prefix}/{script}{ending}", rest
            if not os.path.isdir(os.path.join(self._folder, script)):
                return None
        return None

    def _is_script(self, script: str) -> bool:
        try:
            mode = os.stat(os.path.join(self._folder, script + ".py")).st_mode
        except (OSError, ValueError):
            return False
        if stat.S_ISREG(mode) and not mode & stat.S_IXUSR:
            raise errors.NotFound(detail=f"cgi-bin/{script}.py is there, but may not be executed: "
                                         f"chmod +x cgi-bin/{script}.py")
        return stat.S_ISREG(mode)

    def _load(self, script: str) -> WSGI:
        """The script's application, executed anew after a change; NotFound where it is none.

        A program that defines none is an old script.
        """
        path = os.path.join(self._folder, script + ".py")
        found = os.stat(path)
        signature = (found.st_mtime_ns, found.st_size, found.st_ino)
        known = self._loaded.get(script)
        if known is None or known[0] != signature:
            with self._lock:
                known = self._loaded.get(script)           # another thread may have been faster
                if known is None or known[0] != signature:
                    known = signature, application_of(path, self._folder)
                    self._loaded[script] = known
        if known[1] is None:
            from . import program

            return program.application(path, self._root, self)
        return known[1]


def _nothing(
    path: str, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """The answer of an address that no script has.

    An old script that Apache itself has run may lead to a static file (`Location: /thanks.html`);
    Apache looks for it here then, as rewriting has ended. What a visitor has asked for himself is
    sent by Apache's rules or not at all: the public folder may hold more than what they send.
    """
    if environ.get("REDIRECT_STATUS") == "200" and not _is_as_asked(path, environ):
        return _static(missing, environ, start_response)
    return missing(environ, start_response)


def _is_as_asked(path: str, environ: dict[str, Any]) -> bool:
    try:
        asked = normal(environ.get("REQUEST_URI", "").encode("latin-1"))
    except errors.HTTPError:
        return True
    return asked.decode("latin-1").endswith(path)


def _static(
    otherwise: WSGI, environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """The answer of a static file that an old script leads to, or of `otherwise`."""
    from .. import config as settings
    from .static import Static

    try:
        config = environ.get("chapbook.config") or settings.current()
    except Exception:
        return missing(environ, start_response)              # which says why
    return Static(config.htdocs, otherwise, led=True)(environ, start_response)


def _saying(error: BaseException) -> Callable[[Any], Any]:
    def respond(request: Any) -> Any:
        raise error
    return respond
