"""What a reader has already, and which part is wanted: conditional requests and byte ranges.

RFC 9110, sections 13 and 14, on the values of headers alone; the answers are response.py's.
"""
from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_DIGITS = 18


def http_date(seconds: int) -> str:
    """Unix seconds as an HTTP date (RFC 9110 section 5.6.7)."""
    t = time.gmtime(seconds)
    clock = f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02}"
    return f"{_DAYS[t.tm_wday]}, {t.tm_mday:02} {_MONTHS[t.tm_mon - 1]} {t.tm_year:04} {clock} GMT"


def http_time(text: str) -> int | None:
    """The Unix seconds of an HTTP date, or None where it is none of the preferred form."""
    if len(text) != 29:
        return None
    try:
        _, day, month, year, clock, zone = text.split(" ")
        hour, minute, second = map(int, clock.split(":"))
        month_number = _MONTHS.index(month) + 1
        if zone != "GMT":
            return None
        import calendar

        return calendar.timegm((int(year), month_number, int(day), hour, minute, second))
    except ValueError:
        return None


def is_etag(text: str) -> bool:
    """Whether this is an entity tag: in quotes, and without quotes and spaces in it."""
    tag = text.removeprefix("W/")
    inner = tag[1:-1]
    return len(tag) > 1 and tag[0] == tag[-1] == '"' and '"' not in inner and " " not in inner


def not_modified(etag: str | None, modified: str | None, environ: dict[str, Any]) -> bool:
    """Whether the reader has this already; If-None-Match decides alone where it is present."""
    match = environ.get("HTTP_IF_NONE_MATCH")
    if match is not None:
        tags = [tag.strip().removeprefix("W/") for tag in match.split(",")]
        return match.strip() == "*" or etag is not None and etag.removeprefix("W/") in tags
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None or modified is None:
        return False
    known, changed = http_time(since), http_time(modified)
    return known is not None and changed is not None and changed <= known


def part(
    size: int, etag: str | None, modified: str | None, environ: dict[str, Any]
) -> tuple[int, int] | None:
    """Start and stop of the single byte range wanted, None for the whole.

    Of several ranges, or a stale If-Range, all is sent. A range beyond the end is (0, 0).
    """
    condition = environ.get("HTTP_IF_RANGE")
    if condition and condition not in (etag, modified):
        return None
    unit, _, spec = environ.get("HTTP_RANGE", "").partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip().lower() != "bytes" or not dash or first + last == "" or not all(
        digits == "" or digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS
        for digits in (first, last)
    ):
        return None
    if first and last and int(last) < int(first):
        return None
    start = int(first) if first else max(size - int(last), 0)
    stop = min(int(last) + 1, size) if first and last else size
    if start >= size or first == "" and int(last) == 0:
        return 0, 0
    return start, stop
