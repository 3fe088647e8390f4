"""Request bodies: read exactly, within limits, into fields and files.

Every limit comes from the `[limits]` of the settings. Broken input is a 400, too much of it a 413,
a body of unknown length a 411, one that trickles in a 408: the same in every gateway, and nothing
has happened by then.
"""
from __future__ import annotations

import sys
import time

from .errors import (
    BadRequest, HTTPError, LengthRequired, RequestTimeout, TooLarge, Unavailable,
)
from .percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from .config import Config

CHUNK = 65_536
SMALL = 8192              # where a read waits until all of it has come, and nobody knows how long
MOST_LENGTH_DIGITS = 18
MOST_NAME = 4096          # bytes of a field's name
MOST_MARKS = 100          # accents on one letter: the time to sort them grows with the square


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
        if environ.get("HTTP_TRANSFER_ENCODING"):
            self._refusal = LengthRequired()
            if environ.get("wsgi.run_once"):       # CGI: what is left ends with standard input
                self.left = sys.maxsize
        elif len(announced) <= MOST_LENGTH_DIGITS and announced.isascii() and announced.isdigit():
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


class Upload:
    """A file that a visitor sent: `name`, `type`, and `size` in bytes.

    Name and type are the visitor's words: show them, store and trust them never. `file` is an open
    binary file that vanishes with the request; `save(path)` keeps a copy, if the transaction of the
    handler is kept.
    """

    def __init__(self, name: str, type: str, file: BinaryIO, size: int) -> None:
        self.name = name
        self.type = type
        self.file = file
        self.size = size
        self._saved: list[str] = []

    def read(self) -> bytes:
        """The whole content in memory."""
        self.file.seek(0)
        return self.file.read()

    def save(self, path: str) -> None:
        """Write the content to a new private file (0600); FileExistsError where there is one.

        Where the content cannot be written whole, nothing is left behind; nor where the handler of
        an unsafe method fails, answers with a status of 400 or above, or is run again.
        """
        import os
        import shutil

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.file.seek(0)
        with open(os.open(path, flags, 0o600), "wb") as target:
            try:
                shutil.copyfileobj(self.file, target, CHUNK)
                target.flush()
                os.fsync(target.fileno())
            except OSError:
                os.unlink(path)
                raise
        self._saved.append(os.path.abspath(path))

    def rewind(self) -> None:
        """Begin anew, for another run of the handler; Unavailable where `file` was closed."""
        if self.file.closed:
            raise Unavailable(
                detail="Another visitor stood in the way in the database, and the handler could "
                       "not be run again: it had closed the file of an upload. Leave it open."
            )
        self.file.seek(0)

    def undo_saves(self) -> None:
        """Remove the copies that `save` made."""
        import os

        while self._saved:
            try:
                os.unlink(self._saved.pop())
            except FileNotFoundError:
                pass                              # moved away, or removed, by the handler

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {self.type!r}, {self.size} bytes)"


def clean(data: bytes, what: str) -> str:
    """The text of UTF-8 in NFC with LF line ends; BadRequest for other bytes and for controls."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The text sent is not UTF-8.", detail=f"{what}: {error}") from error
    if not text.isascii():
        text = _composed(text, what)
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not _CONTROLS.isdisjoint(text):
            raise BadRequest("The text sent holds control characters.", detail=what)
    return text


_CONTROLS = frozenset(map(chr, [*range(0x20), 0x7F])) - {"\t", "\n"}


def _composed(text: str, what: str) -> str:
    """The text in NFC, in a time that grows with its length and no faster."""
    import unicodedata

    for letter, marks in _HIDDEN_MARKS:
        text = text.replace(letter, marks)
    classes = bytes(map(unicodedata.combining, text))
    if max(map(len, classes.split(b"\0"))) > MOST_MARKS:
        raise BadRequest("The text sent has too many accents on one letter.", detail=what)
    return unicodedata.normalize("NFC", text)


# The only letters that are no marks themselves and yet consist of nothing but marks.
_HIDDEN_MARKS = (
    ("\u0f73", "\u0f71\u0f72"), ("\u0f75", "\u0f71\u0f74"), ("\u0f81", "\u0f71\u0f80")
)


def pairs(data: bytes, config: Config, what: str) -> list[tuple[str, str]]:
    """The fields of a query string, or of a form sent as application/x-www-form-urlencoded.

    Read as browsers write them (WHATWG URL, section 5.1): `&` alone divides, `+` is a space.
    """
    if not data:
        return []
    limits = config.limits
    if data.count(b"&") >= limits.fields:
        raise TooLarge(
            "Too many fields were sent.", detail=f"{what}: more than {limits.fields} fields"
        )
    fields = []
    for field in data.split(b"&"):
        if not field:
            continue
        name, _, value = field.partition(b"=")
        if len(name) > MOST_NAME or len(value) > limits.text * 3:
            raise TooLarge(detail=f"{what}: a field of {len(field)} bytes")
        decoded = unquote(value.replace(b"+", b" "))
        if len(decoded) > limits.text:
            raise TooLarge(detail=f"{what}: a field of {len(decoded)} bytes")
        fields.append((clean(unquote(name.replace(b"+", b" ")), what), clean(decoded, what)))
    return fields


def multipart(
    body: Body, content_type: str, config: Config
) -> tuple[list[tuple[str, str]], list[tuple[str, Upload]]]:
    """The fields and the files of a multipart/form-data body (RFC 7578), streamed to disk.

    A file field left empty by the visitor gives nothing. A file beyond 64 KiB lies nameless below
    `[paths] uploads`, and the system removes it with the process, however that ends.
    """
    from contextlib import ExitStack
    from io import BytesIO

    from multipart import (  # type: ignore[import-untyped,unused-ignore]
        MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser,
        parse_options_header,
    )

    limits = config.limits
    if body.length > limits.body:
        raise TooLarge(detail=f"a body of {body.length} bytes; the limit is {limits.body}")
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, Upload]] = []
    segment: Any = None
    target: Any = None
    try:
        parser = PushMultipartParser(
            parse_options_header(content_type)[1].get("boundary", ""), body.length,
            max_segment_count=limits.parts, strict=True,
        )
        with ExitStack() as opened:
            for event in parser.parse_blocking(body.read, CHUNK):
                if isinstance(event, MultipartSegment):
                    segment = event
                    target = opened.enter_context(_spool(config) if event.filename else BytesIO())
                elif event:
                    _refuse_long(segment, config)
                    if segment.filename != "":
                        target.write(event)
                else:
                    name = clean(segment.name.encode("utf-8"), "a field name")
                    if segment.filename:
                        files.append((name, _upload(segment, target)))
                    elif segment.filename is None:
                        fields.append((name, clean(target.getvalue(), f"field {name!r}")))
            opened.pop_all()
    except ParserLimitReached as error:
        raise TooLarge(detail=f"multipart: {error}") from error
    except (MultipartError, UnicodeEncodeError) as error:
        raise BadRequest(detail=f"multipart: {error}") from error
    except OSError as error:
        folder = config.path(config.paths.uploads)
        raise Unavailable(
            "The file could not be stored. Please try again later.",
            detail=f"{folder} cannot take an upload: {error}",
        ) from error
    return fields, files


def _spool(config: Config) -> Any:
    """A file for an upload: in memory while it is small, then on the disk without a name."""
    import os
    import tempfile

    folder = config.path(config.paths.uploads)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    return tempfile.SpooledTemporaryFile(CHUNK, dir=folder)


def _refuse_long(segment: Any, config: Config) -> None:
    limit = config.limits.text if segment.filename is None else config.limits.file
    if segment.bytes_received > limit:
        raise TooLarge(
            "A text is too long." if segment.filename is None else "The file is too large.",
            detail=f"{segment.name!r} is over {limit} bytes",
        )


def _upload(segment: Any, file: BinaryIO) -> Upload:
    name = segment.filename.replace("\\", "/").rpartition("/")[2]
    kind = segment.content_type or ""
    if not (kind.isascii() and kind.isprintable()):
        kind = ""
    file.seek(0)
    return Upload(clean(name.encode("utf-8"), "a file name"), kind, file, segment.size)
