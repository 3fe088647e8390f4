"""Texts: one line, several lines, e-mail and web addresses, passwords, colours, hidden values."""
from __future__ import annotations

from ..errors import ServerError
from . import microsyntax
from .refused import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .markup import Control

TYPES = frozenset({"text", "search", "tel", "url", "email", "password", "textarea"})
MOST_LINE = 65_536               # UTF-16 code units on one line where the form sets no maxlength


def cleaned(control: Control, text: str) -> str:
    """The text that is checked, and that the handler gets: without the white space around it.

    Passwords and controls with `data-keep-space` keep theirs; e-mail addresses, URLs, numbers and
    dates lose ASCII white space alone, as in browsers.
    """
    kind = control.type
    if kind == "password" or "data-keep-space" in control.attributes and kind in TYPES:
        return text
    if kind == "email" and control.multiple:
        return ",".join([each.strip(microsyntax.SPACE) for each in text.split(",")])
    if kind in TYPES and kind not in ("email", "url"):
        return text.strip()
    return text.strip(microsyntax.SPACE)


def untouched(control: Control) -> str:
    """The text that is sent for a control that the visitor leaves as it came, cleaned."""
    default = microsyntax.normal(control.default)
    if control.element != "textarea":
        default = default.replace("\n", "")
    return cleaned(control, default)


def one_line(control: Control, text: str) -> None:
    """Refused where a control of one line is sent several: browsers leave the line ends out."""
    if "\n" in text:
        raise Refused(control, "type", "line")


def typed(control: Control, text: str, barred: bool) -> Any:
    """What a handler gets of a cleaned text that is not empty: a text, or a list of addresses.

    Refused where the control does not take it. `barred`: the visitor could not change it.
    """
    addresses = text.split(",") if control.type == "email" and control.multiple else [text]
    if not barred:
        if text != untouched(control):               # the author's own may be too short, or long
            _measured(control, text)
        _formed(control, addresses)
    return addresses if control.type == "email" and control.multiple else text


def _measured(control: Control, text: str) -> None:
    attributes = control.attributes
    most = microsyntax.count(attributes.get("maxlength"))
    if most is None and control.type != "textarea":
        most = MOST_LINE
    least = microsyntax.count(attributes.get("minlength")) or 0
    if most is None and not least:
        return
    length = microsyntax.units(text)
    added = 0
    if attributes.get("wrap", "").lower() == "hard":         # by the browser, after it counted
        added = text.count("\n")
    if most is not None and length - added > most:
        raise Refused(control, "maxlength", limit=most, length=length)
    if length < least:
        raise Refused(control, "minlength", limit=least, length=length)


def _formed(control: Control, addresses: list[str]) -> None:
    kind = control.type
    if kind in ("email", "url"):
        from . import address

        fits = address.is_email if kind == "email" else address.is_url
        if not all(map(fits, addresses)):
            raise Refused(control, "type", "emails" if control.multiple and kind == "email"
                          else kind)
    source = control.attributes.get("pattern")
    if source is None or kind == "textarea":
        return
    from . import pattern, promises

    try:
        compiled = pattern.compile(source)
    except pattern.PatternError as error:
        if error.in_browser == "ignored":            # no regular expression in JavaScript either
            return
        raise ServerError(detail=promises.on_pattern(control)) from error
    if not all(map(compiled.fits, addresses)):
        raise Refused(control, "pattern", "title" if control.title.strip() else "",
                      title=control.title.strip().rstrip("."))
