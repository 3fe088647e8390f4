"""The guard against forged requests: what changes something must come from a page of this site.

Browsers say where a request was started: `Sec-Fetch-Site` (Fetch Metadata), else `Origin`
(RFC 6454). A page of another site cannot forge either, so plain static forms are protected without
a token. A client that sends neither is no browser, carries no visitor's cookies by accident, and is
let through.

A name that somebody else has pointed at this machine is refused as well: for a browser a page under
it would be one of this site (DNS rebinding), which may be one that only a local network reaches.
"""
from __future__ import annotations

from .errors import BadRequest, Forbidden

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


def refuse_host(environ: Mapping[str, Any], base_url: str, hosts: str) -> None:
    """Raise BadRequest where the request names a domain as its host that is none of this site's.

    The site's names are that of `base_url`, with and without "www.", and those in `hosts`, commas
    between; "*" there stands for any. IP addresses, names without a dot and requests without a Host
    are let through: health checks and proxies have them, and nobody can own them. Without a
    `base_url` any name will do.
    """
    host: str = environ.get("HTTP_HOST", "")
    if not base_url or not host:
        return
    own, name = _domain(base_url.split("/", 3)[2]), _domain(host)
    if name == own or name.removeprefix("www.") == own.removeprefix("www."):
        return
    if "." not in name or name.startswith("[") or name.endswith(".localhost"):
        return
    if name.isascii() and name.replace(".", "").isdigit():
        return
    others = [_domain(other.strip()) for other in hosts.split(",")]
    if name in others or "*" in others:
        return
    raise BadRequest(
        f"This site is not known by that name. Its address is {base_url}",
        detail=f"Host {host!r} is not that of [site] base_url; where it is another name of this "
               "site, say so in [site] hosts",
    )


def _domain(authority: str) -> str:
    """The name of a host in small letters, without port and final dot."""
    if authority.startswith("["):
        return authority
    return authority.lower().partition(":")[0].removesuffix(".")


def _own(origin: str, base_url: str, host: str) -> bool:
    scheme, sep, authority = origin.lower().partition("://")
    if not sep or scheme not in ("http", "https"):
        return False
    if base_url:
        return f"{scheme}://{authority}" == "/".join(base_url.lower().split("/", 3)[:3])
    return authority != "" and authority == host.lower()
