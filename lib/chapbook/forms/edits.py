"""Changes to an HTML text, collected in any order, made in one pass; all else stays as it was."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import Tag

_SPACE = frozenset("\t\n\f\r ")


class Edits:
    """The changes to one text: pieces put in, pieces replaced, attributes set and taken out.

    Pieces put in at one offset stand in the order in which they came. No two replaced pieces may
    overlap, and each attribute of a tag is set once at most.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.changes: list[tuple[int, int, str]] = []

    def insert(self, at: int, piece: str) -> None:
        """Put a piece of HTML in at an offset."""
        self.changes.append((at, at, piece))

    def replace(self, start: int, stop: int, piece: str) -> None:
        """Put a piece of HTML in the place of what stands there now."""
        self.changes.append((start, stop, piece))

    def set(self, tag: Tag, name: str, value: str | None = None) -> None:
        """Give a start tag an attribute, in place of its own one of that name; None: no value.

        A new one comes right after the name of the element: there it needs no look at quotes and
        slashes, and of two it would be the one that counts.
        """
        written = name if value is None else f'{name}="{attribute(value)}"'
        if name in tag.spans:
            self.replace(*tag.spans[name], written)
        else:
            self.insert(tag.start + 1 + len(tag.name), " " + written)

    def remove(self, tag: Tag, name: str) -> None:
        """Take an attribute out of a start tag, with the space before it, if it is there."""
        if name not in tag.spans:
            return
        start, stop = tag.spans[name]
        if self.text[stop] in _SPACE or self.text[stop] == ">":
            while self.text[start - 1] in _SPACE:
                start -= 1
        self.replace(start, stop, "")

    def made(self) -> str:
        """The text with all changes."""
        parts: list[str] = []
        last = 0
        for start, stop, piece in sorted(self.changes, key=_place):
            parts += self.text[last:start], piece
            last = stop
        parts.append(self.text[last:])
        return "".join(parts)


def _place(change: tuple[int, int, str]) -> tuple[int, int]:
    return change[:2]


def content(text: str) -> str:
    """The text as content of an element."""
    return _allowed(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(text: str) -> str:
    """The text as the value of an attribute in double quotes."""
    return content(text).replace('"', "&quot;")


def _allowed(text: str) -> str:
    """The text, with U+FFFD for code points that no HTML page may hold, not even escaped.

    Controls and noncharacters (HTML, sections 13.1.4 and 13.2.3.5), and halves of pairs.
    """
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(["\ufffd" if _is_refused(letter) else letter for letter in text])


def _is_refused(letter: str) -> bool:
    code = ord(letter)
    if code < 0xA0:
        return code < 0x20 and letter not in "\t\n\f" or code >= 0x7F
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or 0xD800 <= code <= 0xDFFF
