"""A page as a command: `cgi-bin/guestbook.py` prints it, with `name=value` it posts a form.

    cgi-bin/guestbook.py                          the page
    cgi-bin/guestbook.py /feed                    an address below it
    cgi-bin/guestbook.py '?before=20'             a query
    cgi-bin/guestbook.py name=Ann message=Hello   a form, posted
    cgi-bin/guestbook.py --head /feed             status and headers as well

An error ends with exit code 1; its traceback goes to standard error, and not into the site's log.
"""
from __future__ import annotations

import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .run import WSGI


def main(application: WSGI, arguments: list[str] | None = None) -> NoReturn:
    """Print the answer to the request that the arguments are; exits with 0, or 1 for an error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "--help" in arguments or "-h" in arguments:
        print(__doc__.strip())
        raise SystemExit(0)
    status = ""
    head: list[tuple[str, str]] = []

    def start(answered: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        nonlocal status, head
        status, head = answered, headers

    environ = request_of([argument for argument in arguments if argument != "--head"])
    answered = application(environ, start)
    try:
        body = b"".join(answered)
    finally:
        if hasattr(answered, "close"):
            answered.close()
    out = sys.stdout.buffer
    if "--head" in arguments:
        lines = [status, *(f"{name}: {value}" for name, value in head), "", ""]
        out.write("\n".join(lines).encode())
    out.write(body)
    if body and not body.endswith(b"\n"):
        out.write(b"\n")
    out.flush()
    if "--head" not in arguments and not status.startswith("200"):
        to = next((f" to {value}" for name, value in head if name == "Location"), "")
        print(f"{status}{to}", file=sys.stderr)
    raise SystemExit(status[0] not in "23")


def request_of(arguments: list[str]) -> dict[str, Any]:
    """The WSGI environ of arguments: an address beginning with / or ?, fields as name=value."""
    from ..percent import quote, unquote

    address = next((argument for argument in arguments if argument[:1] in ("/", "?")), "")
    fields = [argument for argument in arguments if argument is not address]
    for field in fields:
        if "=" not in field:
            raise SystemExit(
                f"{field!r} is neither an address (/path?query) nor a field (name=value): "
                "see --help"
            )
    try:
        pairs = ("=".join(map(quote, field.split("=", 1))) for field in fields)
        form = "&".join(pairs).encode("ascii")
    except UnicodeEncodeError:
        raise SystemExit("the fields are not UTF-8") from None
    path, _, query = os.fsencode(address).partition(b"?")
    path = b"" if path == b"/" else path          # '/?name=Ann' is the page itself
    return {
        "REQUEST_METHOD": "POST" if fields else "GET", "SCRIPT_NAME": "/" + script_name(),
        "PATH_INFO": unquote(path).decode("latin-1"), "QUERY_STRING": query.decode("latin-1"),
        "SCRIPT_FILENAME": os.path.realpath(sys.argv[0]), "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "localhost",
        "HTTP_SEC_FETCH_SITE": "same-origin",             # as sent from the page itself
        "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(form)), "wsgi.version": (1, 0), "wsgi.input": io.BytesIO(form),
        "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.multithread": False,
        "wsgi.multiprocess": False, "wsgi.run_once": True, "chapbook.shell": True,
    }


def script_name() -> str:
    """The name of the running script below cgi-bin: "guestbook", "admin/users"."""
    path = os.path.splitext(os.path.realpath(sys.argv[0]))[0]
    return path.rpartition("/cgi-bin/")[2] if "/cgi-bin/" in path else os.path.basename(path)
