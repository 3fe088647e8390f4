"""The tags of an HTML text, as the tokenizer of the HTML standard finds them, with their offsets.

HTML standard, section 13.2.5. Any text is read, none is an error, and twice the text takes twice
the time.
"""
from __future__ import annotations

import re

from .references import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SPACE = "\t\n\f\r "
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_AFTER_NAME = frozenset(SPACE + "/>")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}

_NAME = re.compile(r"[^\t\n\f\r />]+")
# The end of the tag (1), or an attribute's name (2) with its value in double quotes (3), single
# quotes (4) or none (5). Nothing fits where the text ends within the tag.
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*+(?:(>)|([^\t\n\f\r />][^\t\n\f\r />=]*+)(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+"""
    r"""(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r >"'][^\t\n\f\r >]*+)|(?=>))|(?![\t\n\f\r ]*+=)))"""
)

# Elements whose content is text; in those of RCDATA, character references count.
RCDATA = frozenset({"textarea", "title"})
RAW = RCDATA | {"iframe", "noembed", "noframes", "script", "style", "xmp"}

# Where SVG and MathML end without their end tag, and where HTML begins again inside them.
_BREAKS_OUT = frozenset(
    "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li "
    "listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"
    .split()
)
_ENDS_FOREIGN = _BREAKS_OUT | frozenset(
    "article aside button fieldset footer form header html label legend main nav section tbody td "
    "th thead tr".split()
)
_FOREIGN = frozenset({"svg", "math"})
_HTML_INSIDE = frozenset({"foreignobject", "desc", "title"})
_DEEPEST = 50             # of SVG in HTML in SVG; what is deeper only costs time


class Tag:
    """A start or end tag: `name` in lower case, `is_end`, and where it stands in the text.

    `attributes` maps names in lower case to decoded values ("" without one), the first of each name
    as browsers have it; `spans` maps the names to the offsets of the whole `name="value"`.
    `foreign` tells an element of SVG or MathML; only of those does `self_closing` end anything.
    """

    __slots__ = (
        "name", "is_end", "start", "stop", "attributes", "spans", "self_closing", "foreign"
    )

    def __init__(
        self, name: str, is_end: bool, start: int, stop: int, attributes: dict[str, str],
        spans: dict[str, tuple[int, int]], self_closing: bool,
    ) -> None:
        self.name = name
        self.is_end = is_end
        self.start = start
        self.stop = stop
        self.attributes = attributes
        self.spans = spans
        self.self_closing = self_closing
        self.foreign = False

    def __repr__(self) -> str:
        return f"<Tag {'/' if self.is_end else ''}{self.name} {self.start}:{self.stop}>"


def lower(text: str) -> str:
    """The text with its ASCII letters in lower case, and no others: the Kelvin sign is no k."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def tags(text: str, comments: bool = False) -> Iterator[Tag]:
    """Every start and end tag, in order, those inside of `<template>` and `<noscript>` as well.

    What looks like a tag in a comment or in an element of text (script, textarea, ...) is none.
    With `comments`, each comment, doctype and the like is yielded as well, under the name "!".
    """
    ends = _Ends(text)
    foreign: list[str] = []                   # the open elements that decide it, of svg and math
    find = text.find
    at = find("<")
    while at >= 0:
        second = text[at + 1:at + 2]
        if second in _LETTERS or second == "/" and text[at + 2:at + 3] in _LETTERS:
            tag = _tag(text, at, second == "/")
            if tag is None:
                return
            at = tag.stop
            if foreign or tag.name in _FOREIGN:
                tag.foreign = _is_foreign(tag, foreign)
            yield tag
            if tag.name in RAW and not tag.is_end and not tag.foreign:
                at = raw_stop(text, at, tag.name)
            elif tag.name == "plaintext" and not tag.is_end and not tag.foreign:
                return
        elif second in ("!", "?", "/"):
            begun = at
            inside = bool(foreign) and foreign[-1] not in _HTML_INSIDE
            at = ends.stop(begun, inside) if second == "!" else ends.after(">", begun + 2)
            if comments:
                yield Tag("!", False, begun, at, {}, {}, False)
        else:
            at += 1
        at = find("<", at)


def _tag(text: str, start: int, is_end: bool) -> Tag | None:
    """The tag that begins at an offset, or None where the text ends before it does."""
    at = start + 2 if is_end else start + 1
    stop = text.find(">", at)
    if stop < 0:
        return None
    name = text[at:stop]
    attributes: dict[str, str] = {}
    spans: dict[str, tuple[int, int]] = {}
    if name.isalnum():
        return Tag(lower(name), is_end, start, stop + 1, attributes, spans, False)
    found = _NAME.match(text, at)
    assert found is not None                  # it begins with a letter
    name = lower(found[0]).replace("\0", "\ufffd")
    match, at = _ATTRIBUTE.match, found.end()
    while True:
        found = match(text, at)
        if found is None:
            return None
        kind = found.lastindex
        stop = found.end()
        if kind == 1:
            break
        key = found[2]
        if not (key.isascii() and key.islower()):
            key = lower(key).replace("\0", "\ufffd")
        if key not in attributes:
            attributes[key] = value(found[kind], True) if kind and kind > 2 else ""
            spans[key] = found.start(2), stop
        at = stop
    return Tag(name, is_end, start, stop, attributes, spans,
               text[stop - 2] == "/" and stop - 2 >= at)


def value(source: str, in_attribute: bool) -> str:
    """The text that a piece of source stands for: LF line ends, character references decoded."""
    if source.isalnum():
        return source
    if "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in source:
        source = source.replace("\0", "\ufffd")
    return decoded(source, in_attribute) if "&" in source else source


def _is_foreign(tag: Tag, foreign: list[str]) -> bool:
    """True if the tag is one of SVG or MathML; keeps the list of what is open up to date."""
    inside = bool(foreign) and foreign[-1] not in _HTML_INSIDE
    name = tag.name
    if tag.is_end:
        if name in foreign:
            while foreign.pop() != name:
                pass
            return True
        if not inside or name not in _ENDS_FOREIGN:
            return inside
    elif name in _FOREIGN or inside and name in _HTML_INSIDE:
        if not tag.self_closing and len(foreign) < _DEEPEST:
            foreign.append(name)
        return True
    elif not inside or name not in _BREAKS_OUT:
        return inside
    while foreign and foreign[-1] not in _HTML_INSIDE:
        foreign.pop()
    return False


class _Ends:
    """Where comments, doctypes and the like end, looking at each end once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: dict[str, int] = {}

    def stop(self, start: int, foreign: bool) -> int:
        """The offset after what begins with `<!` at an offset; the end of the text if never."""
        if self.text.startswith("--", start + 2):
            return min(self.after("-->", start + 2), self.after("--!>", start + 4))
        if foreign and self.text.startswith("[CDATA[", start + 2):
            return self.after("]]>", start + 9)
        return self.after(">", start + 2)

    def after(self, end: str, start: int) -> int:
        """The offset after the next of these marks; the end of the text if there is none."""
        at = self.known.get(end, -1)
        if at < start:
            at = self.text.find(end, start)
            self.known[end] = at = at if at >= 0 else len(self.text)
        return min(at + len(end), len(self.text))


def raw_stop(text: str, start: int, name: str) -> int:
    """The offset of the end tag that closes an element of text, or the end of the text."""
    at = _end_tag(text, start, name)
    if name == "script" and text.find("<!--", start, at) >= 0:
        return _script_stop(text, start)
    return at


def _end_tag(text: str, start: int, name: str) -> int:
    at, length = start, len(name)
    while True:
        at = text.find("</", at)
        if at < 0:
            return len(text)
        after = at + 2 + length
        if lower(text[at + 2:after]) == name and text[after:after + 1] in _AFTER_NAME:
            return at
        at += 2


def _script_stop(text: str, start: int) -> int:
    """The end of a script with `<!--` in it: there `<script>` and `</script>` may come in pairs."""
    escaped = double = False
    marks = re.compile(r"<!(?=--)|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE | re.ASCII)
    for mark in marks.finditer(text, start):
        if mark[0] == "<!":
            escaped = True
        elif mark[0] == "-->":
            escaped = double = False
        elif not double and mark[1]:
            return mark.start()
        elif escaped:
            double = not mark[1]
    return len(text)
