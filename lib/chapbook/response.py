"""Answers: pages, text, JSON, files and redirects, complete before the first byte goes out."""
from __future__ import annotations

import errno
import os
import zlib

from . import conditions, cookies
from .errors import NotFound, ServerError
from .percent import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, BinaryIO

REASONS = {
    200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable",
    408: "Request Timeout", 409: "Conflict", 410: "Gone", 411: "Length Required",
    412: "Precondition Failed", 413: "Content Too Large", 415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented", 503: "Service Unavailable", 507: "Insufficient Storage",
}

# Sent with every answer, errors too. A page may replace one by setting it itself.
SECURITY_HEADERS = (
    ("Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
     "base-uri 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
# In the place of those, for old scripts: their pages may have styles and scripts anywhere.
OLD_HEADERS = (
    ("Content-Security-Policy", "base-uri 'self'; object-src 'none'; frame-ancestors 'self'"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Cross-Origin-Opener-Policy", "unsafe-none"),
)
_SECURITY_NAMES = frozenset(name.lower() for name, _ in SECURITY_HEADERS)

# What is between two servers, and none of a page's business (RFC 9110 section 7.6.1); CGI's Status.
_NOT_OURS = frozenset({
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "status",
})
# A second one of these would be chosen, or joined to the first, by each reader in its own way.
_ONCE = frozenset({
    "age", "cache-control", "content-disposition", "content-encoding", "content-length",
    "content-location", "content-range", "content-type", "date", "etag", "expires",
    "last-modified", "location", "retry-after", *_SECURITY_NAMES,
}) - {"content-security-policy"}

_NO_FILE = frozenset({
    errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG,
    errno.ELOOP,
})
CHUNK = 65_536
TYPES = {
    "html": "text/html", "css": "text/css", "js": "text/javascript", "txt": "text/plain",
    "xml": "application/xml", "json": "application/json", "svg": "image/svg+xml",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "ico": "image/vnd.microsoft.icon",
    "woff": "font/woff", "woff2": "font/woff2", "pdf": "application/pdf", "csv": "text/csv",
    "ics": "text/calendar", "zip": "application/zip", "mp3": "audio/mpeg", "mp4": "video/mp4",
    "webmanifest": "application/manifest+json", "md": "text/markdown",
    "epub": "application/epub+zip",
}


class FileBody:
    """A slice of an open file as the body of one answer, `length` bytes from `start`."""

    used = False

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self.file, self.start, self.length = file, start, length

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.length
        while left and (data := self.file.read(min(CHUNK, left))):
            left -= len(data)
            yield data

    def close(self) -> None:
        """Called by the gateway when the answer is out (PEP 3333)."""
        self.file.close()


class Response:
    """An answer: `status`, `headers` (a list of pairs), and a `body` of bytes."""

    def __init__(
        self, body: bytes | FileBody = b"", status: int = 200,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        if not isinstance(body, (bytes, FileBody)):
            raise TypeError(
                f"Response(body) wants bytes, not {type(body).__name__}; "
                "for text there are Response.html(text) and Response.text(text)"
            )
        self.body = body
        self.status = status
        self.headers = list(headers)

    @classmethod
    def html(cls, text: str, status: int = 200) -> Response:
        """A page of HTML, sent as UTF-8."""
        return cls(text.encode("utf-8"), status, [("Content-Type", "text/html; charset=utf-8")])

    @classmethod
    def text(cls, text: str, status: int = 200) -> Response:
        """Plain text, sent as UTF-8."""
        return cls(text.encode("utf-8"), status, [("Content-Type", "text/plain; charset=utf-8")])

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Response:
        """A JSON document of dicts, lists, text, numbers, booleans and None."""
        import json

        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return cls(text.encode("utf-8"), status, [("Content-Type", "application/json")])

    @classmethod
    def file(cls, path: str, *, type: str | None = None, download: str | None = None) -> Response:
        """The content of a file, with ETag and Last-Modified; 304 and ranges come by themselves.

        `type` is guessed from the ending where it is None; `download` names the copy that the
        visitor saves. NotFound where there is no such file, or none that the site may read.
        """
        try:
            file = open(path, "rb")
        except (OSError, ValueError) as error:         # ValueError: a NUL in the path, and the like
            if getattr(error, "errno", errno.ENOENT) in _NO_FILE:
                raise NotFound(detail=str(error)) from error
            raise
        found = os.fstat(file.fileno())
        if type is None:
            type = TYPES.get(os.path.splitext(path)[1][1:].lower(), "application/octet-stream")
            if type.startswith("text/"):
                type += "; charset=utf-8"
        response = cls(FileBody(file, 0, found.st_size))
        response.headers = [("Content-Type", type), ("Accept-Ranges", "bytes")]
        response.etag = f"{found.st_mtime_ns:x}-{found.st_size:x}"
        response.last_modified = int(found.st_mtime)
        if download is not None:
            plain = "".join(
                c if " " <= c <= "~" and c not in '"\\%/' else "_" for c in download
            )
            response["Content-Disposition"] = (
                f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(download)}"
            )
        return response

    def __getitem__(self, name: str) -> str | None:
        """The first value of a header, or None."""
        wanted = name.lower()
        return next((value for known, value in self.headers if known.lower() == wanted), None)

    def __setitem__(self, name: str, value: str) -> None:
        """Set a header in place of all of its name."""
        del self[name]
        self.headers.append((name, value))

    def __delitem__(self, name: str) -> None:
        wanted = name.lower()
        self.headers = [pair for pair in self.headers if pair[0].lower() != wanted]

    def __contains__(self, name: str) -> bool:
        return self[name] is not None

    @property
    def etag(self) -> str | None:
        """The validator without its quotes (RFC 9110 section 8.8.3), or None."""
        value = self["ETag"]
        return value and value.removeprefix("W/").strip('"')

    @etag.setter
    def etag(self, value: str) -> None:
        self["ETag"] = f'"{value}"'

    @property
    def last_modified(self) -> int | None:
        """Unix seconds, or None."""
        return conditions.http_time(self["Last-Modified"] or "")

    @last_modified.setter
    def last_modified(self, seconds: int) -> None:
        self["Last-Modified"] = conditions.http_date(seconds)

    def set_cookie(self, name: str, value: str, **attributes: Any) -> None:
        """Add a cookie; the attributes are those of `cookies.header`."""
        self.headers.append(("Set-Cookie", cookies.header(name, value, **attributes)))

    def unkept(self) -> Response:
        """A copy of it that no browser and no cache keeps, or compares with one that it kept."""
        copy = Response(self.body, self.status, self.headers)
        copy["Cache-Control"] = "no-store"
        del copy["ETag"]
        del copy["Last-Modified"]
        return copy

    def check(self) -> dict[str, str]:
        """The headers by their names in small letters; ServerError for what may not go out."""
        if self.status not in REASONS:
            raise ServerError(detail=f"status {self.status!r} is none that Chapbook knows")
        if not isinstance(self.body, (bytes, FileBody)):
            raise ServerError(
                detail=f"the body of the response is {type(self.body).__name__}, not bytes; for "
                       f"text there are Response.html(text) and Response.text(text)"
            )
        if isinstance(self.body, FileBody) and self.body.used:
            raise ServerError(
                detail="A Response.file(...) was to go out a second time: make a new one for each "
                       "request, inside the handler."
            )
        given: dict[str, str] = {}
        for name, value in self.headers:
            if not name or not cookies.TOKEN.issuperset(name):
                raise ServerError(detail=f"header name {name!r} is not a token")
            if not (value.isascii() and value.isprintable()) and any(
                not (" " <= c <= "~" or "\xa0" <= c <= "\xff") for c in value
            ):
                raise ServerError(detail=f"header {name}: a character in it is none for headers")
            small = name.lower()
            if small in _NOT_OURS or small.startswith("proxy-"):
                raise ServerError(detail=f"header {name}: it is the server's, not a page's")
            if small in given and small in _ONCE:
                raise ServerError(
                    detail=f"header {name} twice; response[{name!r}] = ... replaces the first one"
                )
            given[small] = value
        if "etag" in given and not conditions.is_etag(given["etag"]):
            raise ServerError(detail="header ETag: not of the form \"v1\" or W/\"v1\", in quotes; "
                                     "response.etag = \"v1\" writes them")
        return given

    def prepare(
        self, method: str, environ: dict[str, Any]
    ) -> tuple[int, list[tuple[str, str]], bytes | FileBody]:
        """What goes out for one request: the status (or 304, 206, 412, 416), headers, the body.

        A page that may be kept gets a weak ETag of its content, so that a reader who has it is told
        just that. Raises what `check` does. The Response itself stays as it is: one that is made
        once may answer many requests, but for those with a file.
        """
        given = self.check()
        status, body, headers = self.status, self.body, self.headers.copy()
        cache = given.get("cache-control")
        if cache is None:
            if not self._may_be_kept(method, given):
                cache = "no-store"
            else:                                 # what a cookie may have decided is its owner's
                cache = "private, no-cache" if environ.get("HTTP_COOKIE") else "no-cache"
            headers.append(("Cache-Control", cache))
        if status == 200 and method in ("GET", "HEAD"):
            etag, modified = given.get("etag"), given.get("last-modified")
            if etag is None and cache != "no-store" and isinstance(body, bytes):
                etag = f'W/"{zlib.crc32(body):08x}-{len(body):x}"'
                headers.append(("ETag", etag))
            if isinstance(body, FileBody) and conditions.changed_since(etag, modified, environ):
                status = 412
            elif conditions.not_modified(etag, modified, environ):
                status = 304
            elif method == "GET" and "HTTP_RANGE" in environ and isinstance(body, FileBody):
                wanted = conditions.part(body.length, etag, modified, environ)
                if wanted == (0, 0):
                    status = 416
                    headers.append(("Content-Range", f"bytes */{body.length}"))
                elif wanted is not None:
                    status, (start, stop) = 206, wanted
                    headers.append(("Content-Range", f"bytes {start}-{stop - 1}/{body.length}"))
                    body = FileBody(body.file, start, stop - start)
        if "content-length" in given:
            headers = [pair for pair in headers if pair[0].lower() != "content-length"]
        length = 0 if status in (412, 416) else (
            body.length if isinstance(body, FileBody) else len(body)
        )
        if status in (204, 304):
            headers = [pair for pair in headers if pair[0].lower() != "content-type"]
        else:
            if "content-type" not in given:
                headers.append(("Content-Type", "application/octet-stream"))
            headers.append(("Content-Length", str(length)))
        headers += SECURITY_HEADERS if _SECURITY_NAMES.isdisjoint(given) else [
            pair for pair in SECURITY_HEADERS if pair[0].lower() not in given
        ]
        if isinstance(self.body, FileBody):
            self.body.used = True
        if status in (204, 304, 412, 416) or method == "HEAD":
            if isinstance(body, FileBody):
                body.close()
            body = b""
        return status, headers, body

    def _may_be_kept(self, method: str, given: dict[str, str]) -> bool:
        if method not in ("GET", "HEAD") or self.status not in (200, 301) or "set-cookie" in given:
            return False
        return isinstance(self.body, FileBody) or not self.has_form()

    def has_form(self) -> bool:
        """Whether the body is a page that seems to have a form."""
        body = self.body
        return isinstance(body, bytes) and (b"<form" in body or b"<form" in body.lower())


def redirect(path: str, status: int = 303) -> Response:
    """Send the visitor to another page of this site; after a 303, a reload repeats nothing.

    `path` is one of `request.url`, `request.url_for(...)`, or another path on this host. Anything
    that a browser could take for another host raises ServerError.
    """
    if not is_path(path):
        raise ServerError(
            detail=f"redirect({path!r}): only paths of this site, such as request.url_for(...)"
        )
    response = Response.text(f"See {path}\n", status)
    response["Location"] = path
    return response


def is_path(text: str) -> bool:
    """Whether this is a path on this host: one leading slash, printable ASCII, no backslash."""
    return (
        text[:1] == "/" and text[1:2] != "/" and "\\" not in text
        and text.isascii() and text.isprintable() and " " not in text
    )
