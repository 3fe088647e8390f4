"""The doctor's page: for administrators, and where nobody can sign in, for who has the code.

Like the pages of the installer it needs neither a database nor settings that can be read, for it is
asked when these are what is wrong.
"""
from __future__ import annotations

import os

from .. import config as configuration
from .. import passcode
from ..crosssite import SAFE_METHODS
from ..doctor.place import Place
from ..errors import ConfigError, Forbidden, HTTPError
from ..page import Page
from ..response import Response, redirect
from ..routes import Routes
from .pages import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..application import Handler
    from ..request import Request

CODE = "doctor/code"
OVER = ("The hour of your code is over, or you are not signed in any more, so nothing was changed. "
        "Open this page anew.")


def may_consult(request: Request, **values: object) -> bool:
    """administrators, and whoever has the one-time code"""
    return passcode.admitted(request) or is_administrator(request)


def is_administrator(request: Request) -> bool:
    """Whether an administrator is signed in; nobody is where the database does not answer."""
    database = request.config.database
    if database.engine == "sqlite" and not os.path.exists(request.config.path(database.file)):
        return False                              # to ask it would make it
    try:
        return request.user is not None and request.user.may("administrator")
    except (HTTPError, ConfigError, ImportError):
        return False


class Consultation(Step):
    """A page of the doctor; `open_to_all` is for the one that asks for the code."""

    def __init__(
        self, *, get: Handler, post: Handler | None = None, open_to_all: bool = False,
    ) -> None:
        Page.__init__(self, get=get, post=post, once=False,
                      allow="everyone" if open_to_all else may_consult)
        self._open = open_to_all

    def handle(self, request: Request, values: dict[str, Any]) -> Response:
        """The answer, which nobody keeps; for who may not, the way to the page for the code."""
        handler = self._handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            return Page.handle(self, request, values)
        is_safe = request.method in SAFE_METHODS
        if not self._open and not may_consult(request):
            if is_safe:
                return redirect(request.url_for(CODE))
            raise Forbidden(OVER)
        response = handler(request, **values) if is_safe else self._sent(handler, request, values)
        response["Cache-Control"] = "no-store"
        return response


class Consulting(Routes):
    """The doctor's pages, asked with what can be read of the settings."""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        if "chapbook.config" not in environ:
            try:
                configuration.current()
            except ConfigError:
                environ["chapbook.config"] = Place(configuration.ROOT).config
        return super().__call__(environ, start_response)
