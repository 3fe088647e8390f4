"""What is wrong with the forms of a page, told to its author while the site is in debug."""
from __future__ import annotations

from ..errors import ServerError
from ..percent import unquote
from . import markup, pattern, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request
    from ..response import Response


def verify(response: Response, request: Request) -> None:
    """ServerError for a form that could not be enforced as its author means it.

    That is one with a pattern that no browser understands, or that only browsers do, and one of two
    that cannot be told apart when they are sent.
    """
    assert isinstance(response.body, bytes)
    document = markup.read(response.body.decode("utf-8"))
    found = which.ambiguous(document, unquote(request.url.encode()).decode(), request.url)
    for form in document.forms:
        if form.method == "post":
            for control in form.controls:
                if "pattern" in control.attributes:
                    found += unenforceable(control)
    if found:
        raise ServerError(detail=" ".join(found))


def unenforceable(control: markup.Control) -> list[str]:
    """The sentence on a pattern that cannot be enforced, if this is one."""
    try:
        pattern.compile(control.attributes["pattern"])
    except pattern.PatternError as error:
        return [f"The pattern of the field {control.name!r} cannot be enforced: {error}"]
    return []
