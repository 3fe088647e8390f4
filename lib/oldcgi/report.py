"""An exception told whole: as HTML, as text, in the site's log; and to visitors as a number."""
from __future__ import annotations

import os
import sys
from html import escape

from .owner import ROOT, setting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

MOST = 300                   # characters of a value
VARIABLES = 40               # of a function
FRAMES = 40
SECRET = ("pass", "secret", "token", "key", "auth", "cookie")


def html(einfo: Any, context: int = 5) -> str:
    """A page about an exception, (type, value, traceback), with lines of source and variables."""
    name, said = _what(einfo)
    parts = ["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
             f"<title>{escape(name)}</title>", "</head>", "<body>",
             f"<h1>{escape(name)}</h1>", f"<p><b>{escape(said)}</b></p>",
             f"<p>Python {escape(sys.version.split()[0])}: {escape(sys.executable)}</p>"]
    for frame, line in _frames(einfo[2]):
        code = frame.f_code
        parts += [f"<h2>{escape(code.co_filename)}, line {line}, in {escape(code.co_name)}</h2>",
                  "<pre>"]
        for number, source in _source(code.co_filename, line, context):
            row = f"{number:5} {escape(source)}"
            parts.append(f"<b>{row}</b>" if number == line else row)
        parts.append("</pre>")
        rows = "".join(f"<dt><code>{escape(variable)}</code><dd><code>{escape(value)}</code>"
                       for variable, value in _variables(frame))
        parts.append(f"<dl>{rows}</dl>" if rows else "")
    parts += ["</body>", "</html>"]
    return "\n".join(parts)


def text(einfo: Any, context: int = 5) -> str:
    """The same as plain text."""
    name, said = _what(einfo)
    lines = [f"{name}: {said}", f"Python {sys.version.split()[0]}: {sys.executable}", ""]
    for frame, line in _frames(einfo[2]):
        lines.append(f" {frame.f_code.co_filename}, line {line}, in {frame.f_code.co_name}")
        lines += [f"{'>' if number == line else ' '}{number:5} {source}"
                  for number, source in _source(frame.f_code.co_filename, line, context)]
        lines += [f"  {variable} = {value}" for variable, value in _variables(frame)]
        lines.append("")
    lines.append(f"{name}: {said}")
    return "\n".join(lines)


def noted(einfo: Any) -> str:
    """Write the exception to the site's log; the number by which it is found there.

    A gateway that runs the script as its child hears standard error, and has given it its number.
    """
    import traceback

    told = "".join(traceback.format_exception(*einfo))
    number = os.environ.get("CHAPBOOK_REQUEST_ID", "")
    if number or not _logged(told, number := os.urandom(6).hex(), einfo):
        sys.stderr.write(told)
    return number


def sentence(number: str) -> str:
    """What a visitor is told."""
    return ("<h1>Something went wrong</h1>\n<p>The site could not answer. The error has been "
            "noted. If you write to the owner of this site about it, please quote the number "
            f"<code>{escape(number)}</code>.</p>\n")


def kept(folder: str, page: str, ending: str) -> None:
    """A private file about an exception in a folder; where it cannot be, standard error says so."""
    import tempfile

    try:
        file, path = tempfile.mkstemp(ending, dir=folder)
        with open(file, "w", encoding="utf-8", errors="replace") as target:
            target.write(page)
    except OSError as error:
        sys.stderr.write(f"cgitb: {folder} takes no file: {error}\n")


def _logged(told: str, number: str, einfo: Any) -> bool:
    """One event of the log, as the site itself writes them (chapbook.log)."""
    import time

    folder = os.path.join(ROOT, setting("paths", "log", "var/log"))
    if "GATEWAY_INTERFACE" not in os.environ:
        return False
    name, said = _what(einfo)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path = os.environ.get("SCRIPT_NAME", "")
    lines = [f"{when} {number} script script={_plain(path)} error={name} detail={_plain(said)}"]
    lines += [f"    {_plain(line)}" for line in told.splitlines()]
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)       # this may be the first event of a site
        file = os.open(os.path.join(folder, "chapbook.log"),
                       os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False
    with open(file, "wb", buffering=0) as target:
        target.write("\n".join(lines).encode("ascii")[:16_000] + b"\n")
    return True


def _plain(line: str) -> str:
    return line[:1500].encode("unicode_escape", "backslashreplace").decode("ascii")


def _what(einfo: Any) -> tuple[str, str]:
    try:
        said = str(einfo[1])
    except Exception:
        said = "(what it says cannot be printed)"
    return getattr(einfo[0], "__name__", str(einfo[0])), said


def _frames(trace: Any) -> Iterator[tuple[FrameType, int]]:
    for _ in range(FRAMES):
        if trace is None:
            return
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _source(path: str, line: int, context: int) -> Iterator[tuple[int, str]]:
    import linecache

    first = max(1, line - context // 2)
    for number in range(first, first + max(context, 1)):
        if source := linecache.getline(path, number):
            yield number, source.rstrip()[:MOST]


def _variables(frame: FrameType) -> Iterator[tuple[str, str]]:
    """The variables of a function, without what its names say is a secret."""
    if frame.f_code.co_name == "<module>":
        return
    for name, value in list(frame.f_locals.items())[:VARIABLES]:
        if any(word in name.lower() for word in SECRET):
            yield name, "(not shown)"
            continue
        try:
            shown = repr(value)
        except Exception:
            shown = "(cannot be printed)"
        yield name, shown if len(shown) <= MOST else shown[:MOST] + "..."
