"""What is wrong with the fields of a form before anybody has filled them in."""
from __future__ import annotations

from . import ONCE, promises
from .blanks import MARK, is_open

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .blanks import Blanked
    from .markup import Control, Form

    Finding = tuple[int, str]

_BUTTONS = frozenset({"submit", "image", "reset", "button"})
_CHOICES = frozenset({"checkbox", "radio"})
_KINDS = {
    "select-one": "list", "select-multiple": "list", "textarea": "text area", "submit": "button",
    "radio": "radio button", "checkbox": "checkbox", "image": "button",
}
_NAMING = ("aria-label", "aria-labelledby", "title")


def findings(form: Form, blanked: Blanked, more: bool, labelled: bool) -> Iterator[Finding]:
    """A sentence on each mistake in the fields of a form, with its offset.

    `more` tells that the form may have more in it than is seen, and `labelled` that a field may
    have a label that is not seen.
    """
    names = {control.name for control in form.controls}
    others = None if more or any(MARK in name for name in names) else names
    for control in form.controls:
        yield from _of_control(control, labelled)
        if form.method == "post":
            yield from _promised(control, others)
    yield from _Names(blanked).shared(form)


def _of_control(control: Control, labelled: bool) -> Iterator[Finding]:
    attributes = control.attributes
    if control.in_datalist or control.disabled or is_open(control.tag, "type"):
        return
    called = _called(control)
    if not control.name and control.type not in _BUTTONS:
        yield control.start, (
            f"This {called} has no name, so that browsers never send what is filled in there; "
            'write name="...".')
    if control.name == ONCE:
        yield control.start, (
            f'The name "{ONCE}" is that of the token by which a form that is sent twice is done '
            "once; choose another.")
    if control.type in _BUTTONS or control.type == "hidden" or labelled:
        return
    if control.label_spans or any(attributes.get(name, "").strip() for name in _NAMING):
        return
    if not is_open(control.tag, "id"):
        yield control.start, (
            f'This {called} {f"({control.name}) " if control.name else ""}has no label, so that '
            "who cannot see the page does not learn what belongs there, and sentences about "
            f'mistakes have no word for it; write <label for="{control.id or "..."}">...</label>.')


def _promised(control: Control, names: set[str] | None) -> Iterator[Finding]:
    """What the control asks for and cannot be enforced; `names` are those of the form, if known."""
    for attribute, sentence in (
        ("pattern", promises.on_pattern(control)), ("accept", promises.on_accept(control)),
        ("data-max-size", promises.on_size(control)),
        ("data-equal-to", promises.on_equal(control, names) if names is not None else ""),
    ):
        if sentence and not is_open(control.tag, attribute):
            yield control.start, sentence


class _Names:
    """Looks for names that several fields share, so that nobody can tell what was whose."""

    def __init__(self, blanked: Blanked) -> None:
        self._exclusive = blanked.exclusive

    def shared(self, form: Form) -> Iterator[Finding]:
        """A sentence on each such name of a form."""
        named: dict[str, list[Control]] = {}
        for control in form.controls:
            if control.name and not control.in_datalist and not is_open(control.tag, "name"):
                named.setdefault(control.name, []).append(control)
        for name, controls in named.items():
            together = self._together(controls)
            if len(together) > 1 and not name.endswith("[]"):
                yield from self._of_name(name, together)

    def _together(self, controls: list[Control]) -> list[Control]:
        """Those that are on one page with one before them, and that one."""
        found: list[Control] = []
        for before, control in zip(controls, controls[1:]):
            if any(not self._exclusive(each.start, control.start)
                   for each in (before, controls[0])):
                found += [control] if found else [before, control]
        return found

    def _of_name(self, name: str, controls: list[Control]) -> Iterator[Finding]:
        kinds = {control.type for control in controls}
        called = list(dict.fromkeys(_called(control) for control in controls))
        if kinds <= _BUTTONS:
            return
        if len(called) > 1:
            kinds_told = " and ".join(f"a {each}" for each in called)
            yield controls[1].start, (
                f'The name "{name}" is that of {kinds_told}, so that nobody can tell which of them '
                "an answer is of; give each a name of its own.")
        elif kinds <= _CHOICES:
            yield from self._of_choices(name, called[0], controls)
        else:
            yield controls[1].start, (
                f'{len(controls)} fields are named "{name}", so that their answers come as one '
                "list and nobody can tell whose is which; give each a name of its own, or end the "
                f'name in [] if a list is meant: "{name}[]".')

    def _of_choices(self, name: str, called: str, controls: list[Control]) -> Iterator[Finding]:
        valued: dict[str, list[Control]] = {}
        for control in controls:
            if not is_open(control.tag, "value"):
                valued.setdefault(control.attributes.get("value", "on"), []).append(control)
        for value, same in valued.items():
            same = self._together(same)
            if len(same) > 1:
                yield same[1].start, (
                    f'{len(same)} {called}{"es" if called[-1] == "x" else "s"} are named "{name}" '
                    f'and send "{value}", so that nobody can tell which of them was chosen; give '
                    'each a value="..." of its own.')


def _called(control: Control) -> str:
    return _KINDS.get(control.type) or f"{control.type} field"
