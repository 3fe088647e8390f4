"""CGI (RFC 3875): one process, one request; the answer is written whole, then the process ends."""
from __future__ import annotations

import gc
import os
import sys

from .. import later

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

    from .run import WSGI


def serve(application: WSGI) -> NoReturn:
    """Answer the request in the environment and standard input, and end the process."""
    sys.stdout = sys.stderr       # a print in a page is a note to its author, no part of the answer
    out = _Answer()
    body = application(environ(os.environb, getattr(sys.stdin, "buffer", None)), out.start)
    try:
        out.write(body)
    except BrokenPipeError:
        pass                      # the visitor has left; what was to be done is done
    except OSError as error:      # the answer has begun, so there cannot be another one
        print(f"the answer could not be written: {error}", file=sys.stderr)
    leave()


def environ(variables: Mapping[bytes, bytes], stdin: Any) -> dict[str, Any]:
    """The WSGI environ (PEP 3333) of CGI variables: every value its bytes as Latin-1.

    HTTP_PROXY is left out: many HTTP clients would take the visitor's Proxy header for a setting.
    """
    found: dict[str, Any] = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in variables.items()
        if name != b"HTTP_PROXY"
    }
    os.environ.pop("HTTP_PROXY", None)
    for name, default in (
        ("REQUEST_METHOD", "GET"), ("SCRIPT_NAME", ""), ("PATH_INFO", ""), ("QUERY_STRING", ""),
        ("SERVER_NAME", "localhost"), ("SERVER_PORT", "80"), ("SERVER_PROTOCOL", "HTTP/1.1"),
    ):
        found.setdefault(name, default)
    if "REDIRECT_HTTP_AUTHORIZATION" in found:
        found.setdefault("HTTP_AUTHORIZATION", found["REDIRECT_HTTP_AUTHORIZATION"])
    found.update({
        "wsgi.version": (1, 0), "wsgi.input": stdin, "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "https" if found.get("HTTPS", "").lower() in ("on", "1") else "http",
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": True,
    })
    return found


def leave() -> NoReturn:
    """End the process without tearing the interpreter down, which would cost another 10 ms."""
    db = sys.modules.get("chapbook.db")
    if db is not None:
        db.close_kept()
    sys.stderr.flush()
    os._exit(0)


def crashed(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """sys.excepthook of a CGI process: a script that fails before it runs is answered with 500."""
    if not isinstance(error, Exception):
        sys.__excepthook__(kind, error, trace)
        os._exit(1)

    def respond(request: Any) -> NoReturn:
        raise error

    from ..application import answer

    serve(lambda environ, start_response: answer(respond, environ, start_response))


def prepare() -> None:
    """Make ready to answer one CGI request; `import chapbook` calls it below a web server.

    By then that has made sure that whatever is written is private.
    """
    later.one_shot = True
    gc.disable()                  # the process ends before a collection could pay: 10 of 60 ms
    sys.excepthook = crashed


class _Answer:
    """start_response of one request, and its way out: head and body in as few writes as can be."""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        lines = [f"Status: {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self._head = "\r\n".join(lines).encode("latin-1")

    def write(self, body: Any) -> None:
        pending = self._head
        try:
            for block in body:
                _write_all(pending + block)
                pending = b""
            if pending:
                _write_all(pending)
        finally:
            if hasattr(body, "close"):
                body.close()


def _write_all(data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(1, left):]
