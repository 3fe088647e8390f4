"""What an exception can tell: its chain, its frames, the source around them and the values they held.

Facts only, no HTML. Values whose name suggests a secret are masked, everything is capped, and nothing that
a value does when it is looked at can stop the telling.
"""
from __future__ import annotations

import difflib
import linecache
import os
import re
import sysconfig
from collections.abc import Iterable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FrameType, FunctionType, ModuleType, TracebackType
from typing import Any, NamedTuple

MASK = "‹masked›"
BEFORE, AFTER = 6, 4              # source lines around the failing one
TEXT, ITEMS, DEPTH = 1500, 40, 4  # characters of one value; items of one container; containers in containers
VALUES = 60                       # values of one frame
INNERMOST, OUTERMOST = 30, 15     # frames of a traceback that is longer than both together
CHAIN = 12                        # exceptions told of

_SECRET = re.compile(r"pass(word|wd|phrase)?s?(?![a-z])|pwd|^pw$|secret|token|cookie|authori[sz]ation|session"
                     r"|credential|(api|private)_?key|signature", re.IGNORECASE)
_ASSIGNED = re.compile(r"""([\w-]*(?:password|passwd|pwd|secret|token|cookie|authori[sz]ation|api_?key)[\w-]*"""
                       r"""['"]?\s*[:=]\s*)"""
                       r"""(b?'(?:[^'\\]|\\.)*'?|b?"(?:[^"\\]|\\.)*"?|[^\s&;,)}\]'"]+)""", re.IGNORECASE)
_TOOLKIT = os.path.dirname(os.path.realpath(__file__)) + os.sep
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(_TOOLKIT))) + os.sep
_LIBRARIES = tuple({
    _TOOLKIT, os.path.join(_ROOT, "vendor", ""), os.path.join(_ROOT, ".venv", ""),
    *(os.path.join(os.path.realpath(sysconfig.get_path(name)), "") for name in ("stdlib", "platstdlib"))})
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
    function: str
    ours: bool                     # the site's own code, as against the toolkit and the libraries
    source: list[Line]
    values: list[tuple[str, str]]


class Trouble(NamedTuple):
    """One exception of a chain; `relation` says how the one before it came from this one."""

    relation: str
    kind: str
    message: str
    hint: str
    notes: list[str]
    frames: list[Frame]            # newest first
    left_out: int                  # frames not told, after the first INNERMOST


def troubles(exc: BaseException) -> list[Trouble]:
    """The exception and those that it came from, newest first, each once, at most CHAIN of them."""
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
            waiting += [("This is one of the exceptions that the group holds", one) for one in current.exceptions]
        if current.__cause__ is not None:
            waiting.insert(0, ("It was raised because of this", current.__cause__))
        elif current.__context__ is not None and not current.__suppress_context__:
            waiting.insert(0, ("It was raised while this was being handled", current.__context__))
    return told


def is_secret(name: str) -> bool:
    """Whether a value of this name is better not shown."""
    return _SECRET.search(name) is not None


def without_secrets(text: str) -> str:
    """The text with whatever it assigns to a secret name masked: `password='x'`, `token=x&...`."""
    return _ASSIGNED.sub(rf"\1{MASK}", text)


def shown(value: Any, name: str = "") -> str:
    """The value as its repr, capped and masked; a repr that fails is told as such."""
    try:
        if name and is_secret(name) and value is not None and value is not True and value is not False:
            return MASK
        return without_secrets(_capped(_repr(value, DEPTH)))
    except BaseException as failure:  # a hostile __repr__ may raise anything
        return f"<{type(value).__name__}, whose repr raised {type(failure).__name__}>"


def _trouble(relation: str, exc: BaseException) -> Trouble:
    chain = list(_walk(exc.__traceback__))[::-1]
    left_out = max(0, len(chain) - INNERMOST - OUTERMOST)
    if left_out:
        chain = chain[:INNERMOST] + chain[-OUTERMOST:]
    frames = [_frame(tb) for tb in chain]
    if isinstance(exc, SyntaxError) and exc.filename and exc.lineno:
        frames.insert(0, _misspelt(exc, exc.filename, exc.lineno))
    return Trouble(relation, _name_of(type(exc)), _message(exc), _hint(exc), list(_notes(exc)), frames, left_out)


def _walk(tb: TracebackType | None) -> Iterator[TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def _name_of(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message(exc: BaseException) -> str:
    try:
        if isinstance(exc, SyntaxError) and exc.msg:
            return str(exc.msg)
        if type(exc) is KeyError and len(exc.args) == 1:
            return f"there is no key {shown(exc.args[0])}"
        return without_secrets(_capped(str(exc)))
    except BaseException as failure:
        return f"(it could not say: its str raised {type(failure).__name__})"


def _notes(exc: BaseException) -> Iterator[str]:
    """What an HTTPError keeps for the owner, then the notes that were added on the way."""
    found = [getattr(exc, "detail", None)]
    notes = getattr(exc, "__notes__", None)
    if isinstance(notes, list):
        found += notes
    for note in found:
        if isinstance(note, str) and note and note != _message(exc):
            yield without_secrets(_capped(note))


def _hint(exc: BaseException) -> str:
    """The name that was probably meant, or ""."""
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
    template = "__jinja_exception__" in frame.f_globals  # Jinja's stand-in: the lines are right, the columns are not
    span: tuple[int | None, ...] = (None,) * 4
    if tb.tb_lasti >= 0 and not template:
        span = next(islice(code.co_positions(), tb.tb_lasti // 2, None), span)
    path = os.path.realpath(code.co_filename) if os.path.isabs(code.co_filename) else code.co_filename
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
    end = max(exc.end_offset - 1, start + 1) if exc.end_offset and exc.end_lineno == line else start + 1
    spot = len(text[:start].encode(errors="replace")), len(text[:end].encode(errors="replace"))
    return Frame(_short(os.path.realpath(filename)), line, "", True, _source(lines, line, (line, line, *spot)), [])


def _is_ours(path: str) -> bool:
    return not (path.startswith((*_LIBRARIES, "<frozen")) or _PACKAGES.match(path))


def _short(path: str) -> str:
    return path.removeprefix(_ROOT) if path.startswith(_ROOT) and not _PACKAGES.match(path) \
        else _PACKAGES.sub("", path)


def _source(lines: list[str], failing: int, span: tuple[int | None, ...]) -> list[Line]:
    """The lines around the failing one; `span` is first line, last line, first and last column in bytes."""
    first, last, left, right = span
    if first is None or last is None or left is None or right is None:
        first = last = failing
        left = right = 0
    told = []
    for number in range(max(1, failing - BEFORE), min(len(lines), max(failing, last) + AFTER) + 1):
        text = _capped(lines[number - 1].rstrip("\r\n"), 400)
        indent = len(text) - len(text.lstrip())
        start, end = indent, len(text.rstrip())
        if number == first:
            start = _column(text, left)
        if number == last:
            end = _column(text, right)
        if not first <= number <= last or (start, end) == (indent, len(text.rstrip())) or start > end:
            start = end = 0
        told.append(Line(number, text, first <= number <= last or number == failing, start, end))
    return told


def _column(text: str, offset: int) -> int:
    return len(text.encode(errors="replace")[:offset].decode(errors="ignore"))


def _values(frame: FrameType, template: bool) -> list[tuple[str, str]]:
    """Name and repr of each local; for a module or a template only those that are data."""
    tidy = template or frame.f_code.co_name == "<module>"
    told: list[tuple[str, str]] = []
    for name, value in list(frame.f_locals.items()):
        if name.startswith("__") or (
                tidy and issubclass(type(value), (FunctionType, BuiltinFunctionType, ModuleType, type))):
            continue
        if len(told) == VALUES:
            told.append(("…", "and more"))
            break
        told.append((name, shown(value, name)))
    return told


def _repr(value: Any, depth: int) -> str:
    """Like repr, but containers stop early and mask what their keys call a secret."""
    kind = type(value)
    if issubclass(kind, dict):
        pairs = [f"{_repr(key, depth - 1)}: {shown(one, key if type(key) is str else '')}" if depth else "…"
                 for key, one in islice(dict.items(value), ITEMS)]
        return _wrapped("{", pairs, "}", len(value), "" if kind is dict else kind.__name__)
    if kind in (list, tuple, set, frozenset):
        if kind is tuple and len(value) == 2 and type(value[0]) is str:
            return f"({value[0]!r}, {shown(value[1], value[0])})"
        ones = [_repr(one, depth - 1) if depth else "…" for one in islice(value, ITEMS)]
        opening, closing = {list: "[]", tuple: "()"}.get(kind, "{}")
        return _wrapped(opening, ones, closing, len(value), "frozenset" if kind is frozenset else "")
    if kind in (str, bytes) and len(value) > TEXT:
        return f"{value[:TEXT]!r}… ({len(value):,} in all)"
    # str.encode is the one method that a hostile subclass of str cannot replace here
    return str.encode(repr(value), "utf-8", "backslashreplace").decode()


def _wrapped(opening: str, ones: list[str], closing: str, count: int, name: str) -> str:
    more = [f"… {count - len(ones):,} more"] if count > len(ones) else []
    text = opening + ", ".join(ones + more) + closing
    return f"{name}({text})" if name else text


def _capped(text: str, limit: int = TEXT) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
