"""Where the server is meant to differ from browsers, with the reasons; docs/forms.md lists them."""
from __future__ import annotations

import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from chapbook.forms.microsyntax import normal

from tests.support.cases import SPACE, Case

YOUNG = "\U00016ea0"          # a letter of the script Beria Erfe, in Unicode since 2025
NUMERIC = ("number", "range", "date", "month", "week", "time", "datetime-local", "color")


class Difference:
    """One difference: what the `server` does, and `why`; `example` is a case that shows it here.

    `explains` tells of what was seen in the browser and judged by the server whether this is what
    makes the two differ.
    """

    def __init__(self, server: str, why: str, example: Case | None,
                 explains: Callable[[Any, Any], bool] = lambda seen, judged: False) -> None:
        self.server, self.why, self.example, self.explains = server, why, example, explains


def _unknown(text: str) -> bool:
    """Whether this Python does not know one of its letters yet."""
    return any(unicodedata.category(letter) == "Cn" for letter in text)


def _sent(judged: Any) -> list[str]:
    return [value for _, value, *_ in judged.entries if value is not None]


def _is(seen: Any, *kinds: str) -> bool:
    return any(control["type"] in kinds for control in seen.controls)


def _years(seen: Any, judged: Any) -> bool:
    return _is(seen, "date", "month", "week", "datetime-local") and any(
        len(text.partition("-")[0].lstrip("0")) > 4 for text in _sent(judged))


def _huge(seen: Any, judged: Any) -> bool:
    return _is(seen, "number", "range") and judged.kinds <= {"min", "max"} and any(
        abs(Decimal(text)) >= 2 ** 63 for text in _sent(judged))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None


def _by_a_hair(seen: Any, judged: Any) -> bool:
    [control, *others] = seen.controls
    if others or not judged.fits or control["type"] not in ("number", "range"):
        return False
    step = _number(control["step"]) or Decimal(1)
    given = [_number(entry[1]) for entry in (*seen.entries, *judged.entries)]
    given.append(judged.values["a"])
    numbers = [number for number in given if number is not None]
    near = max(Decimal("1e-9"), (step if step > 0 else Decimal(1)) / 2 ** 24)
    return len(numbers) == len(given) and max(numbers) - min(numbers) <= near


def _changed(seen: Any, judged: Any) -> bool:
    return any(what == "set" and seen.controls[number]["fixed"]
               for what, number, _ in seen.case.acts)


def _alike(seen: Any, judged: Any) -> bool:
    kinds = sorted(control["type"] for control in seen.controls if control["name"] == "a")
    empty = any(option_values.count("") > 1 for option_values in (
        [option.value for option in control.options] for control in seen.form.controls))
    ticks = [(control["name"], normal(control["value"])) for control in seen.controls
             if control["type"] == "checkbox" and control["sent"]]
    return (
        empty or len(ticks) > len(set(ticks)) and seen.wrong == {"required"}
        or kinds in (["checkbox", "radio"], ["file", "file"])
        or "image" in kinds and any(control["name"] == "a.x" for control in seen.controls))


DIFFERENCES = (
    Difference(
        "White space around a text is taken off before it is checked.",
        "Nobody means it, and the handler gets it so. `data-keep-space` keeps it.",
        Case("<input name=a required>", ("set", 0, " "))),
    Difference(
        "A text is counted and matched in Unicode's form NFC.",
        "The handler gets it so: é is one letter, typed in one stroke or two.",
        Case("<input name=a minlength=2>", ("edit", 0, "e\u0301"))),
    Difference(
        "Control characters in a text are refused, with a 400.",
        "No form needs them, and much goes wrong where they arrive.",
        Case("<input name=a>", ("set", 0, "a\x1fb")),
        lambda seen, judged: judged.kinds == {"BadRequest"}),
    Difference(
        "A line has at most 65,536 characters if no `maxlength` is set.",
        "What takes no line ends is a line, not a document.",
        Case("<input name=a>", ("set", 0, "x" * 65_537)),
        lambda seen, judged: any(len(text) > 65_536 for text in _sent(judged))),
    Difference(
        "`minlength` and `maxlength` also bind what a script has put into a field.",
        "The server cannot see who wrote it.",
        Case("<input name=a maxlength=3>", ("set", 0, "abcd")),
        lambda seen, judged: judged.kinds <= {"minlength", "maxlength"} and not judged.fits
        and any(act[0] == "set" for act in seen.case.acts)),
    Difference(
        "A hidden or readonly value that a script has changed is refused.",
        "The server cannot see who changed it. Leave out `readonly`, or send it otherwise.",
        Case("<input type=hidden name=a value=1>", ("set", 0, "2")), _changed),
    Difference(
        "A pattern with `\\1`, or an alphabet that Python has no table of, is an error.",
        "It is said when the page is shown in debug, and by `./chapbook check`; it never passes.",
        Case("<input name=a pattern='(a)\\1'>", ("set", 0, "aa")),
        lambda seen, judged: judged.kinds == {"ServerError"}),
    Difference(
        "A pattern has at most 20,000 places, as `.{0,20000}` has, and groups 50 deep.",
        "More is an error, said in the same places. `maxlength` counts long texts.",
        Case("<input name=a pattern='.{0,20001}'>", ("set", 0, "ab")),
        lambda seen, judged: judged.kinds == {"ServerError"}),
    Difference(
        "Letters that are younger than the server's Python are none to `\\p{L}`, and not in an "
        "e-mail address.",
        "Its tables are those of the Unicode version it was made with.",
        Case(r"<input name=a pattern='\p{L}'>", ("set", 0, YOUNG)) if _unknown(YOUNG) else None,
        lambda seen, judged: any(map(_unknown, _sent(judged)))),
    Difference(
        "A whole number fits into 64 bits.",
        "Databases hold no more.",
        Case("<input type=number name=a>", ("set", 0, "9223372036854775808")), _huge),
    Difference(
        "A number that is off a step by a 16,000,000th is taken for whole where the step is.",
        "Browsers let it pass as well, but send it as it is.",
        Case("<input type=number name=a>", ("set", 0, "1.00000001")), _by_a_hair),
    Difference(
        "Dates end with the year 9999.",
        "So do Python's; browsers go on to 275760.",
        Case("<input type=date name=a>", ("set", 0, "10000-01-01")), _years),
    Difference(
        "White space around a number, a date or a colour is taken off.",
        "A browser without such fields, as lynx is, sends what was typed.",
        Case("<input type=number name=a>", ("set", 0, " 5"), raw=" 5"),
        lambda seen, judged: _is(seen, *NUMERIC) and any(
            text != text.strip(SPACE) for text in _sent(judged))),
    Difference(
        "An e-mail address may have any letters in its domain: ann@exämple.org.",
        "Chromium sends it as xn--exmple-cua.org, other browsers as it was typed.",
        Case("<input type=email name=a>", ("set", 0, "a@exämple.de")),
        lambda seen, judged: _is(seen, "email") and not all(map(str.isascii, _sent(judged)))),
    Difference(
        "A web address has no space in the name of its host.",
        "The URL standard says so; Chromium is not strict there.",
        Case("<input type=url name=a>", ("set", 0, "http://a b/")),
        lambda seen, judged: _is(seen, "url") and judged.kinds == {"type"} and any(
            " " in host or "%20" in host for host in (
                text.strip().partition("//")[2].partition("/")[0] for text in _sent(judged)))),
    Difference(
        "`accept`, `data-max-size` and `data-equal-to` are enforced.",
        "Browsers only suggest by the first, and do not know the others.",
        Case("<input type=file name=a accept=.pdf>", ("files", 0, [["a.txt", "text/plain", 1]])),
        lambda seen, judged: judged.kinds <= {"accept", "size", "equal"} and bool(judged.kinds)),
    Difference(
        "Controls of one name that send the same are not told apart.",
        "They cannot be, from what is sent. `./chapbook check` warns of names that collide.",
        Case("<select name=a required><option value=''><option value=''></select>"), _alike),
    Difference(
        "A required control without a name is not enforced.",
        "Nothing is sent for it. `./chapbook check` warns.",
        Case("<input required>"),
        lambda seen, judged: seen.wrong == {"required"} and not any(
            control["wrong"] and control["name"] for control in seen.controls)),
    Difference(
        "What stands in a `<datalist>` is not part of the form.",
        "The standard says so; Chromium sends it all the same.",
        Case("<input type=checkbox name=a value=1><datalist><input name=a value=2></datalist>"),
        lambda seen, judged: any(control["listed"] for control in seen.controls)),
)


def rows() -> list[str]:
    """The rows of the table in docs/forms.md."""
    return [f"| {difference.server} | {difference.why} |" for difference in DIFFERENCES]
