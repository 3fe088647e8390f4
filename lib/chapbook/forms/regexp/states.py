"""A regular expression as a machine of states, run without ever going back.

Each place in the pattern is one bit of an integer (Glushkov's automaton); after each character of
the text, the integer has the places that may have been reached. Where bits lead is worked out when
first needed, and kept. The time is linear in the text, whatever the pattern; one step costs at
most the pattern's size, and mostly two look-ups.

Assertions are places that take no character and hold at some positions of a text only. Where a
lookahead holds is found by running the mirrored machine of its inside from the end of the text, for
all positions at once; lookbehinds run forward.
"""
from __future__ import annotations

from itertools import repeat

from .escapes import LINE_ENDS, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .escapes import Test
    from .grammar import Node

MOST_STATES = 20_000
MOST_KEPT = 2_000_000                 # bits, in each of the things that are kept
ANY_CASE = WORD | {"\u017f", "\u212a"}


class TooManyStates(ValueError):
    """The counts of a pattern multiply to more than MOST_STATES places."""


class Builder:
    """The places of a part of a pattern, and how they follow each other."""

    def __init__(self, probes: list[Probe], backward: bool, width: int = 0) -> None:
        self.probes = probes
        self.backward = backward
        self.width = width
        self.chars: dict[str, int] = {}
        self.sets: dict[Test, int] = {}
        self.checks: dict[int, int] = {}      # places of an assertion, by its number in `probes`
        self.shifts: dict[int, int] = {}      # by how far from each of these places
        self.jumps: dict[int, int] = {}       # from any of these to all of those, which are the key

    def add(self, node: Node) -> tuple[int, int, bool]:
        """The places that begin and that end the node, and whether it may be nothing at all."""
        kind = node[0]
        if kind == "char":
            return self._place(self.chars, node[1])
        if kind == "set":
            return self._place(self.sets, node[1])
        if kind == "cat":
            return self._chain(node[1])
        if kind == "alt":
            first = last = 0
            nothing = False
            for branch in node[1]:
                begins, ends, empty = self.add(branch)
                first, last, nothing = first | begins, last | ends, nothing or empty
            return first, last, nothing
        if kind == "repeat":
            return self._repeat(node[1], node[2], node[3])
        probe = Probe(node) if kind == "at" else Probe(node, Machine(node[1], self.probes, node[2]))
        self.probes.append(probe)
        return self._place(self.checks, len(self.probes) - 1)

    def _place(self, table: dict[Any, int], key: object) -> tuple[int, int, bool]:
        if self.width > MOST_STATES:
            raise TooManyStates
        bit = 1 << self.width
        self.width += 1
        table[key] = table.get(key, 0) | bit
        return bit, bit, False

    def _chain(self, nodes: list[Node]) -> tuple[int, int, bool]:
        first = last = 0
        nothing = True
        for node in reversed(nodes) if self.backward else nodes:
            begins, ends, empty = self.add(node)
            self.link(last, begins)
            if nothing:
                first |= begins
            last = ends | last if empty else ends
            nothing = nothing and empty
        return first, last, nothing

    def link(self, last: int, first: int) -> None:
        """Let any of the places `first` come after any of the places `last`."""
        if not last or not first:
            return
        if last & (last - 1) or first & (first - 1):
            self.jumps[first] = self.jumps.get(first, 0) | last
        else:
            distance = first.bit_length() - last.bit_length()
            self.shifts[distance] = self.shifts.get(distance, 0) | last

    def _repeat(self, node: Node, least: int, most: int | None) -> tuple[int, int, bool]:
        copies = max(least, 1) if most is None else most
        if copies == 0:
            return 0, 0, True
        if copies == 1:
            first, last, empty = self.add(node)
            if most is None:
                self.link(last, first)
            return first, last, empty or least == 0
        inner = Builder(self.probes, self.backward)
        first, last, empty = inner.add(node)
        base, width = self.width, inner.width
        if width == 0:
            return 0, 0, True
        if base + copies * width > MOST_STATES + 1:
            raise TooManyStates
        self.width += copies * width
        every = _ones(copies, width)
        self._paste(inner, copies, every)
        self._link_copies(last, first << width, base, copies - 1, width)
        fewest = 1 if empty else max(least, 1)
        lasts = last * _ones(copies - fewest + 1, width) << base + (fewest - 1) * width
        if most is None:
            self.link(last << base + (copies - 1) * width, first << base + (copies - 1) * width)
        return first << base, lasts, empty or least == 0

    def _paste(self, inner: Builder, copies: int, every: int) -> None:
        """Take over the places of a builder as many times as there are copies."""
        base = self.width - copies * inner.width
        tables: list[tuple[dict[Any, int], dict[Any, int]]] = [
            (self.chars, inner.chars), (self.sets, inner.sets), (self.checks, inner.checks),
            (self.shifts, inner.shifts),
        ]
        for mine, theirs in tables:
            for key, mask in theirs.items():
                mine[key] = mine.get(key, 0) | mask * every << base
        for first, last in inner.jumps.items():
            self._link_copies(last, first, base, copies, inner.width)

    def _link_copies(self, last: int, first: int, base: int, copies: int, width: int) -> None:
        """Link `last` and `first`, and so on for all copies, by few shifts or by many jumps."""
        if last.bit_count() * first.bit_count() <= 4 * copies:
            every = _ones(copies, width) << base
            for end in _bits(last):
                for begin in _bits(first):
                    self.shifts[begin - end] = (
                        self.shifts.get(begin - end, 0) | every << end)
        else:
            for copy in range(copies):
                self.link(last << base + copy * width, first << base + copy * width)


def _ones(copies: int, width: int) -> int:
    """A one at every multiple of the width, that often."""
    return ((1 << copies * width) - 1) // ((1 << width) - 1)


def _bits(mask: int) -> list[int]:
    return [at for at, bit in enumerate(bin(mask)[:1:-1]) if bit == "1"]


class Machine:
    """The states of one tree, or with `backward` of its mirror image."""

    def __init__(self, tree: Node, probes: list[Probe], backward: bool = False) -> None:
        builder = Builder(probes, backward, width=1)
        first, last, nothing = builder.add(tree)
        builder.link(1, first)
        self.accepting = 1 << builder.width
        builder.link(last | nothing, self.accepting)
        self.backward = backward
        self.chars = builder.chars
        self.sets = list(builder.sets.items())
        self.checks = list(builder.checks.items())
        self.forth = [(by, mask) for by, mask in builder.shifts.items() if by >= 0]
        self.back = [(-by, mask) for by, mask in builder.shifts.items() if by < 0]
        self.jumps = list(builder.jumps.items())
        self.most_kept = max(100, MOST_KEPT // (builder.width + 100))
        self.takes: dict[str, int] = {}                            # by character: places it fits
        self.reaches: dict[tuple[bool, ...], dict[int, int]] = {}  # by what holds, by places

    def fits(self, text: str, held: list[list[bool]]) -> bool:
        """Whether the whole text fits; `held` tells of each probe where in the text it holds."""
        now = 1
        takes = self.takes
        contexts = self._contexts(held)
        for character, context in zip(text, contexts):
            fitting = takes.get(character)
            if fitting is None:
                fitting = self._fitting(character)
            now = self._reached(now, context) & fitting
            if not now:
                return False
        return bool(self._reached(now, next(contexts)) & self.accepting)

    def found(self, text: str, held: list[list[bool]]) -> list[bool]:
        """For each position in the text, whether a match ends there; begins there, if backward."""
        now = 0
        takes = self.takes
        contexts = self._contexts(held)
        positions = []
        for character, context in zip(reversed(text) if self.backward else text, contexts):
            reached = self._reached(now | 1, context)
            positions.append(bool(reached & self.accepting))
            fitting = takes.get(character)
            if fitting is None:
                fitting = self._fitting(character)
            now = reached & fitting
        positions.append(bool(self._reached(now | 1, next(contexts)) & self.accepting))
        if self.backward:
            positions.reverse()
        return positions

    def _contexts(self, held: list[list[bool]]) -> Iterator[tuple[bool, ...]]:
        """Position by position, which of the assertions of this machine hold there."""
        if not self.checks:
            return repeat(())
        columns = [held[number] for number, _ in self.checks]
        return zip(*map(reversed, columns) if self.backward else columns)

    def _fitting(self, character: str) -> int:
        """The places that take the character."""
        mask = self.chars.get(character, 0)
        for test, places in self.sets:
            if test(character):
                mask |= places
        if len(self.takes) >= self.most_kept:
            self.takes.clear()
        self.takes[character] = mask
        return mask

    def _reached(self, now: int, context: tuple[bool, ...]) -> int:
        """The places that may come after any of the places `now`, by way of what holds here."""
        known = self.reaches.get(context)
        if known is None:
            known = self.reaches[context] = {}
        reached = known.get(now)
        if reached is not None:
            return reached
        open_ways = 0
        for (_, mask), holds in zip(self.checks, context):
            if holds:
                open_ways |= mask
        fresh, reached = now, 0
        while fresh:
            step = 0
            for distance, mask in self.forth:
                step |= (fresh & mask) << distance
            for distance, mask in self.back:
                step |= (fresh & mask) >> distance
            for first, last in self.jumps:
                if fresh & last:
                    step |= first
            fresh = step & ~reached & open_ways
            reached |= step
        if len(known) * len(self.reaches) >= self.most_kept:
            self.reaches.clear()
        else:
            known[now] = reached
        return reached


class Probe:
    """An assertion: ^, $, \\b, \\B, or what is looked for ahead or behind."""

    def __init__(self, node: Node, machine: Machine | None = None) -> None:
        self.node = node
        self.machine = machine

    def positions(self, text: str, held: list[list[bool]]) -> list[bool]:
        """For each position, from 0 to the length of the text, whether it holds there."""
        if self.machine is not None:
            wanted = self.node[3]
            return [found is wanted for found in self.machine.found(text, held)]
        what = self.node[1]
        if what == "start":
            return [True] + [False] * len(text)
        if what == "end":
            return [False] * len(text) + [True]
        if what == "line start":
            return [True] + [character in LINE_ENDS for character in text]
        if what == "line end":
            return [character in LINE_ENDS for character in text] + [True]
        word = ANY_CASE if what.endswith("any case") else WORD
        inside = [False, *[character in word for character in text], False]
        wanted = what.startswith("edge")
        return [(one is not other) is wanted for one, other in zip(inside, inside[1:])]
