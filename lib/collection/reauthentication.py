"""One's own password, asked for once more before something grave: a screen left alone is no key.

    render(..., asked=reauthentication.wanted(request))      the form has the field, if it is asked
    reauthentication.confirm(request)                        in the handler; Page(..., once=False)

Then nothing is asked for a quarter of an hour in this session. Tries count as those of signing in.
"""
from __future__ import annotations

import time

from chapbook.errors import Invalid

from . import oneself

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.request import Request

LASTS = 15 * 60               # seconds
_NAME = "password confirmed"


def wanted(request: Request, now: int | None = None) -> bool:
    """Whether the password is to be asked for: it was not given within a quarter of an hour."""
    now = int(time.time()) if now is None else now
    held = request.session.get(_NAME)
    return not (isinstance(held, list) and len(held) == 2 and held[0] == oneself.user(request).id
                and 0 <= now - held[1] < LASTS)


def confirm(request: Request) -> None:
    """Go on only with the password of who is signed in, in the form's field `own_password`.

    Invalid, with a sentence at that field, without it, with another one, and after too many tries.
    The page's handler must not have begun to write (`once=False`), or wrong ones are not counted.
    """
    if not wanted(request):
        return
    if not request.form.get(oneself.FIELD):
        raise Invalid(**{oneself.FIELD: "This needs your own password."})
    oneself.prove(request)
    request.session[_NAME] = [oneself.user(request).id, int(time.time())]
