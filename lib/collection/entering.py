"""Signing in, from the password to the session: what is kept in between, and who is told.

Nobody is signed in before both the password and, where there is one, the code of the second factor
were right. In between the session has only which account it was, for ten minutes.
"""
from __future__ import annotations

import time

from chapbook.accounts import accounts, events, signin, throttle
from chapbook.accounts.events import Who
from chapbook.templates import render

from . import accountmail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.accounts.signin import Outcome
    from chapbook.db import Row
    from chapbook.request import Request
    from chapbook.response import Response

NAME = "signing in"           # in the session
LIVES = 10 * 60               # seconds
MANY, LATELY = 5, 3600        # wrong tries within so many seconds, of which the owner is told


def who(request: Request) -> Who:
    """Who asks, as it is written down: nobody that is known, from this network."""
    return Who(None, request.id, request.remote_address)


def wait_for_code(request: Request, outcome: Outcome, remember: bool) -> None:
    """Note that the password was right, until the code of the second factor comes.

    The session gets a new token, so that nobody who knows the one before can go on with it.
    """
    assert outcome.account is not None
    request.session.rotate()
    request.session[NAME] = {
        "account": outcome.account.id, "at": int(time.time()), "mark": outcome.mark,
        "remember": remember, "new place": outcome.is_new_place,
    }


def waiting(request: Request) -> dict[str, Any] | None:
    """What `wait_for_code` has noted within ten minutes."""
    held: Any = request.session.get(NAME)
    if not isinstance(held, dict) or not 0 <= time.time() - held["at"] < LIVES:
        return None
    return dict(held)


def enter(
    request: Request, account: Row, mark: str, *, remember: bool, new_place: bool,
    by_recovery: bool = False,
) -> bool:
    """Sign somebody in, and tell the account's owner where that is news.

    False where the account was closed, or its password or second factor changed, in the meantime.
    """
    request.session.pop(NAME, None)
    if not signin.admit(request.db, account.id, mark):
        return False
    request.session.sign_in(account.id, remember)
    if by_recovery:
        accountmail.notice(request, account, "recovery code used")
    elif new_place:
        accountmail.notice(request, account, "signed in")
    return True


def too_many(
    request: Request, seconds: int, *, address: str | None = None, account_id: int | None = None
) -> Response:
    """A 429 that says when to try again; the owner of the account is told, if it was about theirs.

    That is written by a connection of its own, as what this request has written is undone. The
    handler must not have begun to write.
    """
    from chapbook import db

    with db.connect(request.config) as own:
        own.transact(_warn, own, request, address, account_id)
    return later(request, seconds)


def later(request: Request, seconds: int) -> Response:
    """A 429 that says when to try again."""
    response = render(request, "account/later.html", status=429, seconds=seconds,
                      at=int(time.time()) + seconds)
    response["Retry-After"] = str(seconds)
    return response


def _warn(own: Any, request: Request, address: str | None, account_id: int | None) -> None:
    """Tell the owner, if it was about an account that is open, and of the last tries some were
    wrong. Who waits can ask without end, and measure: so as much is asked of the database anyway.
    """
    what, title = (("sign-in", "too many tries") if account_id is None
                   else ("code", "too many codes"))
    one = (accounts.by_id(own, account_id) if account_id is not None
           else accounts.find(own, address or ""))
    id = one.id if one is not None and one.state == "active" else 0
    wrong = events.lately(own, id, what, "wrong", int(time.time()) - LATELY)
    if one is not None and wrong >= MANY:
        accountmail.notice(request, one, title, db=own)
    else:
        throttle.spend(own, [(accountmail.NOTICE, f"{title}\n0")])
