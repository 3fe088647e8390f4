"""The way of a submitted form: the page that has it, what was filled in, the answer.

A form is read in the page that the visitor would be shown at this moment. So it has the options,
hidden values and buttons that this visitor may use, and a form that is not shown to them does not
exist for them either.
"""
from __future__ import annotations

import io
import os

from .. import errors
from ..errors import Invalid
from ..percent import unquote
from ..request import VIEW, Request
from ..response import Response
from . import ONCE, markup, once, refill, validity, which
from .submission import Submission

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Handler = Callable[..., Response]

STALE = ("This form was open for very long, or was not made by this site. Nothing is lost: "
         "please look at your answers and send it again.")
# Of the headers of the form's page, those that speak of its content and not of the page.
_OF_THE_CONTENT = frozenset({
    "content-type", "content-length", "etag", "last-modified", "cache-control", "set-cookie"})


def received(request: Request, show: Handler, values: dict[str, Any]) -> Submission:
    """What was sent, and what the form of the page that `show` makes says of it.

    Forbidden where that page has no such form for this visitor, BadRequest where nobody could tell
    which of its forms it was, and what `show` raises.
    """
    fields, files = request.sent
    seen = view(request)
    page = show(seen, **values)
    if page.status != 200 or not isinstance(page.body, bytes):
        raise errors.Forbidden(
            "The form is not open to you at this moment. Please open its page again and look.",
            detail=f"the form's page answered {page.status}",
        )
    document = markup.read(page.body.decode("utf-8"))
    form = which.submitted(
        document, unquote(request.url.encode()).decode(), request.environ.get("QUERY_STRING", ""),
        fields, files, seen.url)
    pressed = which.submitter(form, fields)
    verdict = validity.check(form, fields, files, pressed, request.config.site.language)
    token = fields.get(ONCE)
    age = None
    if token is not None:
        is_ours, age = once.opened(request.config, token)
        if not is_ours:
            age = None
            verdict.general.insert(0, STALE)
    submission = Submission(page, document, form, fields, files, pressed, verdict, token, age)
    request.__dict__["submission"] = submission
    return submission


def handled(handler: Handler, submission: Submission, only_once: bool = True) -> Handler:
    """The handler, given the form's values, and run once for all times that the same is sent.

    With `only_once` false it is run each time. Where its answer leads to is kept all the same, for
    who may not see the form any more when a second click arrives.
    """

    def guarded(request: Request, **values: Any) -> Response:
        request.__dict__["form"] = dict(submission.verdict.values)
        if submission.token is None:
            return handler(request, **values)
        sent = once.fingerprint(request, submission.token)
        if not only_once:
            response = handler(request, **values)
            once.remember_way(request.db, sent, response)
            return response
        first = once.claim(request.db, sent)
        if first is not None:
            return first
        response = handler(request, **values)
        if isinstance(response, Response) and response.status < 400:
            once.keep(request.db, sent, response)
            if os.urandom(1) < b"\x04":           # one in 64: what cron does, where there is none
                once.sweep(request.db, request.config)
        return response

    guarded.__module__, guarded.__qualname__ = handler.__module__, getattr(
        handler, "__qualname__", type(handler).__name__)
    return guarded


def first_answer(request: Request, submission: Submission | None = None) -> Response | None:
    """The answer to what was sent before, though the form has changed by that, or is not shown now.

    None for what was not. Where there is no submission, the form is not for this visitor any more,
    who may be another one at the same machine: then they are led on, and read nothing.
    """
    if "sent" not in request.__dict__:         # too much, or broken: nothing was read
        return None
    token = request.fields.get(ONCE)
    first = None if token is None else once.first(request.db, once.fingerprint(request, token))
    if first is not None and submission is None and first.body and not first["Location"]:
        raise errors.Conflict(once.SENT_BEFORE)
    return first


def refused(request: Request, submission: Submission, error: Invalid | None = None) -> Response:
    """The page again as a 422, filled in, with what is to be looked at; JSON for who asks for it.

    Without `error` it says what the form itself found.
    """
    if error is None:
        faults = {name: fault.sentence for name, fault in submission.verdict.faults.items()}
        general = list(submission.verdict.general)
    else:
        faults = dict(error.fields)
        own = error.sentence != Invalid.sentence or not faults
        general = [error.sentence] if own else []
    if request.wants_json:
        sentence = " ".join(general) or Invalid.sentence
        answer = Response.json({"sentence": sentence, "errors": faults}, Invalid.status)
    else:
        text = refill.refilled(
            submission.document, submission.form, submission.fields, faults, general,
            submission.files, request.config.site.language)
        answer = Response.html(text, Invalid.status)
    answer.headers += [pair for pair in submission.page.headers
                       if pair[0].lower() not in _OF_THE_CONTENT]
    if error is not None:
        answer.headers += error.headers
    return once.furnished(answer, request.config, submission.age)


def view(request: Request, **changed: str) -> Request:
    """The same visit as a GET: the same visitor, address and connection, and no body."""
    environ = {**request.environ, "REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO(), VIEW: True,
               **changed}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        environ.pop(name, None)
    seen = Request(environ, request.config)
    for name in ("db", "user"):
        if name in request.__dict__:
            seen.__dict__[name] = request.__dict__[name]
    return seen
