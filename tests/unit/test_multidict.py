"""Fields with repeated names: nothing is chosen silently, numbers are plain digits."""
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.errors import BadRequest
from chapbook.multidict import MultiDict

FIELDS = MultiDict([("name", "Ann"), ("tag", "a"), ("empty", ""), ("tag", "b")])


def test_a_single_value_is_had_by_its_name() -> None:
    assert FIELDS["name"] == FIELDS.get("name") == "Ann"


def test_a_missing_name_is_a_key_error_and_a_default() -> None:
    with pytest.raises(KeyError):
        FIELDS["nobody"]
    assert FIELDS.get("nobody") is None
    assert FIELDS.get("nobody", "you") == "you"


def test_an_empty_value_is_a_value() -> None:
    assert FIELDS.get("empty", "you") == ""


@pytest.mark.parametrize("read", [
    lambda: FIELDS["tag"], lambda: FIELDS.get("tag"), lambda: FIELDS.number("tag"),
    lambda: dict(FIELDS), lambda: dict(**FIELDS),
])
def test_a_repeated_name_is_a_400_where_one_value_is_asked_for(read) -> None:
    with pytest.raises(BadRequest) as caught:
        read()
    assert "'tag' came 2 times" in caught.value.detail


def test_all_gives_every_value_in_order() -> None:
    assert FIELDS.all("tag") == ["a", "b"]
    assert FIELDS.all("nobody") == []


def test_the_list_that_all_gives_is_the_callers_own() -> None:
    FIELDS.all("tag").clear()
    assert FIELDS.all("tag") == ["a", "b"]


def test_each_name_is_there_once_in_the_order_of_arrival() -> None:
    assert list(FIELDS) == list(FIELDS.keys()) == ["name", "tag", "empty"]
    assert len(FIELDS) == 3
    assert "tag" in FIELDS and "nobody" not in FIELDS


def test_it_is_true_when_it_holds_a_field() -> None:
    assert FIELDS
    assert not MultiDict()


def test_it_becomes_a_dict_and_keyword_arguments() -> None:
    fields = MultiDict([("a", 1), ("b", 2)])
    assert dict(fields) == dict(**fields) == {"a": 1, "b": 2}


def test_its_repr_shows_the_pairs() -> None:
    assert repr(MultiDict([("a", "1")])) == "MultiDict([('a', '1')])"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers())))
def test_pairs_keeps_every_value_and_the_order_within_a_name(pairs) -> None:
    fields = MultiDict(pairs)
    assert sorted(fields.pairs()) == sorted(pairs)
    assert all(fields.all(name) == [v for n, v in pairs if n == name] for name in "abc")


@pytest.mark.parametrize(("text", "number"), [
    ("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1),
])
def test_a_number_is_plain_digits(text: str, number: int) -> None:
    assert MultiDict([("page", text)]).number("page") == number


@pytest.mark.parametrize("text", [
    "", "-1", "+1", " 1", "1 ", "1_000", "1.0", "1e3", "0x10", "١٢", "１２", "²", "NaN", "1\n",
    "9" * 19, "9" * 5000,
])
def test_anything_else_is_a_400(text: str) -> None:
    with pytest.raises(BadRequest):
        MultiDict([("page", text)]).number("page")


def test_a_number_that_was_not_sent_is_the_default() -> None:
    assert MultiDict().number("page") is None
    assert MultiDict().number("page", 1) == 1


def test_a_file_is_no_number() -> None:
    with pytest.raises(BadRequest):
        MultiDict([("page", object())]).number("page")
