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
    """The Unix seconds of an HTTP date in any of its three forms, or None where it is none.

    "Sun, 06 Nov 1994 08:49:37 GMT", and of old "Sunday, 06-Nov-94 08:49:37 GMT" and
    "Sun Nov  6 08:49:37 1994".
    """
    words = text.replace("-", " ").split() if len(text) < 40 and text.isascii() else []
    if len(words) == 6 and words[5] == "GMT" and words[0].endswith(","):
        _, day, month, year, clock, _ = words
    elif len(words) == 5:
        _, month, day, clock, year = words
    else:
        return None
    numbers = [day, year, *clock.split(":")]
    if len(numbers) != 5 or month not in _MONTHS or not all(
        number.isdigit() and len(number) in (1, 2, 4) for number in numbers
    ):
        return None
    import calendar

    full_year = int(year)
    if len(year) == 2:                             # never more than 50 years ahead
        this_year = time.gmtime().tm_year
        full_year += this_year // 100 * 100
        full_year -= 100 * (full_year > this_year + 50)
    hour, minute, second = map(int, numbers[2:])
    try:
        return calendar.timegm(
            (full_year, _MONTHS.index(month) + 1, int(day), hour, minute, second)
        )
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
        return match.strip() == "*" or etag is not None and etag.removeprefix("W/") in _tags(match)
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None or modified is None:
        return False
    known, changed = http_time(since), http_time(modified)
    return known is not None and changed is not None and changed <= known


def changed_since(etag: str | None, modified: str | None, environ: dict[str, Any]) -> bool:
    """Whether the reader wants just what it knew, and that is gone (If-Match): 412."""
    match = environ.get("HTTP_IF_MATCH")
    if match is not None:
        return match.strip() != "*" and (etag is None or etag not in _tags(match, strong=True))
    since = environ.get("HTTP_IF_UNMODIFIED_SINCE")
    if since is None or modified is None:
        return False
    known, changed = http_time(since), http_time(modified)
    return known is not None and changed is not None and changed > known


def _tags(text: str, strong: bool = False) -> list[str]:
    """The entity tags of a list, in their quotes, commas within them and all; [] for no list."""
    between = text.split('"')
    tags = between[1::2]
    leads = [lead.strip(" \t,") for lead in between[::2]]       # nothing, or the mark of a weak tag
    if len(leads) == len(tags) or not {"", "W/"}.issuperset(leads):
        return []
    return [f'"{tag}"' for lead, tag in zip(leads, tags) if not (strong and lead)]


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
