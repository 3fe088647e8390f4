"""What Chromium says of a case, and what the server says of what Chromium sends for it."""
from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chapbook.errors import HTTPError
from chapbook.fields import Upload, clean
from chapbook.forms import markup, validity, which
from chapbook.multidict import MultiDict
from tests.support.cases import Case

if TYPE_CHECKING:
    from playwright.sync_api import Page

BATCH = 250                  # forms on one page
# All in one place, so that nothing has to be scrolled to.
HEAD = "<!DOCTYPE html><title>Cases</title><style>div { position: fixed; top: 0 }</style>"
CONTROLS = "input, select, textarea, button"

# Puts the text and one letter more into each control that is typed into, one after the other; the
# letter is then taken away by the key for that: what binds only visitors is checked only then.
TYPE = """
cases => {
    const edits = cases.flatMap(({name, acts}) => acts.filter(act => act[0] === "edit").map(
        ([, number, value]) => [document.getElementById("box-" + name)
            .querySelectorAll(CONTROLS)[number], value]));
    const next = () => {
        if (!edits.length) return;
        const [control, value] = edits.shift();
        control.value = value + "x";
        control.focus();
        control.addEventListener("input", next, {once: true});
    };
    const count = edits.length;
    next();
    return count;
}
"""
# Does what else a visitor does, and tells what the browser makes of it. Named properties of a form
# can hide its methods, so those of the prototype are called.
ASK = """
cases => cases.map(({name, acts, submitter}) => {
    const form = document.getElementById(name);
    const controls = [...document.getElementById("box-" + name).querySelectorAll(CONTROLS)]
        .filter(control => control instanceof HTMLElement);        // and nothing of SVG
    for (const [what, number, value] of acts) {
        const control = controls[number];
        if (!control || control.matches(":disabled")) continue;
        if (what === "set") control.value = value;
        else if (what === "check") {
            if (value || control.type !== "radio") control.checked = value;
        } else if (what === "choose") {
            if (!control.multiple && !value.length) control.selectedIndex = -1;
            else [...control.options].forEach((option, at) => {
                if (!option.matches(":disabled") && (control.multiple || value.includes(at)))
                    option.selected = value.includes(at);
            });
        } else if (what === "files") {
            const files = new DataTransfer();
            for (const [name, type, size] of value)
                files.items.add(new File(["x".repeat(size)], name, {type}));
            control.files = files.files;
        }
    }
    const entries = [...new FormData(form, submitter === null ? null : controls[submitter])];
    return {
        valid: HTMLFormElement.prototype.checkValidity.call(form),
        entries: entries.map(([name, value]) => value instanceof File
            ? [name, null, value.name, value.type, value.size] : [name, value]),
        controls: controls.map(control => ({
            type: control.type, name: control.name, multiple: control.multiple || false,
            hasValue: control.hasAttribute("value"), value: control.value,
            step: control.step || "", keeps: control.hasAttribute("data-keep-space"),
            fixed: control.type === "hidden" || control.readOnly || false,
            listed: control.closest("datalist") !== null,
            sent: control.form === form && !control.matches(":disabled, datalist *"),
            wrong: Object.keys(FLAGS).filter(flag => control.validity[flag])
                .map(flag => FLAGS[flag]),
        })),
    };
})
"""
FLAGS = {
    "valueMissing": "required", "typeMismatch": "type", "badInput": "type",
    "patternMismatch": "pattern", "tooLong": "maxlength", "tooShort": "minlength",
    "rangeUnderflow": "min", "rangeOverflow": "max", "stepMismatch": "step",
}
PREAMBLE = f"const CONTROLS = {CONTROLS!r}, FLAGS = {FLAGS};"


BACKSPACE = {"type": "keyDown", "key": "Backspace", "code": "Backspace",
             "windowsVirtualKeyCode": 8, "commands": ["DeleteBackward"]}


class Seen:
    """What the browser says: `valid`, the `entries` that it sends, its `controls`.

    `form` is the same form as the server reads it.
    """

    def __init__(self, case: Case, told: dict[str, Any], form: markup.Form) -> None:
        self.case, self.form = case, form
        self.valid: bool = told["valid"]
        self.entries: list[list[Any]] = told["entries"]
        self.controls: list[dict[str, Any]] = told["controls"]

    @property
    def wrong(self) -> set[str]:
        """The kinds of faults that the browser finds, in the server's words."""
        return {kind for control in self.controls for kind in control["wrong"]}


class Judged:
    """What the server says of `entries`: whether it `fits`, the `values`, the `kinds` of faults."""

    def __init__(self, form: markup.Form, entries: Iterable[list[Any]]) -> None:
        self.entries = list(entries)
        self.values: dict[str, Any] = {}
        self.kinds: set[str] = set()
        self.said: list[str] = []
        fields, files = [], []
        try:
            for name, value, *file in self.entries:
                name = clean(name.encode("utf-8"), "a name")
                if value is not None:
                    fields.append((name, clean(value.encode("utf-8"), "a value")))
                elif file[0]:                    # an empty name: no file was chosen
                    files.append((name, Upload(file[0], file[1], io.BytesIO(), file[2])))
            sent = MultiDict(fields)
            verdict = validity.check(form, sent, MultiDict(files), which.submitter(form, sent))
            self.fits = verdict.fits
            self.values = verdict.values
            self.kinds = {fault.kind for fault in verdict.faults.values()}
            self.said = [fault.sentence for fault in verdict.faults.values()] + verdict.general
        except HTTPError as error:
            self.fits = False
            self.kinds = {type(error).__name__}
            self.said = [error.detail or str(error)]
        except Exception as error:
            self.fits = False
            self.kinds = {"crash"}
            self.said = [repr(error)]


def ask(page: Page, cases: list[Case]) -> list[Seen]:
    """What the browser says of each case; one page has a batch of them."""
    keys = page.context.new_cdp_session(page)
    seen: list[Seen] = []
    for at in range(0, len(cases), BATCH):
        named = {f"case{number}": case for number, case in enumerate(cases[at:at + BATCH])}
        html = HEAD + "\n".join(case.page(name) for name, case in named.items())
        page.set_content(html)
        page.add_script_tag(content=PREAMBLE)
        wanted = [{"name": name, "acts": case.acts, "submitter": case.submitter}
                  for name, case in named.items()]
        for _ in range(page.evaluate(TYPE, wanted)):
            keys.send("Input.dispatchKeyEvent", BACKSPACE)
        told = page.evaluate(ASK, wanted)
        forms = {form.id: form for form in markup.read(html).forms}
        seen += [Seen(case, one, forms[name])
                 for (name, case), one in zip(named.items(), told, strict=True)]
    return seen
