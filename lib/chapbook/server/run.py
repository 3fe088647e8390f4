"""`run(application)`: answer in whatever way this script was started."""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def run(application: WSGI) -> None:
    """Answer one CGI request where a web server started the script; else act as a command.

    Where standard input is a socket that listens, the script was started as FastCGI, and answers
    one request after another. Does not return: the process ends with it.
    """
    if "GATEWAY_INTERFACE" in os.environ:
        from .cgi import serve

        serve(application)
    if _is_socket(0):                             # so it is by ssh, too
        from . import fastcgi

        if fastcgi.is_listening():
            # A whole site takes in its edits itself; one script is started anew by them.
            site: Any = getattr(application, "reloading", None)
            fastcgi.serve(site() if site else application, everything=site is None)
    from .shell import main

    main(application)


def _is_socket(file: int) -> bool:
    try:
        return os.fstat(file).st_mode & 0o170000 == 0o140000
    except OSError:                               # it is closed
        return False
