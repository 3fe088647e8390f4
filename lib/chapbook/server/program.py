"""Old scripts: programs in cgi-bin/ that are no pages, each request of which is a child process.

Which file is one is said by its name, its mode and its first bytes, and never by what a visitor
sends. An old script looks after itself, as it did before: neither where a form was sent from nor
what is in it is checked here. What is checked is what no script can see: how long a request is,
whether it is complete, and what becomes of the process.
"""
from __future__ import annotations

import os
import stat
import sys

from .. import config as settings
from .. import errors, log
from ..body import Body
from ..percent import unquote
from ..request import VIEW, Request
from ..response import REASONS
from .child import Child
from .output import Output, ending, place_of
from .variables import variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..config import Config
    from .run import WSGI

ENDINGS = ("py", "cgi", "pl", "sh", "rb", "lua", "tcl", "php")
MOST_REDIRECTS = 10
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def find(folder: str, path: str) -> tuple[str, str, str] | None:
    """The file, the public path and the rest of a path that names an old script; None for others.

    /cgi-bin/count.cgi/a is count.cgi in `folder`, which is cgi-bin, and /a. A folder and a name are
    letters, digits, - and _, beginning with a letter or a digit; one dot; one of ENDINGS.
    """
    parts = path.split("/")[1:]
    if parts[:1] != ["cgi-bin"]:
        return None
    place = folder
    for index, part in enumerate(parts[1:], 1):
        name, dot, ending = part.partition(".")
        if not _LETTERS.issuperset(name) or name[:1] in ("", "_", "-"):
            return None
        place = os.path.join(place, part)
        if dot:
            if ending not in ENDINGS or not _is_file(place):
                return None
            rest = "".join("/" + later for later in parts[index + 1:])
            return place, "/" + "/".join(parts[:index + 1]), rest
        if not os.path.isdir(place):
            return None
    return None


def application(path: str, root: str, site: WSGI) -> WSGI:
    """The WSGI application of an old script, a file with an absolute path below `root`.

    `site` is what answers for the site's other addresses. NotFound, with what to do, for a file
    that is no program that could be started.
    """
    name = os.path.relpath(path, root)
    if name.startswith("cgi-bin/admin/"):
        raise errors.NotFound(detail=(
            f"{name} is no page, and cannot say who may use it: below cgi-bin/admin/ that is for "
            "nobody; move it to another folder, where it looks after itself"))
    folder = os.path.join(root, "cgi-bin")        # which may be a link itself, of the host's
    real = os.path.join(os.path.realpath(folder), os.path.relpath(path, folder))
    mode = os.lstat(path).st_mode
    if not stat.S_ISREG(mode) or os.path.realpath(path) != real:
        raise errors.NotFound(detail=f"{name} is a link, or lies behind one: copy the file there")
    if not mode & stat.S_IXUSR:
        raise errors.NotFound(
            detail=f"{name} is there, but may not be executed: chmod +x {name}")
    with open(path, "rb") as file:
        first = file.read(4)
    if first[:2] != b"#!" and first != b"\x7fELF":
        raise errors.NotFound(detail=(
            f"{name} is no page, as it defines no `application` (application = Page(get=...)), and "
            "no program, as it does not begin with #! and the path of its language"))
    return Program(path, root, site)


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


class Program:
    """The WSGI application of one old script."""

    def __init__(self, path: str, root: str, site: WSGI) -> None:
        self._path, self._root, self._site = path, root, site
        self._name = os.path.relpath(path, root)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if VIEW in environ:                       # only asked whether it is there
            start_response("204 No Content", [])
            return []
        environ.setdefault("chapbook.request_id", os.urandom(6).hex())
        if environ.get("wsgi.run_once"):
            _end_with_child()
        request = child = None
        try:
            config = environ.get("chapbook.config") or settings.current()
            request = Request(environ, config)
            environ["SCRIPT_NAME"] = _public(request)
            request.body.check()
            body = _stored(request.body, config)
            try:
                child = Child(
                    self._path, variables(environ, config, self._path, self._root), body,
                    config.scripts.silence, config.scripts.cpu, config.scripts.memory)
            finally:
                if body is not None:
                    body.close()
            answer = Output(child, environ, config, self._name)
            if answer.inside:
                return self._again(answer.inside, environ, start_response)
            status, headers = answer.begin(environ["REQUEST_METHOD"])
        except BaseException as error:            # SIGTERM ends a CGI process by SystemExit
            if child is not None:
                child.close()
            if not isinstance(error, Exception):
                raise
            return self._failed(error, child, request, environ, start_response)
        start_response(status, headers)
        return answer

    def _again(
        self, address: str, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """The answer of another address of the site: `Location: /thanks.html` and nothing else.

        RFC 3875 section 6.2.2: as if the visitor had asked for it, by GET.
        """
        from io import BytesIO

        from ..paths import normal
        from .static import Static

        count = environ.get("chapbook.redirected", 0) + 1
        if count > MOST_REDIRECTS:
            raise errors.ServerError(detail=f"{self._name}: its Location leads in a circle")
        config = environ.get("chapbook.config") or settings.current()
        asked = {name: value for name, value in environ.items() if name not in (
            "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "chapbook.script",
            "SCRIPT_FILENAME", "PATH_TRANSLATED")}
        place = place_of(environ)
        path = normal(address.encode("latin-1").removeprefix(place.encode("latin-1")))
        asked.update({
            "REQUEST_METHOD": "HEAD" if environ["REQUEST_METHOD"] == "HEAD" else "GET",
            "REQUEST_URI": address, "SCRIPT_NAME": place, "PATH_INFO": path.decode("latin-1"),
            "QUERY_STRING": address.partition("?")[2].partition("#")[0],
            "wsgi.input": BytesIO(), "chapbook.redirected": count,
        })
        return Static(config.htdocs, self._site, led=True)(asked, start_response)

    def _failed(
        self, error: Exception, child: Child | None, request: Request | None,
        environ: dict[str, Any], start_response: Callable[..., Any],
    ) -> Iterable[bytes]:
        """The site's page about an error, with what the script has said in the log."""
        from .. import failure

        told = getattr(error, "detail", "") or str(error)
        if child is not None:
            said = child.complaints.strip()
            words = [told, ending(child.code), said and f"its last words: {said.splitlines()[-1]}"]
            told = "; ".join(word for word in words if word)
            log.write(request.config if request is not None else None, "script",
                      environ["chapbook.request_id"], traceback=said, script=self._name)
        if child is not None or isinstance(error, errors.ServerError):
            error = errors.ConfigError(f"{self._name}: {told}")      # no traceback of ours explains
        response = failure.response(error, request, environ)
        if request is not None:
            request.body.drain(request.config.limits.drain, request.config.limits.body * 2)
        status, headers, body = response.prepare(environ.get("REQUEST_METHOD", ""), environ)
        start_response(f"{status} {REASONS[status]}", headers)
        return [body] if isinstance(body, bytes) else body


def _public(request: Request) -> str:
    """SCRIPT_NAME as the visitor knows it: after a rewriting, the servers' own is another path."""
    try:
        return unquote(request.script_url.encode("ascii")).decode("latin-1")
    except errors.HTTPError:                      # an address that is not UTF-8
        return str(request.environ["SCRIPT_NAME"])


def _stored(body: Body, config: Config) -> Any:
    """A request's whole body as an open file without a name, at its beginning; None for none.

    TooLarge for one over the limit, BadRequest for one that is cut off, and then nothing is left.
    """
    import tempfile

    most = config.limits.body
    if body.length > most:
        raise errors.TooLarge(detail=f"a body of {body.length} bytes; the limit is {most}")
    if not body.length:
        return None
    folder = config.path(config.paths.uploads)
    file: Any = None
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        file = tempfile.TemporaryFile(dir=folder, buffering=0)
        while data := body.read():
            file.write(data)
        file.seek(0)
    except BaseException as error:
        if file is not None:
            file.close()
        if isinstance(error, OSError):
            raise errors.Unavailable(
                detail=f"{folder} cannot take what was sent: {error}") from error
        raise
    return file


def _end_with_child() -> None:
    """Let SIGTERM, by which a web server ends a CGI process, end its child as well."""
    import signal

    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))
