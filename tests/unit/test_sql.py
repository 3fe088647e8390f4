"""SQL text: where a :name is a parameter, what it may hold, where a statement ends."""
from __future__ import annotations

import datetime
import enum
import time

import pytest
from markupsafe import Markup

from chapbook.errors import BadRequest
from chapbook.sql import BadParameter, checked, split, statement


def test_a_name_becomes_a_placeholder_of_each_driver() -> None:
    found = statement("SELECT a FROM t WHERE b = :b AND c > :c_2 OR b < :b")
    assert found.names == ("b", "c_2", "b")
    assert found.qmark == "SELECT a FROM t WHERE b = ? AND c > ? OR b < ?"
    assert found.format == "SELECT a FROM t WHERE b = %s AND c > %s OR b < %s"
    assert found.values({"b": 1, "c_2": "x"}) == (1, "x", 1)


@pytest.mark.parametrize("text", [
    "SELECT ':no'",
    "SELECT 'it''s :no'",
    "SELECT '\\' || ':no'",
    'SELECT ":no"',
    'SELECT "a "":no"',
    "SELECT `:no`",
    "SELECT 1 -- don't :no\n",
    "SELECT 1 # don't :no",
    "SELECT /* it's :no\n*/ 1",
    "SELECT a::no FROM t",
    "SELECT @a:=1",
    "SELECT '12:30'",
])
def test_quotes_comments_and_casts_hide_no_parameter(text: str) -> None:
    found = statement(text)
    assert found.names == ()
    assert found.qmark == found.format == text


def test_a_percent_sign_is_doubled_only_where_the_driver_formats() -> None:
    assert statement("SELECT 'a%' LIKE :b").format == "SELECT 'a%%' LIKE %s"
    assert statement("SELECT 'a%'").format == "SELECT 'a%'"


@pytest.mark.parametrize("text", [
    "SELECT 'a", 'SELECT "a', "SELECT `a", "SELECT /* a", "SELECT /*/", "'",
])
def test_an_unclosed_quote_or_comment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unclosed"):
        statement(text)


def test_missing_and_superfluous_parameters_are_named() -> None:
    found = statement("SELECT :one, :two")
    with pytest.raises(TypeError, match="no value was given for :two; .* no :name for three"):
        found.values({"one": 1, "three": 3})


class Colour(enum.IntEnum):
    RED = 7


class Kind(enum.StrEnum):
    POEM = "poem"


@pytest.mark.parametrize(("value", "stored"), [
    ("é 😀", "é 😀"), (7, 7), (2**63 - 1, 2**63 - 1), (-2**63, -2**63), (1.5, 1.5), (True, 1),
    (False, 0), (b"\0\xff", b"\0\xff"), (None, None), (Colour.RED, 7), (Kind.POEM, "poem"),
    (Markup("a & 'b'"), "a & 'b'"), (datetime.date(2026, 11, 22), "2026-11-22"),
])
def test_a_value_reaches_the_driver_as_a_plain_type(value: object, stored: object) -> None:
    found = checked("x", value)
    assert found == stored and type(found) is type(stored)


@pytest.mark.parametrize("value", [
    {"a": 1}, [1], (1,), {1}, object(), bytearray(b"a"), 1j,
    datetime.datetime(2026, 11, 22), datetime.time(1), datetime.timedelta(1),
])
def test_other_types_are_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match=":x is "):
        checked("x", value)


@pytest.mark.parametrize("value", [
    "a\0b", "\ud800", "ab\udfff", Markup("\0"), 2**63, -2**63 - 1, 10**40,
    float("nan"), float("inf"), float("-inf"),
])
def test_a_value_that_no_database_holds_is_the_visitors_fault(value: object) -> None:
    with pytest.raises(BadParameter) as caught:
        checked("x", value)
    assert isinstance(caught.value, BadRequest) and isinstance(caught.value, ValueError)
    assert ":x" in caught.value.detail


def test_a_file_is_cut_at_its_semicolons_only() -> None:
    assert split("""
        -- The first; it has a semicolon in its comment
        CREATE TABLE a (b TEXT DEFAULT ';'); /* only; this */ ;
        INSERT INTO a VALUES ('it''s;'), (";") -- tail;
        ;
        # nothing
    """) == [
        "CREATE TABLE a (b TEXT DEFAULT ';')",
        "INSERT INTO a VALUES ('it''s;'), (\";\") -- tail;",
    ]
    assert split("") == split(" ;; ") == split("-- nothing") == []


def test_a_trigger_stays_in_one_piece() -> None:
    trigger = """CREATE TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN
        UPDATE a SET b = CASE WHEN b > 0 THEN 1 ELSE 2 END;
        DELETE FROM a WHERE b = 3;
    END"""
    assert split(f"SELECT CASE 1 WHEN 1 THEN 2 END; {trigger}; SELECT 2") == [
        "SELECT CASE 1 WHEN 1 THEN 2 END", trigger, "SELECT 2",
    ]


@pytest.mark.parametrize("piece", ["'a' ", ":name ", "/* a */ ", "-- a\n", "/", "::", "a ", "''"])
def test_four_times_the_text_takes_about_four_times_the_time(piece: str) -> None:
    def seconds(times: int) -> float:
        text = piece * times
        best = 9.0
        for _ in range(5):
            started = time.thread_time()
            split(text)
            best = min(best, time.thread_time() - started)
        return best

    assert seconds(40_000) < 8 * seconds(10_000) + 0.01      # sixteen, if it were quadratic
