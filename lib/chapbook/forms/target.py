"""Where a form is sent: its action, or that of the button pressed, resolved as browsers do it."""
from __future__ import annotations

from ..percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .controls import Control, Form


class Target:
    """An address within the site: `path` decoded, without a slash at its end, `query` as bytes.

    `query` is None where the action has none. `here` tells that there is no action, so that the
    form is sent to the page's own address with its query, whatever that is.
    """

    def __init__(self, path: str, query: bytes | None, here: bool = False) -> None:
        self.path = path
        self.query = query
        self.here = here

    def fits(self, path: str, query: str) -> bool:
        """True where a request with this decoded path and this query may have been sent here."""
        return self.path == normal(path) and (
            self.query is None or self.query == _decoded(query)
        )

    def fits_exactly(self, query: str) -> bool:
        """True where the query is the very one that a browser would have sent."""
        return self.here or (self.query or b"") == _decoded(query)


def of(form: Form, submitter: Control | None, base: str) -> Target | None:
    """Where a form is posted by a button, or without one; None where it is not posted at all.

    `base` is the path of its page, percent-encoded.
    """
    method, action = form.method, form.action
    if submitter is not None:
        attributes = submitter.attributes
        if "formmethod" in attributes:
            method = attributes["formmethod"].lower()
        action = attributes.get("formaction", action)
    return resolved(action, base) if method == "post" else None


def resolved(action: str | None, base: str) -> Target | None:
    """The target of an action written on the page at `base`; None for mailto: and the like.

    The host of an absolute address is not looked at: what was sent here was sent here.
    """
    reference = (action or "").strip("\t\n\f\r ").translate(_UNSEEN).partition("#")[0]
    if not reference:
        return Target(normal(_unquoted(base)), None, here=True)
    path, mark, query = reference.partition("?")
    path = path.replace("\\", "/")
    scheme, colon, rest = path.partition(":")
    if colon and scheme[:1].isalpha() and _SCHEME.issuperset(scheme):
        if scheme.lower() not in ("http", "https"):
            return None
        path = rest
    if path.startswith("//"):
        path = "/" + path.lstrip("/").partition("/")[2]
    elif not path:
        path = base
    elif not path.startswith("/"):
        path = base.rpartition("/")[0] + "/" + path
    return Target(normal(_unquoted(path)), _decoded(query) if mark else None)


def normal(path: str) -> str:
    """The path without empty segments, "." and "..", as browsers have it: none climbs too high."""
    segments: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del segments[-1:]
        elif part not in ("", "."):
            segments.append(part)
    return "/" + "/".join(segments)


_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.")
_UNSEEN = {ord(char): None for char in "\t\n\r"}


def _unquoted(path: str) -> str:
    return unquote(path.encode("utf-8", "replace")).decode("utf-8", "replace")


def _decoded(query: str) -> bytes:
    return unquote(query.encode("utf-8", "replace"))
