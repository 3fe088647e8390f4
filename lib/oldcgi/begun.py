"""How far the answer of an old script has come: are its headers out, or has one to begin them?

Under a web server, what is printed is looked at until the headers have ended.
"""
from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 16_384                # characters that are kept

_said: list[str] = []


def watch() -> None:
    """Look at what is printed from now on, where a web server asked for it."""
    if "GATEWAY_INTERFACE" not in os.environ or getattr(sys.stdout, "is_watched", False):
        return
    out: Any = sys.stdout
    write = out.write
    length = 0

    def seen(text: str) -> Any:
        nonlocal length
        if length < MOST:
            length += len(text)
            _said.append(text)
        return write(text)

    try:
        out.write, out.is_watched = seen, True
    except AttributeError:
        pass                                      # some other kind of file: nothing is known of it


def head(kind: str = "html") -> str:
    """What has to be printed before a page about an error: headers, or the end of what is there."""
    if "GATEWAY_INTERFACE" not in os.environ:
        return ""
    said = "".join(_said).replace("\r\n", "\n")
    if "\n\n" in said.lstrip("\n") or len(said) >= MOST:
        # In the middle of a page, maybe of a comment, a script or a table.
        return "\n<!-- --></script></style></table>\n" if kind == "html" else "\n"
    begin = "" if not said or said.endswith("\n") else "\n"
    return (f"{begin}Status: 500 Internal Server Error\n"
            f"Content-Type: text/{kind}; charset=utf-8\n\n")
