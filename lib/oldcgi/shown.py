"""What the `cgi` module showed to whoever tries a script out; here to the owner of the site alone.

A visitor who comes upon such a page learns nothing of the machine from it.
"""
from __future__ import annotations

import os
import sys
from html import escape

from .owner import NOT_SHOWN, may_see

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USAGE = (
    "AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "DOCUMENT_ROOT", "GATEWAY_INTERFACE",
    "HTTP_ACCEPT", "HTTP_COOKIE", "HTTP_HOST", "HTTP_REFERER", "HTTP_USER_AGENT", "PATH",
    "PATH_INFO", "PATH_TRANSLATED", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_IDENT",
    "REMOTE_USER", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "SERVER_SOFTWARE",
)


def test(environ: Any = os.environ) -> None:
    """A page with the fields of the form and the variables of the request."""
    from cgi import FieldStorage

    print("Content-type: text/html; charset=utf-8")
    print()
    try:
        form = FieldStorage(environ=environ)
        print_directory()
        print_arguments()
        print_form(form)
        print_environ(environ)
        print_environ_usage()
    except Exception:
        print_exception()


def print_exception(
    type: Any = None, value: Any = None, tb: Any = None, limit: int | None = None
) -> None:
    """The traceback of an exception, that which is being handled where none is given."""
    import traceback

    if type is None:
        type, value, tb = sys.exc_info()
    lines = traceback.format_tb(tb, limit) + traceback.format_exception_only(type, value)
    print()
    if not may_see():
        sys.stderr.write("".join(lines))
        print(f"<p>{NOT_SHOWN}")
        return
    print("<h3>Traceback (most recent call last):</h3>")
    print(f"<pre>{escape(''.join(lines[:-1]))}<b>{escape(lines[-1])}</b></pre>")


def print_environ(environ: Any = os.environ) -> None:
    """The variables of the request."""
    _list("Shell Environment:", sorted(environ.items()))


def print_form(form: Any) -> None:
    """The fields of a form, with what kind of object each is."""
    print("\n<h3>Form Contents:</h3>")
    if not form.keys():
        print("<p>No form fields.")
    print("<dl>")
    for name in sorted(form.keys()):
        found = form[name]
        print(f"<dt>{escape(str(name))}: <i>{escape(repr(type(found)))}</i>")
        print(f"<dd>{escape(repr(found))}")
    print("</dl>\n")


def print_directory() -> None:
    """The folder that the script works in."""
    _list("Current Working Directory:", [(os.getcwd(), "")])


def print_arguments() -> None:
    """The arguments of the script."""
    _list("Command Line Arguments:", [(repr(sys.argv), "")])


def print_environ_usage() -> None:
    """The names of the variables that CGI knows."""
    print("\n<h3>These environment variables could have been set:</h3>\n<ul>")
    for name in USAGE:
        print(f"<li>{name}")
    print("</ul>\n")


def _list(title: str, pairs: list[tuple[str, str]]) -> None:
    print(f"\n<h3>{title}</h3>")
    if not may_see():
        print(f"<p>{NOT_SHOWN}\n")
        return
    print("<dl>")
    for name, value in pairs:
        print(f"<dt>{escape(name)}<dd>{escape(value)}")
    print("</dl>\n")
