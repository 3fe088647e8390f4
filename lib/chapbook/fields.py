"""The fields and files of a request, from its query, its form or its multipart body.

Every limit comes from the `[limits]` of the settings. Text is UTF-8 without control characters, or
it is a 400; too much of anything is a 413.
"""
from __future__ import annotations

from .body import CHUNK
from .errors import BadRequest, TooLarge, Unavailable
from .percent import unquote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

    from .body import Body
    from .config import Config

MOST_NAME = 4096          # bytes of a field's name
MOST_MARKS = 100          # accents on one letter: the time to sort them grows with the square


class Upload:
    """A file that a visitor sent: `name`, `type`, and `size` in bytes.

    Name and type are the visitor's words: show them, store and trust them never. `file` is an open
    binary file that vanishes with the request; `save(path)` keeps a copy, if the transaction of the
    handler is kept. Where the file was over the site's `limit` (else None), its content was thrown
    away: no handler ever gets such a one.
    """

    def __init__(self, name: str, type: str, file: BinaryIO, size: int) -> None:
        self.name = name
        self.type = type
        self.file = file
        self.size = size
        self.limit: int | None = None
        self._saved: list[str] = []

    def read(self) -> bytes:
        """The whole content in memory."""
        self.file.seek(0)
        return self.file.read()

    def save(self, path: str, content: bytes | None = None) -> None:
        """Write the content to a new private file (0600); FileExistsError where there is one.

        `content` is written in its place: what was made of it. Where it cannot be written whole,
        nothing is left behind; nor where the handler of an unsafe method fails, answers with a
        status of 400 or above, or is run again.
        """
        import os
        import shutil

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        self.file.seek(0)
        with open(os.open(path, flags, 0o600), "wb") as target:
            try:
                if content is None:
                    shutil.copyfileobj(self.file, target, CHUNK)
                else:
                    target.write(content)
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

    def keep_saves(self) -> None:
        """Let the copies that `save` made stay."""
        self._saved.clear()

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
        raise TooLarge(
            f"What was sent is too large: together it may have {_size(limits.body)}. Please go "
            "back, and choose smaller files or fewer.",
            detail=f"a body of {body.length} bytes; the limit is {limits.body}")
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
                    if segment.filename:
                        if segment.bytes_received <= limits.file:
                            target.write(event)
                        else:
                            target.truncate(0)
                    else:
                        _refuse_long(segment, config)
                        if segment.filename is None:
                            target.write(event)
                else:
                    name = clean(segment.name.encode("utf-8"), "a field name")
                    if segment.filename:
                        files.append((name, _upload(segment, target, limits.file)))
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
    """TooLarge for a text over its limit; and for a nameless file, which is nothing, over that."""
    limit = config.limits.text if segment.filename is None else config.limits.file
    if segment.bytes_received > limit:
        if segment.filename is None:
            raise TooLarge("A text is too long. Please go back and shorten it.",
                           detail=f"{segment.name!r} is over {limit} bytes")
        raise too_large(segment.name, limit)


def too_large(name: str, limit: int) -> TooLarge:
    """The error for a file over its limit."""
    return TooLarge(
        f"The file is too large: it may have {_size(limit)}. Please go back and choose a smaller "
        "one.", detail=f"{name!r} is over {limit} bytes")


def _size(size: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} B"


def _upload(segment: Any, file: BinaryIO, limit: int) -> Upload:
    name = segment.filename.replace("\\", "/").rpartition("/")[2]
    kind = segment.content_type or ""
    if not (kind.isascii() and kind.isprintable()):
        kind = ""
    file.seek(0)
    upload = Upload(clean(name.encode("utf-8"), "a file name"), kind, file, segment.size)
    if segment.size > limit:
        upload.limit = limit
    return upload
