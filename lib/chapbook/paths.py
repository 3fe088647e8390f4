"""The paths of addresses, made normal: no escapes, no double slashes, no dot segments."""
from __future__ import annotations

from . import percent
from .errors import BadRequest, NotFound

LONGEST = 2000                # characters of an address that a visitor is led on to
_HEX = frozenset(b"0123456789abcdefABCDEF")


def normal(target: bytes) -> bytes:
    """The decoded path of a request target, without query, double slashes and dot segments.

    BadRequest for a broken escape and for a path that climbs above the root, NotFound for `%2f`
    and `%00`.
    """
    path = target.partition(b"?")[0].partition(b"#")[0]
    if path[:1] != b"/":                           # absolute-form: GET http://host/path
        _, scheme, rest = path.partition(b"://")
        if not scheme:
            raise BadRequest(detail="the request target is no path")
        path = b"/" + rest.partition(b"/")[2]
    escapes = path.split(b"%")[1:]
    if any(len(escape) < 2 or not _HEX.issuperset(escape[:2]) for escape in escapes):
        raise BadRequest(detail="a broken %-escape in the address")
    if any(escape[:2] in (b"2f", b"2F", b"00") for escape in escapes):
        raise NotFound()
    return without_dots(percent.unquote(path).decode("latin-1")).encode("latin-1")


def is_below(path: str, root: str) -> bool:
    """Whether this is an address below a root ("" or "/club") of this very site, for a redirect.

    Browsers take a backslash for a slash, drop tabs, and read `//host` as another site; so it is
    one slash, and printable ASCII after it, and nothing that leads up again.
    """
    if len(path) > LONGEST or "\\" in path or not all("!" <= letter <= "~" for letter in path):
        return False
    place = path.partition("?")[0].partition("#")[0]
    if path[:1] != "/" or path[:2] == "//" or not (place + "/").startswith(root + "/"):
        return False
    return {b".", b".."}.isdisjoint(percent.unquote(place.encode()).split(b"/"))


def without_dots(path: str) -> str:
    """The path, which begins with a slash, without its segments "", "." and "..".

    A slash at its end stays. BadRequest where it climbs above the root.
    """
    if "/." not in path and "//" not in path:
        return path
    segments: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        if part == "..":
            if not segments:
                raise BadRequest(detail="the address climbs above the root")
            segments.pop()
        elif part not in ("", "."):
            segments.append(part)
    ends_in_slash = parts[-1] in ("", ".", "..")
    return "/" + "/".join(segments) + ("/" if ends_in_slash and segments else "")
