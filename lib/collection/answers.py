"""The answers of a filled-in form as texts, in the order of the form, with its labels."""
from __future__ import annotations

from . import formmail
from .received import Field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.forms.markup import Control, Form

PASSWORD = "(a password, which is not kept)"


def read(form: Form, values: dict[str, Any]) -> list[Field]:
    """A Field for each name of the form that is an answer; `values` are those of the verdict.

    Instructions of the page's author (see `formmail`), traps, and buttons that were not pressed
    are none.
    """
    from chapbook.forms.validity import by_name

    fields = []
    for name, controls in by_name(form).items():
        value = values.get(name)
        first = controls[0]
        if formmail.is_instruction(first) or formmail.is_trap(form, first):
            continue
        if name.lower() == "_charset_" or first.is_submitter and not value:
            continue
        given = value if isinstance(value, list) else [] if value is None else [value]
        if first.type == "file":
            fields.append(Field(name, label(controls), uploads=given))
        elif first.type == "password":
            fields.append(Field(name, label(controls), [(PASSWORD, None) for _ in given]))
        else:
            texts = [text(each, first.type) for each in given]
            fields.append(Field(name, label(controls), [
                (each, shown(controls, each)) for each in texts if each]))
    return fields


def label(controls: list[Control]) -> str:
    """What people call the controls of one name: a group by its legend, others by their label."""
    first = controls[0]
    if first.type == "radio" or first.type == "checkbox" and len(controls) > 1:
        return first.group_name or first.name
    if first.type == "hidden" or first.is_submitter:
        return words(first.name)
    return first.accessible_name


def words(name: str) -> str:
    """The name of a field as words: "first_name" is "first name"."""
    return " ".join(name.replace("_", " ").replace("-", " ").split()) or name


def shown(controls: list[Control], value: str) -> str | None:
    """How the page shows a choice, where that is not its value: the label of the option."""
    first = controls[0]
    found = ""
    if first.options:
        found = next((option.label for control in controls for option in control.options
                      if option.value == value), "")
    elif first.is_submitter or first.type == "radio" or (
        first.type == "checkbox" and len(controls) > 1
    ):
        found = next((control.given_name for control in controls
                      if control.default == value), "")
    return found if found and found != value else None


def text(value: Any, kind: str) -> str:
    """A typed value as the text to be stored: dates and times as ISO 8601 has them, yes and no."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "month":
        return str(value.isoformat()[:7])
    if kind == "week":
        year, week, _ = value.isocalendar()
        return f"{year:04}-W{week:02}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat()).replace("T", " ").removesuffix(":00")
    return f"{value:f}" if hasattr(value, "as_tuple") else str(value)
