"""The built-in server: waitress with htdocs/ and the dispatcher, for development and small sites.

`python -m chapbook.server.builtin ROOT [--host HOST] [--port PORT]` serves without `./chapbook`.
"""
from __future__ import annotations

import os
import signal
import socket
import sys
import time

from .reload import Reloader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .run import WSGI

THREADS = 4


def application(root: str, mails: bool = False) -> WSGI:
    """The WSGI application of a whole site: static files, then scripts; edits are seen at once."""
    return Reloader(root, files=True, mails=mails)


def serve(
    root: str, host: str = "127.0.0.1", port: int = 8000,
    ready: Callable[[str, int], None] | None = None, mails: bool = False,
) -> None:
    """Serve a site until interrupted, printing one line per request.

    `ready` is told host and port once connections are accepted (port 0 picks a free one). With
    `mails` there is /_mail, for development. OSError where the port is taken.
    """
    import waitress.server

    from .connection import Channel

    listener = socket.create_server((host, port), backlog=128)
    server: Any = waitress.server.create_server(
        Logged(application(root, mails)), sockets=[listener], threads=THREADS, ident="Chapbook",
        clear_untrusted_proxy_headers=True,
    )
    server.channel_class = Channel
    os.umask(0o077)                               # what a page writes is private, as by CGI
    if ready is not None:
        ready(*listener.getsockname()[:2])
    try:
        server.run()
    finally:
        server.close()


class Logged:
    """A WSGI application that prints a line for each request: when, what, answer, size, time."""

    def __init__(self, application: WSGI) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        begun = time.perf_counter()
        path = environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            length = next((int(value) for name, value in headers if name == "Content-Length"), 0)
            took = (time.perf_counter() - begun) * 1000
            line = f"{time.strftime('%H:%M:%S')}  {_plain(environ['REQUEST_METHOD']):4} " \
                   f"{status[:3]}  {_size(length):>8}  {took:6.1f} ms  {_plain(path)}"
            if "chapbook.failure" in environ:
                line += f"\n          {_plain(environ['chapbook.failure'], 1000)}"
            try:
                print(line, flush=True)
            except OSError:
                pass                              # the terminal is gone; the site is not
            return start_response(status, headers, exc_info)

        return self._application(environ, start)


def _plain(text: str, most: int = 200) -> str:
    return "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in text[:most])


def _size(count: int) -> str:
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e3:.1f} kB" if count < 1e6 else f"{count / 1e6:.1f} MB"


def main(arguments: list[str]) -> None:
    """The command line of this module, for process managers and tests."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m chapbook.server.builtin", description=__doc__)
    parser.add_argument("root", help="the folder that holds cgi-bin/, lib/ and htdocs/")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)     # ignored, where a shell uses "&"
    serve(os.path.realpath(given.root), given.host, given.port,
          lambda host, port: print(f"http://{host}:{port}", flush=True))


if __name__ == "__main__":
    main(sys.argv[1:])
