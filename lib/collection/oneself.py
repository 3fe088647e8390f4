"""One's own account, as its pages need it: who asks, whether it is really they, what has happened.

The password is asked for anew by every page that could shut its owner out, hand out all data, or
end something for good: a screen that was left alone is no key.
"""
from __future__ import annotations

import time

from chapbook.accounts import accounts, signin
from chapbook.accounts.events import Who
from chapbook.errors import BadRequest, Invalid, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Row
    from chapbook.request import Request
    from chapbook.user import User

FIELD = "own_password"
PROOF_LASTS = 15 * 60         # seconds
CHANGED = "Your account was changed in another window in the meantime. Please try again."

# What has happened, said to whom it has happened: by kind and outcome of the event.
HAPPENED = {
    ("sign-in", "good"): "You signed in",
    ("sign-in", "password good"): "The right password was given, and a code was asked for",
    ("sign-in", "wrong"): "Somebody tried to sign in with a wrong password",
    ("sign-in", "throttled"): "Somebody tried to sign in too often",
    ("sign-in", "changed"): "A sign-in was refused, as the account was changed in that moment",
    ("code", "good"): "The code of the second factor was given",
    ("code", "wrong"): "Somebody gave a wrong code of the second factor",
    ("code", "throttled"): "Somebody gave too many wrong codes of the second factor",
    ("password asked", "wrong"): "A wrong password was given in a browser that was signed in",
    ("password asked", "throttled"):
        "Too many wrong passwords were given in a browser that was signed in",
    ("address asked", "done"): "A new address was asked for",
    ("address confirmed", "new"): "The new address confirmed the change",
    ("address confirmed", "old"): "The old address confirmed the change",
    ("account made", "done"): "The account was made",
    ("account disabled", "done"): "The account was closed",
    ("account enabled", "done"): "The account was opened",
    ("role changed", "done"): "The account got another role",
    ("sessions ended", "done"): "All browsers were signed out",
    ("reset mailed", "done"): "A link to set a new password was mailed",
    ("password changed", "done"): "The password was changed",
    ("second factor on", "done"): "The second factor was switched on",
    ("second factor off", "done"): "The second factor was switched off",
    ("recovery codes", "done"): "New recovery codes were made",
    ("data taken", "done"): "All data of the account were downloaded",
}
CHANGES = {
    "name": "The name was changed", "address": "The address was changed",
    "confirmed": "The address was confirmed", "time zone": "The time zone was changed",
    "picture": "The picture was changed",
}


def user(request: Request) -> User:
    """Who is signed in, on pages that nobody else is let into."""
    found = request.user
    if found is None:
        raise NotFound(detail="nobody is signed in: the page does not say allow=\"member\"")
    return found


def account(request: Request) -> Row:
    """The account of who is signed in, as it is now."""
    row = accounts.by_id(request.db, user(request).id)
    if row is None:
        raise NotFound("This account is gone.")
    return row


def who(request: Request) -> Who:
    """Who asks, as it is written down."""
    return Who(user(request).id, request.id, request.remote_address)


def prove(request: Request) -> None:
    """Go on only with the right password in the form's field `own_password`; Invalid without it.

    To be called before anything is written, by a page with `once=False`: else wrong ones are not
    counted. They count as those of signing in.
    """
    password = request.form[FIELD]
    try:
        outcome = signin.again(request.db, user(request).id, password or "", who(request))
    except BadRequest as error:
        raise Invalid(**{FIELD: error.sentence}) from error
    if outcome.retry_after:
        minutes = -(-outcome.retry_after // 60)
        raise Invalid(**{FIELD: "There were too many wrong passwords. Please wait for "
                                f"{minutes} min, and try again."})
    if outcome.account is None:
        raise Invalid(**{FIELD: "This is not your password. Please look at capital and small "
                                "letters."})
    if not signin.admit(request.db, user(request).id, outcome.mark):
        raise Invalid(CHANGED)


def remember_proof(request: Request, name: str) -> None:
    """Note in the session that the password was given a moment ago, for a second step."""
    request.session[name] = int(time.time())


def is_proved(request: Request, name: str) -> bool:
    """Whether that was noted in this session within a quarter of an hour."""
    at = request.session.get(name)
    return isinstance(at, int) and 0 <= time.time() - at < PROOF_LASTS


def network(event: Row) -> str | None:
    """From where one event of one's own account came; None where an administrator did it, whose
    network is nobody's business."""
    if event.actor_id not in (None, event.account_id):
        return None
    return str(event.network) or None


def in_words(event: Row) -> str:
    """One event of one's own account, as a sentence without its full stop."""
    if event.what == "account changed":
        return CHANGES.get(event.about, "The account was changed")
    by_code = " (a recovery code)" if event.about == "recovery code" else ""
    return HAPPENED.get((event.what, event.outcome), "Something happened to the account") + by_code
