"""Character classes: `[a-z]`, and what the v flag adds to them, as sets of characters and strings.

ECMA-262 section 22.2.1 (ClassContents): classes in classes, `--`, `&&`, and `\\q{ab|c}`. The time
to read one is linear in its length.
"""
from __future__ import annotations

from .escapes import SYNTAX, Reader, complement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .escapes import Test

    # The characters of a set, its other strings, and whether it could have had strings.
    Members = tuple[Test, frozenset[str], bool]

MOST_DEEP = 50
_MUST_ESCAPE = frozenset("()[]{}/-|")
_TWICE = frozenset("&!#$%*+,.:;<=>?@^`~")
_ESCAPED = SYNTAX | frozenset("&-!#%,:;<=>@`~")
_NONE: frozenset[str] = frozenset()


def read_class(reader: Reader, depth: int = 1) -> Members:
    """The members of a class whose `[` has been read."""
    start = reader.at - 1
    if depth > MOST_DEEP:
        raise reader.error(f"classes nest more than {MOST_DEEP} deep.", start, "enforced")
    negated = reader.take("^")
    first = _operand(reader, depth, start)
    sign = reader.source[reader.at:reader.at + 2]
    if first is not None and sign in ("--", "&&"):
        test, strings, may = _combined(reader, depth, start, first, sign)
    else:
        test, strings, may = _union(reader, depth, start, first)
    if negated:
        if may:
            reader.fail("a class that begins with [^ has no strings. Take \\q{...} out.", start)
        return complement(test), _NONE, False
    return test, strings, may


def _union(reader: Reader, depth: int, start: int, member: str | Members | None) -> Members:
    characters: set[str] = set()
    ranges: list[tuple[str, str]] = []
    tests: list[Test] = []
    strings = _NONE
    could = False
    while member is not None:
        if not isinstance(member, str):
            test, more, may = member
            tests.append(test)
            strings |= more
            could = could or may
        elif reader.peek() == "-" and not reader.source.startswith("--", reader.at):
            ranges.append((member, _range_end(reader, depth, start, member)))
        else:
            characters.add(member)
        if reader.source[reader.at:reader.at + 2] in ("--", "&&"):
            reader.fail(
                "-- and && stand between two members and no more. Put what is on each side into "
                "a class of its own, as in [[a-z]--[aeiou]]."
            )
        member = _operand(reader, depth, start)
    if characters or ranges:
        tests.append(reader.folded(_listed(characters, ranges)))
    return _either(tests), strings, could


def _range_end(reader: Reader, depth: int, start: int, low: str) -> str:
    at = reader.at
    reader.at += 1
    high = _operand(reader, depth, start)
    if not isinstance(high, str):
        reader.fail("a range needs a character at each end. For the character - write \\-.", at)
    if high < low:
        reader.fail("the range is backwards: its end comes before its beginning.", at)
    return high


def _combined(reader: Reader, depth: int, start: int, first: str | Members, sign: str) -> Members:
    """What is left of the first member after `--`, or common to all members between `&&`."""
    test, strings, could = _members(reader, first)
    while not reader.take("]"):
        at = reader.at
        if not reader.take(sign):
            reader.fail(
                f"a class with {sign} in it has {sign} between any two members, and no ranges. "
                "Put what belongs together into a class of its own, as in [[a-z]--[aeiou]].", at
            )
        member = _operand(reader, depth, start) if reader.peek() != "&" else None
        if member is None:
            reader.fail(f"after {sign} comes a character or a class. For {sign[0]} itself write "
                        f"\\{sign[0]}.", at)
        other, others, may = _members(reader, member)
        if sign == "--":
            test, strings = _both(test, complement(other)), strings - others
        else:
            test, strings, could = _both(test, other), strings & others, could and may
    return test, strings, could


def _operand(reader: Reader, depth: int, start: int) -> str | Members | None:
    """The next member of a class, None for its `]`."""
    at = reader.at
    letter = reader.peek()
    if not letter:
        reader.fail("the [ is never closed by a ]. For the character [ write \\[.", start)
    reader.at += 1
    if letter == "[":
        return read_class(reader, depth + 1)
    if letter == "\\":
        return _escape(reader)
    if letter == "]":
        return None
    if letter in _MUST_ESCAPE:
        reader.fail(f"in a class, {letter} has a \\ before it: write \\{letter}.", at)
    if letter in _TWICE and reader.peek() == letter:
        reader.fail(
            f"{letter}{letter} in a class is reserved. Write {letter} once"
            + (", or between two members." if letter == "&" else "."), at)
    return letter


def _escape(reader: Reader) -> str | Members:
    short = reader.shorthand()
    if short is not None:
        return short, _NONE, False
    if reader.take("b"):
        return "\b"
    if reader.source.startswith("q{", reader.at):
        return _strings(reader)
    return reader.character(_ESCAPED)


def _strings(reader: Reader) -> Members:
    """The members of \\q{ab|c}, whose \\ has been read."""
    start = reader.at - 1
    reader.at += 2
    words: list[str] = []
    word: list[str] = []
    while True:
        at = reader.at
        letter = reader.peek()
        reader.at += 1
        if not letter:
            reader.fail("the \\q{ is never closed by a }.", start)
        if letter in "|}":
            words.append("".join(word))
            word = []
            if letter == "}":
                break
        elif letter in _MUST_ESCAPE:
            reader.fail(f"in \\q{{...}}, {letter} has a \\ before it: write \\{letter}.", at)
        elif letter in _TWICE and reader.peek() == letter:
            reader.fail(f"{letter}{letter} in \\q is reserved. Write \\{letter}\\{letter}.", at)
        elif letter == "\\":
            word.append("\b" if reader.take("b") else reader.character(_ESCAPED))
        else:
            word.append(letter)
    characters = {word for word in words if len(word) == 1}
    could = len(characters) < len(set(words))
    strings = frozenset(map(reader.folded_text, set(words) - characters))
    return reader.folded(characters.__contains__), strings, could


def _members(reader: Reader, member: str | Members) -> Members:
    if isinstance(member, str):
        return reader.folded(member.__eq__), _NONE, False
    return member


def _both(one: Test, other: Test) -> Test:
    return lambda character: one(character) and other(character)


def _either(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda character: any([test(character) for test in tests])


def _listed(characters: set[str], ranges: list[tuple[str, str]]) -> Test:
    """Characters and ranges as one test; short ranges of ASCII are characters, too."""
    wide = []
    for low, high in ranges:
        if high < "\x80":
            characters.update(map(chr, range(ord(low), ord(high) + 1)))
        else:
            wide.append((low, high))
    if not wide:
        return characters.__contains__
    from bisect import bisect_right

    lows: list[str] = []
    highs: list[str] = []
    for low, high in sorted(wide):
        if highs and low <= highs[-1]:
            highs[-1] = max(highs[-1], high)
        else:
            lows.append(low)
            highs.append(high)

    def test(character: str) -> bool:
        place = bisect_right(lows, character)
        return character in characters or place > 0 and character <= highs[place - 1]
    return test
