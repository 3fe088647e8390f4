"""The guard against forged requests: what changes something must come from a page of this site.

Browsers say where a request was started: `Sec-Fetch-Site` (Fetch Metadata), else `Origin`
(RFC 6454). A page of another site cannot forge either, so plain static forms are protected without
a token. A client that sends neither is no browser, carries no visitor's cookies by accident, and is
let through.
"""
from __future__ import annotations

from .errors import Forbidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def refuse(environ: Mapping[str, Any], base_url: str) -> None:
    """Raise Forbidden where a state-changing request was started by another site.

    `base_url` is the site's configured address; while it is empty, the Host header stands for it.
    """
    if environ["REQUEST_METHOD"] in SAFE_METHODS:
        return
    origin = environ.get("HTTP_ORIGIN")
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        allowed = _own(origin, base_url, environ.get("HTTP_HOST", ""))
    else:
        allowed = True
    if not allowed:
        raise Forbidden(
            "This was sent from a page of another site, and has not been done. "
            "Please open the page here and send it again.",
            detail=f"cross-site: Sec-Fetch-Site {site!r}, Origin {origin!r}",
        )


def _own(origin: str, base_url: str, host: str) -> bool:
    scheme, sep, authority = origin.lower().partition("://")
    if not sep or scheme not in ("http", "https"):
        return False
    if base_url:
        return f"{scheme}://{authority}" == "/".join(base_url.lower().split("/", 3)[:3])
    return authority != "" and authority == host.lower()
