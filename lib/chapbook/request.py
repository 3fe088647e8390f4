"""One request, the same in every gateway: what was asked, by whom, with which fields.

Nothing is parsed before it is used.
"""
from __future__ import annotations

import os

from . import body as bodies
from . import cookies, paths, percent
from .errors import BadRequest, NotFound, UnsupportedMediaType
from .multidict import MultiDict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar, overload

    from .body import Body, Upload
    from .config import Config
    from .db import Database

    T = TypeVar("T")

    class lazy(Generic[T]):
        def __init__(self, compute: Callable[[Any], T]) -> None: ...
        @overload
        def __get__(self, request: None, owner: Any) -> lazy[T]: ...
        @overload
        def __get__(self, request: object, owner: Any) -> T: ...
        def __get__(self, request: Any, owner: Any) -> Any: ...
else:
    class lazy:
        """An attribute computed at its first use: functools.cached_property, not imported."""

        def __init__(self, compute):
            self.compute, self.__doc__ = compute, compute.__doc__

        def __get__(self, request, owner):
            if request is None:
                return self
            value = request.__dict__[self.compute.__name__] = self.compute(request)
            return value

_static_hashes: dict[str, tuple[tuple[int, int], str]] = {}


class Headers:
    """The headers, in any case of letters: `headers.get("Accept")`, `headers["User-Agent"]`."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def get(self, name: str, default: str = "") -> str:
        """The value of a header, or `default` where it was not sent."""
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        return str(self._environ.get(key, default))

    def __getitem__(self, name: str) -> str:
        if name not in self:
            raise KeyError(name)
        return self.get(name)

    def __contains__(self, name: str) -> bool:
        return self.get(name, "\n") != "\n"


class Request:
    """What a handler is given.

    `method`, `id` (quote it to find the request in the log), `config`, `headers` and `environ` are
    there at once; everything else is worked out at its first use. Broken input raises a 400, too
    much of it a 413.
    """

    def __init__(self, environ: dict[str, Any], config: Config) -> None:
        self.environ = environ
        self.config = config
        self.method: str = environ["REQUEST_METHOD"]
        self.id: str = environ.get("chapbook.request_id", "-")
        self.headers = Headers(environ)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.environ.get('REQUEST_URI', '')}>"

    # Where it was sent

    @lazy
    def path_info(self) -> str:
        """What follows the script in the address: "" or "/feed", decoded once.

        BadRequest where it is not UTF-8. The slash after a folder is the folder's, and no rest.
        """
        rest = _one_slash(_decoded(self.environ.get("PATH_INFO", "")))
        if rest == "/":
            whole = self._sent_path or self.environ.get("SCRIPT_NAME", "")
            last = whole.rstrip("/").rpartition("/")[2]
            name = self.script.rpartition("/")[2]
            if last == "" or name == "index" and last not in ("index", "index.py"):
                return ""
        return rest

    @lazy
    def script(self) -> str:
        """The script's name below cgi-bin, without its ending: "guestbook", "admin/users"."""
        known: str | None = self.environ.get("chapbook.script")
        if known is None:
            file = os.path.realpath(self.environ.get("SCRIPT_FILENAME", ""))
            folder = os.path.realpath(self.config.path("cgi-bin"))
            known = os.path.splitext(os.path.relpath(file, folder))[0]
        return known

    @lazy
    def _sent_path(self) -> str:
        """The path of the request line, still encoded; "" where the gateway does not tell."""
        path: str = self.environ.get("REQUEST_URI", "").partition("?")[0].partition("#")[0]
        if path and not path.startswith("/"):          # absolute-form: GET http://host/path
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path

    @lazy
    def _script_path(self) -> str:
        """The public path of the script, decoded: the address as sent, less the path_info.

        SCRIPT_NAME differs in every gateway and after each rewriting; REQUEST_URI is what the
        visitor sees. Dot segments are taken out as Apache does it: what it has dropped on the way
        to the script is the visitor's words, and no place of this site.
        """
        path, path_info = self._sent_path, self.path_info
        for _ in range(2 if path else 0):              # some hosts encode once more than right
            path = percent.unquote(path.encode("latin-1")).decode("latin-1")
            try:
                whole = paths.without_dots(_decoded(path))
            except BadRequest:
                break
            if whole.endswith(path_info):
                return whole[:len(whole) - len(path_info)] or "/"
        return _one_slash(_decoded(self.environ.get("SCRIPT_NAME", ""))) or "/"

    @lazy
    def script_url(self) -> str:
        """The public path of this script, percent-encoded, without path_info: "/guestbook"."""
        return percent.quote(self._script_path, percent.PATH_SAFE)

    @lazy
    def url(self) -> str:
        """The public path of this page, percent-encoded, without the query: "/guestbook/feed"."""
        if not self.path_info:
            return self.script_url
        return percent.quote(self._script_path.rstrip("/") + self.path_info, percent.PATH_SAFE)

    @lazy
    def _place(self) -> tuple[str, str, str]:
        """Where scripts are for this visitor: prefix, ending, and the site's root ("", "/club")."""
        path, name = self._script_path, "/" + self.script
        if path.endswith(name + ".py"):
            prefix = path[:-len(name + ".py")]
            return prefix, ".py", prefix.removesuffix("/cgi-bin")
        if path.endswith(name):
            root = path[:-len(name)]
        elif name == "/index":
            root = path.rstrip("/")
        else:
            root = "/".join(["", *self.config.site.base_url.split("/")[3:]])
        return root, "", root

    @lazy
    def root(self) -> str:
        """The public path of the site's folder, percent-encoded, no slash at its end: "/club"."""
        return percent.quote(self._place[2], percent.PATH_SAFE)

    def url_for(self, name: str, /, **query: object) -> str:
        """The path of another page, such as "guestbook/feed", in the style of this visit.

        Where the visitor came by /cgi-bin/guestbook.py, so do the links. A query field that is None
        is left out.
        """
        prefix, ending, _ = self._place
        name = name.strip("/")
        if ending:
            name = name or "index"
            script, rest = name, ""
            folder = self.config.path("cgi-bin")
            while "/" in script and not os.path.isfile(f"{folder}/{script}.py"):
                script, _, last = script.rpartition("/")
                rest = f"/{last}{rest}"
            path = percent.quote(f"{prefix}/{script}{ending}{rest}", percent.PATH_SAFE)
        else:
            name = "" if name == "index" else percent.quote(name, percent.PATH_SAFE)
            path = f"{self.root}/{name}"
        return path + percent.query(query) if query else path

    def static(self, name: str) -> str:
        """The path of a static file with a hash of its content, so that it may be kept for ever."""
        path = f"{self.config.root}/htdocs/{name}"
        try:
            found = os.stat(path)
            signature = (found.st_mtime_ns, found.st_size)
            known = _static_hashes.get(path)
            if known is None or known[0] != signature:
                import zlib

                with open(path, "rb") as file:
                    known = _static_hashes[path] = (signature, f"{zlib.crc32(file.read()):08x}")
            version = "?v=" + known[1]
        except OSError:
            version = ""
        return f"{self.root}/{percent.quote(name, percent.PATH_SAFE)}{version}"

    def absolute(self, path: str) -> str:
        """An address for the world outside (feeds, mails) from a path of this site.

        Built from the configured base_url, never from what the visitor sent; just the path while
        there is none.
        """
        return "/".join(self.config.site.base_url.split("/", 3)[:3]) + path

    # What was sent

    @lazy
    def query(self) -> MultiDict[str]:
        """The fields of the query string."""
        sent = self.environ.get("QUERY_STRING", "").encode("latin-1")
        return MultiDict(bodies.pairs(sent, self.config, "the query"))

    @lazy
    def cookies(self) -> dict[str, str]:
        """The cookies by name; oddly named or planted ones dropped (see `cookies.parse`)."""
        return cookies.parse(self.headers.get("Cookie"))

    @lazy
    def content_type(self) -> str:
        """The type of the body in lower case, without parameters: "application/json"."""
        return self.headers.get("Content-Type").partition(";")[0].strip().lower()

    @lazy
    def remote_address(self) -> str:
        """The address of the client's end of the connection."""
        return str(self.environ.get("REMOTE_ADDR", ""))

    @lazy
    def body(self) -> Body:
        """The raw body, to be read once; `form`, `files` and `json` read it themselves."""
        limits = self.config.limits
        return bodies.Body(self.environ, limits.body_grace, limits.body_rate)

    @lazy
    def _parsed(self) -> tuple[MultiDict[str], MultiDict[Upload]]:
        kind, config = self.content_type, self.config
        if kind == "application/x-www-form-urlencoded":
            data = self.body.read_all(config.limits.body)
            return MultiDict(bodies.pairs(data, config, "the form")), MultiDict()
        if kind == "multipart/form-data":
            sent = self.headers.get("Content-Type")
            fields, files = bodies.multipart(self.body, sent, config)
            return MultiDict(fields), MultiDict(files)
        if self.body.length:
            raise UnsupportedMediaType(detail=f"Content-Type {kind[:80]!r} is no form")
        return MultiDict(), MultiDict()

    @lazy
    def form(self) -> MultiDict[str]:
        """The text fields of a submitted form, urlencoded or multipart."""
        return self._parsed[0]

    @lazy
    def files(self) -> MultiDict[Upload]:
        """The files of a submitted form."""
        return self._parsed[1]

    @lazy
    def json(self) -> Any:
        """The document of a JSON body, its texts as clean as those of a form.

        UnsupportedMediaType for a body of another type, BadRequest for a broken one.
        """
        kind = self.content_type
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType(detail=f"Content-Type {kind[:80]!r} is not JSON")
        import json

        data = self.body.read_all(self.config.limits.json)
        try:
            return _clean(json.loads(
                data.decode("utf-8"), parse_constant=_finite, parse_float=_finite
            ))
        except (ValueError, RecursionError) as error:
            raise BadRequest("The JSON sent is broken.", detail=str(error)) from error

    # What it may use

    @lazy
    def db(self) -> Database:
        """The site's database, connected at the first statement, the same for the whole request.

        Answering GET and HEAD it only reads. The handler of any other method runs in one
        transaction, committed before the answer goes out and rolled back by any error.
        """
        from . import db

        return db.kept(self.config)

    def rewind(self) -> None:
        """Make it as new for another run of the handler; Unavailable where that cannot be."""
        held = self.__dict__
        held.pop("json", None)                         # the handler may have changed it
        if "_parsed" in held:
            for _, upload in held["_parsed"][1].pairs():
                upload.rewind()
        elif "body" in held:
            held["body"].rewind()

    def undo_saves(self) -> None:
        """Remove the copies of uploads that a handler saved whose writes are not kept."""
        if "_parsed" in self.__dict__:
            for _, upload in self._parsed[1].pairs():
                upload.undo_saves()

    def close(self) -> None:
        """Let go of what this request held; the gateway calls it when the answer is made."""
        held = self.__dict__
        if "_parsed" in held:
            for _, upload in held["_parsed"][1].pairs():
                upload.file.close()


def _decoded(text: str) -> str:
    """A WSGI string (bytes as Latin-1, PEP 3333) as the text it stands for."""
    if text.isascii() and text.isprintable():
        return text
    decoded = bodies.clean(text.encode("latin-1"), "the address")
    if "\n" in decoded or "\t" in decoded:
        raise NotFound(detail="a control character in the address")
    return decoded


def _one_slash(path: str) -> str:
    while "//" in path:
        path = path.replace("//", "/")
    return path if path.startswith("/") or not path else "/" + path


def _finite(text: str) -> float:
    value = float(text)
    if value - value:                                  # NaN, or one of the infinities
        raise ValueError(f"{text[:40]} is no number")
    return value


def _clean(value: Any) -> Any:
    """The JSON value with its texts, names too, in NFC and without controls."""
    if isinstance(value, str):
        return bodies.clean(value.encode("utf-8"), "the JSON")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return value
