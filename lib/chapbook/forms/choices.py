"""Choices: checkboxes, radio buttons, select and buttons, whose values are those of the page."""
from __future__ import annotations

from .microsyntax import count, normal
from .refused import Refused
from .tokens import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .markup import Control, Option

TYPES = frozenset({"checkbox", "radio", "select-one", "select-multiple", "submit"})


def values(control: Control) -> list[str]:
    """The values that a visitor can choose in a control, in the order of the page."""
    if control.element == "select":
        return [normal(option.value) for option in control.options if not option.disabled]
    if control.type in ("checkbox", "radio"):
        return [normal(control.attributes.get("value", "on"))]
    return [normal(control.default)]


def checkbox(control: Control, sent: Sequence[str], barred: bool) -> str | bool | None:
    """Of a checkbox alone: whether it is ticked, or where it has a value, that or None."""
    own = values(control)[0]
    if len(sent) > 1:
        raise Refused(control, "repeated")
    if sent and sent[0] != own:
        raise Refused(control, "options", "checkbox")
    if not sent and control.required and not barred:
        raise Refused(control, "required", "checkbox")
    if "value" not in control.attributes:
        return bool(sent)
    return own if sent else None


def checkboxes(boxes: list[Control], sent: list[str]) -> list[str]:
    """The values of the ticked ones among several checkboxes of one name, as they were sent."""
    there: dict[str, int] = {}
    for box in boxes:
        own = values(box)[0]
        there[own] = there.get(own, 0) + 1
    ticked = _counted(boxes, sent, there)
    for box in boxes:
        if box.required and "readonly" not in box.attributes:
            own = values(box)[0]
            ticked[own] = ticked.get(own, 0) - 1
            if ticked[own] < 0:
                raise Refused(box, "required", "checkbox")
    return sent


def radio(buttons: list[Control], sent: Sequence[str], group: list[Control]) -> str | None:
    """The value of the pressed one among the radio buttons of one name, or None.

    `group` has the disabled ones too: one of these makes the group required if it is `required`,
    and satisfies that if it is `checked`.
    """
    if len(sent) > 1:
        raise Refused(buttons[0], "repeated")
    if sent:
        if not any(values(button)[0] == sent[0] for button in buttons):
            raise Refused(speaker(buttons, "options"), "options", "group")
        return sent[0]
    if any("required" in button.attributes for button in group) and not any(
        button.disabled and "checked" in button.attributes for button in group
    ) and not all("readonly" in button.attributes for button in buttons):
        raise Refused(speaker(buttons, "required"), "required", "group")
    return None


def speaker(controls: list[Control], kind: str) -> Control:
    """The control of a group whose `data-error-...` words what is wrong; or the first."""
    named = f"data-error-{kind}"
    return next((each for each in controls if named in each.attributes), controls[0])


def select_one(control: Control, sent: Sequence[str]) -> str | None:
    """The value of the chosen option; None for none, and for an option of no value."""
    if len(sent) > 1:
        raise Refused(control, "repeated")
    if sent:
        if sent[0] not in values(control):
            raise Refused(control, "options")
        if control.required and not sent[0] and values(control).count("") == 1 and (
            placeholder(control) is not None
        ):
            raise Refused(control, "required", "select")
        return sent[0] or None
    if control.required:
        selected = [option for option in control.options if option.selected]
        if not selected or not selected[-1].disabled or selected[-1] is placeholder(control):
            raise Refused(control, "required", "select")
    return None


def placeholder(control: Control) -> Option | None:
    """The first option of a select, where it only says that nothing is chosen yet.

    Section 4.10.7: in a select of one line, an option without value that is in no optgroup.
    """
    if control.type != "select-one" or (count(control.attributes.get("size")) or 1) != 1:
        return None
    first = control.options[0] if control.options else None
    if first is None or first.value:
        return None
    groups = [tag.is_end for tag in tags(control.text[control.tag.stop:first.start])
              if tag.name == "optgroup"]
    return first if not groups or groups[-1] else None


def select_multiple(control: Control, sent: list[str]) -> list[str]:
    """The values of the chosen options, as they were sent."""
    there: dict[str, int] = {}
    for value in values(control):
        there[value] = there.get(value, 0) + 1
    _counted([control], sent, there)
    if not sent and control.required and not any(
        option.selected and option.disabled for option in control.options
    ):
        raise Refused(control, "required", "select-multiple")
    return sent


def _counted(controls: list[Control], sent: list[str], there: dict[str, int]) -> dict[str, int]:
    """How often each value was sent; Refused where the page does not have it, or not so often."""
    shape = "group" if len(controls) > 1 else ""
    counts: dict[str, int] = {}
    for value in sent:
        counts[value] = counts.get(value, 0) + 1
        if value not in there:
            raise Refused(speaker(controls, "options"), "options", shape)
        if counts[value] > there[value]:
            raise Refused(speaker(controls, "repeated"), "repeated")
    return counts


def _unworded(button: Control) -> bool:
    """Whether what a button sends is the browser's own word for it, in the visitor's language."""
    return button.element == "input" and "value" not in button.attributes


def button(buttons: list[Control], sent: Sequence[str], pressed: Control | None) -> str | None:
    """The value of the pressed one among the buttons of one name, or None."""
    if len(sent) > 1 or sent and pressed is not None and pressed not in buttons:
        raise Refused(buttons[0], "repeated", "button")
    if not sent:
        return None
    if not any(values(each)[0] == sent[0] or _unworded(each) for each in buttons):
        raise Refused(buttons[0], "options", "button")
    return sent[0]
