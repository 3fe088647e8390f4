"""Cookies, read as RFC 6265 section 5 has them: a foreign, oddly named one never hides ours."""
from __future__ import annotations

from .errors import ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .request import Request

MOST_BYTES = 8192
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_VALUE = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('",;\\')


def parse(header: str) -> dict[str, str]:
    """The cookies of a Cookie header, by name.

    Names that are no token (RFC 9110) and values with control characters are dropped, each alone. A
    name that came with two different values is dropped as well: one of the two was planted. What
    begins within the first 8 KiB but does not end there is not looked at.
    """
    cookies: dict[str, str] = {}
    doubtful = set()
    if len(header) > MOST_BYTES:
        header = header[:MOST_BYTES].rpartition(";")[0]
    for pair in header.split(";"):
        name, sep, value = pair.partition("=")
        name, value = name.strip(" \t"), value.strip(" \t")
        if not sep or not name or not TOKEN.issuperset(name):
            continue
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if any(character < " " or character > "~" for character in value):
            continue
        if cookies.setdefault(name, value) != value:
            doubtful.add(name)
    for name in doubtful:
        del cookies[name]
    return cookies


def header(
    name: str, value: str, *, max_age: int | None = None, path: str = "/", secure: bool = False,
    http_only: bool = True, same_site: str = "Lax",
) -> str:
    """The value of a Set-Cookie header; `max_age` in seconds, None until the browser is closed.

    Raises ServerError for a name or value that a cookie cannot carry.
    """
    if not name or not TOKEN.issuperset(name) or not _VALUE.issuperset(value):
        raise ServerError(
            detail=f"cookie {name!r}: a cookie holds only visible ASCII without \" , ; and \\"
        )
    if not path.startswith("/") or not _VALUE.issuperset(path):
        raise ServerError(detail=f"cookie {name!r}: {path!r} is no path")
    if same_site not in ("Strict", "Lax", "None"):
        raise ServerError(detail=f"cookie {name!r}: same_site is Strict, Lax or None")
    parts = [f"{name}={value}", f"Path={path}"]
    if max_age is not None:
        parts.append(f"Max-Age={int(max_age)}")
    if secure:
        parts.append("Secure")
    if http_only:
        parts.append("HttpOnly")
    parts.append(f"SameSite={same_site}")
    return "; ".join(parts)


def own(request: Request, name: str) -> tuple[str, dict[str, Any]]:
    """The full name and the attributes of a cookie that only the whole site sets and reads.

    Over https it is bound to this host, and sent over https alone; over plain http it has another
    name, so that neither can be taken for the other.
    """
    base_url: str = request.config.site.base_url
    if "https" in (request.environ.get("wsgi.url_scheme"), base_url.partition(":")[0]):
        return "__Host-" + name, {"path": "/", "secure": True}
    return name, {"path": request.root + "/"}
