"""Names: what cannot be seen is left out, and all else stays."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.accounts import names


@pytest.mark.parametrize("text", [
    "Ann", "Zoë Ørsted", "D'Arcy O’Neill-Smith", "李小龍", "محمد علی", "נועם", "प्रिया", "Ann 🎈",
    "می‌خواهم", "👩‍🚀", "x²", "Ann (she/her)",
])
def test_a_name_stays_as_it_is(text: str) -> None:
    assert names.cleaned(text) == text


@pytest.mark.parametrize("text, name", [
    ("  Ann \t Smith\n", "Ann Smith"), ("Ann\u00a0Smith", "Ann Smith"),
    ("Zoe\u0308", "Zoë"), ("Ann\u2028Smith", "Ann Smith"),
    ("\u202egro.elpmaxe\u202c", "gro.elpmaxe"), ("A\u2066n\u2069n", "Ann"), ("\u200fAnn", "Ann"),
    ("Ann\u200b", "Ann"), ("\ufeffAnn", "Ann"), ("A\u00adnn", "Ann"), ("Ann\U000e0041", "Ann"),
    ("Ann\u3164", "Ann"), ("Ann\x85", "Ann"), ("A\ud800nn", "Ann"), ("Ann\ue000", "Ann"),
    ("Ann\u200d", "Ann"),
])
def test_what_nobody_sees_is_left_out(text: str, name: str) -> None:
    assert names.cleaned(text) == name


@pytest.mark.parametrize("text", ["", "  ", "\u200b", "\u202e\u202c", "\u3164", "\u200d", "\u0301"])
def test_a_name_of_nothing_that_is_seen_is_none(text: str) -> None:
    assert names.cleaned(text) == ""


@given(st.text(max_size=100))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = names.cleaned(text)
    assert names.cleaned(once) == once
