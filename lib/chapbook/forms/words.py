"""The texts of elements, cut out of the source: those of labels, legends and options."""
from __future__ import annotations

from .elements import VOID
from .tokens import tags, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tokens import Tag

MOST_TEXT = 4000          # characters of source that are looked at for the text of a label
_OTHERS = frozenset({         # what stands inside of a label and is none of its words
    "button", "datalist", "iframe", "noembed", "noframes", "script", "select", "style", "template",
    "textarea", "title", "xmp",
})
_ENDS_SELECT = frozenset({"input", "textarea"})


def words(text: str, start: int, stop: int) -> str:
    """The words of an element's content, white space collapsed, without controls inside of it."""
    return " ".join(_text(text, start, min(stop, start + MOST_TEXT), _OTHERS).split())


def inside(text: str, tag: Tag) -> str:
    """The words of the element that a tag begins."""
    if tag.name in VOID:
        return ""
    depth = 1
    for each in tags(text[tag.stop:tag.stop + MOST_TEXT]):
        if each.name == tag.name:
            depth += -1 if each.is_end else 1
            if depth == 0:
                return words(text, tag.stop, tag.stop + each.start)
    return words(text, tag.stop, len(text))


def plain(text: str, start: int, stop: int) -> str:
    """The text of an option: stripped and collapsed, of ASCII white space only."""
    content = _text(text, start, stop, frozenset({"script"}))
    for space in "\t\n\f\r":
        content = content.replace(space, " ")
    return " ".join([word for word in content.split(" ") if word])


def _text(text: str, start: int, stop: int, without: frozenset[str]) -> str:
    """The text content of a stretch of HTML, without that of the elements named."""
    source = text[start:stop]
    if "<" not in source:
        return value(source, False)
    parts: list[str] = []
    skipped = ""
    at = 0
    for tag in tags(source, comments=True):
        if not skipped:
            parts.append(value(source[at:tag.start], False))
        if tag.name == skipped and tag.is_end or skipped == "select" and tag.name in _ENDS_SELECT:
            skipped = ""
        elif not skipped and tag.name in without and not tag.is_end:
            skipped = tag.name
        at = tag.stop
    if not skipped:
        parts.append(value(source[at:], False))
    return "".join(parts)
