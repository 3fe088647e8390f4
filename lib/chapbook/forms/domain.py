"""Domain names with letters of any language: whether they have an ASCII form (IDNA, UTS 46).

The mapping is computed from Python's Unicode tables (NFKC and case folding), which is how the table
of UTS 46 was made. Two rules of IDNA need tables that Python has not: a joiner (U+200C) between
Arabic letters is refused, and so are letters younger than Python's Unicode version.
"""
from __future__ import annotations

MOST_CHARACTERS = 1000            # beyond that, no name with other letters than ASCII is accepted
LONGEST_NAME = 254                # of DNS, with a dot at its end
_KEPT = frozenset("\xdf\u03c2\u200c\u200d")       # not mapped, although they have a case folding
_MAPPED = {0x1E9E: "\xdf", 0x3002: ".", 0xFF0E: ".", 0xFF61: "."}


def _set(*ranges: tuple[int, int]) -> frozenset[str]:
    return frozenset([chr(code) for low, high in ranges for code in range(low, high + 1)])


_IGNORED = frozenset("\xad\u034f\u17b4\u17b5\u200b\u2060\u3164\ufeff\uffa0") | _set(
    (0x115F, 0x1160), (0x180B, 0x180F), (0x2061, 0x2064), (0x206A, 0x206F), (0xFE00, 0xFE0F),
    (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0100, 0xE01EF),
)
_REFUSED = _set((0x2FF0, 0x2FFB), (0xFFFC, 0xFFFD))
_VIRAMA = 9                       # the combining class of the signs that a joiner may follow


def to_ascii(name: str, strict: bool = False) -> str | None:
    """The name as DNS has it, in lower case, other labels as xn--; None where it has no such form.

    Any ASCII character passes as it is: which of them may be in a name is the caller's rule. With
    `strict`, names with other letters are at most LONGEST_NAME long in the end, and have no hyphens
    at the ends of labels and none in their third and fourth place.
    """
    if name.isascii():
        return name.lower()
    if len(name) > MOST_CHARACTERS:
        return None
    from unicodedata import normalize

    mapped = []
    for character in name.translate(_MAPPED):
        if character in _KEPT or character == ".":
            mapped.append(character)
        elif character not in _IGNORED:
            plain = normalize("NFKC", normalize("NFKC", character).casefold())
            if "." in plain or "\u3002" in plain:          # such as "1." in one character
                return None
            mapped.append(plain)
    labels = normalize("NFC", "".join(mapped)).split(".")
    meant = [_decoded(label) if label.startswith("xn--") else label for label in labels]
    if not all([label.isascii() or _is_valid(label) for label in meant]):
        return None
    if any(map(_goes_left, meant)) and not all(map(_keeps_direction, meant)):
        return None
    done = ".".join([
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in labels
    ])
    if strict and (len(done) > LONGEST_NAME or any([
        label[:1] == "-" or label[-1:] == "-" or label[2:4] == "--" for label in meant
    ])):
        return None
    return done


def _decoded(label: str) -> str:
    """What an xn-- label stands for; a character that is not valid where it stands for nothing."""
    try:
        text = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return "\ufffd"
    if text.isascii() or text.encode("punycode").decode("ascii") != label[4:]:
        return "\ufffd"
    from unicodedata import normalize

    folded = normalize("NFKC", "".join([c if c in _KEPT else c.casefold() for c in text]))
    return text if folded == text else "\ufffd"


def _is_valid(label: str) -> bool:
    """Whether a mapped label is made of valid characters, and does not begin with an accent."""
    from unicodedata import category, combining

    if category(label[0])[0] == "M":
        return False
    for at, character in enumerate(label):
        if character in "\u200c\u200d":
            if not at or combining(label[at - 1]) != _VIRAMA:
                return False
        elif not character.isascii() and (
            category(character)[0] in "CZ" or character in _REFUSED
        ):
            return False
    return True


def _goes_left(label: str) -> bool:
    from unicodedata import bidirectional

    return not label.isascii() and any([bidirectional(c) in ("R", "AL", "AN") for c in label])


def _keeps_direction(label: str) -> bool:
    """The Bidi rule of RFC 5893 section 2, for every label of a name that goes left anywhere."""
    from unicodedata import bidirectional

    kinds = [bidirectional(character) for character in label]
    if not kinds:
        return True
    while kinds[-1] == "NSM" and len(kinds) > 1:
        kinds.pop()
    found = set(kinds)
    if kinds[0] in ("R", "AL"):
        return (
            found <= {"R", "AL", "AN", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"}
            and kinds[-1] in ("R", "AL", "EN", "AN") and not found >= {"EN", "AN"}
        )
    return (
        kinds[0] == "L" and found <= {"L", "EN", "ES", "CS", "ET", "ON", "BN", "NSM"}
        and kinds[-1] in ("L", "EN")
    )
