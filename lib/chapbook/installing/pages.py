"""The pages of the installer: forms without a database, a session, or the site's secret.

What is sent is held to the form of the page, as everywhere; but there is no once-token, because
nothing could keep one yet, and every step can be repeated. Whoever has not given the one-time code
sees the page that asks for it, and when the site is set up there is no page at all.
"""
from __future__ import annotations

import os

from .. import config as configuration
from .. import passcode
from ..application import answer
from ..crosssite import SAFE_METHODS
from ..errors import ConfigError, Forbidden, HTTPError, Invalid, NotFound, ServerError
from ..forms import flow, refill
from ..page import Page
from ..response import Response, redirect
from ..routes import Routes
from . import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..application import Handler
    from ..config import Config
    from ..forms.submission import Submission
    from ..request import Request

UPLOAD = ("Upload the folders lib, templates and vendor anew, whole, in binary mode; then open "
          "this page again.")
OVER = ("The hour of your code is over, so this was not done. Open the installer in another window "
        "of this browser, give a new code there, and then come back to this one and send it again: "
        "what you have written is still in it.")
_OF_THE_CONTENT = frozenset({"content-type", "content-length", "cache-control"})


def with_the_code(request: Request) -> bool:
    """whoever has the one-time code"""
    return passcode.admitted(request)


class Step(Page):
    """One page of the installer; `open_to_all` is for the one that asks for the code."""

    def __init__(
        self, *, get: Handler, post: Handler | None = None, open_to_all: bool = False,
    ) -> None:
        super().__init__(get=get, post=post, once=False,
                         allow="everyone" if open_to_all else with_the_code)
        self._open = open_to_all

    def handle(self, request: Request, values: dict[str, Any]) -> Response:
        """The answer, which nobody keeps; a redirect to the page for the code for who has none."""
        name = "GET" if request.method == "HEAD" else request.method
        handler = self._handlers.get(name)
        if handler is None:
            return super().handle(request, values)
        if not self._open and not passcode.admitted(request):
            if request.method in SAFE_METHODS:
                return redirect(request.url_for("install"))
            raise Forbidden(OVER)
        if request.method in SAFE_METHODS:
            response = handler(request, **values)
        else:
            response = self._sent(handler, request, values)
        response["Cache-Control"] = "no-store"
        return response

    def _sent(self, handler: Handler, request: Request, values: dict[str, Any]) -> Response:
        shown: list[Response] = []

        def show(seen: Request, **values: Any) -> Response:
            shown.append(self._handlers["GET"](seen, **values))
            return shown[0]

        try:
            submission = flow.received(request, show, values)
        except Forbidden:
            if shown and shown[0].status == 303:      # another step is due by now
                return shown[0]
            raise
        if not submission.verdict.fits:
            faults = submission.verdict.faults
            return _again(request, submission,
                          {name: fault.sentence for name, fault in faults.items()},
                          list(submission.verdict.general))
        request.__dict__["form"] = dict(submission.verdict.values)
        try:
            return handler(request, **values)
        except Invalid as error:
            own = error.sentence != Invalid.sentence or not error.fields
            return _again(request, submission, dict(error.fields), [error.sentence] if own else [])
        except ConfigError as error:
            return _again(request, submission, {}, [str(error)])
        except HTTPError as error:
            if error.status not in (409, 429, 500, 503):
                raise
            # Nothing of what was typed is lost to a disk that is full, or to another window. Who
            # is here is the owner, and may know what the log would say.
            usual = error.sentence == type(error).sentence
            said = error.detail if usual and error.detail else error.sentence
            return _again(request, submission, {}, [said], error.status)


def _again(
    request: Request, submission: Submission, faults: dict[str, str], general: list[str],
    status: int = 422,
) -> Response:
    """The page once more, filled in, with what has to be looked at."""
    text = refill.refilled(
        submission.document, submission.form, submission.fields, faults, general,
        submission.files, str(request.config.site.language))
    answer = Response.html(text, status)
    answer.headers += [pair for pair in submission.page.headers
                       if pair[0].lower() not in _OF_THE_CONTENT]
    return answer


def texts(request: Request) -> dict[str, str]:
    """What was filled in, as texts by name; "" for what was left empty, "yes" for a tick."""
    return {name: "" if value in (None, False) else "yes" if value is True else str(value)
            for name, value in request.form.items()}


class Installer(Routes):
    """The steps at their addresses, asked with the settings that there are without a site.ini."""

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        given = environ.get("chapbook.config")
        root = given.root if given is not None else configuration.ROOT
        try:
            bare = configuration.load(None, root=root)
        except ConfigError as error:
            environ["chapbook.config"] = _defaults(root)
            return answer(_saying(error), environ, start_response)
        # A site.ini may be broken, and its base_url may not be the right one yet.
        environ["chapbook.config"] = bare
        return super().__call__(environ, start_response)

    def respond(self, request: Request) -> Response:
        """The answer of a step; what breaks one is a sentence about what to upload."""
        if state.is_set_up(request.config):
            raise NotFound(state.CLOSED)
        try:
            return super().respond(request)
        except HTTPError as error:
            if type(error) is ServerError:
                raise ServerError(f"A file of the site is damaged. {UPLOAD}",
                                  detail=error.detail) from error
            raise
        except ImportError as error:
            raise ServerError(f"The package {error.name or ''} is missing here. {UPLOAD}",
                              detail=str(error)) from error
        except Exception as error:
            if type(error).__module__.startswith("jinja2"):
                raise ServerError(f"A template of the installer is missing or damaged. {UPLOAD}",
                                  detail=f"{type(error).__name__}: {error}") from error
            raise


def _defaults(root: str) -> Config:
    """The settings of a site without host.ini, which cannot be read."""
    made = configuration.load(None, root=os.path.join(root, "lib"))
    made.root = root
    return made


def _saying(error: ConfigError) -> Callable[[Request], Response]:
    def respond(request: Request) -> Response:
        raise ServerError(
            "The file host.ini, beside lib, is damaged. Upload it anew, in binary mode; then open "
            "this page again.", detail=str(error))
    return respond
