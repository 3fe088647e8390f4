"""What must hold between the browser's and the server's words on one case."""
from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from chapbook.forms.microsyntax import normal

from tests.browser.oracle import Judged, Seen
from tests.support.differences import Difference

TEXTS = ("text", "search", "tel", "url", "email", "password", "textarea")
MULTIPLE = ("select-multiple", "email", "file")


def faults(seen: Seen, twin: Seen | None, known: Sequence[Difference]) -> Iterator[str]:
    """What does not agree, as sentences, but for the differences that are known.

    `twin` is the browser's word on the text as the server looks at it, where that is another.
    """
    judged = Judged(seen.form, seen.entries)
    fault = _fault(judged, seen, twin or seen)
    if fault and not any(difference.explains(seen, judged) for difference in known):
        yield fault
    raw = seen.case.raw
    if raw is not None and len(seen.entries) == 1 and seen.entries[0][1] != raw:
        dirty = Judged(seen.form, [[seen.entries[0][0], raw]])
        fault = _raw_fault(seen, judged, dirty)
        if fault and not any(difference.explains(seen, dirty) for difference in known):
            yield fault


def _fault(judged: Judged, seen: Seen, asked: Seen) -> str:
    if judged.fits != asked.valid or judged.kinds == {"crash"}:
        return (f"the browser {_word(asked.valid, asked.wrong)}, "
                f"the server {_word(judged.fits, judged.kinds)} {judged.said}")
    if not judged.fits and asked.wrong and judged.kinds - asked.wrong:
        return f"the browser objects to {asked.wrong}, the server to {judged.kinds} {judged.said}"
    if judged.fits:
        expected = {**judged.values, **typed(seen)}
        if not _same(expected, judged.values):
            return f"the browser sends {expected}, the server reads {judged.values}"
    return ""


def _raw_fault(seen: Seen, judged: Judged, dirty: Judged) -> str:
    """What is put into a field and cleaned away by the browser is refused, or read as the same."""
    if dirty.kinds == {"crash"} or dirty.fits and not (
        judged.fits and _same(dirty.values, judged.values)
    ):
        return (f"put in raw, {seen.case.raw!r} is sent as {seen.entries[0][1]!r} and read as "
                f"{judged.values}, but raw as {dirty.values} {dirty.said}")
    return ""


def typed(seen: Seen) -> dict[str, Any]:
    """The values that a handler must get for what the browser sends, made by other means."""
    entries: dict[str, list[Any]] = {}
    for name, value, *file in seen.entries:
        if value is not None or file[0]:
            entries.setdefault(normal(name), []).append(
                normal(value) if value is not None else (file[0], file[2]))
    controls: dict[str, list[dict[str, Any]]] = {}
    for control in seen.controls:
        if control["sent"] and control["name"] and control["type"] not in (
            "button", "reset", "image"
        ):
            controls.setdefault(normal(control["name"]), []).append(control)
    values = {}
    for name, group in controls.items():
        sent, kinds = entries.get(name, []), {control["type"] for control in group}
        if len(group) == 1:
            values[name] = _typed(group[0], sent)
        elif kinds == {"checkbox"}:
            values[name] = sent
        elif kinds in ({"radio"}, {"submit"}):
            values[name] = sent[0] if sent else None
        elif kinds <= {*TEXTS, "hidden"}:
            values[name] = [_typed(control, [text])
                            for control, text in zip(group, sent, strict=True)]
    return values


def _typed(control: dict[str, Any], sent: list[Any]) -> Any:
    kind = control["type"]
    if kind in MULTIPLE and control["multiple"]:
        if kind == "email":
            return sent[0].split(",") if sent[0] else []
        return sent
    if kind == "checkbox" and not control["hasValue"]:
        return bool(sent)
    if not sent:
        return None
    text: str = sent[0]
    if kind in TEXTS and kind != "password" and not control["keeps"]:
        text = text.strip()
    if not text and kind not in ("hidden", "checkbox", "radio", "submit"):
        return None
    if kind in ("number", "range"):
        return Decimal(text)
    if kind == "time":
        return datetime.time.fromisoformat(text)
    if kind in ("date", "month", "week", "datetime-local"):
        year, _, rest = text.partition("-")
        text = f"{int(year):04}-{rest}"          # a year may begin with zeros
        if kind == "datetime-local":
            return datetime.datetime.fromisoformat(text)
        if kind == "week":
            return datetime.date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
        return datetime.date.fromisoformat(text if kind == "date" else f"{text}-01")
    return text


def _same(expected: dict[str, Any], values: dict[str, Any]) -> bool:
    return expected.keys() == values.keys() and all(
        _plain(expected[name]) == _plain(values[name]) for name in expected)


def _plain(value: Any) -> Any:
    """A value that can be compared: files by name and size, texts as they are read."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "size") and hasattr(value, "name"):
        return value.name, value.size
    return value


def _word(good: bool, kinds: set[str]) -> str:
    return "takes it" if good else f"objects to {sorted(kinds) or 'something'}"
