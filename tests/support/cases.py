"""Cases for the browser and the server to agree on: a form, what a visitor does to it."""
from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import Any

from tests.support import case_values as pool
from tests.support.case_forms import FORMS, PRESSED

SEED = 20261122
SPACE = " \t\n\f\r"
ONE_LINE = ("text", "search", "tel", "password", "url", "email")


class Case:
    """A form (`html` is what is in it) and what is done to it in the browser.

    `acts` are triples of what is done, the number of the control, and the value: ("set", 0, "x")
    as a script does, ("edit", 0, "x") as somebody who types, ("check", 1, True),
    ("choose", 2, [0, 3]), ("files", 0, [["a.txt", "text/plain", 5]]). `submitter` is the number of
    the button pressed. `raw` is the text that was put into a lone control. `twin` is the same case
    with the text that the server looks at where that is another: without white space around it,
    and in NFC. `outside` stands after the form; FORM in the HTML is its id.
    """

    def __init__(self, html: str, *acts: tuple[str, int, Any], submitter: int | None = None,
                 raw: str | None = None, twin: Case | None = None, outside: str = "",
                 form: str = "") -> None:
        self.html, self.acts, self.submitter, self.raw = html, list(acts), submitter, raw
        self.twin, self.outside, self.form = twin, outside, form

    def page(self, name: str) -> str:
        """The form as HTML, in a box of its own, with this id."""
        html = (f'<div id="box-{name}"><form id="{name}" method="post" action="/sent" '
                f'enctype="multipart/form-data" {self.form}>{self.html}</form>{self.outside}</div>')
        return html.replace("FORM", name)

    def __repr__(self) -> str:
        pressed = "" if self.submitter is None else f" pressed {self.submitter}"
        return f"{self.html}{self.outside} {self.acts}{pressed}"


def groups() -> dict[str, list[Case]]:
    """All cases, by the type of control that they are about."""
    draw = random.Random(SEED)
    made = {kind: list(_texts(kind)) for kind in ("text", "password", "search", "tel", "textarea")}
    made["pattern"] = [
        _typed("text", f'pattern="{escape(source)}"', value)
        for number, source in enumerate(pool.PATTERNS)
        for value in ("", "a", "ab", "abc", "é", "😀", "12", *pool.TEXTS[number % 6::6])]
    made["email"] = list(_addresses("email", pool.EMAILS, (
        "", "required", "multiple", "multiple required", 'pattern=".*@b.*"',
        'multiple pattern=".*@b.*"')))
    made["url"] = list(_addresses("url", pool.URLS, (
        "", "required", 'pattern="https?:.*"')))
    for kind, values, rules in NUMERIC:
        made[kind] = [_lone(kind, rule, value) for number, rule in enumerate(rules)
                      for value in (values if number < 2 else values[number % 3::3])]
        made[kind] += [_drawn(kind, values, rules, draw) for _ in range(100)]
    for kind in ("text", "textarea", "email", "url"):
        values = {"email": pool.EMAILS, "url": pool.URLS}.get(kind, pool.TEXTS + pool.LINES)
        made[kind] += [_typed(kind, " ".join(draw.sample(pool.LENGTHS + pool.COMMON, 2)),
                              _mixed(values, draw), "edit") for _ in range(60)]
    made["forms"] = list(_forms())
    made["drawn forms"] = [_drawn_form(draw) for _ in range(400)]
    return made


NUMERIC: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("number", pool.NUMBERS, pool.NUMBER_RULES),
    ("range", pool.NUMBERS[::2], pool.NUMBER_RULES),
    ("date", pool.DATES, pool.DATE_RULES),
    ("month", pool.MONTHS, pool.MONTH_RULES),
    ("week", pool.WEEKS, pool.WEEK_RULES),
    ("time", pool.TIMES, pool.TIME_RULES),
    ("datetime-local", pool.LOCALS, pool.LOCAL_RULES),
    ("color", pool.COLORS, pool.COLOR_RULES),
)


def element(kind: str, attributes: str) -> str:
    """A control named a."""
    if kind == "textarea":
        return f"<textarea name=a {attributes}></textarea>"
    return f"<input type={kind} name=a {attributes}>"


def looked_at(kind: str, attributes: str, text: str) -> str:
    """The text that the server checks where a visitor sends this one."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if kind in ONE_LINE:
        text = text.replace("\n", "")
    if kind == "password" or "data-keep-space" in attributes:
        return text
    return text.strip(SPACE) if kind in ("email", "url") else text.strip()


def _typed(kind: str, attributes: str, text: str, how: str = "set") -> Case:
    twin = looked_at(kind, attributes, text)
    html = element(kind, attributes)
    return Case(html, (how, 0, text), raw=text if how == "set" else None,
                twin=Case(html, (how, 0, twin)) if twin != text else None)


def _texts(kind: str) -> Iterator[Case]:
    values = pool.TEXTS + (pool.LINES if kind == "textarea" else ())
    for attributes in pool.COMMON if kind in ("text", "textarea") else ("", "required"):
        for value in values:
            yield _typed(kind, attributes, value)
    for number, attributes in enumerate(pool.LENGTHS):
        for value in values[number % 5::5 if kind == "text" else 9]:
            yield _typed(kind, attributes, value, "edit")
    for attributes in pool.LENGTHS[:6]:
        yield Case(element(kind, f"{attributes} value=abcdef"))
        yield Case(element(kind, f"{attributes} value=ab required readonly"))


def _addresses(kind: str, values: tuple[str, ...], rules: tuple[str, ...]) -> Iterator[Case]:
    for attributes in rules:
        for value in values:
            yield _typed(kind, attributes, value)
    for value in values[::2]:
        yield _typed(kind, "", value, "edit")
        yield _typed(kind, "minlength=9 maxlength=12", value, "edit")
        if kind == "email":
            yield _typed(kind, "multiple", value, "edit")


def _lone(kind: str, attributes: str, value: str) -> Case:
    return Case(element(kind, attributes), ("set", 0, value), raw=value)


def _drawn(kind: str, values: tuple[str, ...], rules: tuple[str, ...], draw: random.Random) -> Case:
    """A case with two rules at once and perhaps a default, and a value that may be damaged."""
    parts = [*draw.choice(rules).split(), *draw.choice(rules).split()]
    if draw.random() < 0.3:
        parts.append(f"value='{draw.choice(values)}'")
    return _lone(kind, " ".join(parts), _mixed(values, draw))


def _mixed(values: tuple[str, ...], draw: random.Random) -> str:
    text = draw.choice(values)
    for _ in range(draw.choice((0, 0, 1, 2))):
        at = draw.randint(0, len(text))
        other = draw.choice(values)
        piece = draw.choice(("", other[:1], other[-2:], draw.choice("0159-:.TWe @,é")))
        text = text[:at] + piece + text[at + draw.choice((0, 1)):]
    return text


def _forms() -> Iterator[Case]:
    for form in FORMS:
        html, *acts = form
        yield Case(html, *acts)
        yield Case(html, *acts, form="novalidate")
    for html, submitter in PRESSED:
        yield Case(html, submitter=submitter)


_AROUND = (
    "{}", "{}", "{}", "<p>{}</p>", "<label>x {}</label>", "<fieldset>{}</fieldset>",
    "<fieldset disabled>{}</fieldset>", "<fieldset disabled><legend>{}</legend></fieldset>",
    "<fieldset disabled><legend></legend><legend>{}</legend></fieldset>",
    "<fieldset><fieldset disabled><legend><fieldset>{}</fieldset></legend></fieldset></fieldset>",
)
_BOXES = ("value=1", "value=2", "value=é", "value='e\u0301'", "value", "")
_OPTIONS = (
    "<option>", "<option value=''>x", "<option value=1>x", "<option>2", "<option disabled>3",
    "<option selected value=4>x", "<option> 5  5 ", "<optgroup disabled><option>6</optgroup>",
    "<option value='' disabled selected>", "<optgroup><option value=''>7</optgroup>",
    "<option value=1>y",
)
_KINDS = ("checkbox", "radio", "select", "multiple", "text", "textarea", "file")


def _drawn_form(draw: random.Random) -> Case:
    """A form of up to four controls, some of one name, some disabled by what is around them."""
    html, acts, number = "", [], 0
    for _ in range(draw.randint(1, 4)):
        part, doing, count = _drawn_part(draw, number)
        html += draw.choice(_AROUND).format(part)
        acts += doing
        number += count
    if draw.random() < 0.3:
        return Case("", *acts, outside=html.replace(" name=", " form=FORM name="))
    return Case(html, *acts)


def _drawn_part(draw: random.Random, at: int) -> tuple[str, list[tuple[str, int, Any]], int]:
    """HTML of one control or a group, what is done to it, and how many controls it has."""
    name, kind = draw.choice("aabc"), draw.choice(_KINDS)
    flags = " ".join(draw.sample(("required", "disabled", "readonly", "", "", "", ""), 2))
    if kind in ("checkbox", "radio"):
        boxes = draw.choices(_BOXES, k=draw.randint(1, 3))
        html = "".join(f"<input type={kind} name={name} {box} {draw.choice((flags, 'checked'))}>"
                       for box in boxes)
        return html, [("check", at + number, draw.random() < 0.5) for number in range(len(boxes))
                      if draw.random() < 0.7], len(boxes)
    if kind in ("select", "multiple"):
        options = draw.choices(_OPTIONS, k=draw.randint(0, 4))
        more = kind if kind == "multiple" else draw.choice(("", "", "size=1", "size=3", "size=0"))
        chosen = [number for number in range(len(options)) if draw.random() < 0.5]
        html = f"<select name={name} {more} {flags}>{''.join(options)}</select>"
        return html, [("choose", at, chosen)] if draw.random() < 0.7 else [], 1
    if kind == "file":
        files = [[f"f{number}.txt", "text/plain", number] for number in range(draw.randint(0, 2))]
        many = draw.choice(("multiple", ""))
        flags = flags.replace("readonly", "")
        return (f"<input type=file name={name} {many} {flags}>",
                [("files", at, files if many else files[:1])], 1)
    value = draw.choice(("", "x", "1", "2", "two words"))
    return (element(kind, flags).replace("name=a", f"name={name}"),
            [("set", at, value)] if "readonly" not in flags else [], 1)
