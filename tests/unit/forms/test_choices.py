"""Checkboxes, radio buttons, selects and buttons take what the page offers, and no more."""
from __future__ import annotations

import pytest

from tests.support.filled import fault, value, verdict

ONE = ("<select name=n {}><option value=''>choose<option>A<option value=b>B<option disabled>C"
       "</select>")
MANY = "<select name=n multiple {}><option>A<option>B<option>B<option disabled>C</select>"
BOXES = "<input type=checkbox name=n value=a><input type=checkbox name=n value=b {}>"
RADIOS = "<input type=radio name=n value=a {}><input type=radio name=n value=b {}>"
BUTTONS = ("<button name=n value=save>Save</button><input type=submit name=n value=drop>"
           "<button name=other value=1></button>")


@pytest.mark.parametrize("html, sent, expected", [
    ("<input type=checkbox name=n>", ["on"], True), ("<input type=checkbox name=n>", [], False),
    ("<input type=checkbox name=n checked>", [], False),
    ("<input type=checkbox name=n value=yes>", ["yes"], "yes"),
    ("<input type=checkbox name=n value=yes>", [], None),
    ("<input type=checkbox name=n value=''>", [""], ""),
    (BOXES, [], []), (BOXES, ["b"], ["b"]), (BOXES, ["a", "b"], ["a", "b"]),
    ("<input type=checkbox name=n><input type=checkbox name=n>", ["on", "on"], ["on", "on"]),
    (RADIOS, ["b"], "b"), (RADIOS, [], None), ("<input type=radio name=n>", ["on"], "on"),
    ("<input type=radio name=n value=''>", [""], ""),
    (ONE, ["A"], "A"), (ONE, ["b"], "b"), (ONE, [""], None), (ONE, [], None),
    ("<select name=n><option> a \n b </select>", ["a b"], "a b"),
    ("<select name=n><option value='e&#x301;'>x</select>", ["é"], "é"),
    (MANY, [], []), (MANY, ["A"], ["A"]), (MANY, ["A", "B", "B"], ["A", "B", "B"]),
    (BUTTONS, ["save"], "save"), (BUTTONS, ["drop"], "drop"), (BUTTONS, [], None),
    ("<button name=n></button>", [""], ""),
])
def test_the_handler_gets_what_was_chosen(html: str, sent: list[str], expected: object) -> None:
    got = value(html, *sent)
    assert got == expected and type(got) is type(expected)


@pytest.mark.parametrize("html, sent", [
    ("<input type=checkbox name=n>", ["yes"]), ("<input type=checkbox name=n value=yes>", ["on"]),
    ("<input type=checkbox name=n value=yes>", [""]), (BOXES, ["c"]), (BOXES, ["a", ""]),
    (RADIOS, ["c"]), (RADIOS, [""]), (RADIOS.format("disabled", ""), ["a"]),
    (ONE, ["C"]), (ONE, ["B"]), (ONE, ["A "]), (MANY, ["C"]), (MANY, ["A", ""]),
    ("<select name=n></select>", [""]),
    ("<select name=n><optgroup disabled><option>A</optgroup><option>B</select>", ["A"]),
])
def test_what_the_page_does_not_offer_is_refused(html: str, sent: list[str]) -> None:
    assert fault(html, *sent) == "options"


@pytest.mark.parametrize("html, sent", [
    ("<input type=checkbox name=n>", ["on", "on"]), (BOXES, ["a", "a"]), (RADIOS, ["a", "b"]),
    (ONE, ["A", "b"]), (MANY, ["A", "A"]), (MANY, ["B"] * 3), (BUTTONS, ["save", "drop"]),
    (BUTTONS, ["none"]), ("<input name=n>", ["a", "a"]), ("<textarea name=n></textarea>", ["", ""]),
    ("<input name=n type=number>", ["1", "1"]), ("<input name=n type=hidden>", ["", ""]),
    ("<input name=n><input name=n>", ["a", "b", "c"]),
    ("<input type=hidden name=n value=0><input type=checkbox name=n value=1>", ["0", "1", "1"]),
])
def test_what_is_sent_more_often_than_the_page_has_it_is_refused(
    html: str, sent: list[str]
) -> None:
    assert fault(html, *sent) == "general"


REQUIRED = [
    ("<input type=checkbox name=n required>", [], "required"),
    ("<input type=checkbox name=n required readonly>", [], ""),
    (BOXES.format("required"), ["a"], "required"), (BOXES.format("required"), ["b"], ""),
    ("<input type=checkbox name=n required><input type=checkbox name=n>", ["on"], ""),
    ("<input type=checkbox name=n required><input type=checkbox name=n required>", ["on"],
     "required"),
    (RADIOS.format("required", ""), [], "required"),
    (RADIOS.format("", "required"), [], "required"),
    (RADIOS.format("required", ""), ["b"], ""),
    (RADIOS.format("required disabled", ""), [], "required"),
    (RADIOS.format("required disabled checked", ""), [], ""),
    (RADIOS.format("required readonly", ""), [], "required"),
    (RADIOS.format("required readonly", "readonly"), [], ""),
    ("<datalist><input type=radio name=n required></datalist><input type=radio name=n>", [],
     "required"),
    (ONE.format("required"), [""], "required"), (ONE.format("required"), [], "required"),
    (ONE.format("required"), ["A"], ""), (ONE.format("required size=2"), [""], ""),
    (ONE.format("required size=2"), [], "required"),
    (ONE.format("required size=0"), [""], "required"),
    (ONE.format("required readonly"), [""], "required"),
    ("<select name=n required><option value=x>X<option value=''>none</select>", [""], ""),
    ("<select name=n required><option value=''>X<option value=''>none</select>", [""], ""),
    ("<select name=n required><option value='' disabled selected>X<option>A</select>", [],
     "required"),
    ("<select name=n required><option value=x disabled selected>X<option>A</select>", [], ""),
    ("<select name=n required><optgroup><option value=''>X</optgroup><option>A</select>", [""], ""),
    ("<select name=n required><optgroup></optgroup><option value=''>X<option>A</select>", [""],
     "required"),
    ("<select name=n required></select>", [], "required"),
    (MANY.format("required"), [], "required"), (MANY.format("required"), ["B"], ""),
    ("<select name=n multiple required><option value=''>A</select>", [""], ""),
    ("<select name=n multiple required><option disabled selected>A</select>", [], ""),
    ("<input type=submit name=n required>", [], ""),
]


@pytest.mark.parametrize("html, sent, kind", REQUIRED)
def test_a_required_choice_is_made_as_browsers_ask_for_it(
    html: str, sent: list[str], kind: str
) -> None:
    assert fault(html, *sent) == kind


@pytest.mark.parametrize("html, sent, expected", [
    ("<input name=n><input name=n type=number>", ["a", "2"], ["a", 2]),
    ("<input name=n><input name=n><input name=n>", ["a", "", "c"], ["a", None, "c"]),
    ("<input name=n><input name=n>", ["a"], ["a", None]),
    ("<input type=hidden name=n value=0><input type=checkbox name=n value=1>", ["0"], ["0"]),
    ("<input type=hidden name=n value=0><input type=checkbox name=n value=1>", ["0", "1"], ["0",
     "1"]),
    ("<input type=checkbox name=n value=1><input type=hidden name=n value=1>", ["1"], ["1"]),
    (f"{RADIOS}<input name=n>", ["b", "else"], ["b", "else"]),
    (f"{RADIOS}<input name=n>", ["b"], ["b"]), (f"{RADIOS}<input name=n>", [""], [None]),
    (f"{MANY}<input name=n>", ["A", "B", "C"], ["A", "B", "C"]),
    ("<input type=hidden name=n value=x><button name=n value=y></button>", ["x", "y"], ["x", "y"]),
    (f"{ONE}{ONE}", ["A", ""], ["A", None]),
    (f"{MANY}{ONE}", ["A", "A"], ["A", "A"]), (f"{MANY}{ONE}", ["B", "A"], ["B", "A"]),
])
def test_several_controls_of_one_name_give_a_list_in_their_order(
    html: str, sent: list[str], expected: list[object]
) -> None:
    assert value(html, *sent) == expected


@pytest.mark.parametrize("html, sent, kind", [
    (f"{RADIOS.format('required', '')}<input name=n>", [""], "required"),
    ("<input name=n required><input name=n>", ["", "a"], "required"),
    ("<input name=n><input name=n type=number>", ["a", "b"], "type"),
    ("<input type=checkbox name=n required><input name=n>", ["x"], "required"),
    ("<input type=hidden name=n value=0><input type=checkbox name=n>", ["1", "on"], "general"),
])
def test_each_of_several_controls_of_one_name_is_asked(
    html: str, sent: list[str], kind: str
) -> None:
    assert fault(html, *sent) == kind


def test_an_input_without_value_sends_the_browsers_own_word_for_it() -> None:
    assert value("<input type=submit name=n>", "Envoyer") == "Envoyer"
    assert fault("<input type=submit name=n value=''>", "Envoyer") == "general"
    assert fault("<button name=n>Send</button>", "Envoyer") == "general"


def test_only_one_button_can_be_pressed() -> None:
    found = verdict(BUTTONS, ("n", "save"), ("other", "1"))
    assert found.general == ["The form was sent by two buttons at once. Please press one of them."]
    assert verdict(BUTTONS, ("other", "1")).values == {"n": None, "other": "1"}


def test_an_image_gives_the_point_where_it_was_pressed() -> None:
    html = "<input type=image name=n><input type=image>"
    assert verdict(html, ("n.x", "3"), ("n.y", "0")).values == {
        "n.x": 3, "n.y": 0, "x": None, "y": None}
    assert verdict(html, ("x", "3"), ("y", "-1")).values == {
        "n.x": None, "n.y": None, "x": 3, "y": -1}
    for wrong in ("", "1.5", "x", "1e3", "9" * 30):
        assert verdict(html, ("n.x", wrong), ("n.y", "0")).general
    assert verdict(html, ("n.x", "1"), ("n.x", "1"), ("n.y", "0")).general
