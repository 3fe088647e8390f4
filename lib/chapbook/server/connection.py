"""What the built-in server does with a connection itself: how much it takes in, and its refusals.

waitress reads a request whole before an application sees it, and answers what it cannot read.
"""
from __future__ import annotations

import time

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from .. import config, errorpage, errors
from ..response import SECURITY_HEADERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WALL = 256 << 20                 # as CHAPBOOK_MOST_BYTES of Apache

_PAGES: dict[int, type[errors.HTTPError]] = {413: errors.TooLarge, 500: errors.ServerError}


class Parser(HTTPRequestParser):  # type: ignore[misc,unused-ignore]
    """waitress' reader of requests, with a limit that follows site.ini."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request; what comes after it may be as long as `most_bytes` says."""
        self.adj.max_request_body_size = most_bytes()
        try:
            super().parse_header(header_plus)
        except ValueError as error:                # a length of more digits than int() takes
            raise ParsingError("Content-Length is invalid") from error
        if self.chunked:
            # waitress unpacks it silently; other gateways refuse it, so it must be seen.
            headers: Any = self.headers            # a dict, whatever the stubs say
            headers["TRANSFER_ENCODING"] = "chunked"


class Refusal(ErrorTask):  # type: ignore[misc,unused-ignore]
    """The site's error page for a request that no application gets to see."""

    def execute(self) -> None:
        """Write the answer, and close the connection after it."""
        request: Any = self.request
        refused = request.error
        kind = _PAGES.get(refused.code, errors.BadRequest)
        body = errorpage.page(refused.code, kind.title, kind.sentence).encode()
        self.status = f"{refused.code} {refused.reason}"
        self.response_headers = [
            ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
            *SECURITY_HEADERS]
        self.set_close_on_finish()
        self.content_length = len(body)
        try:
            why = ascii(refused.body)[1:-1]            # it quotes what was sent
            print(f"{time.strftime('%H:%M:%S')}  ---- {refused.code}  {why[:200]}", flush=True)
        except OSError:
            pass                                   # the terminal is gone; the site is not
        self.write(b"" if getattr(request, "command", "") == "HEAD" else body)


class Channel(HTTPChannel):  # type: ignore[misc,unused-ignore]
    """One connection of the built-in server."""

    parser_class = Parser
    error_task_class = Refusal


def most_bytes() -> int:
    """How long a body may be that is taken in: more than [limits] body, so that its page is shown.

    A body is kept in a temporary file until it is complete, so the disk must be able to hold it.
    """
    try:
        return min(2 * int(config.current().limits.body), WALL)
    except errors.ConfigError:                     # each page says so, and answers 500
        return 1 << 20
