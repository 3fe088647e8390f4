"""Addresses as Apache hands them on, for servers that pass them as they came.

Apache takes `//`, `/./` and `/../` out of an address, refuses a broken escape with 400, and `%2f`
and `%00` with 404, before a script sees it. Where the request line itself names a host, that is the
host (RFC 9112 section 3.2.2), and spaces and tabs around a header are none of it (RFC 9110 section
5.5). With this in front every other server does the same.
"""
from __future__ import annotations

from ..application import answer
from ..errors import HTTPError
from ..paths import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .run import WSGI


class Address:
    """A WSGI application that gives another one a normal PATH_INFO, made from REQUEST_URI, and the
    host that is named there, if one is. Where the site is below another address, that is in
    SCRIPT_NAME, as Passenger has it.
    """

    def __init__(self, application: WSGI) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if not environ.get("REQUEST_URI"):         # a server that keeps it for itself
            return self._application(environ, start_response)
        if not environ["REQUEST_URI"].startswith("/"):       # absolute-form: GET http://host/path
            host = environ["REQUEST_URI"].partition("://")[2].partition("/")[0].partition("?")[0]
            environ["HTTP_HOST"] = host or environ.get("HTTP_HOST", "")
        try:
            path = normal(environ["REQUEST_URI"].encode("latin-1"))
        except HTTPError as error:
            environ["PATH_INFO"] = ""              # the page of the error must not trip over it
            return answer(_raising(error), environ, start_response)
        below = environ.get("SCRIPT_NAME", "").rstrip("/").encode("latin-1")
        if below and (path + b"/").startswith(below + b"/"):
            path = path[len(below):] or b"/"
        environ["PATH_INFO"] = path.decode("latin-1")
        for name, value in environ.items():
            if name.startswith("HTTP_") and value != value.strip(" \t"):
                environ[name] = value.strip(" \t")
        return self._application(environ, start_response)


def _raising(error: HTTPError) -> Callable[[Any], Any]:
    def respond(request: Any) -> Any:
        raise error
    return respond
