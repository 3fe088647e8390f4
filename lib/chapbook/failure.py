"""The answer to an exception: a sentence and an id for the visitor, the traceback for the log.

It needs neither database nor templates nor a writable disk. With `debug = yes` the visitor is the
author, and gets the traceback as a page.
"""
from __future__ import annotations

from . import errorpage, log
from .errors import ConfigError, HTTPError, ServerError
from .response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .request import Request


def response(
    error: BaseException, request: Request | None, environ: dict[str, Any]
) -> Response:
    """The page for an exception, ready to go out, and noted in the log where it is worth a line."""
    method = environ.get("REQUEST_METHOD", "")
    if isinstance(error, SystemExit):
        error = RuntimeError(
            "the page called sys.exit(): let it return a Response, or raise one of chapbook.errors"
        ).with_traceback(error.__traceback__)
    try:
        answer = _page(error, request, environ)
        answer.prepare(method, environ)
    except Exception as second:                   # an error's page must never be an error itself
        try:
            note(second, request, environ)
        except Exception:
            pass                                  # such as one that cannot even be printed
        answer = Response.text(ServerError.sentence + "\n", 500)
        answer.prepare(method, environ)
    return answer


def _page(error: BaseException, request: Request | None, environ: dict[str, Any]) -> Response:
    problem = error if isinstance(error, HTTPError) else ServerError()
    if problem.status >= 500 or problem.detail:
        note(error, request, environ)
    if problem.status == 500 and request is not None and request.config.site.debug:
        return _debug_page(error, request)
    home, stylesheet = _links(request)
    page = errorpage.page(
        problem.status, problem.title, problem.sentence, home=home, stylesheet=stylesheet,
        request_id=environ["chapbook.request_id"] if problem.status >= 500 else "",
    )
    answer = Response.html(page, problem.status)
    answer.headers += problem.headers
    return answer


def note(error: BaseException, request: Request | None, environ: dict[str, Any]) -> None:
    """Write the exception to the site's log: a line for a visitor's fault, a traceback for ours.

    A page run in a shell says it there instead, to the one who is reading.
    """
    config = request.config if request is not None else environ.get("chapbook.config")
    status = error.status if isinstance(error, HTTPError) else 500
    facts = {
        "method": environ.get("REQUEST_METHOD", ""),
        "path": environ.get("REQUEST_URI", environ.get("PATH_INFO", "")).partition("?")[0],
        "address": environ.get("REMOTE_ADDR", ""),
        "error": type(error).__name__,
        "detail": getattr(error, "detail", "") or str(error),
    }
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


def _links(request: Request | None) -> tuple[str, str]:
    try:
        if request is not None:
            return request.url_for("index"), request.static("style.css")
    except Exception:
        pass                                      # such as an address that is not UTF-8
    return "/", ""


def _debug_page(error: BaseException, request: Request) -> Response:
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
    answer = Response.html(html, 500)
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src '{style_hash}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return answer
