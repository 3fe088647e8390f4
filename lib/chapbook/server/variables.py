"""The variables of a CGI script (RFC 3875 section 4.1), from the WSGI environ of its request."""
from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..config import Config

# What servers say of a request, and old scripts look for.
KNOWN = (
    "AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "PATH_INFO", "QUERY_STRING", "REMOTE_ADDR",
    "REMOTE_HOST", "REMOTE_IDENT", "REMOTE_PORT", "REMOTE_USER", "REQUEST_METHOD", "REQUEST_SCHEME",
    "REQUEST_URI", "SCRIPT_NAME", "SERVER_ADDR", "SERVER_ADMIN", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "SERVER_SOFTWARE", "UNIQUE_ID", "SSL_PROTOCOL", "SSL_CIPHER",
    "SSL_CLIENT_VERIFY", "SSL_CLIENT_S_DN",
)
NEEDED = {"QUERY_STRING": "", "REMOTE_ADDR": "", "SERVER_SOFTWARE": "Chapbook"}
# Of the server's own variables: what a program may not start without.
MACHINE = ("LD_LIBRARY_PATH", "TZ")
PATH = "/usr/local/bin:/usr/bin:/bin"
# A program of the host may be asked in these names for a proxy, or for code.
NEVER = frozenset({"HTTP_PROXY"})


def variables(
    environ: Mapping[str, Any], config: Config, path: str, root: str
) -> dict[bytes, bytes]:
    """All variables of the script at `path`: those of its request, and no others of this process.

    Values are the bytes that the visitor sent. PATH begins with the site's own environment, if it
    has one, so that `#!/usr/bin/env python3` is the same Python everywhere.
    """
    asked = {name: environ[name] for name in KNOWN if environ.get(name)}
    asked.update({
        name: value for name, value in environ.items()
        if name.startswith("HTTP_") and name not in NEVER and isinstance(value, str)
    })
    for name, value in NEEDED.items():
        asked.setdefault(name, value)
    for name in config.scripts.variables.replace(",", " ").split():
        value = environ.get(name, os.environ.get(name))
        if isinstance(value, str):
            asked[name] = value
    found = {
        name.encode("latin-1", "replace"): value.encode("latin-1", "surrogateescape")
        for name, value in asked.items()
    }
    scheme = environ.get("wsgi.url_scheme", "http")
    if scheme == "https":
        found[b"HTTPS"] = b"on"
    public = os.fsencode(config.htdocs)
    found.update({
        b"GATEWAY_INTERFACE": b"CGI/1.1", b"DOCUMENT_ROOT": public,
        b"SCRIPT_FILENAME": os.fsencode(path), b"REQUEST_SCHEME": scheme.encode("latin-1"),
        b"PATH": os.fsencode(search_path(root)),
        b"CHAPBOOK_REQUEST_ID": environ["chapbook.request_id"].encode("ascii"),
    })
    if b"PATH_INFO" in found:
        found[b"PATH_TRANSLATED"] = public + found[b"PATH_INFO"]
    for name in MACHINE:
        if name in os.environ:
            found[name.encode()] = os.fsencode(os.environ[name])
    if not _is_python_2(path):
        found[b"PYTHONPATH"] = os.fsencode(os.path.join(root, "lib"))
    return {name: data for name, data in found.items() if b"\0" not in data and b"=" not in name}


def search_path(root: str) -> str:
    """Where a script's `env` looks for its language."""
    own = os.path.join(root, ".venv", "bin")
    inherited = os.environ.get("PATH") or PATH
    return f"{own}:{inherited}" if os.path.isdir(own) else inherited


def _is_python_2(path: str) -> bool:
    """Whether its first line asks for Python 2, which could not read the modules of lib/."""
    with open(path, "rb") as file:
        return b"python2" in file.readline(200)
