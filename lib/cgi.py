"""The `cgi` module that Python lost in 3.13, for old scripts: the same names, within limits.

What scripts use of it is as documented for Python 3.12; docs/old-scripts.md says what is not. A
body is read once, in a time that grows with its length alone, on the `multipart` package. A page
of Chapbook needs none of this: it has request.form.
"""
from __future__ import annotations

import os
import sys

from oldcgi.form import FieldStorage, MiniFieldStorage, fields_of, length, parse_header
from oldcgi.shown import (
    print_arguments, print_directory, print_environ, print_environ_usage, print_exception,
    print_form, test,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# As in the module of old, whatever a script sets here holds for what is read after it. Bytes of a
# body: all of one, and one that is no multipart form, which is held in memory. 0 is no limit.
maxlen = 256 << 20
maxtext = 16 << 20
# Fields of a form where a script does not say max_num_fields.
maxfields = 1000

__all__ = [
    "FieldStorage", "MiniFieldStorage", "parse", "parse_header", "parse_multipart",
    "print_arguments", "print_directory", "print_environ", "print_environ_usage",
    "print_exception", "print_form", "test",
]


def parse(
    fp: Any = None, environ: Any = os.environ, keep_blank_values: Any = 0,
    strict_parsing: Any = 0, separator: str = "&",
) -> dict[Any, list[Any]]:
    """The fields of a request as lists by their names: of its query, and of the body of a POST."""
    fp = sys.stdin if fp is None else fp
    encoding = getattr(fp, "encoding", None) or "latin-1"
    fp = getattr(fp, "buffer", fp)
    query = environ.get("QUERY_STRING", sys.argv[1] if sys.argv[1:] else "")
    if environ.setdefault("REQUEST_METHOD", "GET") == "POST":
        kind, options = parse_header(environ.get("CONTENT_TYPE", ""))
        if kind == "multipart/form-data":
            if "CONTENT_LENGTH" in environ:
                options["CONTENT-LENGTH"] = environ["CONTENT_LENGTH"]
            return parse_multipart(fp, options, separator=separator)
        if kind == "application/x-www-form-urlencoded":
            sent = fp.read(length(environ["CONTENT_LENGTH"], maxtext)).decode(encoding)
            query = f"{sent}&{query}" if sent and query else sent or query
        environ["QUERY_STRING"] = query           # as it always did: a second call finds it there
    found: dict[Any, list[Any]] = {}
    for name, value in fields_of(query, keep_blank_values, strict_parsing, encoding, "replace",
                                 maxfields, separator):
        found.setdefault(name, []).append(value)
    return found


def parse_multipart(
    fp: Any, pdict: dict[str, Any], encoding: str = "utf-8", errors: str = "replace",
    separator: str = "&",
) -> dict[Any, list[Any]]:
    """The fields of a multipart body as lists by their names; bytes for what came as a file."""
    boundary = pdict["boundary"]
    if isinstance(boundary, bytes):
        boundary = boundary.decode("ascii")
    headers = {"content-type": f'multipart/form-data; boundary="{boundary}"'}
    if "CONTENT-LENGTH" in pdict:
        headers["content-length"] = str(pdict["CONTENT-LENGTH"])
    form = FieldStorage(fp, headers=headers, encoding=encoding, errors=errors,
                        environ={"REQUEST_METHOD": "POST"}, separator=separator)
    return {name: form.getlist(name) for name in form}


def __getattr__(name: str) -> Any:
    """Say what came in the place of what Python had dropped before 3.12."""
    instead = {
        "escape": "html.escape(text, quote=False)", "parse_qs": "urllib.parse.parse_qs",
        "parse_qsl": "urllib.parse.parse_qsl", "log": "print(..., file=sys.stderr)",
    }.get(name)
    raise AttributeError(f"module 'cgi' has no attribute {name!r}"
                         + (f"; use {instead} in its place" if instead else ""))
