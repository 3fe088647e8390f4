"""Who is let into the inbox: pages that only open to a signed-in browser, and its cookie."""
from __future__ import annotations

from functools import wraps

from chapbook import cookies
from chapbook.errors import Forbidden
from chapbook.response import redirect
from chapbook.templates import render

from . import doorkeys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from chapbook.request import Request
    from chapbook.response import Response

    Handler = Callable[..., Response]

COOKIE = "inbox"


def within(handler: Handler) -> Handler:
    """The handler for who is signed in; for everybody else a 403 that says how to be."""
    @wraps(handler)
    def guarded(request: Request, **values: Any) -> Response:
        if not is_open(request):
            return refusal(request)
        return handler(request, **values)
    return kept_private(guarded)


def kept_private(handler: Handler) -> Handler:
    """The handler, with answers that no browser and no cache keeps."""
    @wraps(handler)
    def private(request: Request, **values: Any) -> Response:
        response = handler(request, **values)
        response["Cache-Control"] = "no-store"
        return response
    return private


def refusal(request: Request, why: str = "") -> Response:
    """A 403 that says how to get in; `why` is "used" for a link that opens nothing any more."""
    return render(request, "owner/closed.html", status=403, why=why)


def is_open(request: Request) -> bool:
    """Whether this visitor is signed in."""
    token = request.cookies.get(cookies.own(request, COOKIE)[0])
    return token is not None and doorkeys.is_open(request.db, token)


def enter(request: Request, key: str, to: str) -> Response:
    """Sign in by a key, and go on to a path; Forbidden for a key that does not fit any more.

    Whatever session this browser had before ends.
    """
    name, attributes = cookies.own(request, COOKIE)
    token = doorkeys.enter(request.db, key)
    if token is None:
        raise Forbidden("This link has just been used. ./chapbook inbox makes another.")
    doorkeys.leave(request.db, request.cookies.get(name, ""))
    response = redirect(to)
    response.set_cookie(name, token, **attributes)
    return response


def leave(request: Request, to: str) -> Response:
    """Sign out, here and in the database, and go on to a path."""
    name, attributes = cookies.own(request, COOKIE)
    doorkeys.leave(request.db, request.cookies.get(name, ""))
    response = redirect(to)
    response.set_cookie(name, "", max_age=0, **attributes)
    return response
