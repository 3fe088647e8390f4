"""The `cgitb` module that Python lost in 3.13, for old scripts: the same names, and no secrets.

After `cgitb.enable()` an exception that nobody caught becomes a page. Visitors read a sentence and
a number; what happened, with source and variables, is for the owner: in the site's log by that
number, in `logdir` if there is one, and in the page where this is a shell or site.ini has
`debug = yes`. The answer has the status 500. A page of Chapbook needs none of this.
"""
from __future__ import annotations

import sys

from oldcgi import begun, report
from oldcgi.owner import may_see
from oldcgi.report import html, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

__all__ = ["Hook", "enable", "handler", "html", "reset", "text"]

begun.watch()


def reset() -> str:
    """What ends the headers, and whatever was begun of a page."""
    return begun.head()


class Hook:
    """What sys.excepthook can be, or be called with an exception: shows it and keeps it.

    `display` is whether anything is shown at all, `logdir` a folder that gets a file for each,
    `context` how many lines of source are shown, `file` where to, `format` "html" or "text".
    """

    def __init__(
        self, display: Any = 1, logdir: str | None = None, context: int = 5, file: Any = None,
        format: str = "html",
    ) -> None:
        self.display, self.logdir, self.context = display, logdir, context
        self.file, self.format = file, format

    def __call__(
        self, etype: Any, evalue: BaseException, etb: TracebackType | None
    ) -> None:
        self.handle((etype, evalue, etb))

    def handle(self, info: Any = None) -> None:
        """Deal with an exception: (type, value, traceback), or the one that is being handled."""
        info = info or sys.exc_info()
        if not issubclass(info[0], Exception):     # Ctrl-C, and the end of the program
            sys.__excepthook__(*info)
            return
        out = self.file or sys.stdout
        page = html(info, self.context) if self.format == "html" else text(info, self.context)
        number = report.noted(info)
        if self.logdir is not None:
            report.kept(self.logdir, page, ".html" if self.format == "html" else ".txt")
        is_for_owner = may_see()
        kind = "html" if self.format == "html" or not is_for_owner else "plain"
        out.write(begun.head(kind) if out is sys.stdout else "")
        if self.display and is_for_owner:
            out.write(page + "\n")
        else:
            out.write(report.sentence(number))
        try:
            out.flush()
        except (AttributeError, OSError):
            pass                                  # what is no file has nothing to flush


handler = Hook().handle


def enable(
    display: Any = 1, logdir: str | None = None, context: int = 5, format: str = "html"
) -> None:
    """Let exceptions that nobody catches become a page; the options are those of Hook."""
    sys.excepthook = Hook(display=display, logdir=logdir, context=context, format=format)
