"""The parts of a multipart body (RFC 7578), each a FieldStorage, read once from end to end.

The `multipart` package finds the parts. Around it stands what old clients and old tests sent and it
does not take: bodies whose lines end in LF alone, parts that are multipart themselves, and bodies
that were cut off.
"""
from __future__ import annotations

import os
import sys
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_HEADERS, MOST_HEADER = 32, 8192         # of a part, and bytes of one
MOST_DEPTH = 3                               # multipart in multipart
MOST_BOUNDARY = 200                          # characters (RFC 2046 allows 70)
CHUNK = 65_536


class Headers(Mapping[str, str]):
    """The headers of a part, in any case of letters; of two with a name the first one counts."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = {name.lower(): (name, value) for name, value in reversed(pairs)}

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in reversed(self._pairs.values()))

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return repr(dict(self))


def read(form: Any, left: list[int] | None, depth: int = 1) -> None:
    """Put the parts of a form's body into its list; `left` is how many there may be, counted down.

    ValueError for a body that is broken, has too many parts, or too long headers. One that ends
    before its last boundary gives what came, the last part `done` -1; with `strict_parsing` it is
    a ValueError, too.
    """
    multipart = _parser()
    boundary = form.innerboundary.decode("latin-1")
    if not boundary or len(boundary) > MOST_BOUNDARY or not boundary.isascii() or (
        not boundary.isprintable() or boundary.endswith(" ")
    ):
        raise ValueError(f"Invalid boundary in multipart form: {form.innerboundary!r}")

    class Parser(multipart.PushMultipartParser):  # type: ignore[misc,name-defined]
        """The package's, for parts that need not be fields of a form."""

        def _create_segment(self, headerlist: Any) -> Any:
            return multipart.MultipartSegment(headerlist)

    chunks = _chunks(form)
    first = next(chunks, b"")
    opened = first.find(b"--" + form.innerboundary)
    after = first[opened + 2 + len(form.innerboundary):]
    lines = _LineFeeds() if opened >= 0 and after[:1] == b"\n" else _AsItIs()
    parser = Parser(form.innerboundary, max_header_size=MOST_HEADER,
                    max_header_count=MOST_HEADERS, header_charset="latin-1")
    part: Any = None
    data = first
    try:
        while data and not parser.closed:
            for event in parser.parse(lines.to_crlf(data)):
                if event is None:
                    _complete(part, lines, left, depth)
                    part = None
                elif isinstance(event, bytes):
                    part.write(lines.from_crlf(event))
                else:
                    part = _begun(form, event, left)
            data = next(chunks, b"")
    except multipart.ParserLimitReached as error:
        raise ValueError(f"A part of the form has too much in its headers: {error}") from error
    is_whole = _is_complete(parser, multipart)
    if part is not None:                          # the visitor has left in the middle of it
        _complete(part, lines, left, depth)
        part.done = -1
    if not is_whole:
        form.done = -1
        if form.strict_parsing:
            raise ValueError("The body of the request was cut off")


def _parser() -> Any:
    """The package `multipart`: of this Python, or one that the site has for itself."""
    try:
        import multipart  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        sys.path += [f"{root}/vendor", f"{root}/.venv/lib/{version}/site-packages"]
        import multipart
    return multipart


def _chunks(form: Any) -> Iterator[bytes]:
    """The body in pieces, no further than its announced length."""
    import cgi

    left = form.length if form.length >= 0 else sys.maxsize
    while left > 0 and (data := form.take(min(CHUNK, left))):
        left -= len(data)
        if form.bytes_read > cgi.maxlen > 0:
            raise ValueError("Maximum content length exceeded")
        yield data


def _begun(form: Any, segment: Any, left: list[int] | None) -> Any:
    """The part that begins with these headers: of the form's own class, or FieldStorageClass."""
    if left is not None:
        left[0] -= 1
        if left[0] < 0:
            raise ValueError("Max number of fields exceeded")
    kind: Any = form.FieldStorageClass or type(form)
    part: Any = kind.__new__(kind)
    for name in ("encoding", "errors", "keep_blank_values", "strict_parsing", "max_num_fields",
                 "separator"):
        setattr(part, name, getattr(form, name))
    part.fp, part.outerboundary, part.qs_on_post = form.fp, form.innerboundary, None
    part.length, part.limit = -1, None
    part.describe(Headers([
        (name, value.encode("latin-1").decode(form.encoding, form.errors))
        for name, value in segment.headerlist if name != "Content-Length"]), "text/plain")
    if part.type.startswith("multipart/"):
        part._binary_file = True
    part.begin()
    form.list.append(part)
    return part


def _complete(part: Any, lines: Any, left: list[int] | None, depth: int) -> None:
    part.write(lines.rest())
    part.end()
    if part.type.startswith("multipart/"):
        if depth >= MOST_DEPTH:
            raise ValueError("multipart in multipart, too deep")
        part.fp, part.file, part.list = part.file, None, []
        with part.fp:
            read(part, left, depth + 1)


def _is_complete(parser: Any, multipart: Any) -> bool:
    try:
        parser.close()
    except multipart.MultipartError:
        return False
    return True


class _AsItIs:
    """Lines that end in CR LF, as they should."""

    def to_crlf(self, data: bytes) -> bytes:
        """What the parser is given."""
        return data

    def from_crlf(self, data: bytes) -> bytes:
        """What the parser gave."""
        return data

    def rest(self) -> bytes:
        """What was kept of a part for what might have come after it."""
        return b""


class _LineFeeds(_AsItIs):
    """Lines that end in LF alone: each gets a CR before it for the parser, and loses it after."""

    _kept = b""

    def to_crlf(self, data: bytes) -> bytes:
        return data.replace(b"\n", b"\r\n")

    def from_crlf(self, data: bytes) -> bytes:
        data = self._kept + data
        self._kept = b"\r" if data.endswith(b"\r") else b""
        return data.removesuffix(self._kept).replace(b"\r\n", b"\n")

    def rest(self) -> bytes:
        data, self._kept = self._kept, b""
        return data
