"""What the author of a form asks for and the server cannot enforce."""
from __future__ import annotations

from . import pattern, uploads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .markup import Control, Form


def broken(form: Form) -> list[str]:
    """A sentence on each attribute of the form that cannot be enforced as it stands."""
    names = {control.name for control in form.controls}
    return [sentence for control in form.controls for sentence in (
        on_pattern(control), on_accept(control), on_size(control), on_equal(control, names),
    ) if sentence]


def on_pattern(control: Control) -> str:
    """What is wrong with its `pattern`; "" if nothing is."""
    if "pattern" in control.attributes:
        try:
            pattern.compile(control.attributes["pattern"])
        except pattern.PatternError as error:
            return f"The pattern of the field {control.name!r} cannot be enforced: {error}"
    return ""


def on_accept(control: Control) -> str:
    """What is wrong with its `accept`; "" if nothing is."""
    accept = control.attributes.get("accept")
    if accept is None or control.type != "file" or uploads.accepted(accept) or not accept.strip():
        return ""
    return (f"The accept of the field {control.name!r} is {accept!r}, which names no kind of file. "
            "Write endings or types: .pdf, image/*.")


def on_size(control: Control) -> str:
    """What is wrong with its `data-max-size`; "" if nothing is."""
    text = control.attributes.get("data-max-size")
    if text is None or uploads.size(text) is not None:
        return ""
    return (f"The data-max-size of the field {control.name!r} is {text!r}, which is no size. "
            "Write a number of bytes, or a number with kB, MB, KiB or MiB: 2 MiB.")


def on_equal(control: Control, names: set[str]) -> str:
    """What is wrong with its `data-equal-to`; "" if nothing is."""
    other = control.attributes.get("data-equal-to")
    if other is None or other in names:
        return ""
    return (f"The field {control.name!r} has to be equal to {other!r} (data-equal-to), which is "
            "no field of its form. Write the name of one.")
