"""What goes out for a Response, without a gateway."""
from __future__ import annotations

from chapbook.response import Response
from chapbook.testing import Answer


def sent(response: Response, method: str = "GET", **environ: str) -> Answer:
    """The answer to a request with these headers, named like IF_NONE_MATCH; files closed."""
    status, headers, body = response.prepare(
        method, {f"HTTP_{name}": value for name, value in environ.items()})
    if isinstance(body, bytes):
        return Answer(status, headers, body)
    try:
        return Answer(status, headers, b"".join(body))
    finally:
        body.close()
