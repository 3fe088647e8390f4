"""Request bodies: read exactly, within limits, into fields and files.

Every limit comes from the `[limits]` of the settings. Broken input is a 400, too much of it a 413, a body of
unknown length a 411: the same in every gateway, and nothing has happened by then.
"""
from __future__ import annotations

import time

from .errors import BadRequest, LengthRequired, TooLarge
from .percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, BinaryIO

    from .config import Config

CHUNK = 65_536
MOST_LENGTH_DIGITS = 18


class Body:
    """The body of a request: `length` bytes announced, `left` bytes not read yet."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        """Raises LengthRequired for a chunked body and BadRequest for a length that is no number."""
        self._stream: BinaryIO | None = environ.get("wsgi.input")
        self._broken = True
        self.length = self.left = 0
        if environ.get("HTTP_TRANSFER_ENCODING"):
            raise LengthRequired()
        announced = environ.get("CONTENT_LENGTH") or "0"
        if not (announced.isascii() and announced.isdigit() and len(announced) <= MOST_LENGTH_DIGITS):
            raise BadRequest(detail=f"Content-Length: {announced[:40]!r}")
        self.length = self.left = int(announced)
        self._broken = False

    def read(self, most: int = CHUNK) -> bytes:
        """The next bytes, at most so many; b"" at the end. BadRequest where the sender stopped early."""
        if not self.left or self._stream is None:
            return b""
        try:
            data = self._stream.read(min(most, self.left))
        except OSError as error:                   # mod_wsgi: the visitor went away
            raise self._cut(str(error)) from error
        if not data:
            raise self._cut("the stream ended")
        self.left -= len(data)
        return data

    def read_all(self, most: int) -> bytes:
        """The whole body; TooLarge, with nothing read, where it is announced as longer than `most`."""
        if self.length > most:
            raise TooLarge(detail=f"a body of {self.length} bytes; the limit is {most}")
        parts = []
        while data := self.read():
            parts.append(data)
        return b"".join(parts)

    def drain(self, seconds: float, most: int) -> None:
        """Read and forget what is left, within bounds: mod_cgid loses an answer given before the body was read."""
        end = time.monotonic() + seconds
        while self.left and not self._broken and most > 0 and time.monotonic() < end:
            try:
                most -= len(self.read())
            except BadRequest:
                return

    def _cut(self, why: str) -> BadRequest:
        self._broken = True
        return BadRequest(
            "The request was cut off on its way. Please send it again.",
            detail=f"{self.left} of {self.length} bytes are missing: {why}",
        )


class Upload:
    """A file that a visitor sent: `name` (theirs: show it, never store by it), `type` (theirs, too), `size` in bytes.

    `file` is an open binary file that vanishes with the request; `save(path)` keeps a copy.
    """

    def __init__(self, name: str, type: str, file: BinaryIO, size: int) -> None:
        self.name = name
        self.type = type
        self.file = file
        self.size = size

    def read(self) -> bytes:
        """The whole content in memory."""
        self.file.seek(0)
        return self.file.read()

    def save(self, path: str) -> None:
        """Write the content to a new private file (0600); FileExistsError where something is there already."""
        import os
        import shutil

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.file.seek(0)
        with open(os.open(path, flags, 0o600), "wb") as target:
            shutil.copyfileobj(self.file, target, CHUNK)
            target.flush()
            os.fsync(target.fileno())

    def __repr__(self) -> str:
        return f"Upload({self.name!r}, {self.type!r}, {self.size} bytes)"


def clean(data: bytes, what: str) -> str:
    """The text of strict UTF-8 in NFC with LF line ends; BadRequest for anything else, NUL and controls included."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The text sent is not UTF-8.", detail=f"{what}: {error}") from error
    if not text.isascii():
        import unicodedata

        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if any(character < " " and character not in "\t\n" or character == "\x7f" for character in text):
            raise BadRequest("The text sent holds control characters.", detail=what)
    return text


def pairs(data: bytes, config: Config, what: str) -> list[tuple[str, str]]:
    """The fields of application/x-www-form-urlencoded data (WHATWG URL, section 5.1), of a query string as well."""
    if not data:
        return []
    if data.count(b"&") >= config.limits.fields:
        raise TooLarge("Too many fields were sent.", detail=f"{what}: more than {config.limits.fields} fields")
    fields = []
    for field in data.split(b"&"):
        if not field:
            continue
        name, _, value = field.partition(b"=")
        if len(value) > config.limits.text * 3:
            raise TooLarge(detail=f"{what}: a field of {len(value)} bytes")
        decoded = unquote(value.replace(b"+", b" "))
        if len(decoded) > config.limits.text:
            raise TooLarge(detail=f"{what}: a field of {len(decoded)} bytes")
        fields.append((clean(unquote(name.replace(b"+", b" ")), what), clean(decoded, what)))
    return fields


def multipart(
    body: Body, content_type: str, config: Config
) -> tuple[list[tuple[str, str]], list[tuple[str, Upload]]]:
    """The fields and the files of a multipart/form-data body (RFC 7578); files are streamed to disk.

    A file field left empty by the visitor gives nothing. Files beyond 64 KiB lie in a nameless temporary
    file below `[paths] uploads`, which the system removes with the process, however it ends.
    """
    import os
    import tempfile

    from multipart import (  # type: ignore[import-untyped,unused-ignore]
        MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser, parse_options_header,
    )

    limits = config.limits
    if body.length > limits.body:
        raise TooLarge(detail=f"a body of {body.length} bytes; the limit is {limits.body}")
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, Upload]] = []
    folder = config.path(config.paths.uploads)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    try:
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        parser = PushMultipartParser(
            boundary, body.length, max_segment_count=limits.parts, max_segment_size=max(limits.file, limits.text),
            strict=True,
        )
        segment: Any = None
        target: Any = None
        for event in parser.parse_blocking(body.read, CHUNK):
            if isinstance(event, MultipartSegment):
                segment = event
                target = tempfile.SpooledTemporaryFile(CHUNK, dir=folder) if segment.filename else bytearray()
            elif event:
                if segment.filename is None and len(target) + len(event) > limits.text:
                    raise TooLarge(detail=f"field {segment.name!r} is over {limits.text} bytes")
                if segment.filename is not None and segment.bytes_received > limits.file:
                    raise TooLarge("The file is too large.", detail=f"{segment.name!r} is over {limits.file} bytes")
                target.write(event) if segment.filename else target.extend(event)
            elif segment.filename:
                name = clean(segment.name.encode("utf-8"), "a field name")
                target.seek(0)
                client_name = segment.filename.replace("\\", "/").rpartition("/")[2]
                upload = Upload(clean(client_name.encode(), "a file name"), segment.content_type or "",
                                target, segment.size)
                files.append((name, upload))
            elif segment.filename is None:
                name = clean(segment.name.encode("utf-8"), "a field name")
                fields.append((name, clean(bytes(target), f"field {name!r}")))
    except ParserLimitReached as error:
        raise TooLarge(detail=f"multipart: {error}") from error
    except (MultipartError, UnicodeEncodeError) as error:
        raise BadRequest(detail=f"multipart: {error}") from error
    return fields, files
