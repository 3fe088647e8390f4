"""The body of a request, read exactly to its announced length and within a limit of time.

A body that is cut off is a 400, one of unknown length a 411, one that trickles in a 408: the same
in every gateway, and nothing has happened by then.
"""
from __future__ import annotations

import sys
import time

from .errors import (
    BadRequest, HTTPError, LengthRequired, RequestTimeout, TooLarge, Unavailable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

CHUNK = 65_536
SMALL = 8192              # where a read waits until all of it has come, and nobody knows how long
MOST_LENGTH_DIGITS = 18


class Body:
    """The body of a request: `length` bytes announced, `left` bytes not read yet.

    After `grace` seconds of waiting for it, `rate` bytes must have come for each further second.
    """

    def __init__(
        self, environ: Mapping[str, Any], grace: float = 10.0, rate: int = 8000
    ) -> None:
        self._stream: BinaryIO | None = environ.get("wsgi.input")
        self._grace, self._rate = grace, rate
        self._waited = 0.0                        # seconds
        self._refusal: HTTPError | None = None
        self._kept: bytes | None = None           # what read_all gave, for another run
        self.length = self.left = 0
        announced = environ.get("CONTENT_LENGTH") or "0"
        is_number = (
            len(announced) <= MOST_LENGTH_DIGITS and announced.isascii() and announced.isdigit())
        if environ.get("HTTP_TRANSFER_ENCODING"):
            self._refusal = LengthRequired()
            if environ.get("CONTENT_LENGTH") and is_number:    # nginx has unpacked it
                self.left = int(announced)
            elif environ.get("wsgi.run_once"):     # CGI: what is left ends with standard input
                self.left = sys.maxsize
        elif is_number:
            self.length = self.left = int(announced)
        else:
            self._refusal = BadRequest(detail=f"Content-Length: {announced[:40]!r}")

    def check(self) -> None:
        """Raise LengthRequired for a chunked body, BadRequest for a length that is no number."""
        if self._refusal is not None:
            raise self._refusal

    def read(self, most: int = CHUNK) -> bytes:
        """The next bytes, at most so many; b"" at the end.

        BadRequest for a body that was cut off, RequestTimeout for one that comes too slowly.
        """
        self.check()
        begun = time.monotonic()
        data = self._next(most)
        self._waited += time.monotonic() - begun
        overtime = self._waited - self._grace
        if overtime > 0 and self.length - self.left < overtime * self._rate:
            self._refusal = RequestTimeout(
                detail=f"{self.left} of {self.length} bytes are missing after {self._waited:.0f} s"
            )
            self.left = 0                         # not waited for any longer, by `drain` neither
            raise self._refusal
        return data

    def _next(self, most: int) -> bytes:
        if not self.left:
            return b""
        read: Any = getattr(self._stream, "read1", None)       # what has come, without waiting
        if read is None:
            read, most = getattr(self._stream, "read", None), min(most, SMALL)
        try:
            data: bytes = read(min(most, self.left)) if read else b""
        except OSError as error:                   # mod_wsgi: the visitor went away
            raise self._cut(str(error)) from error
        if not data:
            raise self._cut("the stream ended")
        self.left -= len(data)
        return data

    def read_all(self, most: int) -> bytes:
        """The whole body; TooLarge, with nothing read, where more than `most` is announced."""
        self.check()
        if self.length > most:
            raise TooLarge(detail=f"a body of {self.length} bytes; the limit is {most}")
        untouched = self.left == self.length
        parts = []
        while data := self.read():
            parts.append(data)
        whole = b"".join(parts)
        if untouched:
            self._kept = whole
        return whole

    def rewind(self) -> None:
        """Begin anew, with what `read_all` kept; Unavailable where the body was read in parts."""
        if self.left == self.length:
            return
        if self._kept is None:
            raise Unavailable(
                detail="Another visitor stood in the way in the database, and the handler could "
                       "not be run again: it had read the body in parts. Read it with "
                       "request.body.read_all(limit), which keeps it for another run."
            )
        from io import BytesIO

        self._stream, self.left = BytesIO(self._kept), self.length

    def drain(self, seconds: float, most: int) -> None:
        """Read and forget what is left, within bounds.

        mod_cgid loses an answer that is given before the body was read, a chunked body's as well.
        Of a slow sender only what has come is waited for, where the stream can tell.
        """
        end = time.monotonic() + seconds
        while self.left and most > 0 and time.monotonic() < end:
            try:
                most -= len(self._next(CHUNK))
            except BadRequest:
                return

    def _cut(self, why: str) -> BadRequest:
        return BadRequest(
            "The request was cut off on its way. Please send it again.",
            detail=f"{self.left} of {self.length} bytes are missing: {why}",
        )
