"""The filters of every template: times as people read them, numbers, sizes, plurals."""
from __future__ import annotations

import time as clock

from .errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)

OF_TIMES = ("date", "datetime", "time")          # those that show times in a zone


def made(timezone: str) -> dict[str, Callable[..., Any]]:
    """The filters by name, showing times in an IANA time zone; ConfigError where there is none."""
    from functools import lru_cache

    from markupsafe import Markup

    if timezone == "UTC":
        local: Callable[[int], clock.struct_time] = _utc
    else:
        from datetime import datetime
        from zoneinfo import ZoneInfo

        try:
            zone = ZoneInfo(timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ConfigError(
                f"[site] timezone = {timezone!r} is not known on this machine: write an IANA name "
                "such as Europe/Brussels, or install the tzdata package."
            ) from error

        def local(seconds: int) -> clock.struct_time:
            return datetime.fromtimestamp(seconds, zone).timetuple()

    def date(seconds: int) -> str:
        """Unix seconds as "22 November 2026"."""
        t = local(seconds)
        return f"{t.tm_mday} {MONTHS[t.tm_mon - 1]} {t.tm_year}"

    def datetime_(seconds: int) -> str:
        """Unix seconds as "22 November 2026, 8:15"."""
        t = local(seconds)
        return f"{date(seconds)}, {t.tm_hour}:{t.tm_min:02}"

    @lru_cache(maxsize=1024)         # a page that is read again shows the same times again
    def time(seconds: int) -> Markup:
        """Unix seconds as a <time> element: the date to read, the moment for machines."""
        # Nothing in it has to be escaped, and Markup.format takes four times as long.
        return Markup(f'<time datetime="{iso(seconds)}">{date(seconds)}</time>')

    return {
        "date": date, "datetime": datetime_, "time": time, "iso": iso, "number": number,
        "size": size, "plural": plural, "excerpt": excerpt,
    }


def iso(seconds: int) -> str:
    """Unix seconds in UTC as ISO 8601 has it: "2026-11-22T08:15:00Z"."""
    return clock.strftime("%Y-%m-%dT%H:%M:%SZ", _utc(seconds))


def _utc(seconds: int) -> clock.struct_time:
    return clock.gmtime(seconds + 0)         # a TypeError for None, which gmtime takes for now


def number(value: float, digits: int = 0) -> str:
    """A number with thousands set apart by commas: 1234567 as "1,234,567"."""
    return f"{value:,.{digits}f}"


def size(count: float) -> str:
    """A number of bytes as people say it: "512 bytes", "1.4 kB", "3.0 MB" (powers of 1000)."""
    if count < 1000:
        return plural(int(count), "byte")
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 999.95 or unit == "GB":
            break
    return f"{count:.1f} {unit}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """The count with its noun: plural(2, "entry", "entries") is "2 entries"; else an s is added."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def excerpt(text: str, most: int = 200) -> str:
    """The beginning of a text that has more than `most` characters, cut between words, and `…`."""
    if len(text) <= most:
        return text
    words = text[:most].rsplit(None, 1)
    return (words[0] if len(words) > 1 else text[:most - 1]) + "…"
