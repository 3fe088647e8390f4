"""The tree of a regular expression: its alternatives, groups, repetitions and assertions.

ECMA-262 section 22.2.1 with the v flag and without Annex B. The nodes are tuples:
("set", test), ("char", c), ("cat", [nodes]), ("alt", [nodes]), ("repeat", node, least, most),
("at", what) for ^ $ \\b \\B, and ("look", node, ahead, wanted) for lookahead and lookbehind.
"""
from __future__ import annotations

from .classes import read_class
from .escapes import DIGITS, LINE_ENDS, SYNTAX, Reader, complement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Node = tuple[Any, ...]

MOST_DEEP = 50
FOR_EVER = 2 ** 31 - 2             # more repetitions than that are without end to browsers
_EMPTY: Node = ("cat", [])
_IN_LINE = complement(LINE_ENDS.__contains__)
_LOOKS = (("?=", True, True), ("?!", True, False), ("?<=", False, True), ("?<!", False, False))


def parse(source: str) -> Node:
    """The tree of a pattern; PatternError for what is none, or cannot be enforced."""
    grammar = Grammar(source)
    tree = grammar.disjunction(0)
    if grammar.at < len(source):
        grammar.fail("this ) closes nothing. For the character ) write \\).")
    grammar.check_references()
    if grammar.unenforceable is not None:
        raise grammar.unenforceable
    return tree


class Grammar(Reader):
    """A reader of the whole syntax; `disjunction` is where it begins."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.multiline = False
        self.dot_all = False
        self.groups = 0
        self.names: set[str] = set()
        self.together: list[set[str]] = [set()]     # names that can take part in one match
        self.references: list[tuple[int, int | str]] = []

    def disjunction(self, depth: int) -> Node:
        """Alternatives up to the end or a `)`, which is left."""
        if depth > MOST_DEEP:
            raise self.error(f"groups nest more than {MOST_DEEP} deep.", self.at, "enforced")
        names: set[str] = set()
        branches = []
        while True:
            self.together.append(set())
            branches.append(self._alternative(depth))
            names |= self.together.pop()
            if not self.take("|"):
                break
        self.together[-1] |= names
        return branches[0] if len(branches) == 1 else ("alt", branches)

    def _alternative(self, depth: int) -> Node:
        parts: list[Node] = []
        source, length = self.source, len(self.source)
        while self.at < length:
            letter = source[self.at]
            if letter in "|)":
                break
            node, repeatable = self._term(letter, depth)
            if repeatable and source[self.at:self.at + 1] in _QUANTIFIERS:
                node = self._quantified(node)
            parts.append(node)
        return parts[0] if len(parts) == 1 else ("cat", parts)

    def _term(self, letter: str, depth: int) -> tuple[Node, bool]:
        """The next assertion or atom, and whether it may be repeated."""
        start = self.at
        self.at += 1
        if letter not in SYNTAX or letter == "/":
            return self._character(letter), True
        if letter == "\\":
            return self._escape(start)
        if letter == "[":
            test, strings, _ = read_class(self)
            if not strings:
                return ("set", test), True
            words = [("cat", [self._character(c) for c in word]) for word in sorted(strings)]
            return ("alt", [("set", test), *words]), True
        if letter == "(":
            return self._group(start, depth)
        if letter == ".":
            return ("set", _anything if self.dot_all else _IN_LINE), True
        if letter == "^":
            return ("at", "line start" if self.multiline else "start"), False
        if letter == "$":
            return ("at", "line end" if self.multiline else "end"), False
        if letter in _QUANTIFIERS:
            self.fail(f"there is nothing before this {letter} that could be repeated. For the "
                      f"character {letter} write \\{letter}.", start)
        self.fail(f"this {letter} closes nothing. For the character {letter} write \\{letter}.",
                  start)

    def _character(self, letter: str) -> Node:
        if self.ignore_case:
            return ("set", self.folded(letter.__eq__))
        return ("char", letter)

    def _escape(self, start: int) -> tuple[Node, bool]:
        letter = self.peek()
        if letter in ("b", "B"):
            self.at += 1
            return ("at", ("edge" if letter == "b" else "inside")
                    + (" of any case" if self.ignore_case else "")), False
        if letter == "k":
            self.at += 1
            self.references.append((start, self._name("\\k")))
            return _EMPTY, True
        if letter in DIGITS and letter != "0":
            self.references.append((start, self._number()))
            return _EMPTY, True
        test = self.shorthand()
        if test is not None:
            return ("set", test), True
        return self._character(self.character(SYNTAX)), True

    def check_references(self) -> None:
        """Refuse references to groups, which a machine of states cannot follow."""
        for start, group in self.references:
            if group not in self.names if isinstance(group, str) else group > self.groups:
                self.fail("there is no such group to refer to.", start)
        for start, _ in self.references:
            self.cannot(
                "it refers back to what a group has found. Write what may stand there once more, "
                "or check this in the handler.", start)

    def _group(self, start: int, depth: int) -> tuple[Node, bool]:
        for mark, ahead, wanted in _LOOKS:
            if self.take(mark):
                return ("look", self._rest(start, depth), ahead, wanted), False
        flags = self.ignore_case, self.multiline, self.dot_all
        if self.take("?<"):
            self.groups += 1
            self.at -= 1
            self._add_name(self._name("(?"), start)
        elif self.take("?"):
            self._modifiers(start)
        else:
            self.groups += 1
        node = self._rest(start, depth)
        self.ignore_case, self.multiline, self.dot_all = flags
        return node, True

    def _rest(self, start: int, depth: int) -> Node:
        node = self.disjunction(depth + 1)
        if not self.take(")"):
            self.fail("the ( is never closed by a ). For the character ( write \\(.", start)
        return node

    def _modifiers(self, start: int) -> None:
        """Read `:`, or what comes before it in (?i:...), (?-i:...) and (?s-im:...)."""
        stop = self.source.find(":", self.at, self.at + 8)
        added, minus, removed = self.source[self.at:max(stop, self.at)].partition("-")
        both = added + removed
        if stop < 0 or len(set(both)) != len(both) or not set(both) <= set("ims") or (
            minus and not both
        ):
            self.fail("after (? comes one of : = ! <= <! <name> or modifiers as in (?i: .", start)
        self.at = stop + 1
        if "i" in both:
            self.ignore_case = "i" in added
        if "m" in both:
            self.multiline = "m" in added
        if "s" in both:
            self.dot_all = "s" in added

    def _add_name(self, name: str, start: int) -> None:
        if any([name in names for names in self.together]):
            self.fail(f"two groups have the name {name}. Give one of them another.", start)
        self.together[-1].add(name)
        self.names.add(name)

    def _name(self, before: str) -> str:
        """A group's name in < and >."""
        start = self.at
        what = f"after {before} comes a name in < and >, made of letters, digits and _."
        if not self.take("<"):
            self.fail(what, start)
        name: list[str] = []
        while not self.take(">"):
            letter = self.peek()
            self.at += 1
            if letter == "\\" and self.take("u"):
                letter = self.unicode_escape(self.at - 2)
            if not (letter and _in_name(letter, first=not name)):
                self.fail(what, start)
            name.append(letter)
        if not name:
            self.fail(what, start)
        return "".join(name)

    def _number(self) -> int:
        """Decimal digits; what is beyond all reason is 2 ** 53."""
        start = self.at
        while self.peek() and self.peek() in DIGITS:
            self.at += 1
        digits = self.source[start:self.at].lstrip("0")
        return int(digits or 0) if len(digits) < 16 else 2 ** 53

    def _quantified(self, node: Node) -> Node:
        start = self.at
        sign = self.source[start]
        self.at += 1
        least, most = _SIGNS.get(sign, (0, 0))
        if sign == "{":
            if self.peek() not in DIGITS:
                self.fail("after this { comes a number, as in {2} or {2,5}. For the character { "
                          "write \\{.", start)
            least = most = self._number()
            if self.take(","):
                most = self._number() if self.peek() in DIGITS else None
            if not self.take("}"):
                self.fail("the { is never closed by a }. For the character { write \\{.", start)
            if most is not None and most < least:
                self.fail("the numbers are out of order: the smaller comes first.", start)
            if most is not None and most > FOR_EVER:
                most = None
        self.take("?")                    # as few as possible, or as many: the same texts fit
        return ("repeat", node, least, most)


_QUANTIFIERS = frozenset("*+?{")
_SIGNS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def _anything(character: str) -> bool:
    return True


def _in_name(letter: str, first: bool) -> bool:
    if letter.isascii():
        return letter in "$_" or letter.isalpha() or not first and letter.isdigit()
    from .properties import id_continue, id_start

    return id_start(letter) if first else id_continue(letter) or letter in "\u200c\u200d"
