"""A page: which function answers which method. The one line that is a URL's whole contract."""
from __future__ import annotations

import sys

from .application import answer, call
from .crosssite import SAFE_METHODS
from .errors import Forbidden, HTTPError, Invalid, MethodNotAllowed, NotFound, ServerError, Unsure
from .location import lazy
from .response import Response, redirect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .application import Handler
    from .permissions import Permission, Rule
    from .request import Request

METHODS = ("get", "post", "put", "patch", "delete")
OWN = "the form of this page's own GET"


class Page:
    """The WSGI application of one address: `application = Page(get=show, post=sign)`.

    What is sent must fit the form on the page's own GET, as this visitor would see it; the handler
    of an unsafe method gets its checked and typed fields as `request.form`, and is not called
    otherwise. `form` names another page that has the form ("booking.html" in htdocs/, or a script
    such as "events/new"), is a function of the request that makes one, or is None: then nothing is
    enforced, for JSON and other clients that are no browsers.

    `allow` says who may: "everyone", "member", "editor", "administrator" (or above), a function of
    the request, a Permission, or a mapping of methods to these. A page below cgi-bin/admin/ that
    says nothing is closed to everybody. `once=False` is for a form whose answer cannot be given a
    second time to who sends it twice, such as one that signs in: its handler is then run again.

    HEAD is answered from `get`, OPTIONS and 405 from the table. A handler takes the request, and
    returns a Response or raises one of `chapbook.errors`. Besides keywords there are two other ways
    to fill the table: decorators (`page = Page()`, then `@page.get` over a function) and a class
    with methods of these names (`Page(Guestbook)`; one object of it answers all requests).
    """

    def __init__(
        self, methods: object = None, /, *, get: Handler | None = None, post: Handler | None = None,
        put: Handler | None = None, patch: Handler | None = None, delete: Handler | None = None,
        form: str | Handler | None = OWN, once: bool = True,
        allow: Rule | Permission | Mapping[str, Rule | Permission] | None = None,
    ) -> None:
        self._handlers: dict[str, Handler] = {}
        self._form, self._once, self._allow = form, once, allow
        # Where it was made, which holds in every gateway: what is closed must not be open in one.
        self._file = sys._getframe(1).f_code.co_filename if allow is None else ""
        if isinstance(methods, type):
            methods = methods()
        if isinstance(methods, Page):             # its decorators are no handlers
            raise TypeError("Page(page): a page is no table of methods; use it as it is")
        if isinstance(methods, dict):             # its own `get` is no handler
            raise TypeError(f"Page({methods!r}): write Page(get=..., post=...), or Page(**table)")
        given = {"get": get, "post": post, "put": put, "patch": patch, "delete": delete}
        for name in METHODS:
            handler = given[name] or getattr(methods, name, None)
            if handler is not None:
                self._set(name, handler)
        if methods is not None and not self._handlers:
            raise TypeError(f"Page({methods!r}): it has none of the methods {', '.join(METHODS)}")

    def get(self, handler: Handler) -> Handler:
        """Decorator: this function answers GET, and HEAD."""
        return self._set("get", handler)

    def post(self, handler: Handler) -> Handler:
        """Decorator: this function answers POST."""
        return self._set("post", handler)

    def put(self, handler: Handler) -> Handler:
        """Decorator: this function answers PUT."""
        return self._set("put", handler)

    def patch(self, handler: Handler) -> Handler:
        """Decorator: this function answers PATCH."""
        return self._set("patch", handler)

    def delete(self, handler: Handler) -> Handler:
        """Decorator: this function answers DELETE."""
        return self._set("delete", handler)

    def _set(self, name: str, handler: Handler) -> Handler:
        if not callable(handler):
            raise TypeError(
                f"Page({name}=...) wants a function that takes the request, not {handler!r}"
            )
        self._handlers[name.upper()] = handler
        return handler

    @property
    def allowed(self) -> list[str]:
        """The methods that this page answers, for `Allow`."""
        names = [name.upper() for name in METHODS if name.upper() in self._handlers]
        if "GET" in names:
            names.insert(1, "HEAD")
        return [*names, "OPTIONS"]

    @lazy
    def rules(self) -> dict[str, Rule | Permission]:
        """Who may, by method; TypeError where `allow` leaves one out, or names what there is not.

        Empty where nothing was said: then everybody may, but for pages below admin/.
        """
        if self._allow is None:
            return {}
        from . import permissions

        return permissions.rules(self._allow, self._handlers)

    @property
    def pages(self) -> list[tuple[str, Page]]:
        """What a `Routes` has more of: the one page, and that nothing follows in its address."""
        return [("/", self)]

    def respond(self, request: Request) -> Response:
        """The answer to a request for this very address; NotFound where the path goes on."""
        if request.path_info:
            return beyond(request)
        return self.handle(request, {})

    def handle(self, request: Request, values: dict[str, Any]) -> Response:
        """The answer of the method's handler; `values` are its keyword arguments."""
        handler = self._handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            if request.method == "OPTIONS":
                return Response(b"", 204, [("Allow", ", ".join(self.allowed))])
            raise MethodNotAllowed(self.allowed)
        if self._allow is None:
            if request.script.startswith("admin/") or _is_of_admin(self._file):
                raise Forbidden(detail=f"cgi-bin/{request.script}.py does not say who may use it: "
                                       "write Page(..., allow=\"administrator\")")
        elif (refusal := self._refusal(request, values)) is not None:
            return refusal
        if request.method not in SAFE_METHODS and self._form is not None:
            return self._submitted(handler, request, values)
        response = call(handler, request, values)
        if response.has_form():
            from .forms import once

            if request.config.site.debug:
                from .forms import strict

                strict.verify(response, request)
            if self._allow is not None and request.user is not None:
                from . import kept

                response = kept.offered(request, response)
            response = once.furnished(response, request.config)
        return response

    def _refusal(self, request: Request, values: dict[str, Any]) -> Response | None:
        """None for who may; else what they are answered, or Forbidden is raised."""
        from . import permissions

        method = "GET" if request.method == "HEAD" else request.method
        return permissions.refusal(self.rules[method], request, values)

    def _submitted(self, handler: Handler, request: Request, values: dict[str, Any]) -> Response:
        """The answer to a form: the handler's, or the page again with what is to be looked at."""
        from .forms import flow

        if self._allow is not None:
            # It may take half an hour to come: who has lost the right by then does nothing with it.
            request.wait_for_fields()
            refusal = self._refusal(request, values)
            if refusal is not None:
                return refusal
        try:
            submission = flow.received(request, self._shows_form(), values)
        except HTTPError as error:
            first = flow.first_answer(request) if error.status < 500 else None
            if first is None:
                raise
            return first
        if not submission.verdict.fits:
            return flow.first_answer(request, submission) or flow.refused(request, submission)
        if self._allow is not None and request.user is not None:
            handler = _forgetful(handler)
        handled = flow.handled(handler, submission, self._once)
        try:
            try:
                return call(handled, request, values)
            except Unsure:
                if submission.token is None or not self._once:
                    raise
                # Kept or not, the token tells: what was done is not done again.
                request.rewind()
                return call(handled, request, values)
        except Invalid as error:
            return flow.refused(request, submission, error)

    def _shows_form(self) -> Handler:
        form: Any = self._form
        if callable(form):
            return form  # type: ignore[no-any-return]
        if form is not OWN:
            from .forms import sources

            return sources.named(form)
        if "GET" not in self._handlers:
            raise ServerError(
                detail="This page has no GET, and so no form that what is sent could be held to. "
                       "Give it one with get=..., name the page that has the form with "
                       "form=\"booking.html\", or say form=None, for clients that send no forms."
            )
        return self._handlers["GET"]

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        return answer(self.respond, environ, start_response)


def _is_of_admin(file: str) -> bool:
    return file.rpartition("/cgi-bin/")[2].startswith("admin/")


def _forgetful(handler: Handler) -> Handler:
    """The handler, which first forgets what was kept of its form until somebody signed in."""
    from . import kept

    def forgetting(request: Request, **values: Any) -> Response:
        kept.forget(request)
        return handler(request, **values)

    forgetting.__module__ = handler.__module__
    forgetting.__qualname__ = getattr(handler, "__qualname__", type(handler).__name__)
    return forgetting


def beyond(request: Request) -> Response:
    """The answer to an undeclared rest of the path: 404; a lone slash leads back to the page."""
    if request.path_info == "/" and request.method in ("GET", "HEAD"):
        return redirect(request.script_url, 301)
    raise NotFound()
