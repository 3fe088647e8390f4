"""FieldStorage: what an old script sees of a request."""
from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from io import BytesIO, StringIO, TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

IN_MEMORY = 1000             # bytes of a field; what is longer goes to make_file()
CHUNK = 65_536


def parse_header(line: str) -> tuple[str, dict[str, str]]:
    """A header like Content-Type: its value, and its options by their names in small letters."""
    pieces: list[str] = []
    begin, quoted = 0, False
    for place, letter in enumerate(line):
        if letter == '"' and line[place - 1:place] != "\\":
            quoted = not quoted
        elif letter == ";" and not quoted:
            pieces.append(line[begin:place])
            begin = place + 1
    pieces.append(line[begin:])
    options: dict[str, str] = {}
    for piece in pieces[1:]:
        name, sign, value = piece.partition("=")
        if sign:
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] == '"':
                value = value[1:-1].replace("\\\\", "\\").replace('\\"', '"')
            options[name.strip().lower()] = value
    return pieces[0].strip(), options


def fields_of(
    text: str, keep_blank_values: Any, strict_parsing: Any, encoding: str, errors: str,
    most: int, separator: str,
) -> list[tuple[str, str]]:
    """The fields of a query; ValueError where there are more than `most` (0: no limit)."""
    from urllib.parse import parse_qsl

    return parse_qsl(text, bool(keep_blank_values), bool(strict_parsing), encoding, errors,
                     most or None, separator)


def length(text: Any, most: int = 0) -> int:
    """A Content-Length; -1 where it is no number, ValueError beyond `most` and cgi.maxlen."""
    import cgi

    text = str(text)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    if number > most > 0 or number > cgi.maxlen > 0:
        raise ValueError("Maximum content length exceeded")
    return number


class MiniFieldStorage:
    """A field of a query or of a form without files: `name` and `value`."""

    filename = list = type = file = disposition = None
    type_options: dict[str, str] = {}
    disposition_options: dict[str, str] = {}
    headers: dict[str, str] = {}

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def __repr__(self) -> str:
        return f"MiniFieldStorage({self.name!r}, {self.value!r})"


class FieldStorage:
    """The fields of a request, or one of them; `form["name"]`, `form.getvalue("name")`.

    A field that came as a file has `filename`, `file` (open, binary) and `value` (bytes); any other
    has `value` as text. `list` are the fields in the order in which they were sent, None where
    there are none to be had, such as in a body of JSON. A part that was cut off has `done` -1.
    Override make_file() to say where longer fields are kept. ValueError for a body that is broken
    or beyond a limit.
    """

    FieldStorageClass: Any = None
    bufsize = CHUNK
    list: Any
    file: Any

    def __init__(
        self, fp: Any = None, headers: Any = None, outerboundary: bytes = b"",
        environ: Any = os.environ, keep_blank_values: Any = 0, strict_parsing: Any = 0,
        limit: int | None = None, encoding: str = "utf-8", errors: str = "replace",
        max_num_fields: int | None = None, separator: str = "&",
    ) -> None:
        import cgi

        if not isinstance(outerboundary, bytes):
            raise TypeError(f"outerboundary must be bytes, not {type(outerboundary).__name__}")
        self.keep_blank_values, self.strict_parsing = keep_blank_values, strict_parsing
        self.max_num_fields = cgi.maxfields if max_num_fields is None else max_num_fields
        self.encoding, self.errors, self.separator = encoding, errors, separator
        self.outerboundary = outerboundary
        self.qs_on_post: str | None = None
        method = environ.get("REQUEST_METHOD", "GET").upper()
        if method in ("GET", "HEAD"):
            query = environ.get("QUERY_STRING", sys.argv[1] if sys.argv[1:] else "")
            fp = BytesIO(query if isinstance(query, bytes) else os.fsencode(query))
            if headers is None:
                headers = {"content-type": "application/x-www-form-urlencoded"}
        if headers is None:
            headers = {}
            if method == "POST":
                headers["content-type"] = "application/x-www-form-urlencoded"
            if "CONTENT_TYPE" in environ:
                headers["content-type"] = environ["CONTENT_TYPE"]
            if "CONTENT_LENGTH" in environ:
                headers["content-length"] = environ["CONTENT_LENGTH"]
            self.qs_on_post = environ.get("QUERY_STRING")
        elif not (isinstance(headers, Mapping) or hasattr(headers, "get_content_type")):
            raise TypeError("headers must be mapping or an instance of email.message.Message")
        if fp is None:
            fp = sys.stdin.buffer
        elif isinstance(fp, TextIOWrapper):
            fp = fp.buffer
        elif not (hasattr(fp, "read") and hasattr(fp, "readline")):
            raise TypeError("fp must be file pointer")
        self.fp = fp
        is_form = method == "POST" and not outerboundary
        self.describe(
            headers, "application/x-www-form-urlencoded" if is_form else "text/plain")
        self.length = -1
        if "content-length" in headers:
            self.length = length(headers["content-length"],
                                 0 if self.type.startswith("multipart/") else cgi.maxtext)
        self.limit = self.length if limit is None and self.length >= 0 else limit
        if self.type == "application/x-www-form-urlencoded":
            self._read_urlencoded()
        elif self.type.startswith("multipart/"):
            self._read_multipart()
        else:
            self._read_single()

    def describe(self, headers: Any, kind: str) -> None:
        """Take in what the headers say; `kind` is the type where they do not say it."""
        self.headers = headers
        self.disposition = ""
        self.disposition_options: dict[str, str] = {}
        if "content-disposition" in headers:
            self.disposition, self.disposition_options = parse_header(
                headers["content-disposition"])
        self.name: Any = self.disposition_options.get("name")
        self.filename: Any = self.disposition_options.get("filename")
        self._binary_file = self.filename is not None
        self.type = kind
        self.type_options: dict[str, str] = {}
        if "content-type" in headers:
            self.type, self.type_options = parse_header(headers["content-type"])
        self.innerboundary = self.type_options.get("boundary", "").encode(
            self.encoding, self.errors)
        self.list = self.file = None
        self.done = self.bytes_read = 0

    def _queried(self, text: str) -> Any:
        found = fields_of(text, self.keep_blank_values, self.strict_parsing, self.encoding,
                          self.errors, self.max_num_fields, self.separator)
        return [MiniFieldStorage(name, value) for name, value in found]

    # What it was asked for: a mapping of names

    def __getattr__(self, name: str) -> Any:
        if name != "value":
            raise AttributeError(name)
        if self.file is None:
            return self.list
        self.file.seek(0)
        value = self.file.read()
        self.file.seek(0)
        return value

    def __getitem__(self, key: Any) -> Any:
        found = [item for item in self._items() if item.name == key]
        if not found:
            raise KeyError(key)
        return found[0] if len(found) == 1 else found

    def getvalue(self, key: Any, default: Any = None) -> Any:
        """The value of a field; a list of values where it came more than once."""
        values = self.getlist(key)
        return default if not values else values[0] if len(values) == 1 else values

    def getfirst(self, key: Any, default: Any = None) -> Any:
        """The first value of a field."""
        return next((item.value for item in self._items() if item.name == key), default)

    def getlist(self, key: Any) -> Any:
        """All values of a field, in their order; an empty list where it did not come."""
        return [item.value for item in self._items() if item.name == key]

    def keys(self) -> Any:
        """The names of the fields, each once."""
        return list(dict.fromkeys(item.name for item in self._items()))

    def _items(self) -> Any:
        if self.list is None:
            raise TypeError("not indexable")
        return self.list

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys())

    def __contains__(self, key: object) -> bool:
        return any(item.name == key for item in self._items())

    def __len__(self) -> int:
        return len(self.keys())

    def __bool__(self) -> bool:
        if self.list is None:
            raise TypeError("Cannot be converted to bool.")
        return bool(self.list)

    def __repr__(self) -> str:
        return f"FieldStorage({self.name!r}, {self.filename!r}, {self.value!r})"

    def __enter__(self) -> FieldStorage:
        return self

    def __exit__(self, *error: object) -> None:
        if self.file is not None:
            self.file.close()

    def __del__(self) -> None:
        file = self.__dict__.get("file")
        if file is not None:
            file.close()

    # How it is read

    def _read_all(self) -> bytes:
        """The whole body; ValueError where one of unknown length is over the limit."""
        import cgi

        most = self.length if self.length >= 0 else cgi.maxtext + 1 if cgi.maxtext else sys.maxsize
        parts = []
        while most and (data := self.take(min(most, CHUNK))):
            parts.append(data)
            most -= len(data)
        if self.length < 0 and not most:
            raise ValueError("Maximum content length exceeded")
        return b"".join(parts)

    def take(self, most: int) -> bytes:
        """The next bytes of the body, b"" at its end; ValueError for a file of text."""
        data = self.fp.read(most)
        if not isinstance(data, bytes):
            raise ValueError(f"{self.fp} should return bytes, got {type(data).__name__}")
        self.bytes_read += len(data)
        return data

    def _read_urlencoded(self) -> None:
        text = self._read_all().decode(self.encoding, self.errors)
        if self.qs_on_post:
            text += self.separator + self.qs_on_post
        self.list = self._queried(text)

    def _read_multipart(self) -> None:
        from .parts import read

        self.list = self._queried(self.qs_on_post) if self.qs_on_post else []
        read(self, [self.max_num_fields - len(self.list)] if self.max_num_fields else None)

    def _read_single(self) -> None:
        data = self._read_all()
        self._binary_file = self._binary_file or self.length >= 0
        self.begin()
        self.write(data)
        self.end()
        self.done = -1 if len(data) < self.length else 0

    def begin(self) -> None:
        """Make ready for the content of a field."""
        from codecs import getincrementaldecoder

        self._decoder: Any = None
        if not self._binary_file:
            self._decoder = getincrementaldecoder(self.encoding)(self.errors)
        self._size, self._is_small = 0, True
        self.file = BytesIO() if self._binary_file else StringIO()

    def write(self, data: bytes, final: bool = False) -> None:
        """Add to the content: in memory while it is short, then to make_file()."""
        self._size += len(data)
        if self._is_small and self._size > IN_MEMORY:
            self._is_small = False
            small, self.file = self.file, self.make_file()
            self.file.write(small.getvalue())
        self.file.write(self._decoder.decode(data, final) if self._decoder else data)

    def end(self) -> None:
        """Say that the content is complete."""
        self.write(b"", True)
        self.file.seek(0)

    def make_file(self) -> Any:
        """A file for a field that is long: read and written, binary for what came as a file.

        This one has no name, and vanishes when it is closed.
        """
        import tempfile

        if self._binary_file:
            return tempfile.TemporaryFile("wb+")
        return tempfile.TemporaryFile("w+", encoding=self.encoding, newline="\n")
