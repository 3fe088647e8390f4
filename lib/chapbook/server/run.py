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

    Does not return: the process ends with it.
    """
    if "GATEWAY_INTERFACE" in os.environ:
        from .cgi import serve

        serve(application)
    else:
        from .shell import main

        main(application)
