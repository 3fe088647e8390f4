"""Number, range and the dates and times: bounds, steps, and what the handler gets."""
from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms.microsyntax import DAY, LAST, PARSERS, written
from chapbook.forms.numbers import Rule, moves_steps
from tests.support.filled import fault, form, sentence, value

DATE, TIME, DATETIME = datetime.date, datetime.time, datetime.datetime


@pytest.mark.parametrize("attributes, text, expected", [
    ("type=number", "8", 8), ("type=number", " 8 ", 8), ("type=number", "-8", -8),
    ("type=number", "1e2", 100), ("type=number", "8.0", 8), ("type=number", "-0", 0),
    ("type=number min=0 step=5", "10", 10), ("type=number value=1.0", "3", 3),
    ("type=number", "9223372036854775807", 2**63 - 1),
    ("type=number", "-9223372036854775808", -2**63),
    ("type=number", "3.00000001", 3), ("type=number", "9007199254740993", 2**53 + 1),
    ("type=range", "50", 50), ("type=range min=-5", "-5", -5),
])
def test_a_control_of_whole_numbers_gives_an_int(
    attributes: str, text: str, expected: int
) -> None:
    got = value(f"<input name=n {attributes}>", text)
    assert got == expected and type(got) is int


@pytest.mark.parametrize("attributes, text, expected", [
    ("type=number step=any", "8", "8"), ("type=number step=0.01", "12.50", "12.50"),
    ("type=number step=ANY", "-.5", "-0.5"), ("type=number value=1.5", "2.5", "2.5"),
    ("type=number min=0.5", "3.5", "3.5"), ("type=number step=any", "1e300", "1E+300"),
    ("type=number step=any", "0.1000000000000000000000001", "0.1000000000000000000000001"),
    ("type=range step=any", "33.3", "33.3"), ("type=range step=0.5", "3", "3"),
    ("type=number step=any", "99999999999999999999", "99999999999999999999"),
])
def test_any_other_control_of_numbers_gives_a_decimal(
    attributes: str, text: str, expected: str
) -> None:
    got = value(f"<input name=n {attributes}>", text)
    assert str(got) == expected and type(got) is Decimal


@pytest.mark.parametrize("attributes, text, expected", [
    ("type=date", "2026-12-01", DATE(2026, 12, 1)), ("type=date", "0001-01-01", DATE.min),
    ("type=date", "9999-12-31", DATE.max), ("type=month", "2026-12", DATE(2026, 12, 1)),
    ("type=month", "9999-12", DATE(9999, 12, 1)), ("type=week", "2026-W01", DATE(2025, 12, 29)),
    ("type=week", "9999-W52", DATE(9999, 12, 27)), ("type=time", "14:30", TIME(14, 30)),
    ("type=time step=any", "23:59:59.999", TIME(23, 59, 59, 999000)),
    ("type=datetime-local", "2026-12-01T14:30", DATETIME(2026, 12, 1, 14, 30)),
    ("type=datetime-local", "2026-12-01 14:30:00", DATETIME(2026, 12, 1, 14, 30)),
    ("type=datetime-local step=any", "9999-12-31T23:59:59.999",
     DATETIME(9999, 12, 31, 23, 59, 59, 999000)),
])
def test_dates_and_times_are_those_of_datetime(
    attributes: str, text: str, expected: object
) -> None:
    got = value(f"<input name=n {attributes}>", text)
    assert got == expected and type(got) is type(expected)


@pytest.mark.parametrize("kind", [
    "number", "date", "month", "week", "time", "datetime-local"])
def test_what_is_left_empty_is_none(kind: str) -> None:
    assert value(f"<input name=n type={kind}>", "") is None
    assert value(f"<input name=n type={kind}>") is None
    assert fault(f"<input name=n type={kind} required>", " ") == "required"
    assert fault(f"<input name=n type={kind} required>") == "required"


@pytest.mark.parametrize("kind", [
    "number", "range", "date", "month", "week", "time", "datetime-local"])
@pytest.mark.parametrize("text", ["x", "1 2", "\x85", "1\n", "\n", "\ud800", "1e999", "-", "０"])
def test_what_cannot_be_read_is_a_fault_of_type(kind: str, text: str) -> None:
    assert fault(f"<input name=n type={kind}>", text) == "type"


# The verdicts of Chromium 156.
STEPS_AND_BOUNDS = [
    ("type=number", ".5", "step"), ("type=number", "3.0000001", "step"),
    ("type=number", "3.00000001", ""), ("type=number step=-1", "1.5", "step"),
    ("type=number step=0", "1.5", "step"), ("type=number step=x", "1.5", "step"),
    ('type=number step=" 2 "', "3", ""), ('type=number step="2px"', "3", ""),
    ("type=number step=0.1", "0.3", ""), ("type=number step=0.1", "0.35", "step"),
    ("type=number value=1.5", "2", "step"), ("type=number value=1.5 min=x", "2.5", ""),
    ("type=number min=1 value=1.5", "2", ""), ("type=number step=1.5", "3.1e22", ""),
    ("type=number step=3 min=0", "100000000000000000000", "max"),
    ("type=number step=1e-400", "0.5", ""), ("type=number step=1e400", "0.5", "step"),
    ("type=number min=1", "0", "min"), ("type=number min=1", "1", ""),
    ("type=number max=8", "9", "max"), ("type=number max=8", "8", ""),
    ("type=number min=10 max=5", "7", "min"), ("type=number min=10 max=5", "12", "max"),
    ('type=number min=" 5"', "3", ""), ("type=number min=+5", "3", ""),
    ("type=number min=5.", "3", ""), ("type=number min=1e400", "5", ""),
    ("type=number max=1 step=any", "1.000000000000001", "max"),
    ("type=range", "101", "max"), ("type=range", "-1", "min"),
    ("type=range min=x max=y", "100", ""),
    ("type=range min=10 max=5", "10", ""), ("type=range min=10 max=5", "7", "min"),
    ("type=range step=7", "50", "step"), ("type=range step=7", "49", ""),
    ("type=range min=0 max=10 step=20", "0", ""), ("type=range min=3 step=any", "3.7", ""),
    ("type=range min=x value=1.5", "3.5", ""), ("type=range min=x value=1.5", "3", "step"),
    ("type=range value=7 max=5 step=10", "5", "step"), ("type=range min=-5.5 max=5", "1.5", ""),
    ("type=date step=1.5", "1970-01-02", "step"), ("type=date step=1.5", "1970-01-03", ""),
    ("type=date step=0.2", "1970-01-03", ""), ("type=date step=2.5", "1970-01-04", ""),
    ("type=date min=2026-01-01 value=2020-01-02 step=7", "2026-01-08", ""),
    ("type=date value=2026-01-01 step=7", "2026-01-07", "step"),
    ("type=date min=2026-12-01", "2026-11-30", "min"),
    ("type=date max=2026-12-01", "2026-12-02", "max"),
    ("type=date max=2026-12-1", "2027-01-01", ""),
    ("type=date min=275760-09-14", "2026-01-01", ""),
    ("type=date max=12026-01-01", "2026-01-01", ""),
    ("type=date min=2026-12-02 max=2026-12-01", "2026-12-01", "min"),
    ("type=month step=3", "2026-05", "step"), ("type=month step=3", "2026-04", ""),
    ("type=month value=2026-02 step=3", "2026-05", ""),
    ("type=month max=2026-05", "2026-06", "max"),
    ("type=week step=2", "1970-W01", ""), ("type=week step=2", "1970-W02", "step"),
    ("type=week min=2026-W10", "2026-W09", "min"),
    ("type=time", "10:00:00", ""), ("type=time", "10:00:30", "step"),
    ("type=time", "10:00:00.5", "step"), ("type=time step=any", "10:00:00.50", ""),
    ("type=time step=0.0004", "10:00:00.001", ""), ("type=time step=1.5", "00:00:01.500", ""),
    ("type=time value=00:00:30", "10:00:30", ""), ("type=time step=900", "10:20", "step"),
    ("type=time min=22:00 max=06:00", "12:00", "min"),
    ("type=time min=22:00 max=06:00", "23:00", ""),
    ("type=time min=22:00 max=06:00", "05:00", ""),
    ("type=time min=22:00 max=06:00", "06:01", "min"),
    ("type=time min=10:00 max=10:00", "10:00", ""), ("type=time max=10:00", "10:01", "max"),
    ("type=datetime-local min=2026-12-01T10:00", "2026-12-01T09:59", "min"),
    ("type=datetime-local", "2026-12-01T10:00:01", "step"),
    ("type=number pattern=x maxlength=1", "12", ""),
]


@pytest.mark.parametrize("attributes, text, kind", STEPS_AND_BOUNDS)
def test_bounds_and_steps_are_those_of_browsers(attributes: str, text: str, kind: str) -> None:
    assert fault(f"<input name=n {attributes}>", text) == kind


@pytest.mark.parametrize("attributes, text, kind", [
    ("type=number", "9223372036854775808", "max"), ("type=number", "1e300", "max"),
    ("type=number", "-9223372036854775809", "min"), ("type=date", "10000-01-01", "max"),
    ("type=date max=12026-01-01", "12026-01-01", "max"), ("type=month", "10000-01", "max"),
    ("type=week", "9999-W53", "type"), ("type=week", "10000-W01", "max"),
    ("type=datetime-local", "10000-01-01T00:00", "max"),
    ("type=number", "9007199254740993.5", "step"),
])
def test_what_no_database_or_datetime_holds_is_refused(
    attributes: str, text: str, kind: str
) -> None:
    assert fault(f"<input name=n {attributes}>", text) == kind


def test_a_range_always_has_a_value() -> None:
    assert fault("<input name=n type=range>", "") == "required"
    assert fault("<input name=n type=range>") == "required"


def test_bounds_are_not_asked_where_the_visitor_cannot_change_the_value() -> None:
    assert value("<input name=n type=number readonly min=5 value=1.5>", "1.5") == Decimal("1.5")
    assert value("<input name=n type=number readonly required>", "") is None
    assert fault("<input name=n type=number readonly value=1>", "2") == "changed"
    assert fault("<input name=n type=number readonly value=1>") == "changed"


def test_a_default_that_browsers_drop_is_sent_as_nothing() -> None:
    assert value("<input name=n type=number readonly value=abc>", "") is None
    assert fault("<input name=n type=number readonly value=abc>", "abc") == "changed"


def test_a_default_may_come_back_in_the_writing_of_the_browser() -> None:
    assert value("<input name=n type=datetime-local readonly value='2026-12-01 10:00:00'>",
                 "2026-12-01T10:00") == DATETIME(2026, 12, 1, 10)


@pytest.mark.parametrize("attributes, text, near", [
    ("type=number step=5", 7, [5, 10]), ("type=number step=5 max=8", 7, [5]),
    ("type=number step=5 min=1", -3, [1]), ("type=number step=0.25", Decimal("1.3"), [1.25, 1.5]),
    ("type=time step=3600", 86_390_000, [82_800_000]),
    ("type=time step=3600 min=22:00 max=06:00", 1000, [0, 3_600_000]),
    ("type=date step=1000000", -719_162 * DAY, [0]), ("type=month step=1e300", 1, [0]),
    ("type=week step=9e7", LAST - DAY, [-3 * DAY]),
])
def test_the_steps_nearest_to_a_number_are_known(
    attributes: str, text: int, near: list[object]
) -> None:
    rule = Rule(form(f"<input name=n {attributes}>").controls[0])
    assert rule.neighbours(text) == near


@pytest.mark.parametrize("attributes, text, moves", [
    ("type=number step=5", "7", True), ("type=number step=5", "10", False),
    ("type=number step=5 min=0", "7", False), ("type=number step=5 min=x", "7", True),
    ("type=number", "1.5", True), ("type=number step=any", "1.5", False),
    ("type=number", "x", False), ("type=date step=7", "2026-12-02", True),
    ("type=time", "10:00:30", True), ("type=time min=09:00", "10:00:30", False),
])
def test_a_value_that_would_move_the_steps_is_known(
    attributes: str, text: str, moves: bool
) -> None:
    assert moves_steps(form(f"<input name=n {attributes}>").controls[0], text) is moves


@given(st.integers(-10**6, 10**6), st.integers(1, 1000), st.integers(-10**5, 10**5),
       st.integers(0, 6))
def test_every_multiple_of_a_decimal_step_fits_and_nothing_between(
    base: int, step: int, times: int, places: int
) -> None:
    unit = Decimal(1).scaleb(-places)
    html = f"<input name=n type=number step={step * unit:f} value={base * unit:f}>"
    fitting = (base + step * times) * unit
    assert value(html, f"{fitting:f}") == fitting
    assert fault(html, f"{fitting + step * unit / 2:f}") == "step"


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
       st.sampled_from(["", "step=any", "step=0.01", "min=0.5 step=3", "step=1e-999",
                        "step=1e300"]))
def test_a_number_is_taken_as_it_is_or_refused(number: Decimal, attributes: str) -> None:
    html = f"<input name=n type=number {attributes}>"
    if fault(html, str(number)) == "":
        assert abs(value(html, str(number)) - Decimal(number)) <= abs(Decimal(number)) / 10**7 + 1


MOMENTS = {
    "date": st.integers(-719_162, 10**8).map(lambda days: days * DAY),
    "month": st.integers(-1969 * 12, 273_790 * 12),
    "week": st.integers(-102_000, 14_000_000).map(lambda weeks: weeks * 7 * DAY - 3 * DAY),
    "time": st.integers(0, DAY - 1),
    "datetime-local": st.integers(-719_162 * DAY, LAST),
}


@pytest.mark.parametrize("kind", MOMENTS)
@given(st.data())
def test_every_moment_has_a_verdict_and_a_sentence(kind: str, data: st.DataObject) -> None:
    drawn = st.none() | MOMENTS[kind]
    attributes = [f"{name}='{written(kind, number)}'" for name in ("min", "max", "value")
                  if (number := data.draw(drawn)) is not None]
    step = data.draw(st.sampled_from(
        ["", "step=any", "step=7", "step=0.3", "step=1e7", "step=1e300"]))
    text = written(kind, data.draw(MOMENTS[kind]))
    html = f"<input name=n type={kind} {step} {' '.join(attributes)}>"
    if fault(html, text) == "":
        assert written(kind, PARSERS[kind](text)) == text
    else:
        assert sentence(html, text).startswith("N ")
