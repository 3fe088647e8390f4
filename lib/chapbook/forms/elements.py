"""The stack of open elements: which start tags end what is open, and what an end tag ends.

HTML standard, section 13.2.6, as far as it decides in which fieldset, label, select or table a
control stands. Each tag costs the same, however deep it is.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    "track wbr".split()
)
_FORMATTING = frozenset(
    "a b big code em font i nobr s small strike strong tt u".split()
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Their end tags close whatever is open in them.
_BLOCKS = frozenset(
    "address article aside blockquote button center details dialog dir div dl fieldset figcaption "
    "figure footer header hgroup listing main menu nav ol pre search section select summary ul p "
    "li dd dt h1 h2 h3 h4 h5 h6 applet marquee object table caption tbody td tfoot th thead tr "
    "template".split()
)
_SPECIAL = _BLOCKS - {"dialog"} | {"form", "iframe", "noscript", "script", "style", "textarea",
                                   "title", "xmp"}
_SCOPE = frozenset("applet caption marquee object select table td template th".split())
_CLOSES_P = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure "
    "footer form header hgroup hr li dd dt listing main menu nav ol p plaintext pre search section "
    "summary table ul xmp".split()
) | frozenset(_HEADINGS)

_CELLS = ("td", "th", "caption")
_ROWS = ("tbody", "thead", "tfoot")
_TABLE_PARTS = {
    "td": ("tr", *_ROWS, "table"), "th": ("tr", *_ROWS, "table"), "tr": (*_ROWS, "table"),
    "tbody": ("table",), "thead": ("table",), "tfoot": ("table",), "caption": ("table",),
    "colgroup": ("table",), "col": ("table",),
}
_IGNORED = frozenset({"html", "head", "body", "frameset", "frame"})


class _Open:
    """An open element, and the places of those at or below it that bound what an end tag closes."""

    __slots__ = ("name", "record", "special", "item", "scope", "button")

    def __init__(self, name: str, record: object, at: int, below: _Open | None) -> None:
        self.name = name
        self.record = record
        special = name in _SPECIAL
        scope = name in _SCOPE
        self.special = at if special else below.special if below else -1
        self.item = (at if special and name not in ("address", "div", "p")
                     else below.item if below else -1)
        self.scope = at if scope else below.scope if below else -1
        self.button = at if scope or name == "button" else below.button if below else -1


class Elements:
    """The open elements of a page; `closed(record, start, stop)` is called for each that ends.

    The record is what `opened` was given; the offsets are those of the tag that ended the element,
    which are the same where that was not its own end tag.
    """

    def __init__(self, closed: Callable[[object, int, int], None]) -> None:
        self._closed = closed
        self._stack: list[_Open] = []
        self._places: dict[str, list[int]] = {}

    @property
    def current(self) -> object:
        """The record of the innermost open element."""
        return self._stack[-1].record if self._stack else None

    def place(self, name: str) -> int:
        """Where the innermost open element of that name is, -1 where none is open."""
        places = self._places.get(name)
        return places[-1] if places else -1

    def allow(self, name: str, offset: int) -> bool:
        """Close what the start tag of an element closes; False where it makes no element."""
        if name in _IGNORED:
            return False
        parents = _TABLE_PARTS.get(name)
        if parents:
            if not self._places.get("table"):
                return False
            self._cut(max(map(self.place, parents)) + 1, offset, offset)
            return True
        if name == "table":
            table = self.place("table")
            if table > max(map(self.place, _CELLS)):
                self._cut(table, offset, offset)
        if name in ("li", "dd", "dt"):
            self._end_item(("li",) if name == "li" else ("dd", "dt"), offset)
        elif name == "button":
            button = self.place("button")
            if button > self._top("scope"):
                self._cut(button, offset, offset)
        if name in _CLOSES_P:
            p = self.place("p")
            if p > self._top("button"):
                self._cut(p, offset, offset)
            if name in _HEADINGS and self._stack and self._stack[-1].name in _HEADINGS:
                self._cut(len(self._stack) - 1, offset, offset)
        return True

    def _end_item(self, names: tuple[str, ...], offset: int) -> None:
        place = max(map(self.place, names))
        if place >= 0 and place >= self._top("item"):
            self._cut(place, offset, offset)

    def _top(self, kind: str) -> int:
        bound: int = getattr(self._stack[-1], kind) if self._stack else -1
        return bound

    def opened(self, name: str, record: object = None) -> None:
        """Put an element on the stack."""
        stack = self._stack
        at = len(stack)
        stack.append(_Open(name, record, at, stack[-1] if stack else None))
        self._places.setdefault(name, []).append(at)

    def ended(self, name: str, start: int, stop: int) -> None:
        """Close what an end tag closes."""
        place = self.place(name)
        if name in _HEADINGS:
            place = max(map(self.place, _HEADINGS))
        if place < 0:
            return
        if name in _TABLE_PARTS or name == "table":
            if place < self.place("table"):
                return
        elif name in _BLOCKS:
            if place < self._top("button" if name == "p" else "scope"):
                return
        elif name in _FORMATTING:
            if place < self._top("scope"):
                return
            if place < self._top("special"):
                self.removed(name)
                return
        elif place < self._top("special"):
            return
        self._cut(place, start, stop)

    def removed(self, name: str) -> None:
        """Take the innermost element of a name off the stack, and leave open what is inside it."""
        places = self._places.get(name)
        if places:
            place = places.pop()
            if place == len(self._stack) - 1:
                self._stack.pop()
            else:
                self._stack[place].name = ""

    def _cut(self, place: int, start: int, stop: int) -> None:
        """Close the elements from a place of the stack on, the innermost first."""
        stack = self._stack
        while len(stack) > place:
            gone = stack.pop()
            if gone.name:
                self._places[gone.name].pop()
            if gone.record is not None:
                own = len(stack) == place
                self._closed(gone.record, start, stop if own else start)

    def end(self, offset: int) -> None:
        """Close all that is still open at the end of the text."""
        self._cut(0, offset, offset)
