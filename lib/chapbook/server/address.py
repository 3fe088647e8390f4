"""Addresses as Apache hands them on, for servers that pass them as they came.

Apache takes `//`, `/./` and `/../` out of an address, refuses a broken escape with 400, and `%2f`
and `%00` with 404, before a script sees it. With this in front every other server does the same.
"""
from __future__ import annotations

from .. import percent
from ..application import answer
from ..errors import BadRequest, HTTPError, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .run import WSGI

_HEX = frozenset(b"0123456789abcdefABCDEF")


class Address:
    """A WSGI application that gives another one a normal PATH_INFO, made from REQUEST_URI."""

    def __init__(self, application: WSGI) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            path = normal(environ["REQUEST_URI"].encode("latin-1"))
        except HTTPError as error:
            environ["PATH_INFO"] = ""              # the page of the error must not trip over it
            return answer(_raising(error), environ, start_response)
        environ["PATH_INFO"] = path.decode("latin-1")
        return self._application(environ, start_response)


def normal(target: bytes) -> bytes:
    """The decoded path of a request target, without query, double slashes and dot segments.

    BadRequest for a broken escape and for a path that climbs above the root, NotFound for `%2f`
    and `%00`.
    """
    path = target.partition(b"?")[0].partition(b"#")[0]
    if path[:1] != b"/":                           # absolute-form: GET http://host/path
        _, scheme, rest = path.partition(b"://")
        if not scheme:
            raise BadRequest(detail="the request target is no path")
        path = b"/" + rest.partition(b"/")[2]
    escapes = path.split(b"%")[1:]
    if any(len(escape) < 2 or not _HEX.issuperset(escape[:2]) for escape in escapes):
        raise BadRequest(detail="a broken %-escape in the address")
    if any(escape[:2] in (b"2f", b"2F", b"00") for escape in escapes):
        raise NotFound()
    segments: list[bytes] = []
    parts = percent.unquote(path).split(b"/")[1:]
    for part in parts:
        if part == b"..":
            if not segments:
                raise BadRequest(detail="the address climbs above the root")
            segments.pop()
        elif part not in (b"", b"."):
            segments.append(part)
    ends_in_slash = parts[-1] in (b"", b".", b"..")
    return b"/" + b"/".join(segments) + (b"/" if ends_in_slash and segments else b"")


def _raising(error: HTTPError) -> Callable[[Any], Any]:
    def respond(request: Any) -> Any:
        raise error
    return respond
