"""The `pattern` attribute: JavaScript's regular expressions, which no text can make slow.

HTML section 4.10.5.3.6 with ECMA-262 section 22.2: the v flag, anchored at both ends, matched by
whole characters (code points). The syntax is in regexp/grammar.py, and how a text is matched in
regexp/states.py: by states, never by trying and going back, so that the time is linear in the text.
Not enforced are references back to a group, and properties of which Python has no tables.

Differs from Chromium in one thing, where ECMA-262 holds: in (?i:[\\q{a}]) it knows no upper case.
"""
from __future__ import annotations

from .regexp.escapes import PatternError, Reader
from .regexp.grammar import parse
from .regexp.states import MOST_STATES, Machine, TooManyStates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .regexp.states import Probe

__all__ = ["Pattern", "PatternError", "compile"]

MOST_COMPILED = 500
_compiled: dict[str, Pattern] = {}


class Pattern:
    """A compiled pattern; `source` is what the author wrote."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._probes: list[Probe] = []
        tree = parse(source)
        try:
            self._machine = Machine(tree, self._probes)
        except TooManyStates:
            raise Reader(source).error(
                f"it has more than {MOST_STATES} places, counting repeated ones as often as "
                "{n,m} says. Use maxlength and minlength for long texts.", 0, "enforced",
            ) from None

    def fits(self, text: str) -> bool:
        """Whether the whole text matches."""
        held: list[list[bool]] = []
        for probe in self._probes:
            held.append(probe.positions(text, held))
        return self._machine.fits(text, held)

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"


def compile(source: str) -> Pattern:
    """The pattern of an attribute; PatternError for one that cannot be enforced.

    The last MOST_COMPILED patterns are kept.
    """
    pattern = _compiled.get(source)
    if pattern is None:
        pattern = Pattern(source)
        if len(_compiled) >= MOST_COMPILED:
            _compiled.clear()
        _compiled[source] = pattern
    return pattern
