"""Static files for gateways without a web server before them: a file in htdocs/ beats a script."""
from __future__ import annotations

import os
import stat

from ..application import answer
from ..errors import MethodNotAllowed, NotFound
from ..response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..request import Request
    from .run import WSGI

A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"


class Static:
    """A WSGI application: regular files below `folder`, and `otherwise` for every other address.

    Names that begin with a dot or an underscore are never served, nor symbolic links. A file asked
    for with `?v=`, as `static()` writes it, may be kept for ever.

    `led` is where an old script leads to, and maybe from what a visitor has sent it: the folder may
    be one of the host's, in which programs lie whose source is nobody's, and a log.
    """

    def __init__(self, folder: str, otherwise: WSGI, led: bool = False) -> None:
        self._folder = os.path.realpath(folder)
        self._otherwise, self._led = otherwise, led

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = self._find(environ.get("PATH_INFO", ""))
        if path is None:
            return self._otherwise(environ, start_response)

        def respond(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(b"", 204, [("Allow", "GET, HEAD, OPTIONS")])
            if request.method not in ("GET", "HEAD"):
                raise MethodNotAllowed(["GET", "HEAD", "OPTIONS"])
            try:
                response = Response.file(path)
            except PermissionError as error:
                raise NotFound(detail=f"{error}: chmod a+r lets it be read") from error
            asked_by_hash = environ.get("QUERY_STRING", "").startswith("v=")
            response["Cache-Control"] = A_YEAR if asked_by_hash else AN_HOUR
            return response

        return answer(respond, environ, start_response)

    def _find(self, path_info: str) -> str | None:
        try:
            parts = path_info.encode("latin-1").decode("utf-8").split("/")[1:]
        except UnicodeDecodeError:
            return None
        if not parts or any(part[:1] in ("", ".", "_") for part in parts) or "\0" in path_info:
            return None
        if self._led and _is_of_the_host(parts):
            return None
        path = os.path.join(self._folder, *parts)
        try:
            is_file = stat.S_ISREG(os.lstat(path).st_mode)
            return path if is_file and os.path.realpath(path) == path else None
        except (OSError, ValueError):
            return None


def _is_of_the_host(parts: list[str]) -> bool:
    """Whether the rules for Apache leave a file to the host, which would run it, or to nobody."""
    import re

    from ..hosting.htaccess import PROGRAMS

    return (parts[0] == "cgi-bin" or parts[-1] == "error_log"
            or re.search(PROGRAMS, parts[-1]) is not None)
