"""Percent-encoding agrees with the standard library, and never takes long."""
from __future__ import annotations

import time
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import percent

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, st.text("/:@!$'()*,;=+?&#[]\"<> ", max_size=5))
def test_quote_agrees_with_the_standard_library(text: str, safe: str) -> None:
    assert percent.quote(text, safe) == quote(text, safe)


@given(st.binary() | st.text("%0aAfFgG+\x00é", max_size=20).map(str.encode))
def test_unquote_agrees_with_the_standard_library(data: bytes) -> None:
    assert percent.unquote(data) == unquote_to_bytes(data)


@given(st.binary() | st.text("%0aAfFgG+=_ \n\r\x00é", max_size=20).map(str.encode))
def test_many_escapes_are_read_as_few_are(data: bytes) -> None:
    assert percent._unquote_many(data) == unquote_to_bytes(data)


def test_megabytes_of_escapes_keep_nobody_waiting() -> None:
    data = b"%F0%9F%98%80" * 100_000 + b"%"
    begun = time.process_time()
    assert percent.unquote(data) == "\U0001f600".encode() * 100_000 + b"%"
    assert time.process_time() - begun < 0.3


@given(TEXT)
def test_unquote_undoes_quote(text: str) -> None:
    assert percent.unquote(percent.quote(text).encode("ascii")).decode("utf-8") == text


@given(TEXT)
def test_a_quoted_path_is_printable_ascii_without_what_divides_an_address(text: str) -> None:
    quoted = percent.quote(text, percent.PATH_SAFE)
    assert quoted.isascii() and quoted.isprintable()
    assert not set(quoted) & set(" ?#\"<>\\^`{|}")


def test_a_lone_surrogate_cannot_be_quoted() -> None:
    with pytest.raises(UnicodeEncodeError):
        percent.quote("\ud800")


def test_a_query_quotes_names_and_values() -> None:
    assert percent.query({"a b": "c&d", "é": 1}) == "?a%20b=c%26d&%C3%A9=1"


def test_a_query_leaves_out_what_is_none() -> None:
    assert percent.query({"page": None, "sort": ""}) == "?sort="


def test_a_query_of_nothing_is_empty() -> None:
    assert percent.query({}) == percent.query({"before": None}) == ""


@pytest.mark.parametrize("piece", [b"%", b"%%", b"%4", b"%41", b"%C3%A9+"])
def test_unquote_takes_linear_time(piece: bytes, grows_linearly) -> None:
    grows_linearly(percent.unquote, lambda size: piece * (size // len(piece)), 40_000)
