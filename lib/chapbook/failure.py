"""The answer to an exception: a sentence and an id for the visitor, the traceback for the log.

It needs neither database nor templates nor a writable disk. With `debug = yes` the visitor is the
author, and gets the traceback as a page.
"""
from __future__ import annotations

import os
import sys

from . import errorpage, log
from .errors import ConfigError, DatabaseError, HTTPError, ServerError, Unavailable
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .request import Request

NEW = "This site is not set up yet. Whoever it belongs to goes on at its address /install."
DEPENDENCIES = ("jinja2", "markupsafe", "pymysql", "multipart")


def response(
    error: BaseException, request: Request | None, environ: dict[str, Any]
) -> Response:
    """The page for an exception, ready to go out, and noted in the log where it is worth a line."""
    if isinstance(error, SystemExit):
        error = RuntimeError(
            "the page called sys.exit(): let it return a Response, or raise one of chapbook.errors"
        ).with_traceback(error.__traceback__)
    try:
        answer = _page(error, request, environ)
        answer.check()
    except Exception as second:                   # an error's page must never be an error itself
        try:
            note(second, request, environ)
        except Exception:
            pass                                  # such as one that cannot even be printed
        answer = Response.text(ServerError.sentence + "\n", 500)
    return answer


def _page(error: BaseException, request: Request | None, environ: dict[str, Any]) -> Response:
    # Not by isinstance alone: a request that outlasts a reload raises the old generation's errors.
    is_ours = hasattr(error, "sentence") and hasattr(error, "status")
    problem: Any = error if is_ours else ServerError()
    if isinstance(error, (DatabaseError, Unavailable)) and (
        request and request.config.is_new and request.script != "install"    # which says more
    ):
        problem = Unavailable(NEW)
        problem.title = "Not set up yet"
    elif problem.status >= 500 or problem.detail:
        note(error, request, environ)
    debug = request is not None and request.config.site.debug
    if problem.status >= 500 and request is not None and debug:
        return _debug_page(error, request, problem)
    home, stylesheet, icon = _links(request)
    sentence = problem.sentence
    if debug and problem.detail:
        sentence += f" ({problem.detail})"
    quoted = environ["chapbook.request_id"] if problem.status >= 500 else ""
    if request is not None and request.wants_json:
        answer = Response.json({"sentence": sentence, "errors": {}, "id": quoted}, problem.status)
    else:
        answer = Response.html(errorpage.page(
            problem.status, problem.title, sentence, home=home, stylesheet=stylesheet, icon=icon,
            request_id=quoted), problem.status)
    answer.headers += problem.headers
    return answer


def note(error: BaseException, request: Request | None, environ: dict[str, Any]) -> None:
    """Write the exception to the site's log: a line for a visitor's fault, a traceback for ours.

    A page run in a shell says it there instead, to the one who is reading.
    """
    config = request.config if request is not None else environ.get("chapbook.config")
    status: int = getattr(error, "status", 500)
    if isinstance(error, ModuleNotFoundError) and error.name in DEPENDENCIES:
        error.add_note(_not_installed(error.name))
    place = where(error, config.root if config is not None else "")
    facts = {
        "method": environ.get("REQUEST_METHOD", ""),
        "path": environ.get("REQUEST_URI", environ.get("PATH_INFO", "")).partition("?")[0],
        "address": environ.get("REMOTE_ADDR", ""),
        "error": type(error).__name__,
        "detail": getattr(error, "detail", "") or str(error),
        "at": place,
    }
    environ["chapbook.failure"] = (
        f"{facts['error']}: {' '.join(facts['detail'].split())}" + (f" ({place})" if place else "")
    )
    traced = ""
    if status >= 500 and not isinstance(error, ConfigError) and (
        status == 500 or error.__cause__ is None
    ):
        import traceback

        traced = "".join(traceback.format_exception(error))
    if "chapbook.shell" in environ:
        environ["wsgi.errors"].write(traced or f"{facts['error']}: {facts['detail']}\n")
        return
    log.write(config, str(status), environ["chapbook.request_id"], traceback=traced, **facts)


def where(error: BaseException, root: str) -> str:
    """Where in the site's own files an exception comes from: "cgi-bin/hello.py, line 12"."""
    own = os.path.join(root, "")
    file, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    if isinstance(file, str) and line and file.startswith(own):       # a syntax error's own place
        return f"{file[len(own):]}, line {line}"
    found = ""
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name.startswith(own) and not name.startswith((f"{own}lib/chapbook/", f"{own}.venv/")):
            found = f"{name[len(own):]}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _not_installed(name: str) -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"{name} is not installed for this Python, {version} ({sys.executable}). The site's own "
        "packages, in .venv or vendor, are for one version of Python. Run the script with "
        f".venv/bin/python, or make them for this one: PYTHON={sys.executable} ./chapbook migrate"
    )


def _links(request: Request | None) -> tuple[str, str, str]:
    try:
        if request is not None:
            static = request.static
            return request.url_for("index"), static("style.css"), static("favicon.svg")
    except Exception:
        pass                                      # such as an address that is not UTF-8
    return "/", "", ""


def _debug_page(error: BaseException, request: Request, problem: HTTPError) -> Response:
    from . import debugpage

    html, style_hash = debugpage.page(
        error, request_line=f"{request.method} {request.environ.get('REQUEST_URI', '')}",
        request_id=request.id,
        details={
            "Request": {name: str(request.environ.get(name, "")) for name in (
                "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE",
                "CONTENT_LENGTH", "REMOTE_ADDR", "SCRIPT_FILENAME",
            )},
            "Headers": {
                name[5:].replace("_", "-").title(): str(value)
                for name, value in sorted(request.environ.items()) if name.startswith("HTTP_")
            },
        },
    )
    answer = Response.html(html, problem.status)
    answer.headers += problem.headers
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src '{style_hash}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return answer
