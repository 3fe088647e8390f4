"""What is wrong with the forms of a page, told to its author while the site is in debug."""
from __future__ import annotations

from ..errors import ServerError
from ..percent import unquote
from . import markup, promises, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..request import Request
    from ..response import Response


def verify(response: Response, request: Request) -> None:
    """ServerError for a form that could not be enforced as its author means it.

    That is one with a pattern that no browser understands, or that only browsers do, with a
    `data-max-size` or `data-equal-to` that means nothing, and one of two that cannot be told apart
    when they are sent.
    """
    assert isinstance(response.body, bytes)
    document = markup.read(response.body.decode("utf-8"))
    found = which.ambiguous(document, unquote(request.url.encode()).decode(), request.url)
    for form in document.forms:
        if form.method == "post":
            found += promises.broken(form)
    if found:
        raise ServerError(detail=" ".join(found))
