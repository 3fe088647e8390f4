"""Where a request was sent: the public addresses of a page, its site, and of other pages.

Worked out from what the visitor sent, since SCRIPT_NAME and the like differ in each gateway.
"""
from __future__ import annotations

import os

from . import fields
from . import paths, percent
from .errors import BadRequest, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar, overload

    from .config import Config

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


class Location:
    """The addresses of a request; `Request` is one."""

    environ: dict[str, Any]
    config: Config

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
        path = f"{self.config.htdocs}/{name}"
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


def _decoded(text: str) -> str:
    """A WSGI string (bytes as Latin-1, PEP 3333) as the text it stands for."""
    if text.isascii() and text.isprintable():
        return text
    decoded = fields.clean(text.encode("latin-1"), "the address")
    if "\n" in decoded or "\t" in decoded:
        raise NotFound(detail="a control character in the address")
    return decoded


def _one_slash(path: str) -> str:
    while "//" in path:
        path = path.replace("//", "/")
    return path if path.startswith("/") or not path else "/" + path
