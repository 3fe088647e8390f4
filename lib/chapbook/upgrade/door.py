"""What a request meets during an upgrade: it takes the next step, and shows how far that is.

Whoever began the upgrade has a cookie, and a page that asks for itself each second; for everybody
else there is the page of a site that is closed.
"""
from __future__ import annotations

import os
import sys

from .. import closed, config as settings
from . import steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

REFRESH = "1"                 # seconds
STEPS = (
    ("A copy of the settings and the database is made", ("closed", "saving")),
    ("The new files are put in their places", ("saved", "placing")),
    ("The tables are brought up to date", ("placed", "migrating")),
    ("The new release is tried, and the site opens again", ("opening",)),
)
BACK = ("undoing", "reopening")


def passed(
    root: str, environ: dict[str, Any], start_response: Callable[..., Any],
) -> Iterable[bytes] | None:
    """Take one step, and answer; None where the site is open again, and lib/ may have changed."""
    moves = closed.moves(root)
    lock = moves.hold(root, 1.0)
    if lock is not None:
        try:
            if moves.is_closed(root):
                steps.go_on(settings.current(), moves)
        finally:
            os.close(lock)
    if not moves.is_closed(root):
        return None
    if not moves.is_begun_by(root, environ.get("HTTP_COOKIE", "")):
        return closed.answer(environ, start_response)
    return closed.respond(environ, start_response, 200, _progress(moves.state(root)),
                          [("Refresh", REFRESH)])


def cgi(root: str) -> None:
    """The same by CGI, for a script that is being started: answers and ends, or starts it anew."""
    from ..server.cgi import serve

    def application(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        found = passed(root, environ, start_response)
        if found is None:
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
        return found

    serve(application)


def _progress(state: str) -> str:
    if state in BACK:
        return closed.page("The upgrade is taken back", "<p>Every file gets its place again.</p>")
    at = next((number for number, (_, states) in enumerate(STEPS) if state in states), 0)
    lines = "\n".join(
        f"<li>{words}: done.</li>" if number < at else
        f'<li aria-current="step">{words}.</li>' if number == at else f"<li>{words}.</li>"
        for number, (words, _) in enumerate(STEPS))
    return closed.page(
        "The upgrade goes on",
        f"<ol>\n{lines}\n</ol>\n<p>This page goes on by itself. Should you close it, the next "
        "visitor finishes the upgrade all the same. Everybody else reads meanwhile that the site "
        "will be back in a moment.</p>")
