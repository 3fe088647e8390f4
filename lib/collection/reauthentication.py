"""One's own password, asked for once more before something grave: a screen left alone is no key.

    <p>{{ own_password(asked) }}</p>                 asked=reauthentication.wanted(request)
    reauthentication.confirm(request)                in the handler, of a Page with once=False

Then nothing is asked for a quarter of an hour in this session. Tries count as those of signing in.
"""
from __future__ import annotations

import time

from chapbook.accounts import signin
from chapbook.errors import BadRequest, Invalid

from .users import me, who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.request import Request

LASTS = 15 * 60               # seconds
FIELD = "own_password"
_NAME = "password confirmed"


def wanted(request: Request, now: int | None = None) -> bool:
    """Whether the password is to be asked for: it was not given within a quarter of an hour."""
    now = int(time.time()) if now is None else now
    held = request.session.get(_NAME)
    return not (isinstance(held, list) and len(held) == 2 and held[0] == me(request).id
                and 0 <= now - held[1] < LASTS)


def confirm(request: Request, now: int | None = None) -> None:
    """Go on only with the password of who is signed in, in the form's field `own_password`.

    Invalid, with a sentence at that field, without it, with another one, and after too many tries.
    The page's handler must not have begun to write (`once=False`), or wrong ones are not counted.
    """
    if not wanted(request, now):
        return
    password = request.form.get(FIELD)
    if not password:
        raise Invalid(**{FIELD: "This needs your own password."})
    user = me(request)
    try:
        outcome = signin.authenticate(request.db, user.address, password, who(request), now)
    except BadRequest as error:
        raise Invalid(**{FIELD: error.sentence}) from error
    if outcome.retry_after:
        minutes = -(-outcome.retry_after // 60)
        raise Invalid(**{FIELD: "There were too many wrong passwords. Please wait for "
                                f"{minutes} min, and try again."})
    if outcome.account is None or outcome.account.id != user.id:
        raise Invalid(**{FIELD: "This is not your password."})
    request.session[_NAME] = [user.id, int(time.time()) if now is None else now]
