"""A client for tests: asks a page as a browser would, in process, and checks WSGI on the way.

    client = Client()                                # all scripts of this site
    answer = client.get("/guestbook?before=20")
    answer = client.post("/guestbook", name="Ann", message="Hello")
    assert answer.status == 303 and answer["Location"] == "/guestbook"
"""
from __future__ import annotations

import io
import os
import sys
from wsgiref.validate import validator

from . import config as settings
from .percent import quote, unquote
from .server.dispatch import Dispatcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .config import Config
    from .server.run import WSGI

BOUNDARY = "chapbook-boundary-7f2a"


class Answer:
    """What came back: `status`, `headers` (list of pairs), `body` (bytes), `text`, `json()`."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name: str) -> str:
        """The first value of a header; KeyError where it was not sent."""
        for known, value in self.headers:
            if known.lower() == name.lower():
                return value
        raise KeyError(name)

    def __contains__(self, name: str) -> bool:
        return any(known.lower() == name.lower() for known, _ in self.headers)

    @property
    def text(self) -> str:
        """The body as UTF-8 text."""
        return self.body.decode("utf-8")

    def json(self) -> Any:
        """The body as a JSON document."""
        import json

        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.body)} bytes>"


class Client:
    """Asks a WSGI application, or all scripts of a site, as a browser on the same site would.

    `application` is any WSGI callable; None stands for the dispatcher over the scripts of
    `config.root`. Cookies that are set are sent again. Each call runs under `wsgiref.validate`, and
    is done when what it left for after the answer is done.
    """

    def __init__(self, application: WSGI | None = None, config: Config | None = None) -> None:
        self.config = config or settings.current()
        application = application or Dispatcher(self.config.root)
        self._application: Any = validator(application)  # type: ignore[arg-type,unused-ignore]
        self.cookies: dict[str, str] = {}

    def get(self, url: str, **headers: str) -> Answer:
        """The answer to GET; `headers` are named like If_None_Match."""
        return self.request("GET", url, headers=headers)

    def head(self, url: str, **headers: str) -> Answer:
        """The answer to HEAD."""
        return self.request("HEAD", url, headers=headers)

    def post(
        self, url: str, /, *, files: Mapping[str, tuple[str, bytes]] | None = None, **fields: str
    ) -> Answer:
        """The answer to a submitted form, as multipart where there are `files` (name, content)."""
        if files:
            body, kind = multipart(fields, files), f"multipart/form-data; boundary={BOUNDARY}"
        else:
            pairs = (f"{quote(name)}={quote(value)}" for name, value in fields.items())
            body, kind = "&".join(pairs).encode(), "application/x-www-form-urlencoded"
        return self.request("POST", url, body, kind, headers={"Sec-Fetch-Site": "same-origin"})

    def request(
        self, method: str, url: str, body: bytes = b"", content_type: str = "",
        headers: Mapping[str, str] | None = None, environ: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The answer to any request; `url` is a path with its query, `environ` more variables."""
        url = url.encode("utf-8").decode("latin-1")
        path, _, query = url.partition("?")
        path_info = unquote(path.encode("latin-1")).decode("latin-1")
        given: dict[str, Any] = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path_info,
            "REQUEST_URI": url, "QUERY_STRING": query, "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost", "wsgi.version": (1, 0), "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.multithread": False,
            "wsgi.multiprocess": False, "wsgi.run_once": False, "chapbook.config": self.config,
            "chapbook.at_once": True,
        }
        if body or content_type:
            given.update({"CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type})
        if self.cookies:
            cookies = (f"{name}={value}" for name, value in self.cookies.items())
            given["HTTP_COOKIE"] = "; ".join(cookies)
        for name, value in (headers or {}).items():
            given["HTTP_" + name.upper().replace("-", "_")] = value
        given.update(environ or {})
        answered: list[Any] = []

        def start(status: str, sent: list[tuple[str, str]], exc_info: object = None) -> None:
            answered[:] = status, sent

        result = self._application(given, start)
        try:
            content = b"".join(result)
        finally:
            result.close()
        answer = Answer(int(answered[0][:3]), answered[1], content)
        self._keep_cookies(answer)
        return answer

    def _keep_cookies(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name == "Set-Cookie":
                pair, _, attributes = value.partition(";")
                cookie, _, content = pair.partition("=")
                if "max-age=0" in attributes.lower().replace(" ", ""):
                    self.cookies.pop(cookie, None)
                else:
                    self.cookies[cookie] = content


def multipart(fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes]]) -> bytes:
    """A multipart/form-data body (RFC 7578) with the boundary BOUNDARY."""
    out = io.BytesIO()
    for name, value in fields.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        out.write(f"{head}\r\n\r\n{value}\r\n".encode())
    for name, (file_name, content) in files.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        kind = "Content-Type: application/octet-stream"
        out.write(f'{head}; filename="{_quoted(file_name)}"\r\n{kind}\r\n\r\n'.encode())
        out.write(content + b"\r\n")
    out.write(f"--{BOUNDARY}--\r\n".encode())
    return out.getvalue()


def _quoted(text: str) -> str:
    """The text as browsers write names into a multipart body (HTML, section 4.10.21.7)."""
    return text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")


def site(root: str, **overrides: Mapping[str, str]) -> Config:
    """Settings for a test: the defaults with `overrides` by section, in the tree at `root`."""
    return settings.load(None, overrides, os.path.realpath(root))
