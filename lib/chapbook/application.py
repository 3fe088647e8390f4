"""From a WSGI call to an answer: one door in (Request), one out (Response), a page per failure."""
from __future__ import annotations

import os

from . import config as settings
from . import crosssite, errors
from .body import Body
from .request import Request
from .response import REASONS, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Handler = Callable[..., Response]

DRAIN_SECONDS, DRAIN_BYTES = 5.0, 32 << 20       # where the settings cannot be read
UNBOUNDED = 1 << 62


def answer(
    respond: Callable[[Request], Response], environ: dict[str, Any],
    start_response: Callable[..., Any],
) -> Iterable[bytes]:
    """Answer one WSGI request with what `respond` returns or raises, complete before it begins."""
    environ.setdefault("chapbook.request_id", os.urandom(6).hex())
    request = None
    work: list[Callable[[], object]] = []
    try:
        config = environ.get("chapbook.config") or settings.current()
        request = Request(environ, config)
        request.body.check()
        crosssite.refuse_host(environ, config.site.base_url, config.site.hosts)
        crosssite.refuse(environ, config.site.base_url)
        response = request.answered(respond(request))
        status, headers, body = response.prepare(request.method, environ)
        work = request.work if status < 400 else []
    except KeyboardInterrupt:
        raise
    except BaseException as error:                # SystemExit, GeneratorExit, a page's own
        failure = _failure(error)
        response = failure.response(error, request, environ)
        status, headers, body = response.prepare(environ.get("REQUEST_METHOD", ""), environ)
    finally:
        _finish(request, environ)
    start_response(f"{status} {REASONS[status]}", headers)
    out: Iterable[bytes] = [body] if isinstance(body, bytes) else body
    if work:
        from .afterwards import Answered

        return Answered(out, work, config, environ)
    return out


def call(handler: Handler, request: Request, values: dict[str, Any]) -> Response:
    """What a handler returns; that of an unsafe method runs in one transaction, retried whole.

    Nothing is committed for an answer of 400 and above, and nothing is answered before the commit.
    Uploads that were saved go the way of the writes.
    """
    begun = done = False

    def work() -> Response:
        nonlocal begun, done
        done = False
        if begun:
            request.undo_saves()
            request.rewind()
        begun = True
        response = handler(request, **values)
        if not isinstance(response, Response):
            raise TypeError(
                f"{_name(handler)} returned {type(response).__name__}, not a Response: "
                f"return render(...), redirect(...) or Response.html(...)"
            )
        if safe:
            return response
        response.check()                          # before the commit
        if response.status < 400:
            request.save()
            done = True
        return response

    safe = request.method in crosssite.SAFE_METHODS
    if safe:
        return work()
    kept = False
    try:
        response = request.db.transact(work, lazy=True, keep=lambda response: done)
        kept = done
    except errors.Unavailable as error:
        # Lost during COMMIT: the rows may be there, and a file too many is better than one too few.
        kept = done and isinstance(error, errors.Unsure)
        if kept:
            request.keep_saves()                  # what comes of another try does not concern them
        raise
    finally:
        if not kept:
            request.undo_saves()
    return response


def missing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application of every address without a page."""
    return answer(_not_found, environ, start_response)


def _not_found(request: Request) -> Response:
    raise errors.NotFound()


def _failure(error: BaseException) -> Any:
    """The module of error pages; compiled files that were cut short are made anew on the way."""
    from . import later

    later.mend(error)
    while True:
        try:
            from . import failure
        except Exception as second:
            if not later.mend(second):
                raise
        else:
            return failure


def _finish(request: Request | None, environ: dict[str, Any]) -> None:
    try:
        if request is None:
            Body(environ).drain(DRAIN_SECONDS, DRAIN_BYTES)
            return
        limits: Any = request.config.limits
        # A CGI process holds nobody up; where threads are few, a refusal may not take one for long.
        most = UNBOUNDED if environ.get("wsgi.run_once") else limits.body * 2
        request.body.drain(limits.drain, most)
        request.close()
    except Exception as error:                    # the answer is made; this is only noted
        from . import failure

        failure.note(error, request, environ)


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{getattr(handler, '__qualname__', type(handler).__name__)}"
