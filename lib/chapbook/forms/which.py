"""Which form of a page was sent, where it has several; and which button sent it.

What a browser sends for a form fits that form: all that it always sends is there, hidden values are
those rendered, and nothing else has come. The form with the fewest contradictions is the one.
"""
from __future__ import annotations

from ..errors import BadRequest, Forbidden
from . import ONCE, target
from .controls import Control, Document, Form
from .microsyntax import normal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..fields import Upload
    from ..multidict import MultiDict

NOT_HERE = "This page has no form that could be sent here. Please open it again and look."
_PLAIN = frozenset({"checkbox", "file", "radio", "select-multiple", "submit", "image"})
_NEVER = frozenset({"button", "reset"})
# Attributes that change nothing of what is sent, and nothing of what is enforced.
_OUTER = frozenset({
    "id", "class", "style", "form", "autofocus", "tabindex", "title", "placeholder",
})
_MOST_FORMS = 200         # that are compared with one another


def submitted(
    document: Document, url_path: str, query: str, fields: MultiDict[str],
    files: MultiDict[Upload], base: str,
) -> Form:
    """The form that was sent to `url_path` (decoded) with these fields and files.

    `base` is the path of the page the form is on, percent-encoded: actions are relative to it.
    Forbidden where no form of the page is sent there, BadRequest where two fit alike; of forms that
    are the same in all that counts, the first is taken.
    """
    names = {*fields.keys(), *files.keys()}
    best: list[Form] = []
    least: tuple[int, int] | None = None
    for form in document.forms:
        score = _score(form, url_path, query, fields, names, base)
        if score is None:
            continue
        if least is None or score < least:
            best, least = [form], score
        elif score == least:
            best.append(form)
    if not best:
        raise Forbidden(NOT_HERE, detail=_elsewhere(document, url_path, query))
    for other in best[1:]:
        if _essence(other) != _essence(best[0]):
            raise BadRequest(detail=_alike(best[0], other, document))
    return best[0]


def submitter(form: Form, fields: MultiDict[str]) -> Control | None:
    """The button that was pressed, as far as that can be seen; None for one without a name."""
    for control in form.controls:
        if control.is_submitter and not _idle(control) and _pressed(control, fields):
            return control
    return None


def is_sent(document: Document, url: str) -> bool:
    """True where a form of the page is posted to the address of the page itself."""
    here = target.resolved("", url)
    return here is not None and any(
        way is not None and way.path == here.path for form in document.forms
        for way in (target.of(form, control, url) for control in (None, *_submitters(form))))


def ambiguous(document: Document, url_path: str | None, base: str) -> list[str]:
    """A sentence on each two forms that could not be told apart when one of them is sent.

    Looks at those that are posted to `url_path` (decoded); at all of them where it is None. At most
    ten sentences, about the first 200 forms.
    """
    found: list[str] = []
    known: list[tuple[Form, set[tuple[str, bytes | None]], _Shape]] = []
    for form in document.forms[:_MOST_FORMS]:
        targets = {
            (way.path, way.query) for way in (target.of(form, control, base)
                                              for control in (None, *_submitters(form)))
            if way is not None and url_path in (None, way.path)
        }
        if not targets:
            continue
        shape = _Shape(form)
        for other, its_targets, its_shape in known:
            if targets & its_targets and shape.meets(its_shape) and (
                _essence(form) != _essence(other)
            ):
                found.append(_alike(other, form, document))
                if len(found) >= 10:
                    return found
        known.append((form, targets, shape))
    return found


# What a form sends

def _idle(control: Control) -> bool:
    return control.disabled or control.in_datalist or control.type in _NEVER


def _submitters(form: Form) -> list[Control]:
    return [control for control in form.controls if control.is_submitter and not _idle(control)]


def _pressed(control: Control, fields: MultiDict[str]) -> bool:
    """True if what a browser sends for this button alone has come."""
    name = normal(control.name)
    if control.type == "image":
        return (f"{name}.x" if name else "x") in fields
    if not name:
        return False
    if control.element == "input" and "value" not in control.attributes:
        return name in fields                      # browsers send their own word for "Submit"
    return normal(control.default) in fields.all(name)


def _names(control: Control) -> Iterable[str]:
    """The names under which a control may send something."""
    name = normal(control.name)
    if control.type == "image":
        return (f"{name}.x", f"{name}.y") if name else ("x", "y")
    direction = normal(control.attributes.get("dirname", ""))
    return [each for each in (name, direction) if each]


def _always(control: Control) -> bool:
    """True for a control that no browser leaves out."""
    if control.type == "select-one":
        options = control.options
        return bool(options) and not any(option.disabled for option in options)
    return control.type not in _PLAIN and control.name.lower() not in ("_charset_", "isindex")


def _score(
    form: Form, url_path: str, query: str, fields: MultiDict[str], names: set[str], base: str,
) -> tuple[int, int] | None:
    """How badly what was sent fits the form, (0, 0) at best; None if it is not sent to there."""
    pressed = submitter(form, fields)
    nameless = [control for control in _submitters(form) if not control.name]
    ways = [target.of(form, control, base) for control in (
        [pressed] if pressed is not None else [None, *nameless])]
    fitting = [way for way in ways if way is not None and way.fits(url_path, query)]
    if not fitting:
        return None
    exact = any(way.fits_exactly(query) for way in fitting)
    shape = _Shape(form)
    contradictions = len(shape.always - names) + len(names - shape.possible - {ONCE})
    for name, values in shape.hidden.items():
        contradictions += name in names and values.isdisjoint(fields.all(name))
    if pressed is None:
        contradictions += None not in shape.buttons
        contradictions += sum(name in names for name in shape.button_names)
    return (not exact) + contradictions, contradictions


class _Shape:
    """The names that a form always and possibly sends, its hidden values, and its buttons."""

    def __init__(self, form: Form) -> None:
        self.always: set[str] = set()
        self.possible: set[str] = set()
        self.hidden: dict[str, set[str]] = {}
        self.buttons: set[tuple[str, str] | None] = set()
        self.button_names: set[str] = set()
        open_names: set[str] = set()
        for control in form.controls:
            if _idle(control):
                continue
            names = _names(control)
            name, value = normal(control.name), normal(control.default)
            self.possible.update(names)
            if control.is_submitter:
                self.buttons.add((name, value) if name else None)
                self.button_names.update(names)
            elif name:
                if _always(control):
                    self.always.add(name)
                if control.type == "hidden" and name.lower() not in ("_charset_", ONCE):
                    self.hidden.setdefault(name, set()).add(value)
                else:
                    open_names.add(name)
        for name in open_names:                    # another control of that name takes any value
            self.hidden.pop(name, None)
        self.button_names -= open_names | self.hidden.keys()
        if not self.buttons:
            self.buttons.add(None)                 # sent by the Enter key
        self.always.discard(ONCE)

    def meets(self, other: _Shape) -> bool:
        """True if something that one of the two forms sends could have come from the other."""
        return (
            self.always <= other.possible and other.always <= self.possible
            and not any(values.isdisjoint(other.hidden.get(name, values))
                        for name, values in self.hidden.items())
            and (self._pressed_in(other) or other._pressed_in(self))
        )

    def _pressed_in(self, other: _Shape) -> bool:
        """True if what a button of this form sends could be a button or a field of the other."""
        fields = other.possible - other.button_names if None in other.buttons else set()
        return any(button in other.buttons or button is not None and button[0] in fields
                   for button in self.buttons)


def _essence(form: Form) -> list[Any]:
    """All of a form that decides what it sends and what of that is enforced."""
    return [form.action, form.method, form.enctype, *[
        (control.element, control.type, control.disabled, control.default,
         {name: value for name, value in control.attributes.items() if name not in _OUTER},
         [(option.value, option.disabled) for option in control.options])
        for control in form.controls
    ]]


def _elsewhere(document: Document, url_path: str, query: str) -> str:
    """Why nothing can be sent to there, in the author's words: where the page's forms go."""
    ways = [f"{_called(form, document)}, method {form.method}, action {(form.action or '')[:200]!r}"
            for form in document.forms[:5]]
    wanted = f"{url_path}?{query}" if query else url_path
    return f"No form of the page is posted to {wanted}. It has " + ("; ".join(ways) or "none")


def _alike(form: Form, other: Form, document: Document) -> str:
    return (f"Two forms of this page cannot be told apart when one is sent, "
            f"{_called(form, document)} and {_called(other, document)}: give one of them "
            "a hidden field, a named button or an action of its own.")


def _called(form: Form, document: Document) -> str:
    line = document.text.count("\n", 0, form.start) + 1
    name = form.id or form.name
    return f"the form {name!r} in line {line}" if name else f"the form in line {line}"
