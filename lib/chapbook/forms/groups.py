"""Several controls of different types that share one name: which of them sent which value."""
from __future__ import annotations

from . import choices
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..fields import Upload
    from .markup import Control


def shares(
    controls: list[Control], sent: list[str], files: list[Upload]
) -> Iterator[tuple[Control, list[str], list[Upload]]]:
    """Each control with its share of what was sent under the name of all; in tree order.

    Browsers send in that order. Texts and hidden values always send one, choices only what is
    chosen; so a choice takes the next value if it has that value and enough are left for the rest.
    Refused where values are left over.
    """
    steady = sum(control.type not in choices.TYPES and control.type != "file"
                 for control in controls)
    at = 0
    file_at = 0
    radio_taken = False
    for control in controls:
        begun = at
        if control.type == "file":
            count = len(files) - file_at if control.multiple else 1
            yield control, [], files[file_at:file_at + count]
            file_at += count
            continue
        if control.type not in choices.TYPES:
            steady -= 1
            at = min(at + 1, len(sent))
        elif not (control.type == "radio" and radio_taken):
            own = choices.values(control)
            most = len(own) if control.type == "select-multiple" else 1
            place = 0                                # options are sent in their order
            while at - begun < most and len(sent) - at > steady:
                try:
                    place = own.index(sent[at], place) + 1
                except ValueError:
                    break
                at += 1
            radio_taken = radio_taken or control.type == "radio" and at > begun
        yield control, sent[begun:at], []
    if at < len(sent) or file_at < len(files):
        raise Refused(controls[0], "repeated")
