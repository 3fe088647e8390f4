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


# Which elements bound what a tag can close: (all of them special, those but for address, div and p,
# those of "has an element in scope", of "button scope", of "list item scope"). Each entry of the
# stack has the last place of each.
_BOUNDS = {
    name: (name not in ("address", "div", "p"), name in _SCOPE, name in _SCOPE | {"button"},
           name in _SCOPE | {"ol", "ul"})
    for name in _SPECIAL | _SCOPE
}
_SPECIAL_AT, _ITEM_AT, _SCOPE_AT, _BUTTON_AT, _LIST_AT = range(5)
_IMPLIED = frozenset({"p", "li", "dd", "dt", "option", "optgroup", "rb", "rp", "rt", "rtc"})
_SCOPES = {"p": _BUTTON_AT, "li": _LIST_AT}
# The elements whose start tag closes others, or is ignored somewhere: `allow` is for these.
CLOSING = _CLOSES_P | _IGNORED | frozenset(_TABLE_PARTS) | {"button"}
_NONE = (-1, -1, -1, -1, -1)


class Elements:
    """The open elements of a page; `closed(record, start, stop)` is called for each that ends.

    The record is what `opened` was given; the offsets are those of the tag that ended the element,
    which are the same where that was not its own end tag.
    """

    def __init__(self, closed: Callable[[object, int, int], None]) -> None:
        self._closed = closed
        self._stack: list[tuple[str, object, tuple[int, int, int, int, int]]] = []
        self._places: dict[str, list[int]] = {}

    @property
    def current(self) -> object:
        """The record of the innermost open element."""
        return self._stack[-1][1] if self._stack else None

    def place(self, name: str) -> int:
        """Where the innermost open element of that name is, -1 where none is open."""
        places = self._places.get(name)
        return places[-1] if places else -1

    @property
    def in_table(self) -> bool:
        """True between the cells of a table, where a form has no content of its own."""
        table = self.place("table")
        return table >= 0 and table > max(map(self.place, _CELLS))

    def allow(self, name: str, offset: int) -> bool:
        """Close what the start tag of an element closes; False where it makes no element."""
        if name in _IGNORED:
            return False
        parents = _TABLE_PARTS.get(name)
        if parents:
            if not self._places.get("table"):
                return False
            self._cut(max(map(self.place, parents)) + 1, offset, offset)
            self._imply(name)
            return True
        if name == "table" and self.in_table:
            self._cut(self.place("table"), offset, offset)
        if name in ("li", "dd", "dt"):
            self._end_item(("li",) if name == "li" else ("dd", "dt"), offset)
        elif name == "button":
            button = self.place("button")
            if button > self._top(_SCOPE_AT):
                self._cut(button, offset, offset)
        if name in _CLOSES_P:
            p = self.place("p")
            if p > self._top(_BUTTON_AT):
                self._cut(p, offset, offset)
            if name in _HEADINGS and self._stack and self._stack[-1][0] in _HEADINGS:
                self._cut(len(self._stack) - 1, offset, offset)
        return True

    def _imply(self, name: str) -> None:
        """Open the row and its group where a cell or a row comes without them."""
        table = self.place("table")
        if name in ("td", "th", "tr") and max(map(self.place, _ROWS)) < table:
            self.opened("tbody")
        if name in ("td", "th") and self.place("tr") < table:
            self.opened("tr")

    def _end_item(self, names: tuple[str, ...], offset: int) -> None:
        place = max(map(self.place, names))
        if place >= 0 and place >= self._top(_ITEM_AT):
            self._cut(place, offset, offset)

    def _top(self, kind: int) -> int:
        return self._stack[-1][2][kind] if self._stack else -1

    def opened(self, name: str, record: object = None) -> None:
        """Put an element on the stack."""
        stack = self._stack
        at = len(stack)
        bounds = stack[-1][2] if at else _NONE
        marks = _BOUNDS.get(name)
        if marks is not None:
            item, scope, button, list_ = marks
            bounds = (at, at if item else bounds[1], at if scope else bounds[2],
                      at if button else bounds[3], at if list_ else bounds[4])
        stack.append((name, record, bounds))
        places = self._places.get(name)
        if places is None:
            self._places[name] = [at]
        else:
            places.append(at)

    def ended(self, name: str, start: int, stop: int) -> None:
        """Close what an end tag closes."""
        stack = self._stack
        if stack and stack[-1][0] == name:
            self._cut(len(stack) - 1, start, stop)
            return
        places = self._places.get(name)
        place = places[-1] if places else -1
        if name in _HEADINGS:
            place = max(map(self.place, _HEADINGS))
        if place < 0:
            return
        if name in _TABLE_PARTS or name == "table":
            if place < self.place("table"):
                return
        elif name in _BLOCKS:
            if place < self._top(_SCOPES.get(name, _SCOPE_AT)):
                return
        elif place < self._top(_SPECIAL_AT):
            if name in _FORMATTING and place >= self._top(_SCOPE_AT):
                self.removed(name, start)
            return
        self._cut(place, start, stop)

    def removed(self, name: str, offset: int) -> bool:
        """End the innermost element of a name without ending what is inside it.

        True if something was inside; `closed` is called for the element when that ends, too.
        """
        places = self._places.get(name)
        if not places:
            return False
        place = places.pop()
        while len(self._stack) - 1 > place and self._stack[-1][0] in _IMPLIED:
            self._cut(len(self._stack) - 1, offset, offset)
        if place == len(self._stack) - 1:
            self._stack.pop()
            return False
        _, record, bounds = self._stack[place]
        self._stack[place] = ("", record, bounds)
        return True

    def _cut(self, place: int, start: int, stop: int) -> None:
        """Close the elements from a place of the stack on, the innermost first."""
        stack = self._stack
        while len(stack) > place or stack and not stack[-1][0]:
            name, record, _ = stack.pop()
            if name:
                self._places[name].pop()
            if record is not None:
                self._closed(record, start, stop if len(stack) == place else start)

    def end(self, offset: int) -> None:
        """Close all that is still open at the end of the text."""
        self._cut(0, offset, offset)
