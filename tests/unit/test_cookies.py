"""Cookies: ours is found whatever else is in the header, and what was planted is not believed."""
from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook import cookies
from chapbook.errors import ServerError

NAMES = st.text(st.sampled_from(sorted(cookies.TOKEN)), min_size=1, max_size=10)
VALUES = st.text("azAZ09!#$%&'()*+-./:<=>?@[]^_`{|}~", max_size=20)


@pytest.mark.parametrize(("header", "expected"), [
    ("", {}),
    ("a=1", {"a": "1"}),
    ("a=1; b=2", {"a": "1", "b": "2"}),
    ("a=1;b=2;", {"a": "1", "b": "2"}),
    (" \ta\t = 1 ; b=2", {"a": "1", "b": "2"}),
    ("a=", {"a": ""}),
    ("a=b=c", {"a": "b=c"}),
    ('a="quoted"', {"a": "quoted"}),
    ('a="', {"a": '"'}),
    ("a=x y, z", {"a": "x y, z"}),
    ("a=1; A=2", {"a": "1", "A": "2"}),
    ("a=1; a=1", {"a": "1"}),
])
def test_a_header_is_read(header: str, expected: dict[str, str]) -> None:
    assert cookies.parse(header) == expected


@pytest.mark.parametrize("odd", [
    "a[]=1", "=value", "novalue", "n\xe4me=1", "a b=1", "(x)=1", "a\x00=1", "c=\x01", "c=caf\xe9",
    "c=a\x7f", "{}=1", ";;;", '"q"=1', "a,b=1",
])
def test_an_odd_cookie_is_dropped_and_hides_no_other(odd: str) -> None:
    assert cookies.parse(f"before=1; {odd}; after=2") == {"before": "1", "after": "2"}


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_blanks_and_tabs_are_trimmed_so_no_prefix_can_be_forged(space: str) -> None:
    assert cookies.parse(f"{space}__Host-session=planted") == {}


@pytest.mark.parametrize("header", [
    "s=ours; s=planted", "s=planted; s=ours", "s=a; x=1; s=b; s=a", 's=a; s="b"',
])
def test_two_different_values_of_a_name_are_no_value(header: str) -> None:
    assert "s" not in cookies.parse(header)


def test_what_does_not_end_within_8_kib_is_not_looked_at() -> None:
    long = "a=1; b=" + "x" * cookies.MOST_BYTES + "; c=3"
    assert cookies.parse(long) == {"a": "1"}


@given(st.dictionaries(NAMES, VALUES, max_size=20))
def test_what_header_writes_parse_reads(jar: dict[str, str]) -> None:
    sent = "; ".join(cookies.header(name, value).partition(";")[0] for name, value in jar.items())
    assert cookies.parse(sent) == jar


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_gives_only_clean_names_and_values(header: str) -> None:
    for name, value in cookies.parse(header).items():
        assert name and cookies.TOKEN.issuperset(name)
        assert re.fullmatch("[ -~]*", value)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=20))
def test_a_header_is_read_as_a_plain_model_reads_it(pairs: list[tuple[str, str]]) -> None:
    values: dict[str, set[str]] = {}
    for name, value in pairs:
        values.setdefault(name, set()).add(value)
    expected = {name: found.pop() for name, found in values.items() if len(found) == 1}
    assert cookies.parse("; ".join(f"{name}={value}" for name, value in pairs)) == expected


def test_reading_takes_no_longer_for_a_long_header(grows_linearly) -> None:
    grows_linearly(cookies.parse, lambda size: "a=1;" * size, 20_000)


def test_a_cookie_ends_with_the_browser_and_is_hidden_from_scripts() -> None:
    assert cookies.header("s", "x") == "s=x; Path=/; HttpOnly; SameSite=Lax"


def test_a_cookie_has_the_attributes_asked_for() -> None:
    made = cookies.header("__Host-s", "x", max_age=60, secure=True, http_only=False, path="/club",
                          same_site="Strict")
    assert made == "__Host-s=x; Path=/club; Max-Age=60; Secure; SameSite=Strict"


@pytest.mark.parametrize(("name", "value"), [
    ("", "x"), ("a b", "x"), ("a=b", "x"), ("a;b", "x"), ("a\n", "x"), ("é", "x"), ("a\r\nX", "x"),
    ("a", "x y"), ("a", "x;y"), ("a", "x,y"), ("a", 'x"'), ("a", "x\\"), ("a", "x\r\nX: y"),
    ("a", "é"), ("a", "\x00"), ("a", "\x7f"),
])
def test_a_cookie_that_cannot_be_written_is_an_error(name: str, value: str) -> None:
    with pytest.raises(ServerError):
        cookies.header(name, value)


@pytest.mark.parametrize("path", ["", "club", "/; Domain=evil.example", "/a b", "/é", "/\n"])
def test_a_path_that_cannot_be_written_is_an_error(path: str) -> None:
    with pytest.raises(ServerError):
        cookies.header("a", "x", path=path)


def test_an_unknown_same_site_is_an_error() -> None:
    with pytest.raises(ServerError):
        cookies.header("a", "x", same_site="Lax; Domain=evil.example")


def test_the_error_does_not_tell_the_value() -> None:
    with pytest.raises(ServerError) as caught:
        cookies.header("session", "se cret")
    assert "se cret" not in caught.value.detail
