"""What somebody sent who was not signed in any more: kept meanwhile, and offered again.

A session ends while its visitor is writing. What they then send is put into an anonymous session,
and they are asked to sign in; the page that they come back to has its form filled in with it.
Whose session it was is known for as long as its row is there: then nobody else is offered it.
"""
from __future__ import annotations

import time

from .accounts import throttle
from .application import call
from .errors import HTTPError, TooLarge, TooManyRequests
from .forms import ONCE, flow, markup, refill, which
from .forwarded import block
from .multidict import MultiDict
from .percent import unquote
from .response import Response, redirect
from .session import data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .request import Request

NAME = "kept form"                    # in the session
LIVES = 3600                          # seconds
MOST = 48 << 10                       # bytes, of the 64 KiB that a session has
LIMIT = throttle.Limit("kept form", 5, 120)
NOT_KEPT = ("You are not signed in any more, and what you wrote could not be kept here. Nothing is "
            "lost: please sign in in another window, then reload this page to send it again.")
OFFERED = ("You had to sign in before this could be sent. It has not been sent yet: please look at "
           "it, and send it.")
_SECRET_PARTS = ("password", "passwort", "passwd", "passphrase", "passcode", "kennwort", "pwd",
                 "secret")
_SECRETS = frozenset({"code", "pin", "otp", "totp", "token", "pass", "pw"})


def way_to_sign_in(request: Request) -> Response:
    """The way to the sign-in page, from which the visitor comes back here."""
    query = request.environ.get("QUERY_STRING", "")
    here = request.url + ("?" + query if query else "")
    return redirect(request.url_for(request.config.accounts.sign_in, next=here))


def until_signed_in(request: Request) -> Response:
    """The same, with what was sent put into the session; files and passwords are not kept.

    TooLarge or TooManyRequests where it cannot be: then a reload sends it once more. A form that
    was done a moment ago, which gave the visitor's session another token, gets its first answer.
    """
    first = flow.first_answer(request) if request.sent[0] else None
    if first is not None:
        return first
    fields = [[name, value] for name, value in request.sent[0].pairs()
              if name != ONCE and not _is_secret(name)]
    if len(data.text(NAME, fields).encode()) > MOST:       # as the session has it, escapes too
        raise TooLarge(NOT_KEPT)
    wait = throttle.spend(request.db, [(LIMIT, block(request.remote_address))])
    if wait:
        raise TooManyRequests(NOT_KEPT, retry_after=wait)

    def keep(request: Request) -> Response:
        request.session[NAME] = {"at": int(time.time()), "place": _place(request), "fields": fields,
                                 "of": request.session.former_account_id}
        return way_to_sign_in(request)

    return call(keep, request, {})


def offered(request: Request, page: Response) -> Response:
    """The page with its form filled in, if something was kept for it; else as it was."""
    if not _is_here(request) or page.status != 200 or not isinstance(page.body, bytes):
        return page
    fields: MultiDict[str] = MultiDict(
        (name, value) for name, value in request.session[NAME]["fields"])
    document = markup.read(page.body.decode("utf-8"))
    try:
        form = which.submitted(
            document, unquote(request.url.encode()).decode(),
            request.environ.get("QUERY_STRING", ""), fields, MultiDict(), request.url)
    except HTTPError:
        return page                   # it has no such form any more
    text = refill.refilled(document, form, fields, {}, [OFFERED],
                           language=request.config.site.language)
    return Response(text.encode("utf-8"), page.status, page.headers)


def forget(request: Request) -> None:
    """Forget what was kept for this page, which has now been sent; in the handler's transaction."""
    if _is_here(request):
        del request.session[NAME]


def _is_here(request: Request) -> bool:
    kept: Any = request.session.get(NAME)
    return (isinstance(kept, dict) and kept["place"] == _place(request)
            and abs(time.time() - kept["at"]) < LIVES
            and kept["of"] in (None, request.session.account_id))


def _place(request: Request) -> str:
    return f"{request.url}?{request.environ.get('QUERY_STRING', '')}"


def _is_secret(name: str) -> bool:
    small = name.casefold()
    return small in _SECRETS or any(part in small for part in _SECRET_PARTS)
