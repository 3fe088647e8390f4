"""Lists as files for spreadsheets: CSV (RFC 4180) in UTF-8 with a byte order mark.

Lines end in CR LF, cells are quoted where needed. A cell that a spreadsheet could take for a
formula begins with an apostrophe.
"""
from __future__ import annotations

from chapbook.response import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chapbook.config import Config

BOM = "\ufeff"                       # without it, spreadsheets read UTF-8 as something else
# The last four are what East Asian keyboards have in their places.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv(rows: Iterable[Iterable[str]]) -> bytes:
    """The rows, the first of them the headings, as the content of a file."""
    import csv as writer
    import io

    out = io.StringIO()
    lines = writer.writer(out, lineterminator="\r\n")
    for row in rows:
        lines.writerow([guarded(text) for text in row])
    return (BOM + out.getvalue()).encode("utf-8")


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet could take it for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def clock(config: Config) -> Callable[[int | None], str]:
    """A function from Unix seconds to a time that spreadsheets read as one; "" for None.

    It is that of the site's time zone, as 2026-11-22 08:15:00.
    """
    from datetime import datetime, timezone, tzinfo
    from zoneinfo import ZoneInfo

    name = config.site.timezone
    zone: tzinfo = timezone.utc if name == "UTC" else ZoneInfo(name)

    def shown(seconds: int | None) -> str:
        if seconds is None:
            return ""
        return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M:%S")
    return shown


def download(body: bytes, name: str, type: str = "text/csv; charset=utf-8") -> Response:
    """The answer that a browser saves; whatever the name has beside letters and digits is a "-"."""
    response = Response(body, headers=[("Content-Type", type)])
    stem, dot, ending = name.rpartition(".")
    stem = "".join(c if c.isascii() and c.isalnum() else "-" for c in stem)
    response["Content-Disposition"] = f'attachment; filename="{stem}{dot}{ending}"'
    return response
