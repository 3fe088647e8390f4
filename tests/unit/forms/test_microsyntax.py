"""Numbers, dates and times are read as the HTML standard defines them, and nothing else is."""
from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms import microsyntax
from chapbook.forms.microsyntax import DAY, PARSERS

VALID = [
    ("number", "0", 0), ("number", "-0", 0), ("number", "007", 7), ("number", "-12", -12),
    ("number", ".5", Decimal(".5")), ("number", "-.5", Decimal("-.5")), ("number", "1.50", 1.5),
    ("number", "1e2", 100), ("number", "1E+2", 100), ("number", "25e-1", 2.5),
    ("number", "1e308", 10 ** 308), ("number", "1e-9999999999", 0), ("number", "0e999", 0),
    ("number", "9" * 40, int("9" * 40)),
    ("date", "1970-01-01", 0), ("date", "1969-12-31", -DAY), ("date", "2024-02-29", 19782 * DAY),
    ("date", "0001-01-01", -719162 * DAY), ("date", "275760-09-13", microsyntax.LAST),
    ("date", "002026-12-01", 20788 * DAY), ("date", "10000-01-01", 2932897 * DAY),
    ("month", "1970-01", 0), ("month", "1969-12", -1), ("month", "2026-12", 683),
    ("month", "275760-09", 273790 * 12 + 8),
    ("week", "1970-W01", -3 * DAY), ("week", "2026-W53", 20815 * DAY),
    ("week", "2020-W53", 18624 * DAY), ("week", "0001-W01", -719162 * DAY),
    ("time", "00:00", 0), ("time", "23:59", 86_340_000), ("time", "10:00:30", 36_030_000),
    ("time", "00:00:00.5", 500), ("time", "00:00:00.05", 50), ("time", "00:00:00.005", 5),
    ("datetime-local", "1970-01-01T00:00", 0),
    ("datetime-local", "1970-01-02 00:00:01", DAY + 1000),
    ("datetime-local", "275760-09-13T00:00", microsyntax.LAST),
]
INVALID = {
    "number": ["", " ", "1 ", " 1", "+1", "1.", ".", "-", "e5", "1e", "1e+", "1e5.0", "1,5",
               "1_000", "0x10", "NaN", "Infinity", "inf", "1e999", "-1e999", "--1", "1-", "١", "１",
               "1e٣", "1.5.1", "9" * 1025],
    "date": ["", "2026-2-01", "2026-02-1", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00",
             "2026-04-31", "1900-02-29", "0000-01-01", "026-01-01", "2026-01-01 ", "2026/01/01",
             "275760-09-14", "9999999-01-01", "2026-01", "2026-01-01-01", "+2026-01-01",
             "-2026-01-01", "２０２６-01-01", "2026-01-01T00:00", "2026-01-3²"],
    "month": ["", "2026", "2026-13", "2026-00", "2026-1", "0000-01", "2026-01-01", "275760-10",
              "2026-W01"],
    "week": ["", "2026-W00", "2026-W54", "2027-W53", "2026-w01", "2026-W1", "2026W01", "0000-W01",
             "275760-W38", "2026-W01-1"],
    "time": ["", "24:00", "9:00", "10:60", "10:00:60", "10", "10:00:", "10:00:00.", "10:00:00.1234",
             "10:00:0", "10:00:00:00", "10:00pm", "１0:00", "10:00:00,5", "-1:00", "10:00Z"],
    "datetime-local": ["", "2026-12-01", "2026-12-01t10:00", "2026-12-01T", "T10:00",
                       "2026-12-01T10:00Z", "2026-12-01  10:00", "2026-12-01T24:00",
                       "275760-09-13T00:01", "2026-12-01T10:00:00.0000"],
}
WRITTEN = [
    ("time", 0, "00:00"), ("time", 1000, "00:00:01"), ("time", 500, "00:00:00.5"),
    ("time", 86_399_999, "23:59:59.999"), ("week", -3 * DAY, "1970-W01"), ("month", -1, "1969-12"),
    ("datetime-local", 60_000, "1970-01-01T00:01"), ("number", Decimal("1.50"), "1.50"),
]
DAYS = st.integers(microsyntax.date("0001-01-01"), microsyntax.LAST).map(lambda at: at // DAY * DAY)
NUMBERS = {
    "number": st.integers() | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    "date": DAYS, "week": DAYS.map(lambda at: at - (at // DAY + 3) % 7 * DAY),
    "month": st.integers(-1969 * 12, 273790 * 12 + 8), "time": st.integers(0, DAY - 1),
    "datetime-local": st.integers(microsyntax.date("0001-01-01"), microsyntax.LAST),
}


@pytest.mark.parametrize("kind, text, number", VALID)
def test_a_valid_text_is_read(kind: str, text: str, number: object) -> None:
    assert PARSERS[kind](text) == number


@pytest.mark.parametrize("kind, text", [(kind, text) for kind in INVALID for text in INVALID[kind]])
def test_any_other_text_is_none(kind: str, text: str) -> None:
    assert PARSERS[kind](text) is None


@pytest.mark.parametrize("kind", PARSERS)
@given(st.text() | st.text("0123456789-:.TWeE+ ", max_size=30))
def test_no_text_is_too_odd_to_be_read(kind: str, text: str) -> None:
    PARSERS[kind](text)


@pytest.mark.parametrize("kind, number, text", WRITTEN)
def test_a_number_is_written_in_the_shortest_way(kind: str, number: Any, text: str) -> None:
    assert microsyntax.written(kind, number) == text


@pytest.mark.parametrize("kind", NUMBERS)
@given(st.data())
def test_what_was_written_is_read_as_the_same(kind: str, data: st.DataObject) -> None:
    number = data.draw(NUMBERS[kind])
    if kind == "week" and microsyntax.written(kind, number).startswith("0000"):
        return                                       # the first days of all belong to a week before
    assert PARSERS[kind](microsyntax.written(kind, number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_double_is_a_number(number: float) -> None:
    found = PARSERS["number"](repr(number))
    assert found is not None and float(found) == number


@given(st.dates())
def test_dates_agree_with_those_of_python(day: datetime.date) -> None:
    number = microsyntax.date(day.isoformat())
    assert microsyntax.value("date", number) == day
    assert microsyntax.written("date", number) == day.isoformat()


@given(st.dates())
def test_weeks_agree_with_those_of_python(day: datetime.date) -> None:
    year, week, weekday = day.isocalendar()
    text = f"{year:04}-W{week:02}"
    number = microsyntax.week(text)
    assert microsyntax.value("week", number) == day - datetime.timedelta(weekday - 1)
    assert microsyntax.written("week", number) == text


@given(st.datetimes())
def test_local_times_agree_with_those_of_python(moment: datetime.datetime) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    number = microsyntax.local(moment.isoformat(timespec="milliseconds"))
    assert microsyntax.value("datetime-local", number) == moment


@given(st.times())
def test_times_agree_with_those_of_python(clock: datetime.time) -> None:
    clock = clock.replace(microsecond=clock.microsecond // 1000 * 1000)
    number = microsyntax.time(clock.isoformat(timespec="milliseconds"))
    assert microsyntax.value("time", number) == clock


def test_a_month_is_its_first_day() -> None:
    assert microsyntax.value("month", microsyntax.month("2026-12")) == datetime.date(2026, 12, 1)


@pytest.mark.parametrize("text, number", [
    ("5", 5), (" \n5", 5), ("+5", 5), ("5px", 5), ("5.9", 5), ("-0", 0), ("007", 7),
    ("2147483647", 2**31 - 1),
    ("-5", None), ("", None), ("x", None), ("2147483648", None), ("9" * 5000, None), (None, None),
    ("٥", None), ("\xa05", None), ("--5", None), ("0" * 5000 + "5", 5),
])
def test_a_count_is_read_as_leniently_as_in_browsers(text: str | None, number: int | None) -> None:
    assert microsyntax.count(text) == number


@pytest.mark.parametrize("text, length", [
    ("", 0), ("abc", 3), ("é", 1), ("\U0001f600", 2), ("a\U0001f600b", 4), ("\ud800", 1),
    ("a\nb", 3),
])
def test_a_length_is_counted_in_units_of_utf_16(text: str, length: int) -> None:
    assert microsyntax.units(text) == length


@pytest.mark.parametrize("text, color", [
    ("#b03a2e", "#b03a2e"), ("#B03A2E", "#b03a2e"), ("b03a2e", None), ("#b03", None), ("red", None),
    ("#b03a2e00", None), ("#b03a2g", None), ("", None), ("#１23456", None), ("#b03a2\n", None),
])
def test_a_color_is_a_simple_one_in_lower_case(text: str, color: str | None) -> None:
    assert microsyntax.color(text) == color


@pytest.mark.parametrize("text, normal", [
    ("abc", "abc"), ("e\u0301", "é"), ("a\r\nb\rc\n", "a\nb\nc\n"), ("e\u0301\r\n", "é\n"),
])
def test_a_text_of_the_page_is_made_like_what_is_sent(text: str, normal: str) -> None:
    assert microsyntax.normal(text) == normal


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize("piece", ["9", "0", "-", ":", "1-", "1:", ".", "e"])
def test_reading_takes_linear_time(
    kind: str, piece: str, grows_linearly: Callable[..., None]
) -> None:
    grows_linearly(PARSERS[kind], lambda size: piece * (size // len(piece)), 100_000)
