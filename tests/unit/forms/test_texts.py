"""Texts of one line and of several, addresses, passwords, colours and hidden values."""
from __future__ import annotations

import pytest

from chapbook.errors import ServerError
from tests.support.filled import fault, value, verdict

LINES = ["text", "search", "tel", "url", "email", "password"]
TITLED = '<input name=n pattern="[0-9]{4}" title="four digits">'
LONG = "x" * 65_537


@pytest.mark.parametrize("html, text, expected", [
    ("<input name=n>", " Ann \u3000", "Ann"), ("<input name=n>", "a\tb", "a\tb"),
    ("<input name=n data-keep-space>", " Ann ", " Ann "),
    ("<input name=n type=password>", " secret ", " secret "),
    ("<input name=n type=nonsense>", "a", "a"), ("<input name=n type=search>", " a", "a"),
    ("<input name=n type=tel>", "+49 30 ", "+49 30"),
    ("<textarea name=n></textarea>", "\n a\nb \n", "a\nb"),
    ("<textarea name=n data-keep-space></textarea>", "\n a\n", "\n a\n"),
    ("<input name=n type=email>", " a@b\t", "a@b"),
    ("<input name=n type=url>", " http://x ", "http://x"),
    ("<input name=n type=email multiple>", "a@b , c@d", ["a@b", "c@d"]),
    ("<input name=n type=email multiple>", "a@b", ["a@b"]),
    ("<input name=n type=email multiple>", " ", []),
    ("<input name=n type=color>", "#B03A2E", "#b03a2e"),
    ("<input name=n type=hidden value=' x '>", " x ", " x "),
    ("<input name=n type=hidden>", "", ""),
])
def test_the_handler_gets_the_clean_text(html: str, text: str, expected: object) -> None:
    assert value(html, text) == expected


@pytest.mark.parametrize("html", [
    *(f"<input name=n type={kind}>" for kind in LINES), "<textarea name=n></textarea>"])
def test_a_text_that_is_left_empty_is_none(html: str) -> None:
    assert value(html, "") is None
    assert value(html) is None


@pytest.mark.parametrize("html", [
    *(f"<input name=n type={kind} required>" for kind in LINES),
    "<textarea name=n required></textarea>", "<input name=n type=email multiple required>",
    "<input name=n type=color>",
])
def test_what_is_required_must_be_there(html: str) -> None:
    assert fault(html, "") == "required"
    assert fault(html) == "required"


@pytest.mark.parametrize("html", [
    "<input name=n required>", "<textarea name=n required></textarea>",
    "<input name=n type=email required>", "<input name=n type=tel required minlength=1>",
])
@pytest.mark.parametrize("text", [" ", "\t \t"])
def test_white_space_is_not_what_is_required(html: str, text: str) -> None:
    assert fault(html, text) == "required"


def test_a_password_may_be_of_spaces() -> None:
    assert value("<input name=n type=password required minlength=3>", "   ") == "   "


@pytest.mark.parametrize("kind", [*LINES, "number", "date", "color", "range", "time"])
@pytest.mark.parametrize("text", ["a\nb", "\n", "1\n", "\n1"])
def test_a_control_of_one_line_takes_no_line_ends(kind: str, text: str) -> None:
    assert fault(f"<input name=n type={kind}>", text) == "type"


@pytest.mark.parametrize("html, text, kind", [
    ("<input name=n maxlength=3>", "abcd", "maxlength"), ("<input name=n maxlength=3>", "abc", ""),
    ("<input name=n maxlength=3>", " abc ", ""), ("<input name=n maxlength=0>", "a", "maxlength"),
    ("<input name=n maxlength=3>", "\U0001f600\U0001f600", "maxlength"),
    ("<input name=n maxlength=4>", "\U0001f600\U0001f600", ""),
    ("<input name=n maxlength=-3>", "abcd", ""), ("<input name=n maxlength=x>", "abcd", ""),
    ("<input name=n maxlength='3px'>", "abcd", "maxlength"),
    ("<input name=n minlength=3>", "ab", "minlength"), ("<input name=n minlength=3>", "abc", ""),
    ("<input name=n minlength=3>", "", ""), ("<input name=n minlength=3>", "  a  ", "minlength"),
    ("<textarea name=n maxlength=3></textarea>", "a\nbc", "maxlength"),
    ("<textarea name=n maxlength=3></textarea>", "a\nb", ""),
    ("<textarea name=n minlength=3></textarea>", "ab", "minlength"),
    ("<textarea name=n maxlength=9 wrap=hard cols=5></textarea>", "aaaaa\naaaa", ""),
    ("<textarea name=n maxlength=8 wrap=hard cols=5></textarea>", "aaaaa\naaaa", "maxlength"),
    ("<input name=n type=email multiple maxlength=7>", "a@b, c@d", ""),
    ("<input name=n type=email multiple maxlength=6>", "a@b, c@d", "maxlength"),
    ("<input name=n type=color maxlength=1>", "#000000", ""),
    ("<input name=n maxlength=2 value=abc>", "abc", ""),
    ("<input name=n minlength=5 value=abc>", "abc", ""),
    ("<input name=n minlength=5 value=abc>", "abcd", "minlength"),
    ("<textarea name=n minlength=5>\n abc</textarea>", " abc", ""),
    ("<input name=n>", LONG, "maxlength"), ("<input name=n>", LONG[1:], ""),
    ("<input name=n type=url>", f"http://{LONG}", "maxlength"),
    ("<input name=n maxlength=70000>", LONG, ""),
    ("<textarea name=n></textarea>", LONG, ""),
])
def test_lengths_are_those_of_the_text_that_the_handler_gets(
    html: str, text: str, kind: str
) -> None:
    assert fault(html, text) == kind


@pytest.mark.parametrize("html, text, kind", [
    (TITLED, "1234", ""), (TITLED, "12345", "pattern"), (TITLED, "", ""), (TITLED, " 1234 ", ""),
    ('<input name=n pattern="">', "a", "pattern"), ('<input name=n pattern="[">', "a", ""),
    ("<input name=n pattern=a|b>", "ab", "pattern"),
    ("<input name=n type=tel pattern=a>", "b", "pattern"),
    ("<input name=n type=password pattern=a>", "b", "pattern"),
    ("<input name=n type=search pattern=a>", "b", "pattern"),
    ("<input name=n type=url pattern=a>", "http://b", "pattern"),
    ("<input name=n type=email pattern=a.*>", "b@c", "pattern"),
    ("<input name=n type=email multiple pattern=a.*>", "a@b, ac@d", ""),
    ("<input name=n type=email multiple pattern=a.*>", "a@b, c@d", "pattern"),
    ("<textarea name=n pattern=a></textarea>", "b", ""),
    ("<input name=n type=color pattern=a>", "#000000", ""),
])
def test_a_pattern_is_for_the_whole_of_a_line(html: str, text: str, kind: str) -> None:
    assert fault(html, text) == kind


def test_a_pattern_that_only_browsers_enforce_is_the_fault_of_the_site() -> None:
    with pytest.raises(ServerError) as caught:
        verdict(r'<input name=n pattern="(a)\1">', ("n", "aa"))
    assert "The pattern of the field 'n' cannot be enforced" in caught.value.detail


@pytest.mark.parametrize("html, text, kind", [
    ("<input name=n type=email>", "a", "type"), ("<input name=n type=email>", "a@b,c@d", "type"),
    ("<input name=n type=email>", "\xa0a@b", "type"),
    ("<input name=n type=email>", "a b@c", "type"),
    ("<input name=n type=email multiple>", "a@b,", "type"),
    ("<input name=n type=email multiple>", ",", "type"),
    ("<input name=n type=email multiple required>", " , ", "type"),
    ("<input name=n type=url>", "x", "type"), ("<input name=n type=url>", "http:", "type"),
    ("<input name=n type=url>", "mailto:a@b", ""),
    ("<input name=n type=color>", "red", "type"), ("<input name=n type=color>", "#abc", "type"),
])
def test_addresses_and_colors_are_those_of_the_standard(html: str, text: str, kind: str) -> None:
    assert fault(html, text) == kind


@pytest.mark.parametrize("html, text, kind", [
    ("<input name=n type=hidden value=1>", "1", ""),
    ("<input name=n type=hidden value=1>", "2", "general"),
    ("<input name=n type=hidden value=1 required>", "", "general"),
    ("<input name=n type=hidden value='a\n b'>", "a\n b", ""),
    ("<input name=n type=hidden value='a&#13;&#10;b'>", "a\nb", ""),
    ("<input name=n type=hidden value='e&#x301;'>", "é", ""),
    ("<input name=n readonly value=' a '>", " a ", ""),
    ("<input name=n readonly value=a>", "b", "changed"),
    ("<input name=n readonly value=a>", "", "changed"),
    ("<input name=n readonly required>", "", ""),
    ("<input name=n readonly value=abcd maxlength=2 pattern=x>", "abcd", ""),
    ("<input name=n readonly value='a&#10;b'>", "ab", ""),
    ("<input name=n type=email readonly value=' x '>", "x", ""),
    ("<input name=n type=email readonly multiple value='a@b, c@d'>", "a@b,c@d", ""),
    ("<textarea name=n readonly>\na\r\nb</textarea>", "a\nb", ""),
    ("<textarea name=n readonly>a</textarea>", "b", "changed"),
    ("<textarea name=n readonly wrap=hard cols=5>aaa bbb</textarea>", "aaa\nbbb", ""),
    ("<textarea name=n readonly wrap=hard cols=5>aaaaabb</textarea>", "aaaaa\nbb", ""),
    ("<input name=n type=color readonly value=#000000>", "#ffffff", ""),
])
def test_what_the_visitor_cannot_change_must_come_back_as_it_was(
    html: str, text: str, kind: str
) -> None:
    assert fault(html, text) == kind


@pytest.mark.parametrize("html", ["<input name=n type=hidden>", "<input name=n readonly value=a>"])
def test_what_browsers_always_send_must_be_there(html: str) -> None:
    assert fault(html) != ""


def test_a_hidden_charset_is_that_of_the_site() -> None:
    found = verdict("<input type=hidden name=_Charset_ value=x>", ("_Charset_", "UTF-8"))
    assert found.fits and found.values == {"_Charset_": "UTF-8"}


@pytest.mark.parametrize("html", [
    "<input name=n disabled required>", "<fieldset disabled><input name=n required></fieldset>",
    "<datalist><input name=n required></datalist>", "<input type=button name=n required>",
    "<input type=reset name=n>", "<button type=button name=n></button>", "<input required>",
    "<input type=hidden name=_once value=1>",
])
def test_what_browsers_never_send_does_not_exist(html: str) -> None:
    found = verdict(html, ("n", "x"), ("_once", "x"))
    assert found.fits and found.values == {}


def test_the_direction_of_a_text_is_a_value() -> None:
    html = "<input name=n dirname=n.dir>"
    assert verdict(html, ("n", "a"), ("n.dir", "rtl")).values == {"n": "a", "n.dir": "rtl"}
    assert verdict(html, ("n", "a")).values == {"n": "a", "n.dir": None}
    assert verdict(html, ("n", "a"), ("n.dir", "up")).general
    assert verdict(html, ("n", "a"), ("n.dir", "ltr"), ("n.dir", "ltr")).general
