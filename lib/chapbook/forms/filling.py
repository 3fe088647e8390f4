"""What a visitor has sent, put back into the controls of the form's page."""
from __future__ import annotations

from . import choices, groups, microsyntax, numbers
from .edits import content
from .microsyntax import normal
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..multidict import MultiDict
    from .edits import Edits
    from .markup import Control, Form, Option

# Never filled in: secrets, files, and what the visitor could not change.
_LEFT_ALONE = frozenset({"hidden", "password", "file", "submit"})
_NOT_SENT = frozenset({"file", "submit", "image", "reset", "button"})
# What a text field may not have, and what another keyboard would be for.
_OF_THE_TYPE = ("min", "max", "step", "alpha", "colorspace")
_KEYBOARDS = {"number": "decimal", "range": "decimal", "url": "url"}
_URL_LETTERS = frozenset("-._~:/?#@!$&'()*+,;=%")
_HEX = frozenset("0123456789abcdefABCDEF")


def fill(edits: Edits, form: Form, fields: MultiDict[str]) -> None:
    """Give the controls of a form the values that were sent, in place of their own.

    A text that did not come at all keeps its own value, since browsers send even an empty one; of
    checkboxes, radio buttons and lists of several, what did not come is what was not chosen. What
    is there already is not written again.
    """
    named: dict[str, list[Control]] = {}
    for control in form.controls:
        if control.name and not control.disabled and not control.in_datalist and (
            control.type not in _NOT_SENT
        ):
            named.setdefault(normal(control.name), []).append(control)
    for name, controls in named.items():
        sent = fields.all(name)
        of_choice = [control.type in choices.TYPES for control in controls]
        if any(of_choice) and len(controls) > 1 and len({each.type for each in controls}) > 1:
            for control, share in _shares(controls, sent):
                _fill_one(edits, control, share)
        elif controls[0].type in _COUNTED:
            _choose(edits, controls, sent)
        else:
            for number, control in enumerate(controls):
                _fill_one(edits, control, sent[number:number + 1])


_COUNTED = frozenset({"checkbox", "radio", "select-multiple"})


def _shares(controls: list[Control], sent: list[str]) -> list[tuple[Control, list[str]]]:
    """What each of several controls of different types has sent under the name that they share."""
    found: list[tuple[Control, list[str]]] = []
    try:
        for control, share, _ in groups.shares(controls, sent, []):
            found.append((control, share))
    except Refused:
        pass                                  # values were left over
    return found


def _fill_one(edits: Edits, control: Control, sent: list[str]) -> None:
    """Fill in one control from its own share of what was sent."""
    if control.type in _COUNTED:
        _choose(edits, [control], sent)
    elif sent and not control.readonly and control.type not in _LEFT_ALONE:
        if control.type == "select-one":
            _select(edits, control, sent[0])
        elif control.type == "textarea":
            _write(edits, control, sent[0])
        elif sent[0] != normal(control.default):
            _enter(edits, control, sent[0])


def _choose(edits: Edits, controls: list[Control], sent: list[str]) -> None:
    """Mark what was chosen, each value as often as it came."""
    left: dict[str, int] = {}
    for value in sent:
        left[value] = left.get(value, 0) + 1
    for control in controls:
        for place, own, disabled, name in _places(control):
            own = normal(own)
            chosen = not disabled and left.get(own, 0) > 0
            if chosen:
                left[own] -= 1
            _mark(edits, place, name, chosen)


def _places(control: Control) -> list[tuple[Control | Option, str, bool, str]]:
    """What can be chosen: where, the value, whether it is disabled, and the attribute for it."""
    if control.element == "select":
        return [(each, each.value, each.disabled, "selected") for each in control.options]
    return [(control, control.attributes.get("value", "on"), False, "checked")]


def _mark(edits: Edits, place: Control | Option, name: str, chosen: bool) -> None:
    if not chosen:
        edits.remove(place.tag, name)
    elif name not in place.tag.attributes:
        edits.set(place.tag, name)


def _select(edits: Edits, control: Control, value: str) -> None:
    """Choose an option by its value; where there is none, the list stays as it was."""
    chosen = next((option for option in control.options
                   if not option.disabled and normal(option.value) == value), None)
    if chosen is None:
        return
    marked = [option for option in control.options if option.selected]
    if not marked and control.attributes.get("size", "1").strip() in ("", "0", "1"):
        marked = [option for option in control.options if not option.disabled][:1]
    if marked[-1:] != [chosen]:
        for option in control.options:
            _mark(edits, option, "selected", option is chosen)


def _write(edits: Edits, control: Control, value: str) -> None:
    """Put a text into a textarea, of which the first line break does not count."""
    assert control.content is not None
    if value != normal(control.default):
        start, stop = control.content
        begins = "\n" if edits.text[start:start + 1] in ("\n", "\r") or value[:1] == "\n" else ""
        edits.replace(start, stop, begins + content(value))


def _enter(edits: Edits, control: Control, value: str) -> None:
    """Put a text into a single line, a number, a date and the like.

    A value that is none of its type a browser would not show, and an HTML checker would refuse. So
    that it can be put right, it stands in a field for text instead.
    """
    tag = control.tag
    if value[:2] == "-." and control.type in ("number", "range"):
        value = f"-0{value[1:]}"              # the Nu checker takes -.5 for no number
    edits.set(tag, "value", value.replace("\n", " "))
    if value and not is_shown(control.type, value):
        edits.set(tag, "type", "text")
        for name in _OF_THE_TYPE:
            edits.remove(tag, name)
        if control.type in _KEYBOARDS and "inputmode" not in tag.attributes:
            edits.set(tag, "inputmode", _KEYBOARDS[control.type])
    elif control.type in numbers.TYPES and numbers.moves_steps(control, value):
        edits.set(tag, "step", "any")         # the server still asks for the author's steps


def is_shown(kind: str, value: str) -> bool:
    """Whether a browser shows this value in an input of this type, and HTML allows it there."""
    if kind == "color":
        return microsyntax.color(value) is not None
    if kind == "url":
        return _is_plain_url(value)
    parser = microsyntax.PARSERS.get(kind)
    return parser is None or parser(value) is not None


def _is_plain_url(value: str) -> bool:
    """Whether this is a URL without what only the parsers of browsers forgive."""
    from . import address

    host = value.partition("//")[2].partition("/")[0]
    escapes = value.split("%")[1:]
    return (
        "@" not in host and value.count("#") < 2 and address.is_url(value)
        and all(letter in _URL_LETTERS or letter.isalnum() for letter in value)
        and all(len(each) > 1 and _HEX.issuperset(each[:2]) for each in escapes)
    )
