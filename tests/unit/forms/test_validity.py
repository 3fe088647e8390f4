"""A form's verdict: values and faults in its order, for whatever is sent."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.errors import ServerError
from chapbook.forms import promises, validity
from chapbook.multidict import MultiDict
from tests.support.filled import form, upload, verdict

NONE: MultiDict[Any] = MultiDict()
TYPES = [
    "text", "search", "tel", "url", "email", "password", "number", "range", "date", "month", "week",
    "time", "datetime-local", "color", "checkbox", "radio", "file", "hidden", "submit", "image",
    "reset", "button",
]
ATTRIBUTES = st.lists(st.sampled_from([
    "required", "readonly", "disabled", "multiple", "checked", "min=2", "max=5", "min=2026-01-01",
    "max=2026-W10", "min=22:00 max=06:00", "min=1e308", "max=-1e308", "min=275760-09-13",
    "step=any", "step=0.1", "step=1e-300", "step=1e-9999", "step=1e308", "step=0", "value=3",
    "value=0.25", "value=2026-05-05", "value='a&#10;b'", "minlength=2", "maxlength=3",
    "maxlength=0", "pattern='[a-z]+'", "pattern='['", "accept='image/*,.txt'",
    "data-max-size='1 KiB'", "data-keep-space", "data-equal-to=a", "dirname=d", "dirname=b",
    "title=t", "size=2", "wrap=hard", "data-error-required=x",
]), max_size=5).map(" ".join)
CONTROLS = st.builds(
    "{} {} name={}{}".format,
    st.sampled_from([*(f"<input type={kind}" for kind in TYPES), "<select", "<textarea",
                     "<button"]),
    ATTRIBUTES, st.sampled_from(["a", "b", "c", "''"]),
    st.sampled_from([">", "><option value=''>x<option selected>3<option disabled>a</select>",
                     "></textarea>", "></button>", "><fieldset disabled>"]),
)
TEXTS = st.text(max_size=20) | st.sampled_from([
    "", " ", "3", "-3.5", "1e308", "1e-400", "9" * 400, "0." + "1" * 900, "on", "a", "a@b", "ltr",
    "http://a", "2026-05-05", "2026-05", "2026-W05", "10:00", "2026-05-05T10:00", "#abcdef",
    "275760-09-13", "0001-01-01", "1970-W01", "\ud800", "a\nb", "-0",
])


@given(st.lists(CONTROLS, max_size=8).map("".join),
       st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d", "a.x", "x", "_once"]), TEXTS),
                max_size=8),
       st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.builds(
           upload, st.text(max_size=9), st.text(max_size=9), st.integers(0, 2000))), max_size=3))
def test_every_form_has_a_verdict_on_whatever_is_sent(
    html: str, pairs: list[tuple[str, str]], files: list[Any]
) -> None:
    try:
        found = verdict(html + "<input name=a>", *pairs, files=files)
    except ServerError as error:                     # a data-equal-to="a" where none can be sent
        assert "data-equal-to" in error.detail
        return
    assert not set(found.values) & set(found.faults)
    for name, fault in found.faults.items():
        assert fault.control.name == name
    sentences = [*(fault.sentence for fault in found.faults.values()), *found.general]
    assert all(sentence == "x" or sentence[0] == sentence[0].upper() and sentence[-1] == "."
               for sentence in sentences)
    assert found.fits is (not sentences)


def test_values_and_faults_are_in_the_order_of_the_form() -> None:
    html = "".join(f"<input name={name} required>" for name in "zaybxc")
    assert [*verdict(html, *[(name, "1") for name in "abcxyz"]).values] == [*"zaybxc"]
    assert [*verdict(html, ("b", "1")).faults] == [*"zayxc"]
    html = ("<input name=b data-equal-to=a><input name=a><input name=c required>"
            "<input name=d data-equal-to=a>")
    assert [*verdict(html, ("a", "1")).faults] == [*"bcd"]


def test_unknown_fields_do_not_exist() -> None:
    assert verdict("<input name=a>", ("a", "1"), ("b", "2")).values == {"a": "1"}


def test_a_form_without_controls_takes_everything() -> None:
    assert verdict("", ("a", "1")).fits


def test_novalidate_switches_nothing_off() -> None:
    html = "<input name=n type=number><button name=b formnovalidate>"
    assert verdict(html, ("n", "x"), ("b", "")).faults["n"].kind == "type"


@pytest.mark.parametrize("name", ["é", "e&#x301;", "a&#13;b"])
def test_a_name_is_what_browsers_and_the_request_make_of_it(name: str) -> None:
    sent = "a\nb" if "13" in name else "é"
    assert verdict(f"<input name='{name}' required>", (sent, "1")).values == {sent: "1"}


def test_buttons_of_one_name_in_two_normal_forms_are_one_group() -> None:
    html = "<input type=radio name='é' value=1><input type=radio name='e&#x301;' value=2 required>"
    assert verdict(html, ("é", "2")).values == {"é": "2"}


@pytest.mark.parametrize("a, b, fits", [
    ("x", "x", True), ("x", "y", False), ("", "", True), ("x", "", False), (" x", "x", False),
])
def test_a_repeated_password_is_the_same(a: str, b: str, fits: bool) -> None:
    html = "<input type=password name=a><input type=password name=b data-equal-to=a>"
    assert verdict(html, ("a", a), ("b", b)).fits is fits


def test_a_field_is_not_compared_with_one_that_is_wrong_itself() -> None:
    html = "<input type=email name=a><input type=email name=b data-equal-to=a>"
    assert [*verdict(html, ("a", "x"), ("b", "a@b")).faults] == ["a"]


def test_equal_values_may_be_written_differently() -> None:
    html = "<input type=number name=a><input type=number name=b data-equal-to=a>"
    assert verdict(html, ("a", "10"), ("b", "1e1")).fits


def test_to_be_equal_to_nothing_is_the_fault_of_the_site() -> None:
    with pytest.raises(ServerError) as caught:
        verdict("<input name=a data-equal-to=b>", ("a", "1"))
    assert "has to be equal to 'b'" in caught.value.detail


@pytest.mark.parametrize("html, expected", [
    ("<input name=a pattern='[0-9]{4}' data-equal-to=b><input name=b>", ""),
    (r"<input name=a pattern='(x)\1'>", "The pattern of the field 'a' cannot be enforced"),
    ("<input name=a pattern='['>", "The pattern of the field 'a' cannot be enforced"),
    ("<input name=a data-equal-to=b>", "has to be equal to 'b'"),
    ("<input type=file name=a data-max-size='2 apples'>", "'2 apples', which is no size"),
    ("<input type=file name=a data-max-size='2 MiB' accept='.pdf'>", ""),
    ("<input type=file name=a accept='pdf'>", "which names no kind of file"),
    ("<input type=file name=a accept=''>", ""),
])
def test_the_author_is_told_what_cannot_be_enforced(html: str, expected: str) -> None:
    found = promises.broken(form(html))
    assert found == [] if not expected else len(found) == 1 and expected in found[0]


def test_what_a_visitor_cannot_see_is_said_of_the_whole_form() -> None:
    found = verdict("<input type=hidden name=a value=1><button name=b value=1></button>",
                    ("a", "2"), ("b", "2"))
    assert not found.faults and len(found.general) == 2


def twenty() -> tuple[str, list[tuple[str, str]]]:
    """A form of twenty fields of all kinds, and what fits it."""
    kinds = [("text", "Ann"), ("email", "ann@example.org"), ("number", "7"), ("date", "2026-12-01"),
             ("time", "14:30"), ("url", "https://example.org/"), ("tel", "030 123"),
             ("checkbox", "on"), ("range", "50"), ("month", "2026-12")]
    html = "".join(
        f"<label>Field {number} <input name=f{number} type={kind} required maxlength=50></label>"
        for number, (kind, _) in enumerate(kinds * 2))
    return html, [(f"f{number}", text) for number, (_, text) in enumerate(kinds * 2)]


@pytest.mark.parametrize("wrong", [False, True])
def test_twenty_fields_take_less_than_three_milliseconds(wrong: bool) -> None:
    html, pairs = twenty()
    found = form(html)
    fields = MultiDict([(name, "\n" if wrong else text) for name, text in pairs])
    best = 1.0
    for _ in range(10):
        begun = time.process_time()
        result = validity.check(found, fields, NONE, None)
        best = min(best, time.process_time() - begun)
        assert len(result.faults) == (20 if wrong else 0)
    assert best < 0.003


MANY: list[tuple[str, Callable[[int], tuple[str, list[tuple[str, str]]]]]] = [
    ("fields of many names", lambda size: (
        "".join(f"<input name=n{at} required>" for at in range(size)), [])),
    ("checkboxes of one name", lambda size: (
        "".join(f"<input type=checkbox name=n value={at}>" for at in range(size)),
        [("n", str(at)) for at in range(size)])),
    ("radio buttons of one name", lambda size: (
        "".join(f"<input type=radio name=n value={at}>" for at in range(size)), [("n", "x")])),
    ("groups of radio buttons", lambda size: (
        "".join(f"<input type=radio name=n{at} required>" for at in range(size)), [])),
    ("options", lambda size: (
        "<select multiple name=n>" + "".join(f"<option>{at}" for at in range(size)) + "</select>",
        [("n", str(at)) for at in range(size)])),
    ("texts of one name", lambda size: (
        "<input name=n>" * size, [("n", "x")] * size)),
    ("controls of all types and one name", lambda size: (
        "<input name=n><input type=checkbox name=n><input type=radio name=n value=r>" * (size // 3),
        [("n", "on")] * size)),
    ("fields of one name too many", lambda size: ("<input name=n>", [("n", "x")] * size)),
    ("addresses", lambda size: (
        "<input name=n type=email multiple maxlength=9999999>", [("n", "a@b," * size + "a@b")])),
    ("buttons of one name", lambda size: (
        "".join(f"<button name=n value={at}>x</button>" for at in range(size)), [("n", "x")])),
]


@pytest.mark.parametrize("make", [make for _, make in MANY], ids=[name for name, _ in MANY])
def test_checking_takes_linear_time(
    make: Callable[[int], tuple[str, list[tuple[str, str]]]], grows_linearly: Callable[..., None]
) -> None:
    def made(size: int) -> object:
        html, pairs = make(size)
        return form(html), MultiDict(pairs)

    def work(data: Any) -> None:
        validity.check(*data, NONE, None)

    grows_linearly(work, made, 3000)
