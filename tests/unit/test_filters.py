"""Filters: times as people read them, numbers, sizes, plurals, excerpts."""
from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from chapbook import filters
from chapbook.errors import ConfigError

NOON = 1795349700         # 2026-11-22 12:15:00 UTC
SECONDS = st.integers(0, 253402000000)  # in the year 9999


def test_a_date_and_a_time_are_said_as_people_say_them() -> None:
    made = filters.made("UTC")
    assert made["date"](NOON - 45000) == "21 November 2026"
    assert made["datetime"](NOON) == "22 November 2026, 12:15"


def test_times_are_shown_in_the_zone_of_the_site_with_its_summer_time() -> None:
    shown = filters.made("Europe/Brussels")["datetime"]
    assert shown(1767225599) == "1 January 2026, 0:59"
    assert shown(1782864000) == "1 July 2026, 2:00"


def test_the_machine_readable_time_is_in_utc() -> None:
    made = filters.made("America/New_York")
    assert made["iso"](NOON) == "2026-11-22T12:15:00Z"
    shown = made["time"](1767225599)
    assert shown == '<time datetime="2025-12-31T23:59:59Z">31 December 2025</time>'
    assert isinstance(shown, Markup)


@pytest.mark.parametrize("name", ["date", "datetime", "time", "iso"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Brussels"])
def test_no_time_at_all_is_not_taken_for_now(name: str, zone: str) -> None:
    with pytest.raises(TypeError):
        filters.made(zone)[name](None)


@given(SECONDS)
def test_iso_agrees_with_the_standard_library(seconds: int) -> None:
    expected = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert filters.iso(seconds).rjust(20, "0") == expected.rjust(20, "0")


@given(SECONDS, st.sampled_from(["UTC", "Europe/Brussels", "Asia/Kathmandu", "Pacific/Apia"]))
def test_the_date_is_that_of_the_standard_library(seconds: int, zone: str) -> None:
    day = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    shown = filters.made(zone)["date"](seconds)
    assert shown == f"{day.day} {filters.MONTHS[day.month - 1]} {day.year}"


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../passwd", "/etc/passwd", "Europe", "\0"])
def test_an_unknown_time_zone_is_the_owners_mistake_with_the_remedy(zone: str) -> None:
    with pytest.raises(ConfigError, match="IANA name such as"):
        filters.made(zone)


@pytest.mark.parametrize(("value", "digits", "shown"), [
    (0, 0, "0"), (1234567, 0, "1,234,567"), (-1234, 0, "-1,234"), (1234.5, 2, "1,234.50"),
])
def test_a_number_has_its_thousands_set_apart(value: float, digits: int, shown: str) -> None:
    assert filters.number(value, digits) == shown


@pytest.mark.parametrize(("count", "shown"), [
    (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1.0 kB"), (1449, "1.4 kB"),
    (999_949, "999.9 kB"), (999_950, "1.0 MB"), (3_000_000, "3.0 MB"), (5 * 10**9, "5.0 GB"),
    (10**13, "10000.0 GB"),
])
def test_a_size_is_said_as_people_say_it(count: int, shown: str) -> None:
    assert filters.size(count) == shown


@pytest.mark.parametrize(("count", "words", "shown"), [
    (1, ("entry", "entries"), "1 entry"), (0, ("entry", "entries"), "0 entries"),
    (2, ("page",), "2 pages"), (1000, ("page",), "1,000 pages"),
])
def test_a_noun_follows_its_number(count: int, words: tuple[str, ...], shown: str) -> None:
    assert filters.plural(count, *words) == shown


@pytest.mark.parametrize(("text", "shown"), [
    ("short", "short"), ("exactly 10", "exactly 10"), ("one two three", "one two…"),
    ("unbreakable", "unbreakab…"), ("", ""), ("  leading space", "leading…"),
])
def test_an_excerpt_ends_between_words(text: str, shown: str) -> None:
    assert filters.excerpt(text, 10).strip() == shown.strip()


@given(st.text("ab \n", max_size=30), st.integers(2, 20))
def test_an_excerpt_is_never_longer_than_asked_for(text: str, most: int) -> None:
    shown = filters.excerpt(text, most)
    assert len(shown) <= most
    assert shown == text if len(text) <= most else shown.endswith("…")
