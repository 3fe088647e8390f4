"""What an exception can tell: its chain, its frames, the source around them, the values they held.

Facts only, no HTML. Values whose name suggests a secret are masked, everything is capped, and
nothing that a value does when it is looked at can stop the telling.
"""
from __future__ import annotations

import difflib
import linecache
import os
import re
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from types import (
    BuiltinFunctionType, FrameType, FunctionType, MethodType, ModuleType, TracebackType,
)
from typing import Any, NamedTuple

MASK = "‹masked›"
BEFORE, AFTER = 6, 4              # source lines around the failing one
WIDTH = 400                       # characters of one source line
TEXT = 1500                       # characters of one value, message or note
ITEMS = (0, 3, 6, 20, 40)         # items of a container, from the innermost level to the outermost
VALUES = 60                       # values of one frame
INNERMOST, OUTERMOST = 30, 15     # frames of a traceback that is longer than both together
CHAIN = 12                        # exceptions told of

_SECRET = re.compile(
    r"pass(word|wd|phrase)?s?(?![a-z])|pwd|^pw$|secret|token|cookie|session|authori[sz]ation"
    r"|credential|(api|private)_?key|signature", re.IGNORECASE)
_ASSIGNED = re.compile(
    r"((?:password|passwd|pwd|secret|token|cookie|authori[sz]ation|api_?key)[\w-]{0,40}"
    r"""['"]?\s{0,8}[:=]\s{0,8})"""
    r"""(b?'(?:[^'\\]|\\.)*'?|b?"(?:[^"\\]|\\.)*"?|[^\s&;,)}\]'"]+)""", re.IGNORECASE)
_TOOLKIT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "")
_ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(_TOOLKIT))), "")
_STANDARD = tuple({os.path.join(os.path.realpath(sysconfig.get_path(name)), "")
                   for name in ("stdlib", "platstdlib")})
_LIBRARIES = (_TOOLKIT, os.path.join(_ROOT, "vendor", ""), os.path.join(_ROOT, ".venv", ""),
              *_STANDARD, "<frozen")
_PACKAGES = re.compile(r".*[\\/](?:site|dist)-packages[\\/]")


class Line(NamedTuple):
    """A line of source; the columns `start` to `end` are what failed (none when they are equal)."""

    number: int
    text: str
    failing: bool
    start: int
    end: int


class Frame(NamedTuple):
    """One call: where it was, the source around it, the values it held."""

    path: str
    line: int
    function: str                  # "" for source that could not be compiled
    ours: bool                     # the site's own code, as against the toolkit and the libraries
    source: list[Line]
    values: list[tuple[str, str]]


class Trouble(NamedTuple):
    """One exception of a chain; `relation` says what it has to do with the one before it."""

    relation: str
    kind: str
    message: str
    hint: str                      # the name that was probably meant, or ""
    notes: list[str]
    frames: list[Frame]            # newest first
    left_out: int                  # frames between the newest and the oldest that are not told


def troubles(exc: BaseException) -> list[Trouble]:
    """The exception and those it came from, newest first, each once, at most CHAIN of them."""
    told: list[Trouble] = []
    seen: set[int] = set()
    waiting: list[tuple[str, BaseException]] = [("", exc)]
    while waiting and len(told) < CHAIN:
        relation, current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        told.append(_trouble(relation, current))
        if isinstance(current, BaseExceptionGroup):
            waiting += [("One of the exceptions in the group", one) for one in current.exceptions]
        if current.__cause__ is not None:
            waiting.insert(0, ("It was raised because of this", current.__cause__))
        elif current.__context__ is not None and not current.__suppress_context__:
            waiting.insert(0, ("It was raised while this was handled", current.__context__))
    return told


def is_secret(name: str) -> bool:
    """Whether a value of this name is better not shown."""
    return _SECRET.search(name) is not None


def without_secrets(text: str) -> str:
    """The text with what it assigns to a secret name masked: `password='x'`, `token=x&page=2`."""
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def capped(text: str, limit: int = TEXT) -> str:
    """The text, or its beginning and how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"


def shown(value: Any, name: str = "", depth: int = len(ITEMS) - 1) -> str:
    """The value as its repr, capped and masked; a repr that fails is told as such."""
    try:
        if name and is_secret(name) and value is not None and type(value) is not bool:
            return MASK
        return without_secrets(capped(_repr(value, depth)))
    except BaseException as failure:  # a hostile __repr__ may raise anything
        return f"<{type(value).__name__}, whose repr raised {type(failure).__name__}>"


def _repr(value: Any, depth: int) -> str:
    """Like repr, but containers stop early and mask what their keys call a secret."""
    kind = type(value)
    if issubclass(kind, dict):
        pairs = [f"{shown(key, depth=0)}: {shown(one, key if type(key) is str else '', depth - 1)}"
                 for key, one in islice(dict.items(value), ITEMS[depth])]
        return _wrapped("{", pairs, "}", dict.__len__(value), "" if kind is dict else kind.__name__)
    if kind is tuple and len(value) == 2 and type(value[0]) is str and depth:
        return f"({value[0]!r}, {shown(value[1], value[0], depth - 1)})"
    for base, brackets in ((list, "[]"), (tuple, "()"), (set, "{}"), (frozenset, "{}")):
        if issubclass(kind, base) and kind.__repr__ is base.__repr__:
            first = islice(base.__iter__(value), ITEMS[depth])
            ones = [shown(one, depth=depth - 1) for one in first]
            return _wrapped(brackets[0], ones, brackets[1], base.__len__(value),
                            kind.__name__ if kind not in (list, tuple, set) else "")
    if kind in (str, bytes) and len(value) > TEXT:
        return f"{value[:TEXT]!r}… ({len(value):,} in all)"
    # str.encode is a method that no subclass of str can have replaced here.
    return str.encode(repr(value), "utf-8", "backslashreplace").decode()


def _wrapped(opening: str, ones: list[str], closing: str, count: int, name: str) -> str:
    more = [f"… {count - len(ones):,} more"] if count > len(ones) else []
    text = opening + ", ".join(ones + more) + closing
    return f"{name}({text})" if name else text


def _trouble(relation: str, exc: BaseException) -> Trouble:
    chain = list(_walk(exc.__traceback__))[::-1]
    left_out = max(0, len(chain) - INNERMOST - OUTERMOST)
    if left_out:
        chain = chain[:INNERMOST] + chain[-OUTERMOST:]
    told = [_frame(tb) for tb in chain]
    if isinstance(exc, SyntaxError) and exc.filename and exc.lineno:
        told.insert(0, _misspelt(exc, exc.filename, exc.lineno))
    return Trouble(relation, _kind(type(exc)), _message(exc), _hint(exc), list(_notes(exc)),
                   told, left_out)


def _walk(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _kind(kind: type) -> str:
    name = kind.__qualname__
    return name if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{name}"


def _message(exc: BaseException) -> str:
    try:
        if isinstance(exc, SyntaxError) and exc.msg:
            return capped(str(exc.msg))
        if type(exc) is KeyError and len(exc.args) == 1:
            return f"there is no key {shown(exc.args[0])}"
        return without_secrets(capped(str(exc)))
    except BaseException as failure:
        return f"(it could not say: its str raised {type(failure).__name__})"


def _notes(exc: BaseException) -> Iterator[str]:
    """What an HTTPError keeps for the owner, then the notes that were added on the way."""
    found = [getattr(exc, "detail", None)]
    notes = getattr(exc, "__notes__", None)
    if isinstance(notes, list):
        found += notes
    message = _message(exc)
    for note in found:
        if isinstance(note, str) and note and note != message:
            yield without_secrets(capped(note))


def _hint(exc: BaseException) -> str:
    try:
        name = getattr(exc, "name", None)
        known: Iterable[str] = ()
        if isinstance(exc, AttributeError):
            known = dir(exc.obj)
        elif isinstance(exc, NameError):
            frame = [*_walk(exc.__traceback__)][-1].tb_frame
            known = {*frame.f_locals, *frame.f_globals, *frame.f_builtins}
        near = difflib.get_close_matches(str(name), known, 1, 0.7) if name else []
        return near[0] if near and near[0] != name else ""
    except BaseException:  # dir() runs the object's own code
        return ""


def _frame(tb: TracebackType) -> Frame:
    frame, code = tb.tb_frame, tb.tb_frame.f_code
    # Jinja puts a stand-in where a template failed: its line is right, its columns are not.
    template = "__jinja_exception__" in frame.f_globals
    span: tuple[int | None, ...] = (None,) * 4
    if tb.tb_lasti >= 0 and not template:
        span = next(islice(code.co_positions(), tb.tb_lasti // 2, None), span)
    path = _real(code.co_filename)
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    return Frame(_short(path), tb.tb_lineno, code.co_name, _is_ours(path),
                 _source(lines, tb.tb_lineno, span), _values(frame, template))


def _misspelt(exc: SyntaxError, filename: str, line: int) -> Frame:
    """The source that could not be compiled, as if it were the newest frame."""
    linecache.checkcache(filename)
    lines = linecache.getlines(filename)
    if not lines and exc.text:
        lines = [""] * (line - 1) + [exc.text]
    text = lines[line - 1] if line <= len(lines) else ""
    start = min(max((exc.offset or 1) - 1, 0), len(text))
    end = start + 1
    if exc.end_offset and exc.end_lineno == line:
        end = max(exc.end_offset - 1, end)
    columns = (len(text[:column].encode(errors="replace")) for column in (start, end))
    return Frame(_short(_real(filename)), line, "", True,
                 _source(lines, line, (line, line, *columns)), [])


def _real(path: str) -> str:
    return os.path.realpath(path) if os.path.isabs(path) else path


def _is_ours(path: str) -> bool:
    return not path.startswith(_LIBRARIES) and not _PACKAGES.match(path)


def _short(path: str) -> str:
    path = _PACKAGES.sub("", path)
    for folder in (*_STANDARD, _ROOT):
        path = path.removeprefix(folder)
    return path


def _source(lines: list[str], failing: int, span: tuple[int | None, ...]) -> list[Line]:
    """The lines around the failing one; `span` is first and last line, first and last byte."""
    first, last, left, right = span
    if first is None or last is None or left is None or right is None:
        first, last, left, right = failing, failing, 0, 0
    told = []
    until = min(len(lines), min(max(failing, last), failing + 3 * AFTER) + AFTER)
    for number in range(max(1, min(failing, first) - BEFORE), until + 1):
        text = capped(lines[number - 1].rstrip("\r\n"), WIDTH)
        whole = start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        if number == first:
            start = _column(text, left)
        if number == last:
            end = _column(text, right)
        inside = first <= number <= last
        if not inside or (start, end) == whole or start > end:
            start = end = 0
        told.append(Line(number, text, inside or number == failing, start, end))
    return told


def _column(text: str, offset: int) -> int:
    return len(text.encode(errors="replace")[:offset].decode(errors="ignore"))


def _values(frame: FrameType, template: bool) -> list[tuple[str, str]]:
    """Name and repr of each local; for a module or a template only those that are data."""
    tidy = template or frame.f_code.co_name == "<module>"
    code = (FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)
    told: list[tuple[str, str]] = []
    for name, value in list(frame.f_locals.items()):
        if name.startswith("__") or (tidy and issubclass(type(value), code)):
            continue
        if len(told) == VALUES:
            told.append(("…", "and more"))
            break
        told.append((name, shown(value, name)))
    return told
