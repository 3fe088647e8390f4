"""SQL text with `:name` parameters: translated for the drivers, checked, and cut into statements.

One grammar holds for both engines (MySQL is switched to standard quotes and no backslash escapes),
so that a text means the same, and hides a parameter in the same places, on both.
"""
from __future__ import annotations

import re
from functools import lru_cache

from .errors import BadRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Value = str | int | float | bytes | None

# Quoted text, names and comments come first, so that nothing inside them is taken for a parameter.
# An unclosed one runs to the end of the text and is refused.
_TOKEN = re.compile(
    r"""
    (?P<quoted> '[^']*(?:'|\Z) | "[^"]*(?:"|\Z) | `[^`]*(?:`|\Z) )
    | (?P<comment> --[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<cast> :: )
    | :(?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<end> ; )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
    """,
    re.VERBOSE | re.DOTALL,
)
_TRIGGER = re.compile(r"\s*CREATE\s+(?:TEMP\w*+\s++|OR\s++REPLACE\s++)*+TRIGGER\b", re.IGNORECASE)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class BadParameter(BadRequest, ValueError):
    """400: a value that no column holds: text with NUL or half a character, too large a number."""


class Statement:
    """One SQL text: the names of its parameters in order, and the text in both drivers' styles."""

    __slots__ = ("source", "names", "known", "qmark", "format")

    def __init__(self, source: str) -> None:
        names = []
        pieces = []
        start = 0
        for token in _tokens(source):
            if token["name"]:
                names.append(token["name"])
                pieces.append(source[start:token.start()])
                start = token.end()
        pieces.append(source[start:])
        self.source = source
        self.names = tuple(names)
        self.known = frozenset(names)
        self.qmark = "?".join(pieces)
        # Without parameters PyMySQL sends the text as it is; with them it is a %-format.
        self.format = "%s".join(piece.replace("%", "%%") for piece in pieces) if names else source

    def values(self, parameters: Mapping[str, object]) -> tuple[Value, ...]:
        """The parameters in the statement's order, checked.

        Raises TypeError for a missing, superfluous or unfit one, BadParameter for a value that no
        column can hold.
        """
        if len(parameters) != len(self.known) or not self.known.issuperset(parameters):
            raise TypeError(self._mismatch(parameters))
        return tuple([checked(name, parameters[name]) for name in self.names])

    def _mismatch(self, parameters: Mapping[str, object]) -> str:
        names = dict.fromkeys(self.names)
        missing = ", ".join(f":{name}" for name in names if name not in parameters)
        unused = ", ".join(name for name in parameters if name not in self.known)
        found = [f"no value was given for {missing}"] if missing else []
        found += [f"the statement has no :name for {unused}"] if unused else []
        return f"{'; '.join(found)}: {_short(self.source)}"


@lru_cache(maxsize=1024)
def statement(source: str) -> Statement:
    """The translation of this SQL text, made once; ValueError for an unclosed quote or comment."""
    return Statement(source)


def checked(name: str, value: object) -> Value:
    """The value as the drivers get it: exactly str, int, float, bytes or None.

    A date becomes ISO text, True and False become 1 and 0. Raises TypeError for any other type,
    BadParameter for a value out of range.
    """
    kind = type(value)
    if kind is str:
        text: str = value  # type: ignore[assignment]
        if "\0" in text or not (text.isascii() or _is_unicode(text)):
            raise BadParameter(
                detail=f":{name} is text with NUL or a lone surrogate, which no database stores."
            )
        return text
    if kind is int:
        number: int = value  # type: ignore[assignment]
        if not _SMALLEST <= number <= _LARGEST:
            raise BadParameter(detail=f":{name} is a number that does not fit in 64 bits.")
        return number
    if value is None or kind is bytes:
        return value  # type: ignore[return-value]
    return _converted(name, value)


def _converted(name: str, value: object) -> Value:
    if isinstance(value, float):
        if value - value != 0:
            raise BadParameter(detail=f":{name} is {value}, which no database stores.")
        return float(value)
    if isinstance(value, int):
        return checked(name, int(value))
    if isinstance(value, str):
        # A subclass (Markup, an enum) may have its own replace() and __str__(): the driver escapes
        # with the one, and must get the plain text.
        return checked(name, str.__str__(value))
    import datetime

    if isinstance(value, datetime.datetime):
        raise TypeError(
            f":{name} is a datetime; store UTC seconds instead: int(moment.timestamp())"
        )
    if isinstance(value, datetime.date):
        return value.isoformat()
    many = isinstance(value, (list, tuple, set, frozenset))
    raise TypeError(
        f":{name} is of type {type(value).__name__}; a parameter is str, int, float, bool, bytes, "
        f"date or None{'; give each value a parameter of its own' if many else ''}"
    )


def split(script: str) -> list[str]:
    """The statements of a .sql file, without their semicolons.

    Parts that are only comments are left out; a CREATE TRIGGER keeps its BEGIN ... END in one
    piece. Raises ValueError for an unclosed quote or comment.
    """
    statements = []
    start = depth = 0
    code_at = None
    for token in _tokens(script):
        if token["comment"]:
            if code_at is None and not script[start:token.start()].strip():
                start = token.end()
            continue
        if token["end"] and depth == 0:
            statements.append(script[start:token.start()].strip())
            start, code_at = token.end(), None
            continue
        if code_at is None:
            code_at = token.start()
        word = (token["word"] or "").upper()
        if word in ("BEGIN", "CASE", "END") and _TRIGGER.match(script, code_at):
            depth += -1 if word == "END" else 1
    statements.append(script[start:].strip())
    return [text for text in statements if text]


def _tokens(source: str) -> Iterator[re.Match[str]]:
    for token in _TOKEN.finditer(source):
        text = token[0]
        if token["quoted"]:
            closed = len(text) > 1 and text[0] == text[-1]
        else:
            closed = not text.startswith("/*") or len(text) > 3 and text.endswith("*/")
        if not closed:
            raise ValueError(f"SQL with an unclosed quote or comment: {_short(text)}")
        yield token


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _short(source: str) -> str:
    text = " ".join(source.split())
    return text if len(text) <= 200 else text[:200] + " ..."


def literally(word: str) -> str:
    """The word for `LIKE ... ESCAPE '!'`, in which % and _ stand for themselves."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
