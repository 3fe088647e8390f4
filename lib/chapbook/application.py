"""From a WSGI call to an answer: one door in (Request), one door out (Response), and every failure a page."""
from __future__ import annotations

import os

from . import config as settings
from . import crosssite, errors
from .request import Request
from .response import REASONS, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .config import Config

    Handler = Callable[..., Response]


def answer(
    respond: Callable[[Request], Response], environ: dict[str, Any], start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Answer one WSGI request with what `respond` returns or raises; the body is complete before the first byte."""
    environ.setdefault("chapbook.request_id", os.urandom(6).hex())
    request = None
    try:
        config = environ.get("chapbook.config") or settings.current()
        request = Request(environ, config)
        request.body                              # a broken or chunked body is refused before anything else
        crosssite.refuse(environ, config.site.base_url)
        response = respond(request)
        response.prepare(request.method, environ)
    except Exception as error:
        from . import failure

        response = failure.response(error, request, environ)
        response.prepare(environ.get("REQUEST_METHOD", ""), environ)
    finally:
        if request is not None:
            _finish(request)
    start_response(f"{response.status} {REASONS[response.status]}", response.headers)
    return [response.body] if isinstance(response.body, bytes) else response.body


def call(handler: Handler, request: Request, values: dict[str, Any]) -> Response:
    """What a handler returns, checked; that of an unsafe method runs in one transaction, retried whole.

    Nothing is committed for an answer of 400 and above, and nothing is answered before it is committed.
    """
    def work() -> Response:
        response = handler(request, **values)
        if not isinstance(response, Response):
            raise TypeError(
                f"{_name(handler)} returned {type(response).__name__}, not a Response: "
                f"return render(...), redirect(...) or Response.html(...)"
            )
        response.check()
        return response

    if request.method in crosssite.SAFE_METHODS:
        return work()
    return request.db.transact(work, lazy=True, keep=lambda response: response.status < 400)


def missing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application of every address without a page."""
    return answer(_not_found, environ, start_response)


def _not_found(request: Request) -> Response:
    raise errors.NotFound()


def _finish(request: Request) -> None:
    try:
        if "body" in request.__dict__ and request.body.left:
            limits: Any = request.config.limits
            request.body.drain(limits.drain, limits.body * 2)
        request.close()
    except Exception as error:                    # the answer is made; what goes wrong now is only noted
        from . import failure

        failure.note(error, request, request.environ)


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{getattr(handler, '__qualname__', type(handler).__name__)}"
