"""What is written with a backslash: the escapes that classes and the rest of a pattern share.

ECMA-262 section 22.2.1, with the v flag and without Annex B: an escape that means nothing is an
error there, and so it is here.
"""
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    Test = Callable[[str], bool]      # whether one character is in a set

DIGITS = frozenset("0123456789")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
WORD = LETTERS | DIGITS | {"_"}
HEX = frozenset("0123456789abcdefABCDEF")
LINE_ENDS = frozenset("\n\r\u2028\u2029")
SPACE = LINE_ENDS | frozenset(
    "\t\v\f \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
    "\u205f\u3000\ufeff"
)
SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_SHORTHANDS = {"d": DIGITS, "s": SPACE, "w": WORD}
MOST_SHOWN = 120


class PatternError(ValueError):
    """A pattern that cannot be enforced; its text says what, where, and what to write instead.

    `in_browser` is "ignored" for what is no regular expression to a browser either, which then
    checks nothing; "enforced" for what a browser would check and Chapbook cannot. `position` counts
    the characters before the fault.
    """

    def __init__(self, sentence: str, in_browser: str, position: int) -> None:
        super().__init__(sentence)
        self.in_browser = in_browser
        self.position = position


class Reader:
    """A pattern, and how far it has been read (`at`)."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.ignore_case = False
        self.unenforceable: PatternError | None = None

    def error(self, what: str, at: int, in_browser: str) -> PatternError:
        """The error to raise: `what` is the fault and what to write instead, in sentences."""
        shown = self.source
        if len(shown) > MOST_SHOWN:
            shown = shown[:MOST_SHOWN] + "..."
        if in_browser == "ignored":
            begin = f"The pattern {shown} is wrong at character {at + 1}"
            end = "Browsers ignore such a pattern and check nothing."
        else:
            begin = f"The pattern {shown} cannot be enforced, because of character {at + 1}"
            end = "Browsers would check it, so Chapbook must not ignore it."
        return PatternError(f"{begin}: {what} {end}", in_browser, at)

    def fail(self, what: str, at: int | None = None) -> NoReturn:
        """Raise what JavaScript raises as well."""
        raise self.error(what, self.at if at is None else at, "ignored")

    def cannot(self, what: str, at: int) -> None:
        """Note what is good JavaScript and cannot be enforced; errors of syntax come first."""
        if self.unenforceable is None:
            self.unenforceable = self.error(what, at, "enforced")

    def take(self, text: str) -> bool:
        """Step over the text if it comes next."""
        if self.source.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def peek(self) -> str:
        """The next character, or "" at the end."""
        return self.source[self.at:self.at + 1]

    def shorthand(self) -> Test | None:
        """The set of d, D, s, S, w, W, p{...} or P{...} after a backslash, if one comes next."""
        letter = self.peek()
        known = _SHORTHANDS.get(letter.lower())
        if known is not None:
            self.at += 1
            test: Test = known.__contains__
        elif letter == "p" or letter == "P":
            from .properties import read_property

            test = read_property(self)
        else:
            return None
        test = self.folded(test)
        return complement(test) if letter.isupper() else test

    def folded(self, test: Test) -> Test:
        """The set as it is where upper and lower case are alike, within (?i:...)."""
        if not self.ignore_case:
            return test
        from .folding import folded

        return folded(test)

    def folded_text(self, text: str) -> str:
        """A string of a class as one of those that are alike within (?i:...)."""
        if not self.ignore_case:
            return text
        from .folding import siblings

        return "".join([min(siblings(character)) for character in text])

    def character(self, allowed: frozenset[str]) -> str:
        """The character that an escape stands for; the backslash has been read.

        `allowed` are the characters that stand for themselves after a backslash.
        """
        start = self.at - 1
        letter = self.peek()
        self.at += 1
        if letter and letter in allowed:
            return letter
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "c":
            control = self.peek()
            if control in LETTERS and control:
                self.at += 1
                return chr(ord(control) % 32)
            self.fail("\\c needs a letter after it, as in \\cM.", start)
        if letter == "0":
            if self.peek() in DIGITS and self.peek():
                self.fail("\\0 may not be followed by a digit. Write \\x00.", start)
            return "\0"
        if letter == "x":
            return chr(self._hex(2, "\\x needs two hexadecimal digits, as in \\x7E.", start))
        if letter == "u":
            return self.unicode_escape(start)
        if not letter:
            self.fail("it ends with a lone \\. Write \\\\ for the character \\.", start)
        self.fail(f"\\{letter} means nothing. Write {letter} without the \\.", start)

    def unicode_escape(self, start: int) -> str:
        """The character of uXXXX, of a pair uD8XX\\uDCXX, or of u{X...}; the u has been read."""
        what = "\\u needs four hexadecimal digits, or some in braces, as in \\u00E9 or \\u{1F600}."
        if self.take("{"):
            stop = self.source.find("}", self.at)
            digits = self.source[self.at:stop] if stop >= 0 else ""
            if not digits or not HEX.issuperset(digits):
                self.fail(what, start)
            number = int(digits, 16)
            if number > 0x10FFFF:
                self.fail("there is no character beyond \\u{10FFFF}.", start)
            self.at = stop + 1
            return chr(number)
        number = self._hex(4, what, start)
        if 0xD800 <= number < 0xDC00 and self.source.startswith("\\u", self.at):
            digits = self.source[self.at + 2:self.at + 6]
            if len(digits) == 4 and HEX.issuperset(digits):
                low = int(digits, 16)
                if 0xDC00 <= low < 0xE000:
                    self.at += 6
                    number = 0x10000 + (number - 0xD800 << 10) + (low - 0xDC00)
        return chr(number)

    def _hex(self, count: int, what: str, start: int) -> int:
        digits = self.source[self.at:self.at + count]
        if len(digits) != count or not HEX.issuperset(digits):
            self.fail(what, start)
        self.at += count
        return int(digits, 16)


def complement(test: Test) -> Test:
    """The set of all that is not in this one."""
    return lambda character: not test(character)
