"""What a page finds where it runs: a script that tells the doctor, and is taken away again.

The doctor puts this very file into cgi-bin/ for a moment, below a first line and with a TOKEN, and
asks for it as a visitor would. So it is a page and a CGI program at once, needs nothing of the site
nor of its packages, and tells nothing to whoever does not know the token. `facts` is for pages that
want to know the same of themselves.
"""
from __future__ import annotations

import json
import os
import sys
import time
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

TOKEN = ""
PROCESSES = 3                 # at a time; sending mail takes one, an old script another
THREADS = 8
OURS = ("chapbook", "collection")
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA",
             "HTTP_X_FORWARDED_PROTO", "HTTP_CF_CONNECTING_IP")
CHUNK = 65_536
LIFE = 600                    # seconds in which the doctor takes it away, unless it is killed


def facts(environ: Mapping[str, Any]) -> dict[str, Any]:
    """What this process is, may do, and was told of the request in this CGI or WSGI environ.

    `python`, `user`, `encoding`; `processes` and `threads`: whether a few of them can be had;
    `authorization`, `forwarded`: what of the request arrived; `stays`: whether the process answers
    more than one request; `stale`: modules that have changed since it imported them.
    """
    stays = not environ.get("wsgi.run_once", True)
    return {
        "python": list(sys.version_info[:3]), "executable": sys.executable, "user": os.geteuid(),
        "encoding": sys.getfilesystemencoding(), "processes": has_processes(),
        "threads": has_threads(), "path": os.environ.get("PATH", ""),
        "authorization": any(name.endswith("HTTP_AUTHORIZATION") for name in environ),
        "forwarded": [name for name in FORWARDED if environ.get(name)],
        "address": environ.get("REMOTE_ADDR", ""), "clock": time.time(), "stays": stays,
        "stale": list(stale()) if stays else [],
    }


def has_processes() -> bool:
    """Whether this process may start a few others at a time."""
    left, right = os.pipe()
    children = []
    try:
        for _ in range(PROCESSES):
            with warnings.catch_warnings():       # the child only waits, whatever threads there are
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if not child:
                try:
                    os.close(right)
                    os.read(left, 1)              # until the parent has made them all
                finally:
                    os._exit(0)
            children.append(child)
        return True
    except OSError:
        return False
    finally:
        os.close(right)
        os.close(left)
        for child in children:
            os.waitpid(child, 0)


def has_threads() -> bool:
    """Whether this process may start a few threads at a time."""
    import threading

    enough = threading.Event()
    made = []
    try:
        for _ in range(THREADS):
            thread = threading.Thread(target=enough.wait, args=(10,), daemon=True)
            thread.start()
            made.append(thread)
        return True
    except (RuntimeError, MemoryError):           # "can't start new thread"
        return False
    finally:
        enough.set()
        for thread in made:
            thread.join()


def stale() -> Iterator[str]:
    """The imported modules of the site that are not what their files say any more."""
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name.split(".")[0] not in OURS or not file.endswith(".py"):
            continue
        try:
            with open(file, "rb") as source:
                fresh = set(_codes(compile(source.read(), file, "exec", dont_inherit=True)))
        except (OSError, SyntaxError):
            yield name                            # gone, or half uploaded
            continue
        if any(code not in fresh for code in _functions(module, file)):
            yield name


def _codes(code: Any) -> Iterator[Any]:
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield constant
            for inner in _codes(constant):
                yield inner


def _functions(module: Any, file: str) -> Iterator[Any]:
    """The code of a module's own functions, and of the methods of its classes."""
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        for function in [value, *(vars(value).values() if isinstance(value, type) else ())]:
            code = getattr(function, "__code__", None)
            if code is not None and code.co_filename == file:
                yield code


def application(
    environ: dict[str, Any], start_response: Callable[..., Any]
) -> list[bytes]:
    """The facts as JSON for who knows the token, with `received`: how much of a body came."""
    if not TOKEN or environ.get("HTTP_X_DOCTOR") != TOKEN or _is_over():
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"Nothing is here.\n"]
    received, stream = 0, environ["wsgi.input"]
    expected = int(environ.get("CONTENT_LENGTH") or 0)
    while received < expected:
        block = stream.read(min(CHUNK, expected - received))
        if not block:
            break
        received += len(block)
    told = {"received": received} if expected else facts(environ)
    body = json.dumps(dict(told, token=TOKEN)).encode("ascii")
    start_response("200 OK", [
        ("Content-Type", "application/json"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store")])
    return [body]


def _is_over() -> bool:
    """Whether this file was left behind: other users of the machine can read the token in it."""
    try:
        return time.time() - os.stat(__file__).st_mtime > LIFE
    except OSError:
        return True


def _cgi() -> None:
    """Answer one CGI request."""
    def start(status: str, headers: list[tuple[str, str]]) -> None:
        lines = ["Status: " + status] + [name + ": " + value for name, value in headers]
        os.write(1, ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    environ: dict[str, Any] = dict(os.environ)
    environ["wsgi.input"] = sys.stdin.buffer
    for block in application(environ, start):
        os.write(1, block)


if __name__ == "__main__":
    _cgi()
