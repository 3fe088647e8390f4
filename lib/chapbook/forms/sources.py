"""Forms that live elsewhere: in a static page of htdocs/, or on the page of another script."""
from __future__ import annotations

import os

from ..errors import ServerError
from ..response import Response
from ..script import application_of
from .flow import view
from .relocate import relocated

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..request import Request


def named(name: str) -> Callable[..., Response]:
    """A function that shows the page with the form: "booking.html" in htdocs/, or a script's.

    A name without .html is that of a script, as `request.url_for` takes it: "contact",
    "events/new". ServerError where there is no such page.
    """
    def show(request: Request, **values: Any) -> Response:
        return static(request, name) if name.endswith(".html") else of_script(request, name)
    return show


def static(request: Request, name: str) -> Response:
    """The static page htdocs/NAME, its relative links made such that they hold at this address."""
    path = os.path.join(request.config.htdocs, name)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except OSError as error:
        raise ServerError(detail=f"form={name!r}: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ServerError(detail=f"form={name!r}: {path} is not UTF-8 text: {error}") from error
    return Response.html(relocated(text, f"{request.root}/{name}"))


def of_script(request: Request, name: str) -> Response:
    """What another script answers to this visitor's GET, its relative links made to hold here."""
    folder = request.config.path("cgi-bin")
    script, rest = name.strip("/"), ""
    while "/" in script and not os.path.isfile(os.path.join(folder, script + ".py")):
        script, _, last = script.rpartition("/")
        rest = f"/{last}{rest}"
    path = os.path.join(folder, script + ".py")
    if not os.path.isfile(path):
        raise ServerError(detail=f"form={name!r}: there is no cgi-bin/{script}.py, and a static "
                                 f"page would be named with its .html")
    application: Any = application_of(path, folder)
    if not hasattr(application, "respond"):
        raise ServerError(detail=f"form={name!r}: the application of cgi-bin/{script}.py is no "
                                 f"Page and no Routes")
    url = request.url_for(name)
    seen = view(request, PATH_INFO=rest, QUERY_STRING="", REQUEST_URI=url, SCRIPT_FILENAME=path,
                **{"chapbook.script": script})
    page: Response = application.respond(seen)
    if isinstance(page.body, bytes):
        page = Response(relocated(page.body.decode("utf-8"), url).encode(), page.status,
                        page.headers)
    return page
