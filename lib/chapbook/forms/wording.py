"""The sentences that a visitor reads about an answer, in the words of the form itself.

A language is one dict, such as ENGLISH; another is added to LANGUAGES. What it lacks is English.
"""
from __future__ import annotations

from . import microsyntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .markup import Control
    from .refused import Refused

MOST_LABEL = 80                  # characters of a label, or of the name of a file, in a sentence
_DATES = ("date", "month", "week", "time", "datetime-local")
_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))

# Sentences are named by the kind of fault, then by what it is about. {label} stands without
# quotation marks where it can be read as a part of the sentence; {quoted} always has them.
ENGLISH: dict[str, Any] = {
    "required": "{label} is required.",
    "required checkbox": "Please tick {quoted}.",
    "required group": "Please choose one of the options for {quoted}.",
    "required select": "Please choose one of the options for {quoted}.",
    "required select-multiple": "Please choose at least one of the options for {quoted}.",
    "required file": "Please choose a file for {quoted}.",
    "type": "{label} has a value that cannot be read.",
    "type line": "{label} must be a single line.",
    "type file": "{label} must be filled in, not sent as a file.",
    "type upload": "The file for {quoted} did not arrive; only its name did.",
    "type email": "{label} must be an e-mail address, such as name@example.org.",
    "type emails": "{label} must be e-mail addresses with commas between them, such as "
                   "ann@example.org, bob@example.org.",
    "type url": "{label} must be a full web address, such as https://example.org.",
    "type number": "{label} must be a number.",
    "type range": "{label} must be a number.",
    "type whole": "{label} must be a whole number.",
    "type date": "{label} must be a date, written like 2026-12-01.",
    "type month": "{label} must be a month, written like 2026-12.",
    "type week": "{label} must be a week, written like 2026-W49.",
    "type time": "{label} must be a time, written like 14:30.",
    "type datetime-local": "{label} must be a date and a time, written like 2026-12-01T14:30.",
    "type color": "{label} must be a colour, written like #b03a2e.",
    "min": "{label} must be at least {limit}.",
    "min dates": "{label} must be {limit} or later.",
    "min around midnight": "{label} must be {low} or later, or {high} or earlier.",
    "max": "{label} must be at most {limit}.",
    "max dates": "{label} must be {limit} or earlier.",
    "step": "{label} cannot be {number}.",
    "step one": "{label} cannot be {number}. The nearest that fits is {lower}.",
    "step two": "{label} cannot be {number}. The nearest that fit are {lower} and {upper}.",
    "step whole": "{label} must be a whole number.",
    "minlength": "{label} must be at least {limit} characters long; it is {length} long now.",
    "maxlength": "{label} must be at most {limit} characters long; it is {length} long now.",
    "maxlength one": "{label} must be at most 1 character long; it is {length} long now.",
    "maxlength none": "{label} must be left empty.",
    "pattern": "{label} is not written in the way that is asked for.",
    "pattern title": "{name}: {title}.",
    "options": "Please choose one of the options for {quoted}.",
    "options checkbox": "{quoted} can only be ticked or not.",
    "options button": "The form was sent by a button that it does not have. Please press one of "
                      "its buttons.",
    "options direction": "The form was not sent as the page has it. Please send it again.",
    "accept": "{label} takes {kinds} files only; “{file}” is something else.",
    "size": "{label} must be at most {limit}; “{file}” has {length}.",
    "equal": "{label} must be the same as {other}.",
    "changed": "{label} cannot be changed; it is as it was again.",
    "changed hidden": "The page has changed since you opened it. Please look at your answers, and "
                      "send them again.",
    "repeated": "{label} was sent more often than the form has it. Please send the form again.",
    "repeated file": "Please choose one file only for {quoted}.",
    "repeated button": "The form was sent by two buttons at once. Please press one of them.",
    "summary": "Please look again",
    "summary kept": "Your form has not been accepted yet. What you wrote is kept below.",
    "summary one": "Please correct this, and send the form again:",
    "summary many": "Please correct these {count} points, and send the form again:",
    "summary again": "Files and passwords are not kept. Please give these again:",
    "accept words": {"image": "image", "audio": "sound", "video": "video", "text": "text",
                     "plain": "text", "jpeg": "JPEG", "svg+xml": "SVG"},
    "or": " or ",
    "thousands": ",",
    "point": ".",
    "months": ("January", "February", "March", "April", "May", "June", "July", "August",
               "September", "October", "November", "December"),
    "date": "{day} {month} {year}",
    "month": "{month} {year}",
    "week": "week {week} of {year}",
    "datetime-local": "{date}, {time}",
    "quotes": "“{}”",
    # At the end of a label; a sentence about it does without.
    "marks": ("(required)", "(optional)", "(mandatory)"),
    # A label that begins with one of these is a sentence of its own.
    "beginnings": frozenset(
        "a am are by can choose could describe did do does enter give have has how i i'm if in is "
        "leave let may must no of on please select should tell to upload was we were what when "
        "where which who whom whose why will with would write yes".split()),
}
LANGUAGES = {"en": ENGLISH}


def sentence(refused: Refused, language: str = "en") -> str:
    """What is wrong with an answer, as one sentence that names its field.

    The author's own, `data-error-required="..."` and the like, is taken as it is.
    """
    control, kind, shape = refused.control, refused.kind, refused.shape
    own = " ".join(control.attributes.get(f"data-error-{kind}", "").split())
    if own:
        return own
    table = LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH)
    facts = {name: _said(refused, name, fact, table) for name, fact in refused.facts.items()}
    if kind == "step" and shape != "whole":
        shape = ("", "one", "two")[len(facts["near"])]
        facts.update(zip(("lower", "upper"), facts["near"]))
    elif kind == "maxlength" and refused.facts["limit"] < 2:
        shape = ("none", "one")[refused.facts["limit"]]
    elif kind in ("min", "max") and shape in _DATES:
        shape = "dates"
    named = f"{kind} {shape}"
    words = table.get(named) or table.get(kind) or ENGLISH.get(named) or ENGLISH[kind]
    name = label(control, shape == "group", table)
    text: str = words.format(
        label=_in_a_sentence(name, table), quoted=_quoted(name, table), name=name, **facts)
    return text[:1].upper() + text[1:]


def word(name: str, language: str = "en") -> str:
    """A sentence that is about no field, such as the title of the summary above a form."""
    return str(_word(LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH), name))


def label(control: Control, group: bool = False, table: dict[str, Any] = ENGLISH) -> str:
    """What people call a control, or a group of them: without marks such as "(required)"."""
    if group or control.type == "radio":
        text = control.group_name or control.name
    else:
        text = control.accessible_name
    for mark in table.get("marks", ()):
        if text.lower().endswith(mark) and len(text) > len(mark):
            text = text[:-len(mark)].rstrip("*: \xa0")
    return _short(text[:1].upper() + text[1:])


def _short(text: str) -> str:
    return text if len(text) <= MOST_LABEL else text[:MOST_LABEL - 1].rstrip() + "…"


def _quoted(text: str, table: dict[str, Any]) -> str:
    return str(_word(table, "quotes").format(text.removesuffix(".")))


def _in_a_sentence(text: str, table: dict[str, Any]) -> str:
    """The label as it is where it reads as a noun, or else in quotation marks."""
    first = text.partition(" ")[0].lower().replace("’", "'")
    is_sentence = " " in text and first in table.get("beginnings", ())
    if is_sentence or text.count(" ") > 5 or not _MARKS.isdisjoint(text):
        return _quoted(text, table)
    return text


_MARKS = frozenset("?!.,;:…“”\"")


def _word(table: dict[str, Any], name: str) -> Any:
    return table[name] if name in table else ENGLISH[name]


def _said(refused: Refused, name: str, fact: Any, table: dict[str, Any]) -> Any:
    """A fact in words."""
    if name == "near":
        return [said(refused.control.type, each, table) for each in fact]
    if name == "other":
        return _in_a_sentence(label(fact, False, table), table)
    if name == "kinds":
        return _kinds(fact, table)
    if isinstance(fact, str):
        return _short(fact) if name == "file" else fact
    if refused.kind == "size":
        return size(fact, table)
    return said(refused.control.type, fact, table)


def said(kind: str, number: Any, table: dict[str, Any] = ENGLISH) -> str:
    """A number, date or time of a control of this type in words: 1,200 or 1 December 2026."""
    if kind not in _DATES:
        exponent = 0 if isinstance(number, int) else number.adjusted()
        if not -9 < exponent < 21:
            return str(number).replace(".", str(_word(table, "point")))
        text = f"{number:,f}" if not isinstance(number, int) else f"{number:,}"
        whole, point, fraction = text.partition(".")
        whole = whole.replace(",", str(_word(table, "thousands")))
        return f"{whole}{_word(table, 'point')}{fraction}" if point else whole
    written = microsyntax.written(kind, number)
    if kind == "time":
        return written
    day, _, clock = written.partition("T")
    parts = day.split("-")
    if kind == "week":
        return str(_word(table, "week").format(year=parts[0], week=int(parts[1][1:])))
    month = _word(table, "months")[int(parts[1]) - 1]
    if kind == "month":
        return str(_word(table, "month").format(year=parts[0], month=month))
    text = str(_word(table, "date").format(year=parts[0], month=month, day=int(parts[2])))
    return str(_word(table, kind).format(date=text, time=clock)) if clock else text


def size(number: int, table: dict[str, Any] = ENGLISH) -> str:
    """A size in bytes as people write it: 2 MiB, 1.4 MiB, 312 B."""
    for unit, name in _SIZES:
        if number + unit // 10_240 >= unit:                  # 1 MiB, not 1024 KiB
            text = f"{-(-number * 10 // unit) / 10:.1f}".removesuffix(".0")
            return f"{text.replace('.', _word(table, 'point'))} {name}"
    return f"{number} B"


def _kinds(tokens: list[str], table: dict[str, Any]) -> str:
    """What an `accept` admits: "PDF, JPEG or image"."""
    words = _word(table, "accept words")
    names = []
    for token in tokens:
        family, slash, kind = token.partition("/")
        name = (family if kind == "*" else kind) if slash else token[1:]
        names.append(words.get(name) or (name.upper() if len(name) < 6 else token))
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return str(names[0])
    return ", ".join(names[:-1]) + str(_word(table, "or")) + names[-1]
