"""The forms of an HTML text, as a browser that follows the HTML standard would find them.

`read(text)` gives a Document of forms with their controls; all have the offsets at which they stand
in the text. Nothing in a text is an error here, and twice the text takes twice the time.
"""
from __future__ import annotations

from .controls import Control, Document, Fieldset, Form, Option, Output
from .elements import CLOSING, VOID, Elements
from .selects import OpenSelect
from .tokens import Tag, lower, raw_stop, tags, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Control", "Document", "Fieldset", "Form", "Option", "Output", "Tag", "read", "tags"]

INPUT_TYPES = frozenset({
    "button", "checkbox", "color", "date", "datetime-local", "email", "file", "hidden", "image",
    "month", "number", "password", "radio", "range", "reset", "search", "submit", "tel", "text",
    "time", "url", "week",
})
_LABELABLE = frozenset({"meter", "output", "progress"})
_MOST_LABELS = 8          # labels around one another; one is right


def read(text: str) -> Document:
    """The forms of a page, with their controls.

    What stands in comments, scripts, `<template>` and SVG is none. `<noscript>` is read as it is
    without scripts.
    """
    return _Reader(text).document


class _Label:
    """An open label: its control is the one of `for`, else the first one inside of it."""

    def __init__(self, tag: Tag) -> None:
        self.tag = tag
        self.named: str | None = tag.attributes.get("for")
        self.taken = self.named is not None
        self.labelled: Control | None = None
        self.around: list[Control] = []
        self.stop = tag.stop


class _Legend:
    """The first legend of a fieldset, while it is open."""

    def __init__(self, fieldset: Fieldset, start: int) -> None:
        self.fieldset = fieldset
        self.start = start


class _Reader:
    """Walks through the tags of a text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.document = Document(text)
        self.elements = Elements(self._closed)
        self.form: Form | None = None                       # the form element pointer
        self.outer: list[Form] = []                         # ended, though what is in them is not
        self.select: OpenSelect | None = None
        self.templates = 0
        self.disabling = 0                                  # open fieldsets that disable
        self.datalists = 0
        self.fieldsets: list[Fieldset] = []
        self.labels: list[_Label] = []                      # the open ones
        self.all_labels: list[_Label] = []
        self.controls = self.document.controls
        self.by_id: dict[str, Form | Control | None] = {}
        for tag in tags(text):
            self._tag(tag)
        if self.select is not None:
            self.select.close(len(text), len(text))
        self.elements.end(len(text))
        self._connect()

    def _tag(self, tag: Tag) -> None:
        name = tag.name
        if self.templates or name == "template":
            if name == "template" and not tag.foreign:
                self.templates += -1 if tag.is_end and self.templates else not tag.is_end
            if "id" in tag.attributes:
                self.document.ids.add(tag.attributes["id"])
        elif tag.is_end:
            if tag.foreign:
                return
            if self.select is not None and self._end_in_select(tag):
                return
            if name == "form":
                self._end_form(tag)
            else:
                self.elements.ended(name, tag.start, tag.stop)
        elif self.select is None or not self._start_in_select(tag):
            made = self._start(tag) if not tag.foreign else None
            if "id" in tag.attributes:
                self._identified(tag, made)

    def _identified(self, tag: Tag, made: Form | Control | None) -> None:
        key = tag.attributes["id"]
        self.document.ids.add(key)
        if key not in self.by_id:
            self.by_id[key] = made
            self.document.tags_by_id[key] = tag

    # Start tags

    def _start(self, tag: Tag) -> Form | Control | None:
        name, elements = tag.name, self.elements
        if name == "form":
            if self.form is not None:
                return None
            self.form = Form(tag, len(self.text))
            self.document.forms.append(self.form)
            if not elements.in_table:
                elements.allow(name, tag.start)
                elements.opened(name, self.form)
            return self.form
        if name in CLOSING and not elements.allow(name, tag.start):
            return None
        starter = _STARTERS.get(name)
        if starter:
            return starter(self, tag)
        if name in _LABELABLE:
            self._take_labels(None)
        if name not in VOID:
            elements.opened(name)
        return None

    def _input(self, tag: Tag) -> Control:
        kind = lower(tag.attributes.get("type", ""))
        return self._control(tag, kind if kind in INPUT_TYPES else "text")

    def _textarea(self, tag: Tag) -> Control:
        control = self._control(tag, "textarea")
        stop = raw_stop(self.text, tag.stop, "textarea")
        content = value(self.text[tag.stop:stop], False).removeprefix("\n")
        control.default = content.replace("\r\n", "\n").replace("\r", "\n")
        control.content = (tag.stop, stop)
        control.stop = self.text.find(">", stop) + 1 or len(self.text)
        return control

    def _button(self, tag: Tag) -> Control:
        kind = lower(tag.attributes.get("type", ""))
        if kind not in ("submit", "reset", "button"):
            commands = "command" in tag.attributes or "commandfor" in tag.attributes
            kind = "button" if commands else "submit"
        control = self._control(tag, kind)
        self.elements.opened("button", control)
        return control

    def _select(self, tag: Tag) -> Control:
        multiple = "multiple" in tag.attributes
        control = self._control(tag, "select-multiple" if multiple else "select-one")
        control.default = ""
        self.select = OpenSelect(self.text, control)
        return control

    def _control(self, tag: Tag, kind: str) -> Control:
        control = Control(self.document, tag, kind)
        control.form = self.form or (self.outer[-1] if self.outer else None)
        control.disabled = control.disabled or self.disabling > 0
        control.in_datalist = self.datalists > 0
        if self.fieldsets:
            control.fieldset = self.fieldsets[-1]
            control.fieldset.add(control)
        if kind != "hidden":
            self._take_labels(control)
        if self.labels:
            self.labels[0].around.append(control)
        self.controls.append(control)
        return control

    def _take_labels(self, control: Control | None) -> None:
        for label in self.labels:
            if not label.taken:
                label.taken = True
                label.labelled = control

    def _label(self, tag: Tag) -> None:
        if len(self.labels) < _MOST_LABELS:
            label = _Label(tag)
            self.labels.append(label)
            self.all_labels.append(label)
            self.elements.opened("label", label)
        else:
            self.elements.opened("label")

    def _fieldset(self, tag: Tag) -> None:
        fieldset = Fieldset(tag)
        self.fieldsets.append(fieldset)
        self.disabling += "disabled" in tag.attributes
        self.elements.opened("fieldset", fieldset)

    def _legend(self, tag: Tag) -> None:
        fieldset = self.elements.current
        if isinstance(fieldset, Fieldset) and fieldset.legend_span is None:
            fieldset.legend_span = (tag.stop, len(self.text))
            self.disabling -= "disabled" in fieldset.tag.attributes
            self.elements.opened("legend", _Legend(fieldset, tag.stop))
        else:
            self.elements.opened("legend")

    def _datalist(self, tag: Tag) -> None:
        self.datalists += 1
        self.elements.opened("datalist", tag)

    def _output(self, tag: Tag) -> None:
        output = Output(tag, self.form)
        self.document.outputs.append(output)
        self._take_labels(None)
        self.elements.opened("output", output)

    def _start_in_select(self, tag: Tag) -> bool:
        """Do what a start tag in a select does; False if it ends the select and is still to do."""
        assert self.select is not None
        if self.select.started(tag, self.elements.place("table") >= 0):
            if "id" in tag.attributes:
                self._identified(tag, None)
            return True
        self.select.close(tag.start, tag.start)
        self.select = None
        return tag.name == "select"

    # End tags

    def _end_in_select(self, tag: Tag) -> bool:
        """Do what an end tag in a select does; False if it ends more and is still to do."""
        assert self.select is not None
        if self.select.ended(tag, self.elements.place(tag.name) >= 0):
            return True
        own = tag.name == "select"
        self.select.close(tag.start, tag.stop if own else tag.start)
        self.select = None
        return own

    def _end_form(self, tag: Tag) -> None:
        if self.form is not None:
            self.form.stop = tag.stop
            if self.elements.removed("form", tag.start):
                self.outer.append(self.form)
            self.form = None

    def _closed(self, record: object, start: int, stop: int) -> None:
        """An element has ended that was more than its name."""
        if isinstance(record, _Label):
            self.labels.pop()
            for control in record.around:
                control.label_stop = stop
            record.stop = start
        elif isinstance(record, Fieldset):
            self.fieldsets.pop()
            self.disabling -= "disabled" in record.tag.attributes
        elif isinstance(record, _Legend):
            record.fieldset.legend_span = (record.start, start)
            self.disabling += "disabled" in record.fieldset.tag.attributes
        elif isinstance(record, Control):
            record.stop = stop
        elif isinstance(record, Form):
            if self.outer and self.outer[-1] is record:
                self.outer.pop()
        elif isinstance(record, Output):
            record.content = (record.tag.stop, start)
            record.stop = stop
        else:
            self.datalists -= 1

    # At the end

    def _connect(self) -> None:
        """Give each control its form and its labels, by the ids that only now are all known."""
        for label in self.all_labels:
            target = label.labelled
            if label.named is not None:
                found = self.by_id.get(label.named)
                target = found if isinstance(found, Control) and found.type != "hidden" else None
            if target is not None:
                target.label_spans.append((label.tag.stop, label.stop))
        for control in self.controls:
            named = control.attributes.get("form")
            if named is not None:
                owner = self.by_id.get(named) if named else None
                control.form = owner if isinstance(owner, Form) else None
            if control.form is not None:
                control.form.controls.append(control)


_STARTERS: dict[str, Callable[[_Reader, Tag], Control | None]] = {
    "button": _Reader._button, "datalist": _Reader._datalist, "fieldset": _Reader._fieldset,
    "input": _Reader._input, "label": _Reader._label, "legend": _Reader._legend,
    "output": _Reader._output, "select": _Reader._select, "textarea": _Reader._textarea,
}
