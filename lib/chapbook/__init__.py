"""Chapbook: a folder of Python scripts is a website; each URL is one script.

A script imports what it needs from here, says which function answers which method, and runs:

    from chapbook import Page, render, run

    def show(request):
        return render(request, "hello.html", name=request.query.get("name", "you"))

    application = Page(get=show)

    if __name__ == "__main__":
        run(application)

Importing this loads only what every page uses. Jinja2, PyMySQL, sqlite3 and multipart are imported
by the first call that needs them: under CGI, start-up is import time.
"""
from __future__ import annotations

import os
import sys

if sys.version_info < (3, 11):
    raise ImportError(
        "Chapbook needs Python 3.11 or newer; this is %d.%d (%s). Change the first line of the "
        "script, or PATH, to a newer one." % (*sys.version_info[:2], sys.executable))

if "GATEWAY_INTERFACE" in os.environ:             # before what is compiled now is kept
    if os.umask(0o077) & 0o022 != 0o022:          # the server lets everybody write: mend one folder
        try:
            os.chmod(os.path.join(os.path.dirname(__file__), "__pycache__"), 0o700)
        except OSError:
            pass                                  # it is not there, or not ours

if os.path.exists(os.path.dirname(__file__) + "/../../var/maintenance"):
    # Before anything else of lib/, half of which may be new at this moment.
    from .closed import enter

    enter(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))))

from .config import ROOT, VERSION
from .errors import (
    BadRequest, ConfigError, Conflict, DatabaseError, Duplicate, Forbidden, Gone, HTTPError,
    Invalid, LengthRequired, MethodNotAllowed, NotFound, RequestTimeout, ServerError, TooLarge,
    TooManyRequests, Unavailable, UnsupportedMediaType,
)
from .fields import Upload
from .page import Page
from .request import Request
from .response import Response, redirect
from .routes import Routes
from .server.run import run
from .templates import render

__version__ = VERSION
__all__ = [
    "BadRequest", "ConfigError", "Conflict", "DatabaseError", "Duplicate", "Forbidden", "Gone",
    "HTTPError", "Invalid", "LengthRequired", "MethodNotAllowed", "NotFound", "Page", "Request",
    "RequestTimeout", "Response", "Routes", "ServerError", "TooLarge", "TooManyRequests",
    "Unavailable", "UnsupportedMediaType", "Upload", "redirect", "render", "run",
]


def _find_dependencies() -> None:
    """Put the site's own copies of Jinja2, PyMySQL and multipart on the path.

    Apache and suexec start scripts with the system's interpreter and a bare environment, so neither
    an activated environment nor PYTHONPATH can be counted on; the folders are found from this
    file's place.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    vendor, venv = f"{ROOT}/vendor", f"{ROOT}/.venv/lib/{version}/site-packages"
    if vendor not in sys.path and os.path.isdir(vendor):
        # Before what the host has installed for itself, which may be older.
        last = len(sys.path)
        sys.path.insert(next((number for number, folder in enumerate(sys.path)
                              if folder.endswith("-packages")), last), vendor)
    if venv not in sys.path and os.path.isdir(venv):
        sys.path.append(venv)


_find_dependencies()
if "GATEWAY_INTERFACE" in os.environ:             # a web server wants one request answered
    from .server.cgi import prepare

    prepare()
    if "chapbook.closed" in sys.modules:          # an upgrade is under way
        sys.modules["chapbook.closed"].go_on(ROOT)
