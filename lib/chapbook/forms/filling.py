"""What a visitor has sent, put back into the controls of the form's page."""
from __future__ import annotations

from . import microsyntax
from .edits import content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..multidict import MultiDict
    from .edits import Edits
    from .markup import Control, Form, Option

# Never filled in: secrets, files, what the visitor could not change, and buttons.
_LEFT_ALONE = frozenset({"hidden", "password", "file", "submit", "image", "reset", "button"})
_CHOICES = frozenset({"checkbox", "radio", "select-multiple"})
_NOT_SENT = frozenset({"file", "submit", "image", "reset", "button"})
# What a text field may not have, and what another keyboard would be for.
_OF_THE_TYPE = ("min", "max", "step", "alpha", "colorspace")
_KEYBOARDS = {"number": "decimal", "range": "decimal", "url": "url"}
_URL_LETTERS = frozenset("-._~:/?#@!$&'()*+,;=%")


class _Sent:
    """The values that came by one name, dealt out to its controls in the order of the page."""

    def __init__(self, values: list[str]) -> None:
        self._values = values
        self._next = 0
        self._left: dict[str, int] = {}
        for value in values:
            self._left[value] = self._left.get(value, 0) + 1

    def next(self) -> str | None:
        """The value of the next control that always sends one; None where too few came."""
        self._next += 1
        return self._values[self._next - 1] if self._next <= len(self._values) else None

    def takes(self, value: str) -> bool:
        """Whether a choice of this value was made, each as often as it came."""
        left = self._left.get(value, 0)
        self._left[value] = left - 1
        return left > 0


def fill(edits: Edits, form: Form, fields: MultiDict[str]) -> None:
    """Give the controls of a form the values that were sent, in place of their own.

    A text that did not come at all keeps its own value, since browsers send even an empty one; of
    checkboxes, radio buttons and lists of several, what did not come is what was not chosen. What
    is there already is not written again.
    """
    known: dict[str, _Sent] = {}
    for control in form.controls:
        if not control.name or control.disabled or control.in_datalist or control.type in _NOT_SENT:
            continue
        sent = known.get(control.name)
        if sent is None:
            sent = known[control.name] = _Sent(fields.all(control.name))
        if control.type == "select-multiple":
            for option in control.options:
                chosen = not option.disabled and sent.takes(option.value)
                _mark(edits, option, "selected", option.selected, chosen)
        elif control.type in _CHOICES:
            chosen = sent.takes(control.attributes.get("value", "on"))
            _mark(edits, control, "checked", "checked" in control.attributes, chosen)
        else:
            value = sent.next()
            if value is None or control.readonly or control.type in _LEFT_ALONE:
                continue
            if control.type == "select-one":
                _select(edits, control, value)
            elif control.type == "textarea":
                _write(edits, control, value)
            elif value != control.default:
                _enter(edits, control, value)


def _mark(edits: Edits, place: Control | Option, name: str, now: bool, chosen: bool) -> None:
    if chosen and not now:
        edits.set(place.tag, name)
    elif now and not chosen:
        edits.remove(place.tag, name)


def _select(edits: Edits, control: Control, value: str) -> None:
    """Choose an option by its value; where there is none, the list stays as it was."""
    chosen = next((option for option in control.options
                   if not option.disabled and option.value == value), None)
    if chosen is None:
        return
    marked = [option for option in control.options if option.selected]
    if not marked and control.attributes.get("size", "1").strip() in ("", "0", "1"):
        marked = [option for option in control.options if not option.disabled][:1]
    if marked[-1:] != [chosen]:
        for option in control.options:
            _mark(edits, option, "selected", option.selected, option is chosen)


def _write(edits: Edits, control: Control, value: str) -> None:
    """Put a text into a textarea, of which the first line break does not count."""
    assert control.content is not None
    if value != control.default:
        start, stop = control.content
        begins = "\n" if edits.text[start:start + 1] in ("\n", "\r") or value[:1] == "\n" else ""
        edits.replace(start, stop, begins + content(value))


def _enter(edits: Edits, control: Control, value: str) -> None:
    """Put a text into a single line, a number, a date and the like.

    A value that is none of its type a browser would not show, and an HTML checker would refuse. So
    that it can be put right, it stands in a field for text instead.
    """
    tag = control.tag
    edits.set(tag, "value", value.replace("\n", " "))
    if value and not is_shown(control.type, value):
        edits.set(tag, "type", "text")
        for name in _OF_THE_TYPE:
            edits.remove(tag, name)
        if control.type in _KEYBOARDS and "inputmode" not in tag.attributes:
            edits.set(tag, "inputmode", _KEYBOARDS[control.type])


def is_shown(kind: str, value: str) -> bool:
    """Whether a browser shows this value in an input of this type, and HTML allows it there."""
    if kind == "color":
        return microsyntax.color(value) is not None
    if kind == "url":
        from . import address

        letters = all(letter in _URL_LETTERS or letter.isalnum() for letter in value)
        return letters and address.is_url(value)
    parser = microsyntax.PARSERS.get(kind)
    return parser is None or parser(value) is not None
