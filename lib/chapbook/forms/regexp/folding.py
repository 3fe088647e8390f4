"""Which characters are alike when upper and lower case are: Unicode's simple case folding."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .escapes import Test

# Pairs that Python's methods turn into two letters or do not know, and those that are no pairs.
_PAIRS = {"\xdf": "\u1e9e", "\u0390": "\u1fd3", "\u03b0": "\u1fe3", "\ufb05": "\ufb06"}
_PAIRS |= {other: one for one, other in _PAIRS.items()}
_ALONE = frozenset("\u0130\u0131")


def folded(test: Test) -> Test:
    """The set with all characters that are like one of it."""
    return lambda character: any([test(other) for other in siblings(character)])


def siblings(character: str) -> set[str]:
    """The characters that are this one in upper, lower or title case, itself among them."""
    known = {character}
    if character in _ALONE:
        return known
    fresh = [character]
    while fresh:
        one = fresh.pop()
        for other in (one.lower(), one.upper(), one.title(), one.casefold(), _PAIRS.get(one, one)):
            if len(other) == 1 and other not in known and other not in _ALONE:
                known.add(other)
                fresh.append(other)
    return known
