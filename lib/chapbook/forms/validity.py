"""Whether what was sent fits its form: HTML's constraint validation, done by the server.

HTML standard, sections 4.10.5.3 and 4.10.20. A form is a promise about what can be sent: values
that no browser could send from this page are refused like those that a browser would not send.
"""
from __future__ import annotations

from ..errors import ServerError
from . import ONCE, choices, groups, microsyntax, numbers, promises, texts, uploads
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..fields import Upload
    from ..multidict import MultiDict
    from .markup import Control, Form

_SILENT = frozenset({"reset", "button", "image"})
_DIRECTIONS = ("ltr", "rtl")


class Fault:
    """What is wrong with one field: its `kind`, the `sentence` for the visitor, the `control`."""

    def __init__(self, kind: str, sentence: str, control: Control) -> None:
        self.kind = kind
        self.sentence = sentence
        self.control = control

    def __repr__(self) -> str:
        return f"<Fault {self.kind} of {self.control.name!r}: {self.sentence}>"


class Verdict:
    """What a form says of what was sent.

    `values` are the typed values by the names of fields, those that fit; `faults` the first fault
    of each field; `general` sentences about what a visitor cannot see, such as a hidden value that
    is another now. All are in the order of the form.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.faults: dict[str, Fault] = {}
        self.general: list[str] = []

    @property
    def fits(self) -> bool:
        """True where nothing is wrong."""
        return not self.faults and not self.general

    def __repr__(self) -> str:
        return f"<Verdict {self.values!r} {self.faults!r} {self.general!r}>"


def check(
    form: Form, fields: MultiDict[str], files: MultiDict[Upload], pressed: Control | None,
    language: str = "en",
) -> Verdict:
    """Hold what was sent against the form; `pressed` is the button by which it was sent, if any.

    The texts are as `fields.clean` gives them. `novalidate` and `formnovalidate` only concern the
    browser. ServerError where a pattern of the form cannot be enforced here.
    """
    verdict = Verdict()
    named = by_name(form)
    radios = _radios(form)
    for name, controls in named.items():
        try:
            verdict.values[name] = _value(
                controls, fields.all(name), files.all(name), pressed, radios)
        except Refused as refused:
            _note(verdict, name, refused, language)
    for name, controls in named.items():
        try:
            _equal(controls[0], name, named, verdict)
        except Refused as refused:
            _note(verdict, name, refused, language)
    _unnamed(form, named, fields, pressed, verdict, language)
    if len(verdict.faults) > 1:
        verdict.faults = {name: verdict.faults[name] for name in named if name in verdict.faults}
    return verdict


def by_name(form: Form) -> dict[str, list[Control]]:
    """The controls that can be sent, by the names under which they are, in the order of the form.

    Not those that are disabled, or in a datalist, or without a name.
    """
    named: dict[str, list[Control]] = {}
    for control in form.controls:
        if control.name and not control.disabled and not control.in_datalist and (
            control.type not in _SILENT and control.name != ONCE
        ):
            named.setdefault(microsyntax.normal(control.name), []).append(control)
    return named


def _note(verdict: Verdict, name: str, refused: Refused, language: str) -> None:
    from . import wording

    verdict.values.pop(name, None)
    sentence = wording.sentence(refused, language)
    control = refused.control
    unseen = control.type == "hidden" or control.is_submitter or refused.shape == "direction"
    if unseen or refused.kind == "repeated" and refused.shape != "file":
        if sentence not in verdict.general:
            verdict.general.append(sentence)
    else:
        verdict.faults[name] = Fault(refused.kind, sentence, control)


def _value(
    controls: list[Control], sent: list[str], sent_files: list[Upload], pressed: Control | None,
    radios: dict[str, list[Control]],
) -> Any:
    """The typed value of a name; Refused where what was sent does not fit."""
    first = controls[0]
    kinds = {control.type for control in controls}
    if sent_files and "file" not in kinds:
        raise Refused(first, "type", "file")
    if len(controls) == 1:
        return _single(first, sent, sent_files, pressed, radios)
    if kinds == {"checkbox"}:
        return choices.checkboxes(controls, sent)
    if kinds == {"radio"}:
        return choices.radio(controls, sent, radios[first.name])
    if kinds == {"submit"}:
        return choices.button(controls, sent, pressed)
    values = []
    for control, share, files in groups.shares(controls, sent, sent_files):
        value = _single(control, share, files, pressed, {})
        if control.type == "file":
            values += value if isinstance(value, list) else [value]
        elif control.type in choices.TYPES and control.type != "select-one":
            values += share
        else:
            values.append(value)
    buttons = [each for each in controls if each.type == "radio"]
    if buttons and not {choices.values(each)[0] for each in buttons} & set(sent):
        choices.radio(buttons, [], radios[buttons[0].name])
    return values


def _single(
    control: Control, sent: list[str], files: list[Upload], pressed: Control | None,
    radios: dict[str, list[Control]],
) -> Any:
    """The typed value of one control from its own share of what was sent."""
    kind = control.type
    barred = "readonly" in control.attributes
    if kind == "file":
        if any(sent):
            raise Refused(control, "type", "upload")
        return uploads.typed(control, files, barred)
    if kind == "checkbox":
        return choices.checkbox(control, sent, barred)
    if kind == "radio":
        return choices.radio([control], sent, radios.get(control.name, []))
    if kind == "submit":
        return choices.button([control], sent, pressed)
    if kind == "select-one":
        return choices.select_one(control, sent)
    if kind == "select-multiple":
        return choices.select_multiple(control, sent)
    if len(sent) > 1:
        raise Refused(control, "repeated")
    if kind == "hidden":
        return _hidden(control, sent)
    return _filled_in(control, sent, barred)


def _hidden(control: Control, sent: list[str]) -> str:
    expected = microsyntax.normal(control.default)
    if control.name.lower() == "_charset_":
        expected = "UTF-8"
    if sent != [expected]:
        raise Refused(control, "changed", "hidden")
    return expected


def _filled_in(control: Control, sent: list[str], barred: bool) -> Any:
    """The typed value of a control that is written into."""
    kind = control.type
    if control.element != "textarea" and sent:
        texts.one_line(control, sent[0])
    text = texts.cleaned(control, sent[0]) if sent else ""
    if control.readonly and not _same(control, text):
        raise Refused(control, "changed")
    if not text:
        if kind in ("range", "color") or control.required and not barred:
            raise Refused(control, "required")
        return [] if kind == "email" and control.multiple else None
    if kind in numbers.TYPES:
        return numbers.typed(control, text, barred)
    if kind == "color":
        color = microsyntax.color(text)
        if color is None:
            raise Refused(control, "type", "color")
        return color
    return texts.typed(control, text, barred)


def _same(control: Control, text: str) -> bool:
    """Whether a text is what a control that cannot be changed was rendered with."""
    default = texts.untouched(control)
    if control.type in numbers.TYPES:
        parse = microsyntax.PARSERS[control.type]
        return parse(text) == parse(default) and (text == "" or parse(text) is not None)
    if control.attributes.get("wrap", "").lower() == "hard":
        return "".join(text.split()) == "".join(default.split())
    return text == default


def _radios(form: Form) -> dict[str, list[Control]]:
    """The radio buttons of each group, the disabled ones too."""
    radios: dict[str, list[Control]] = {}
    for control in form.controls:
        if control.type == "radio":
            radios.setdefault(control.name, []).append(control)
    return radios


def _equal(
    control: Control, name: str, named: dict[str, list[Control]], verdict: Verdict
) -> None:
    """`data-equal-to`: the value must be that of another field."""
    other = control.attributes.get("data-equal-to")
    if other is None or name not in verdict.values:
        return
    other = microsyntax.normal(other)
    if other not in named:
        raise ServerError(detail=promises.on_equal(control, set(named)))
    if other in verdict.values and verdict.values[other] != verdict.values[name]:
        raise Refused(control, "equal", other=named[other][0])


def _unnamed(
    form: Form, named: dict[str, list[Control]], fields: MultiDict[str], pressed: Control | None,
    verdict: Verdict, language: str,
) -> None:
    """What is sent beside the controls: the direction of a text, the point of a pressed image."""
    for control in form.controls:
        if control.disabled or control.in_datalist:
            continue
        direction = microsyntax.normal(control.attributes.get("dirname", ""))
        try:
            if direction and direction not in named and control.name and (
                control.type in texts.TYPES or control.type == "hidden"
            ):
                sent = fields.all(direction)
                if any(each not in _DIRECTIONS for each in sent) or len(sent) > 1:
                    raise Refused(control, "options", "direction")
                verdict.values[direction] = sent[0] if sent else None
            elif control.type == "image":
                _point(control, fields, pressed, named, verdict)
        except Refused as refused:
            _note(verdict, direction or control.name, refused, language)


def _point(
    control: Control, fields: MultiDict[str], pressed: Control | None,
    named: dict[str, list[Control]], verdict: Verdict,
) -> None:
    for axis in ("x", "y"):
        name = f"{microsyntax.normal(control.name)}.{axis}" if control.name else axis
        if name in named:
            continue
        sent = fields.all(name)
        number = microsyntax.number(sent[0]) if sent else None
        if len(sent) > 1 or sent and (type(number) is not int or abs(number) > 1_000_000):
            raise Refused(control, "options", "button")
        verdict.values[name] = number
