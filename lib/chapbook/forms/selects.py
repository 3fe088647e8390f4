"""The inside of a select: options and groups, and which tags end it."""
from __future__ import annotations

from .controls import Control, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import Tag

_ENDING = frozenset({"input", "keygen", "select", "textarea"})
_TABLE_PARTS = frozenset({"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"})


class OpenSelect:
    """A select while it is read; it gathers its options."""

    def __init__(self, text: str, control: Control) -> None:
        self.text = text
        self.control = control
        self._option: Option | None = None
        self._group_disabled = False

    def started(self, tag: Tag, in_table: bool) -> bool:
        """Take in what begins here; False where that ends the select instead.

        Nothing but options and groups counts; that is so in browsers as well.
        """
        name = tag.name
        if name in _ENDING or in_table and name in _TABLE_PARTS:
            return False
        if name in ("option", "optgroup", "hr"):
            self._end_option(tag.start, tag.start)
            if name == "option":
                self._option = Option(self.text, tag)
                self._option.disabled = self._option.disabled or self._group_disabled
                self.control.options.append(self._option)
            else:
                self._group_disabled = name == "optgroup" and "disabled" in tag.attributes
        return True

    def ended(self, tag: Tag, is_open: bool) -> bool:
        """Close what an end tag closes; False where it ends the select.

        `is_open` tells whether an element of that name is open around the select.
        """
        name = tag.name
        if name == "option":
            self._end_option(tag.start, tag.stop)
        elif name == "optgroup":
            self._end_option(tag.start, tag.start)
            self._group_disabled = False
        return name not in ("select", "form") and not (is_open and name in _TABLE_PARTS)

    def close(self, start: int, stop: int) -> None:
        """End the select with the tag at these offsets, the same ones where it is not its own."""
        self._end_option(start, start)
        self.control.content = (self.control.tag.stop, start)
        self.control.stop = stop

    def _end_option(self, start: int, stop: int) -> None:
        if self._option is not None:
            self._option.content = (self._option.tag.stop, start)
            self._option.stop = stop
            self._option = None
