"""What a check raises where a value does not fit its control; the sentence is made elsewhere."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .markup import Control


class Refused(Exception):
    """A value that a control does not take.

    `kind` is one of required, type, pattern, min, max, step, minlength, maxlength, options, accept,
    size, equal, changed and repeated; `shape` tells cases of it apart that are worded differently;
    `facts` are the bounds and numbers that the sentence names, not yet put into words.
    """

    def __init__(self, control: Control, kind: str, shape: str = "", **facts: Any) -> None:
        super().__init__(kind, shape)
        self.control = control
        self.kind = kind
        self.shape = shape
        self.facts = facts
