"""Addresses below a script: a table of patterns, each with a page of its own."""
from __future__ import annotations

from .application import answer
from .errors import NotFound
from .multidict import MOST_DIGITS
from .page import Page, beyond

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from .request import Request
    from .response import Response

    Converter = Callable[[str], Any]


def integer(text: str) -> int:
    """`int`: a whole number from 0; no leading zeros, so that each number has one address."""
    if len(text) > MOST_DIGITS or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    if text[0] == "0" and text != "0":
        raise ValueError(text)
    return int(text)


def slug(text: str) -> str:
    """`slug`: words of a-z and 0-9 joined by single hyphens, up to 200 characters."""
    if len(text) > 200 or not text.isascii() or text != text.lower():
        raise ValueError(text)
    if not all(part.isalnum() for part in text.split("-")):
        raise ValueError(text)
    return text


def date(text: str) -> Any:
    """`date`: a day as YYYY-MM-DD, given to the handler as datetime.date."""
    from datetime import date as Date

    digits = text[:4] + text[5:7] + text[8:]
    if len(text) != 10 or text[4] + text[7] != "--" or not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    return Date.fromisoformat(text)


def uuid(text: str) -> Any:
    """`uuid`: 32 hexadecimal digits in the usual five groups, lower case, given as uuid.UUID."""
    if len(text) != 36:
        raise ValueError(text)
    from uuid import UUID

    value = UUID(text)
    if str(value) != text:
        raise ValueError(text)
    return value


def string(text: str) -> str:
    """`str`, the default: one part of the path, neither empty nor `.` or `..`."""
    if text in ("", ".", ".."):
        raise ValueError(text)
    return text


def rest(text: str) -> str:
    """`path`: all that is left, at the end of a pattern: parts as `str` has them, and slashes."""
    return "/".join(map(string, text.split("/")))


CONVERTERS: dict[str, Converter] = {
    "int": integer, "slug": slug, "date": date, "uuid": uuid, "str": string, "path": rest,
}


class Routes:
    """The WSGI application of an address and all below it.

    `Routes({"/": Page(get=index), "/{topic:int}": Page(get=read, post=reply)})` maps the rest of
    the path to pages; the values of `{name}` and `{name:converter}` become keyword arguments of the
    handlers. Converters are int, slug, date, uuid, str, and path (all that is left, slashes too, at
    the end only); `converters={"isbn": parse}` adds more: a function of the text that gives the
    value or raises ValueError. A literal part is preferred to a converted one, whatever the order
    in the table. `pages` has the table as pairs.
    """

    def __init__(
        self, table: Mapping[str, Page], converters: Mapping[str, Converter] | None = None
    ) -> None:
        known = {**CONVERTERS, **(converters or {})}
        routes = [(_compiled(pattern, known), page) for pattern, page in table.items()]
        for pattern, page in table.items():
            if not isinstance(page, Page):
                raise TypeError(f"Routes: {pattern!r} wants a Page(...), not {page!r}")
        self.pages = list(table.items())
        self._routes = sorted(routes, key=lambda route: [part.rank for part in route[0]])

    def respond(self, request: Request) -> Response:
        """The answer of the page whose pattern fits; NotFound where none does."""
        parts = request.path_info.split("/")[1:] if request.path_info not in ("", "/") else []
        for pattern, page in self._routes:
            values = _match(pattern, parts)
            if values is not None:
                if request.path_info == "/":
                    return beyond(request)
                return page.handle(request, values)
        raise NotFound()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        return answer(self.respond, environ, start_response)


class _Part:
    """One part of a pattern: a literal (`convert` is None), a value, or the rest of the path."""

    def __init__(
        self, name: str, convert: Converter | None = None, takes_rest: bool = False
    ) -> None:
        self.name, self.convert, self.takes_rest = name, convert, takes_rest
        self.rank = 2 if takes_rest else 1 if convert else 0


def _compiled(pattern: str, converters: Mapping[str, Converter]) -> list[_Part]:
    if not pattern.startswith("/"):
        raise ValueError(f"Routes: {pattern!r} must begin with a slash")
    parts: list[_Part] = []
    for text in pattern.split("/")[1:] if pattern != "/" else []:
        if not text.startswith("{"):
            if not text or "{" in text or "}" in text:
                raise ValueError(
                    f"Routes: {pattern!r}: a part is a word or one {{name:converter}}, not {text!r}"
                )
            parts.append(_Part(text))
            continue
        name, _, converter = text[1:-1].partition(":")
        converter = converter or "str"
        if text[-1] != "}" or not name.isidentifier() or name == "request":
            raise ValueError(f"Routes: {pattern!r}: {text!r} is no {{name:converter}}")
        if any(part.convert and part.name == name for part in parts):
            raise ValueError(f"Routes: {pattern!r} has two values of the name {name!r}")
        if converter not in converters:
            raise ValueError(
                f"Routes: {pattern!r}: there is no converter {converter!r}; "
                f"known are {', '.join(converters)}"
            )
        parts.append(_Part(name, converters[converter], converter == "path"))
    if any(part.takes_rest for part in parts[:-1]):
        raise ValueError(
            f"Routes: {pattern!r}: a path converter takes all that is left, so it must come last"
        )
    return parts


def _match(pattern: list[_Part], parts: list[str]) -> dict[str, Any] | None:
    takes_rest = bool(pattern) and pattern[-1].takes_rest
    if len(parts) != len(pattern) and not (takes_rest and len(parts) > len(pattern)):
        return None
    values: dict[str, Any] = {}
    for index, part in enumerate(pattern):
        text = "/".join(parts[index:]) if part.takes_rest else parts[index]
        if part.convert is None:
            if text != part.name:
                return None
        elif not text:
            return None
        else:
            try:
                values[part.name] = part.convert(text)
            except ValueError:
                return None
    return values
