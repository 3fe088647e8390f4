"""Which characters are alike when upper and lower case are: Unicode's simple case folding."""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .escapes import Test

# What Python's methods do not lead to: second forms of a letter, by the usual one, and letters
# whose other case is two letters to Python.
_MORE = dict(zip(
    "ks\u03bc\xe5\u03b9\u03b2\u03b5\u03b8\u03ba\u03c0\u03c1\u03c3\u03c6\u03c9\u0432\u0434\u043e"
    "\u0441\u0442\u044a\u0463\ua64b\u1e61\xdf\u1e9e\u0390\u1fd3\u03b0\u1fe3\ufb05\ufb06",
    ["\u212a", "\u017f", "\xb5", "\u212b", "\u0345\u1fbe", "\u03d0", "\u03f5", "\u03d1\u03f4",
     "\u03f0", "\u03d6", "\u03f1", "\u03c2", "\u03d5", "\u2126", "\u1c80", "\u1c81", "\u1c82",
     "\u1c83", "\u1c84\u1c85", "\u1c86", "\u1c87", "\u1c88", "\u1e9b", "\u1e9e", "\xdf", "\u1fd3",
     "\u0390", "\u1fe3", "\u03b0", "\ufb06", "\ufb05"],
))
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
        ways = [one.lower(), one.upper(), one.title(), one.casefold(), *_MORE.get(one, "")]
        for other in ways:
            if len(other) == 1 and other not in known and other not in _ALONE:
                known.add(other)
                fresh.append(other)
    return known
