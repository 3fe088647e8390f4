"""The page of a form once more: filled in as it was sent, with what is to be put right.

The author's HTML stays as it was, byte for byte, but for what is put in: values, a sentence after
each field at fault, and a summary at the top of the form. It is as valid as it was before.
"""
from __future__ import annotations

from ..percent import quote
from .edits import Edits, attribute, content
from .filling import fill
from .markup import tags
from .microsyntax import normal
from .wording import label, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

    from ..multidict import MultiDict
    from .markup import Control, Document, Form, Tag

# A form in one of these may hold no heading; dt and th need no end tag.
_BARRING = frozenset({"address", "dt", "th"})
_ENDING = frozenset({"dd", "dl", "table", "td", "tr"})
_UNSEEN = frozenset({"hidden", "submit", "image", "reset", "button"})
_FRAGMENT_SAFE = "/:@!$'()*,;=+?"
_FARTHEST_LABEL = 500     # characters between a control and what is in the label after it


def refilled(
    document: Document, form: Form, fields: MultiDict[str], faults: dict[str, str],
    general: list[str], files: Container[str] = (), language: str = "en",
) -> str:
    """The text of the page with this form filled in, and with sentences about what is wrong.

    `faults` are sentences by the names of fields; those that the form does not show stand in the
    summary only, as do those in `general`. `files` has the names of the file fields that came with
    a file: the visitor is reminded that it must be chosen again.
    """
    edits = Edits(document.text)
    fill(edits, form, fields)
    page = _Page(document, form, edits)
    shown = _by_name(form)
    faults = {normal(name): sentence for name, sentence in faults.items()}
    points = [(page.mark(name, shown[name], faults[name]), faults[name])
              for name in shown if name in faults]
    points += [("", sentence) for name, sentence in faults.items() if name not in shown]
    points += [("", sentence) for sentence in general]
    again = [(page.id(control), label(control)) for control in form.controls
             if normal(control.name) not in faults and _is_lost(control, fields, files)]
    page.make_seen([form.start, *(shown[name][0].start for name in shown if name in faults)])
    heading = "p" if page.bars_headings else "h2"
    edits.insert(form.open_stop, _summary(heading, points, again, language))
    return edits.made()


def _by_name(form: Form) -> dict[str, list[Control]]:
    """The controls that a visitor sees, by name; disabled ones only where there are no others."""
    found: dict[str, list[Control]] = {}
    for control in form.controls:
        if control.name and control.type not in _UNSEEN and not control.in_datalist:
            found.setdefault(normal(control.name), []).append(control)
    for name, controls in found.items():
        found[name] = [control for control in controls if not control.disabled] or controls
    return found


def _is_lost(control: Control, fields: MultiDict[str], files: Container[str]) -> bool:
    if not control.name or control.disabled or control.in_datalist:
        return False
    if control.type == "file":
        return normal(control.name) in files
    return control.type == "password" and any(fields.all(normal(control.name)))


class _Page:
    """The page around a form: its ids, its outputs, and what else has to be changed there."""

    def __init__(self, document: Document, form: Form, edits: Edits) -> None:
        self._form = form
        self._edits = edits
        self._taken = set(document.ids)
        self._given: dict[int, str] = {}
        self._outputs = {}
        for output in reversed(document.outputs):
            owner = output.tag.attributes.get("form")
            if owner == form.id if owner is not None else output.form is form:
                self._outputs.update(dict.fromkeys(output.names, output))
        self.bars_headings = False

    def id(self, control: Control) -> str:
        """The id of a control, which gets one if it has none."""
        known = control.id or self._given.get(control.start)
        if not known:
            known = self._given[control.start] = self._unique(control.name)
            self._edits.set(control.tag, "id", known)
        return known

    def _unique(self, text: str) -> str:
        stem = known = "-".join(text.split())
        number = 1
        while known in self._taken:
            number += 1
            known = f"{stem}-{number}"
        self._taken.add(known)
        return known

    def mark(self, name: str, controls: list[Control], sentence: str) -> str:
        """Say what is wrong beside the controls of one name; gives the id of the first of them."""
        edits = self._edits
        target = self.id(controls[0])
        own = self._unique(f"{name}-error")
        for control in controls:
            edits.set(control.tag, "aria-invalid", "true")
            others = control.attributes.get("aria-describedby", "").split()
            edits.set(control.tag, "aria-describedby", " ".join([own, *others]))
        piece = f'<span class="error" id="{attribute(own)}">{content(sentence)}</span>'
        output = self._outputs.get(name) or self._outputs.get(target)
        if output is not None:
            edits.insert(output.tag.stop, piece)
        else:
            edits.insert(_after(controls[-1]), " " + piece)
        return target

    def make_seen(self, places: list[int]) -> None:
        """Open the `<details>` around these offsets, and let the focus go to the summary alone.

        Of several elements with `autofocus` the first gets it; two in one dialog are an error.
        """
        wanted = set(places)
        details: list[Tag] = []
        looked_at = 0                          # so many of them, from the outermost on
        dialogs: list[int] = []
        focused: list[tuple[list[int], Tag]] = []
        own_dialog: list[int] = []
        around = ""
        for tag in tags(self._edits.text):
            if tag.start in wanted:
                for one in details[looked_at:]:
                    if "open" not in one.attributes and "name" not in one.attributes:
                        self._edits.set(one, "open")
                looked_at = len(details)
            if tag.start == self._form.start:
                own_dialog = dialogs[-1:]
                self.bars_headings = around != ""
            name = tag.name
            if name in _BARRING:
                around = "" if tag.is_end else name
            elif name in _ENDING and around != "address":
                around = ""
            elif name == "details" and not tag.is_end:
                details.append(tag)
            elif name == "details" and details:
                details.pop()
                looked_at = min(looked_at, len(details))
            elif name == "dialog" and not tag.is_end:
                dialogs.append(tag.start)
            elif name == "dialog" and dialogs:
                dialogs.pop()
            if "autofocus" in tag.attributes and not tag.is_end:
                focused.append((dialogs[-1:], tag))
        for dialog, tag in focused:
            if dialog == own_dialog:
                self._edits.remove(tag, "autofocus")


def _after(control: Control) -> int:
    """Where the sentence about a control goes: after the label around it, or right behind it."""
    if control.label_stop is not None:
        return control.label_stop
    text, stop = control.text, control.stop
    for start, end in control.label_spans:
        if stop < start < stop + _FARTHEST_LABEL:
            between = text[stop:start].lstrip()
            label = next(iter(tags(between)), None)
            if label is not None and label.name == "label" and label.start == 0 and (
                label.stop == len(between) and text[end:end + 2] == "</"
            ):
                return text.find(">", end) + 1
    return stop


def _summary(
    heading: str, points: list[tuple[str, str]], again: list[tuple[str, str]], language: str,
) -> str:
    """The summary, with a link to the control of each point that has one."""
    linked = [point for point in points if point[0]]
    task = word("summary one" if len(linked) == 1 else "summary many", language)
    lines = [
        '\n<div class="errors" role="alert" tabindex="-1" autofocus>',
        f"<{heading}>{content(word('summary', language))}</{heading}>",
        f"<p>{content(word('summary kept', language))}</p>",
        *[f"<p>{content(sentence)}</p>" for id, sentence in points if not id],
    ]
    if linked:
        lines += [f"<p>{content(task.format(count=len(linked)))}</p>", *_list(linked)]
    if again:
        lines += [f"<p>{content(word('summary again', language))}</p>", *_list(again)]
    return "\n".join([*lines, "</div>"])


def _list(links: list[tuple[str, str]]) -> list[str]:
    items = [f'<li><a href="#{attribute(quote(id, _FRAGMENT_SAFE))}">{content(text)}</a></li>'
             for id, text in links]
    return ["<ul>", *items, "</ul>"]
