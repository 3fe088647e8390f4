"""A Jinja template as HTML: its tags blanked out, and what they leave open.

Nothing is run. An expression stands for some text that nobody knows, and both branches of an `if`
are there. Offsets stay as they were.
"""
from __future__ import annotations

import re
from bisect import bisect_right

from .markup import tags
from .tokens import RAW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .markup import Tag

MARK = "\ue000"                  # stands for every character of what is not known
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_BRANCHING = frozenset({"if", "for", "macro", "call"})
# What may put markup in that is not seen here; so may any call in an expression.
_BRINGING = frozenset({"include", "call", "block"})
_HARMLESS = ("url(", "static(")
# What ends a tag, or a whole text in quotes, or a quote that is never closed.
_MARKS = re.compile(r"""[%}]\}|"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|["']""", re.DOTALL)


class Blanked:
    """A template's `text` without Jinja: spaces for statements and comments, MARKs for the rest.

    A statement within an attribute's value makes that unknown, too. `opaque` has the offsets at
    which markup may come in from elsewhere.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.opaque: list[int] = []
        self._offsets = [0]                       # from each on, what is in _places holds
        self._places: list[_Place | None] = [None]
        self._macros: set[int] = set()
        pieces = _pieces(source)
        self.text = _blanked(source, pieces, set())
        found = list(tags(self.text))
        spans = sorted(span for tag in found for span in tag.spans.values())
        inside = {start for kind, start, stop in pieces if kind == "{%" and _within(start, spans)}
        if inside:
            self.text = _blanked(source, pieces, inside)
        no_markup = [(tag.start, tag.stop if tag.is_end or tag.name not in RAW else after.start)
                     for tag, after in zip(found, [*found[1:], *found[-1:]])]
        for kind, start, stop in pieces:
            if kind == "{%":
                self._statement(start, stop)
            elif kind == "{{" and not _within(start, no_markup):
                words = source[start + 2:stop - 2].strip("-+ \t\r\n")
                if "(" in words.partition("|")[0] and not words.startswith(_HARMLESS):
                    self.opaque.append(start)

    def _statement(self, start: int, stop: int) -> None:
        words = self.source[start + 2:stop - 2].strip("-+ \t\r\n").split(None, 1)
        word = words[0].partition("(")[0] if words else ""
        place = self._places[-1]
        if word in _BRINGING:
            self.opaque.append(start)
        if word in _BRANCHING:
            place = _Place(place, start, 0)
            if word == "macro":
                self._macros.add(start)
        elif word in ("elif", "else") and place is not None:
            place = _Place(place.around, place.start, place.branch + 1)
        elif word.startswith("end") and word[3:] in _BRANCHING and place is not None:
            place = place.around
        else:
            return
        self._offsets.append(stop)
        self._places.append(place)

    def exclusive(self, one: int, other: int) -> bool:
        """Whether the places at these offsets are never, or not surely, on one page together."""
        places = [self._places[bisect_right(self._offsets, at) - 1] for at in (one, other)]
        if places[0] is places[1]:
            return False
        first, second = map(_branches, places)
        if any(second.get(start, branch) != branch for start, branch in first.items()):
            return True
        return not self._macros.isdisjoint(first.keys() ^ second.keys())

    def is_opaque(self, start: int, stop: int) -> bool:
        """Whether markup may come in from elsewhere between these offsets."""
        at = bisect_right(self.opaque, start)
        return at < len(self.opaque) and self.opaque[at] < stop


class _Place:
    """Where in the branches of a template something is; `start` is the offset of the block."""

    def __init__(self, around: _Place | None, start: int, branch: int) -> None:
        self.around, self.start, self.branch = around, start, branch


def _branches(place: _Place | None) -> dict[int, int]:
    """The branch taken in each block around a place."""
    found: dict[int, int] = {}
    while place is not None:
        found[place.start] = place.branch
        place = place.around
    return found


def is_open(tag: Tag, *names: str) -> bool:
    """Whether one of these attributes is not known, or any might be there besides those seen."""
    attributes = tag.attributes
    return any(MARK in attributes.get(name, "") for name in names) or any(
        MARK in name for name in attributes)


def _pieces(source: str) -> list[tuple[str, int, int]]:
    """The tags of Jinja: kind, start and stop; none from where one is not closed on."""
    found: list[tuple[str, int, int]] = []
    at = source.find("{")
    while at >= 0:
        kind = source[at:at + 2]
        if kind in _ENDS:
            stop = _stop(source, at + 2, _ENDS[kind], kind != "{#")
            if stop < 0:
                break
            found.append((kind, at, stop))
            if kind == "{%" and source[at + 2:stop - 2].strip("-+ \t\r\n") == "raw":
                stop = source.find("endraw", stop)
                stop = source.rfind("{%", at, stop) if stop >= 0 else len(source)
            at = source.find("{", stop)
        else:
            at = source.find("{", at + 1)
    return found


def _stop(source: str, at: int, end: str, quoted: bool) -> int:
    """Where a tag of Jinja ends; quoted texts in it may hold its end. -1 if it never does."""
    if not quoted:
        return source.find(end, at) + len(end) if source.find(end, at) >= 0 else -1
    while True:
        mark = _MARKS.search(source, at)
        if mark is None or mark[0] in ("'", '"'):
            return -1
        if mark[0] == end:
            return mark.end()
        at = mark.end() if mark[0][0] in "'\"" else mark.start() + 1


def _blanked(source: str, pieces: list[tuple[str, int, int]], inside: set[int]) -> str:
    parts: list[str] = []
    last = 0
    for kind, start, stop in pieces:
        parts.append(source[last:start])
        parts.append((MARK if kind == "{{" or start in inside else " ") * (stop - start))
        last = stop
    parts.append(source[last:])
    return "".join(parts)


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    """Whether an offset is inside of one of these spans, which are in order and do not overlap."""
    place = bisect_right(spans, at, key=_start)
    return place > 0 and at < spans[place - 1][1]


def _start(span: tuple[int, int]) -> int:
    return span[0]
