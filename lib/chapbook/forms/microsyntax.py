"""The texts by which controls hold numbers, dates and times, and the numbers that these stand for.

Every parser takes what the HTML standard (section 2.3) calls a valid string, in ASCII, and nothing
else; for any other text it gives None. The numbers are those on which `min`, `max` and `step`
work: months since January 1970 for a month, milliseconds since 1970 or midnight for other times.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

SPACE = " \t\n\f\r"              # ASCII white space
MOST_NUMBER = 1024               # characters: more than the longest exact binary fraction has
SECOND = 1000
DAY = 86_400 * SECOND
WEEK = 7 * DAY
LAST = 8_640_000_000_000_000     # 275760-09-13, where the time of browsers ends
_FIRST_DAY = 719_162             # days from 0001-01-01 to 1970-01-01


def normal(text: str) -> str:
    """A text of the page as `fields.clean` gives what was sent: in NFC, lines ended by LF."""
    if not text.isascii():
        import unicodedata

        text = unicodedata.normalize("NFC", text)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def units(text: str) -> int:
    """The length of a text as `maxlength` counts it: in code units of UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def count(text: str | None) -> int | None:
    """The number of an attribute such as `maxlength`, read leniently (section 2.3.4.2)."""
    text = (text or "").lstrip(SPACE)
    negative = text[:1] == "-"
    text = text[1:] if text[:1] in ("-", "+") else text
    digits = text[:len(text) - len(text.lstrip("0123456789"))]
    if not digits or len(digits.lstrip("0")) > 10:
        return None
    number = int(digits.lstrip("0") or "0")
    return None if number > 0x7FFF_FFFF or negative and number else number


def number(text: str) -> int | Decimal | None:
    """A valid floating-point number within the range of a double; exact, and 0 for -0."""
    if len(text) > MOST_NUMBER or not text.isascii():
        return None
    digits = text[1:] if text[:1] == "-" else text
    if len(digits) <= 18 and digits.isdigit():
        return int(text)
    mantissa, mark, exponent = digits.replace("E", "e").partition("e")
    whole, dot, fraction = mantissa.partition(".")
    if mark and not (exponent[1:] if exponent[:1] in ("+", "-") else exponent).isdigit():
        return None
    if not (fraction.isdigit() if dot else whole.isdigit()) or whole and not whole.isdigit():
        return None
    approximate = float(text)
    if approximate in (float("inf"), float("-inf")):
        return None
    if not approximate and (len(exponent) > 5 or not mantissa.strip("0.")):
        return 0
    from decimal import Decimal

    return Decimal(text)


def _digits(text: str, least: int = 2, most: int = 2) -> int:
    """The number of a run of digits of such a length; -1 for anything else."""
    if least <= len(text) <= most and text.isascii() and text.isdigit():
        return int(text)
    return -1


def _year(text: str) -> int:
    """A year from 1: four digits or more; 0 for anything else, and for years beyond all time."""
    if len(text) > 6 and text[0] == "0":
        text = text.lstrip("0").rjust(4, "0")
    return max(0, _digits(text, 4, 6))


def _days(year: int, month: int, day: int) -> int:
    """The days from 1970-01-01 to a day of the calendar, which has no year in which it ends."""
    year -= month <= 2
    century = year // 100
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return 365 * year + year // 4 - century + century // 4 + of_year - 719_468


def _calendar(days: int) -> tuple[int, int, int]:
    """The year, month and day that so many days after 1970-01-01 are."""
    days += 719_468
    era, day = divmod(days, 146_097)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, day


def date(text: str) -> int | None:
    """The day that begins so many milliseconds after 1970: 2026-12-01."""
    parts = text.split("-", 3)
    if len(parts) != 3:
        return None
    year, month, day = _year(parts[0]), _digits(parts[1]), _digits(parts[2])
    if not year or not 1 <= month <= 12 or day < 1:
        return None
    if day > 28 and day > _days(year + month // 12, month % 12 + 1, 1) - _days(year, month, 1):
        return None
    days = _days(year, month, day)
    return days * DAY if days * DAY <= LAST else None


def month(text: str) -> int | None:
    """The months from January 1970 to a month: 2026-12."""
    year, _, rest = text.partition("-")
    if date(f"{text}-01") is None:
        return None
    return (_year(year) - 1970) * 12 + _digits(rest) - 1


def _monday(year: int) -> int:
    """The day on which the first week of a year begins (ISO 8601: the week with 4 January)."""
    fourth = _days(year, 1, 4)
    return fourth - (fourth + 3) % 7


def week(text: str) -> int | None:
    """The Monday of a week: 2026-W49."""
    head, mark, rest = text.partition("-W")
    year, week = _year(head), _digits(rest)
    if not mark or not year or week < 1:
        return None
    monday = _monday(year) + (week - 1) * 7
    return monday * DAY if monday < _monday(year + 1) and monday * DAY <= LAST else None


def time(text: str) -> int | None:
    """The milliseconds from midnight to a time of day: 14:30, 14:30:15 or 14:30:15.250."""
    parts = text.split(":", 3)
    if len(parts) not in (2, 3):
        return None
    second, dot, fraction = parts[2].partition(".") if len(parts) == 3 else ("00", "", "")
    hours, minutes, seconds = _digits(parts[0]), _digits(parts[1]), _digits(second)
    thousandths = _digits(fraction.ljust(3, "0"), 3, 3) if fraction else -1 if dot else 0
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds < 60 and thousandths >= 0):
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND + thousandths


def local(text: str) -> int | None:
    """A day with a time, without a zone: 2026-12-01T14:30, or with a space for the T."""
    day, mark, clock = text.replace(" ", "T", 1).partition("T")
    milliseconds, begun = time(clock), date(day)
    if begun is None or milliseconds is None or begun + milliseconds > LAST:
        return None
    return begun + milliseconds


def color(text: str) -> str | None:
    """A simple colour, in lower case: #b03a2e."""
    digits = text[1:].lower()
    if len(text) != 7 or text[0] != "#" or digits.strip("0123456789abcdef"):
        return None
    return f"#{digits}"


PARSERS = {
    "number": number, "range": number, "date": date, "month": month, "week": week, "time": time,
    "datetime-local": local,
}


def written(kind: str, number: Any) -> str:
    """The text that a control of this type holds for a number: what its parser has read."""
    if kind == "month":
        return f"{number // 12 + 1970:04}-{number % 12 + 1:02}"
    if kind == "time":
        minutes, milliseconds = divmod(number, 60 * SECOND)
        seconds, thousandths = divmod(milliseconds, SECOND)
        text = f"{minutes // 60:02}:{minutes % 60:02}"
        text += f":{seconds:02}" if milliseconds else ""
        return text + (f".{thousandths:03}".rstrip("0") if thousandths else "")
    if kind not in ("date", "week", "datetime-local"):
        return str(number)
    days, milliseconds = divmod(number, DAY)
    if kind == "week":
        year = _calendar(days + 3)[0]                # that of its Thursday
        return f"{year:04}-W{(days - _monday(year)) // 7 + 1:02}"
    text = "{:04}-{:02}-{:02}".format(*_calendar(days))
    return text if kind == "date" else f"{text}T{written('time', milliseconds)}"


def value(kind: str, number: Any) -> Any:
    """The date, time or datetime that a handler gets; ValueError or OverflowError after 9999.

    A month is its first day, and a week its Monday.
    """
    import datetime

    if kind == "time":
        return (datetime.datetime.min + datetime.timedelta(milliseconds=number)).time()
    if kind == "month":
        return datetime.date(number // 12 + 1970, number % 12 + 1, 1)
    days, milliseconds = divmod(number, DAY)
    day = datetime.date.fromordinal(days + _FIRST_DAY + 1)
    if kind != "datetime-local":
        return day
    return datetime.datetime.combine(day, value("time", milliseconds))
