"""The names that people are shown by: in one line, and of letters that can be seen.

A name stands beside other words, and must not change how those read: what turns the direction of
text around, and what nobody sees, is left out. That two look alike cannot be helped, so a name
never says who somebody is.
"""
from __future__ import annotations

# Joiners make letters and signs of some scripts; between those they can be seen.
_JOINERS = "\u200c\u200d"


def cleaned(text: str) -> str:
    """The name in NFC, its runs of white space as one space, without what cannot be seen; "" for
    one that has nothing else."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    from unicodedata import category, normalize

    letters = []
    seen = False
    for letter in normalize("NFC", text[:_LONGEST]):
        kind = category(letter)
        if letter in _JOINERS:
            letters.append(letter)
        elif letter.isspace() or kind in ("Zl", "Zp"):
            letters.append(" ")
        elif kind[0] != "C" and letter not in _BLANK:
            letters.append(letter)
            seen = seen or kind[0] != "M"
    return " ".join("".join(letters).split()).strip(_JOINERS) if seen else ""


_LONGEST = 1000               # characters that are looked at; a name has 80
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"          # letters without a form
