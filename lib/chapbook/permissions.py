"""Who may: what `Page(allow=...)` says, held against who is signed in.

A rule is "everyone", a role ("member", "editor", "administrator": who has it, or one above it), or
a function of the request and the values of its address that tells whether this visitor may.
`Permission` gives a rule words, for a table of who may do what.
"""
from __future__ import annotations

from . import kept
from .crosssite import SAFE_METHODS
from .errors import Forbidden
from .user import ROLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .request import Request
    from .response import Response

    Question = Callable[..., object]
    Rule = str | Question
    Rules = dict[str, "Rule | Permission"]

EVERYONE = "everyone"
SIGN_IN = "Please sign in first."
NOT_YOURS = ("Your account may not use this page. If you think that it should, ask an "
             "administrator of the site.")


class Permission:
    """A rule with words: `INBOX = Permission("editor", "Read what forms have received")`."""

    def __init__(self, who: Rule, words: str) -> None:
        self.who, self.words = _checked(who), words

    def __repr__(self) -> str:
        return f"<Permission {self.who!r}: {self.words}>"


def rules(
    allow: Any, methods: Iterable[str]
) -> Rules:
    """What `allow` says of each of these methods ("GET", "POST"); TypeError where it says nothing.

    A mapping has them in small letters: {"get": "everyone", "post": "member"}.
    """
    methods = list(methods)
    if not hasattr(allow, "items"):
        return dict.fromkeys(methods, _checked(allow))
    given: dict[str, Any] = {name.upper(): _checked(rule) for name, rule in allow.items()}
    if set(given) != set(methods):
        wanted = ", ".join(method.lower() for method in methods)
        raise TypeError(f"allow={dict(allow)!r} must speak of just the methods that the page "
                        f"answers: {wanted}")
    return given


def admits(rule: Rule | Permission, request: Request, values: Mapping[str, Any]) -> bool:
    """Whether this visitor may, by this rule; `values` are those of the address, as {id:int}."""
    who = rule.who if isinstance(rule, Permission) else rule
    if who == EVERYONE:
        return True
    if isinstance(who, str):
        return request.user is not None and request.user.may(who)
    return bool(who(request, **values))


def refusal(
    rule: Rule | Permission, request: Request, values: Mapping[str, Any]
) -> Response | None:
    """None for who may; for a visitor who is not signed in the way to the sign-in page.

    What they were sending is kept, and offered again when they come back. Forbidden for somebody
    who is signed in and may not, and for a program, which no page helps.
    """
    if admits(rule, request, values):
        return None
    if request.user is not None:
        raise Forbidden(NOT_YOURS, detail=f"account {request.user.id} ({request.user.role}) is not "
                                          f"admitted by {rule!r}")
    if request.wants_json:
        raise Forbidden(SIGN_IN)
    if request.method in SAFE_METHODS:
        return kept.way_to_sign_in(request)
    return kept.until_signed_in(request)


def _checked(rule: Any) -> Any:
    """The rule, if it is one; TypeError for a role that there is not, and for anything else."""
    known = (EVERYONE, *ROLES)
    if isinstance(rule, str):
        if rule not in known:
            raise TypeError(f"allow={rule!r}: there is no such role; known are: {', '.join(known)}")
    elif not isinstance(rule, Permission) and not callable(rule):
        raise TypeError(f"allow={rule!r} must be one of {', '.join(known)}, a Permission, or a "
                        "function that takes the request")
    return rule
