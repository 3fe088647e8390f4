"""Patterns mean what they mean to a browser, never take long, and say what is wrong with them.

patterns.json has verdicts of Chromium 156, of the very pattern that the HTML standard makes of the
attribute: `try { new RegExp(p, "v"); r = new RegExp("^(?:" + p + ")$", "v") } catch { invalid }`,
then `r.test(text)`. Some 340 of its patterns were written by hand, as people write them and at the
edges of the syntax; the others are a sample of 150,000 random ones that were compared so.
"""
from __future__ import annotations

import json
import random
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.config import ROOT
from chapbook.forms import pattern
from chapbook.forms.pattern import Pattern, PatternError
from chapbook.forms.regexp.folding import siblings
from chapbook.forms.regexp.grammar import parse
from chapbook.forms.regexp.states import MOST_STATES

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "patterns.json").read_text("ascii"))


def refusal(source: str) -> PatternError:
    with pytest.raises(PatternError) as caught:
        Pattern(source)
    return caught.value


@pytest.mark.parametrize("source, fitting, others", TABLE["valid"])
def test_texts_fit_as_in_chromium(source: str, fitting: list[str], others: list[str]) -> None:
    compiled = Pattern(source)
    assert [text for text in fitting if not compiled.fits(text)] == []
    assert [text for text in others if compiled.fits(text)] == []


@pytest.mark.parametrize("source", TABLE["invalid"])
def test_what_chromium_refuses_is_refused_as_ignored(source: str) -> None:
    error = refusal(source)
    assert error.in_browser == "ignored"
    assert 0 <= error.position <= len(source)
    assert f"at character {error.position + 1}: " in str(error)


def test_a_text_fits_as_a_whole_only() -> None:
    compiled = pattern.compile("[0-9]{4} ?[A-Za-z]{2}")
    assert compiled.fits("1234 AB") and compiled.fits("1234ab")
    assert not any(map(compiled.fits, ["", "1234 ABC", "x1234 AB", "1234  AB", "1234 AB\n"]))


def test_a_pattern_is_compiled_once() -> None:
    assert pattern.compile("once[0-9]") is pattern.compile("once[0-9]")
    assert repr(pattern.compile("once[0-9]")) == "Pattern('once[0-9]')"


def test_only_so_many_patterns_are_kept() -> None:
    for number in range(2 * pattern.MOST_COMPILED):
        pattern.compile(f"kept{number}")
    assert len(pattern._compiled) <= pattern.MOST_COMPILED


@pytest.mark.parametrize("source, words", [
    (r"(a)\1", "refers back"),
    (r"(?<n>a)\k<n>", "refers back"),
    (r"\k<n>(?<n>a)", "refers back"),
    (r"\p{Script=Latin}", "which letters are Latin"),
    (r"[\p{sc=Grek}a]", "which letters are Grek"),
    (r"\P{Emoji}", "which characters are Emoji"),
    (r"\p{RGI_Emoji}", "which characters are RGI_Emoji"),
    ("a{%d}" % (MOST_STATES + 1), "places"),
    ("(?:a{200}){200}", "places"),
    ("(" * 60 + ")" * 60, "deep"),
    ("[" * 60 + "]" * 60, "deep"),
])
def test_what_only_browsers_can_check_says_so(source: str, words: str) -> None:
    error = refusal(source)
    assert error.in_browser == "enforced"
    assert words in str(error) and "Browsers would check it" in str(error)


@pytest.mark.parametrize("source", [r"(a)\1(", r"\p{Emoji}]", r"\1(a)\2"])
def test_a_fault_of_syntax_comes_before_what_cannot_be_enforced(source: str) -> None:
    assert refusal(source).in_browser == "ignored"


@pytest.mark.parametrize("source, advice", [
    ("[a-z", r"never closed by a ]. For the character [ write \[."),
    ("[(]", r"write \(."),
    ("[a-z_-]", "range needs a character at each end"),
    (r"\-", r"\- means nothing. Write - without the \."),
    ("a)", r"For the character ) write \)."),
    ("{2}", r"nothing before this {"),
    ("a{2,1}", "out of order"),
    ("[a-z--b]", "[[a-z]--[aeiou]]"),
    (r"\p{letter}", r"Letters are \p{L}"),
    ("[!!]", "reserved"),
])
def test_an_error_says_what_to_write_instead(source: str, advice: str) -> None:
    assert advice in str(refusal(source))


def test_an_error_shows_no_more_than_the_beginning_of_a_long_pattern() -> None:
    assert len(str(refusal("a" * 5000 + "("))) < 500


@pytest.mark.parametrize("source, text", [
    (r"\p{L}", "é"), (r"\p{Lu}", "É"), (r"\P{L}", "1"), (r"\p{Letter}", "я"), (r"\p{gc=Nd}", "٣"),
    (r"\p{Lowercase}", "ª"), (r"\p{White_Space}", "\x85"),
    (r"\p{Assigned}", "a"), (r"\P{Assigned}", "\u0378"), (r"\p{ASCII}", "~"), (r"\P{ASCII}", "é"),
    (r"\p{ID_Start}", "\u2118"), (r"\p{ID_Continue}", "\xb7"), (r"\p{Hex}", "Ｆ"),
    (r"\p{Cased}", "ǅ"), (r"\p{LC}", "ǅ"), (r"\p{punct}", "!"), (r"\p{Any}", "😀"),
])
def test_properties_are_those_of_unicode(source: str, text: str) -> None:
    assert Pattern(source).fits(text)
    turned = source.replace("P", "p") if source[1] == "P" else source.replace(r"\p", r"\P")
    assert not Pattern(turned).fits(text)


def test_every_character_has_one_of_the_seven_categories() -> None:
    seven = [Pattern(rf"\p{{{letter}}}") for letter in "CLMNPSZ"]
    for code in range(0, 0x110000, 37):
        kinds = [compiled.source[3] for compiled in seven if compiled.fits(chr(code))]
        assert kinds == [unicodedata.category(chr(code))[0]]


@given(st.characters())
def test_letters_that_are_alike_are_alike_both_ways(letter: str) -> None:
    alike = siblings(letter)
    assert all([siblings(other) == alike for other in alike])
    assert Pattern(rf"(?i:\u{{{ord(letter):x}}}+)").fits("".join(alike))


@pytest.mark.parametrize("letters", ["kK\u212a", "sS\u017f", "\xdf\u1e9e", "σςΣ", "ιΙ\u0345\u1fbe"])
def test_second_forms_of_a_letter_are_alike_in_ranges_too(letters: str) -> None:
    for letter in letters:
        assert Pattern(f"(?i:[{letter}-{letter}]+)").fits(letters)
    assert not Pattern("(?i:[iı])").fits("İ")


# An independent meaning of the same trees: the set of places where a match that begins at one may
# end, found by trying everything.
def ends(node: Any, text: str, at: int) -> set[int]:
    kind = node[0]
    if kind == "char":
        return {at + 1} if text[at:at + 1] == node[1] else set()
    if kind == "set":
        return {at + 1} if at < len(text) and node[1](text[at]) else set()
    if kind == "alt":
        return set().union(*[ends(branch, text, at) for branch in node[1]])
    if kind == "cat":
        now = {at}
        for part in node[1]:
            now = set().union(*[ends(part, text, place) for place in now])
        return now
    if kind == "repeat":
        _, part, least, most = node
        now, found = {at}, {at} if least == 0 else set()
        for count in range(1, (least + len(text) + 1 if most is None else most) + 1):
            now = set().union(*[ends(part, text, place) for place in now])
            found |= now if count >= least else set()
        return found
    if kind == "look":
        _, part, ahead, wanted = node
        there = ends(part, text, at) if ahead else [
            start for start in range(at + 1) if at in ends(part, text, start)]
        return {at} if bool(there) is wanted else set()
    words = [place >= 0 and text[place:place + 1].isalnum() for place in (at - 1, at)]
    holds = {"start": at == 0, "end": at == len(text), "edge": words[0] != words[1],
             "inside": words[0] == words[1]}
    return {at} if holds[node[1]] else set()


def random_source(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random()
    if depth > 3 or kind < 0.35:
        source = chance.choice(["a", "b", "a", "b", ".", "[ab]", "[^a]", "-"])
    elif kind < 0.55:
        source = "".join([random_source(chance, depth + 1) for _ in range(chance.randint(0, 3))])
        return source
    elif kind < 0.7:
        source = f"({random_source(chance, depth + 1)}|{random_source(chance, depth + 1)})"
    elif kind < 0.8:
        return chance.choice(["^", "$", r"\b", r"\B"])
    elif kind < 0.9:
        look = chance.choice(["?=", "?!", "?<=", "?<!"])
        return f"({look}{random_source(chance, depth + 1)})"
    else:
        source = f"(?:{random_source(chance, depth + 1)})"
    return source + chance.choice(
        ["", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "{0}", "{0,2}?"])


@pytest.mark.parametrize("seed", range(20))
def test_random_patterns_fit_what_trying_everything_finds(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(60):
        source = random_source(chance)
        compiled, tree = Pattern(source), parse(source)
        for _ in range(8):
            text = "".join(chance.choices("ab-", k=chance.randint(0, 5)))
            assert compiled.fits(text) is (len(text) in ends(tree, text, 0)), (source, text)


@given(st.text("()[]{}|\\^$*+?.-&~!<=>:,abk0123pPquxsim\u00e9\U0001f600"))
def test_any_text_is_a_pattern_or_says_why_not(source: str) -> None:
    try:
        Pattern(source).fits("ab")
    except PatternError as error:
        assert error.in_browser in ("ignored", "enforced")


LONG = 65_536


@pytest.mark.parametrize("source, text, fits", [
    ("(a+)+$", "a" * LONG, True),
    ("(a+)+$", "a" * (LONG - 1) + "b", False),
    ("(a|a)*b", "a" * LONG, False),
    ("((a*)*)*b", "a" * LONG, False),
    ("(.*)(.*)(.*)(.*)(.*)x", "a" * LONG, False),
    (r"(?=.*\d)(?=.*[a-z]).{8,}", "a1" * (LONG // 2), True),
    (r"(?:(?!--).)*", "a-" * (LONG // 2), True),
    (r"(\b\w+\b ?)+", "ab " * (LONG // 3), True),
    (r"[^\s]+", "é" * LONG, True),
    (".{10,20000}", "x" * 20_000, True),
    (".{10,20000}", "x" * 20_001, False),
])
def test_what_makes_backtracking_hang_is_quick(
    source: str, text: str, fits: bool, grows_linearly: Any
) -> None:
    compiled = Pattern(source)
    assert compiled.fits(text) is fits
    # A text shorter than a pattern's most has not met all of its places: numbers grow with it.
    size = len(text) // 2 if len(text) > 20_001 else 5_000
    grows_linearly(lambda length: compiled.fits(text[:length]), lambda size: size, size)


def test_texts_that_are_always_new_to_the_machine_take_linear_time(grows_linearly: Any) -> None:
    text = "".join(random.Random(1).choices("ab", k=40_000))
    compiled = Pattern("(?:.*a.{0,500}b)*c|.*(?=a.{300}b).*c")
    grows_linearly(lambda length: compiled.fits(text[:length]), lambda size: size, 20_000)


@pytest.mark.parametrize("piece", [
    "a", "[a-z]", "(a)|", r"\p{L}", r"\u{61}", "(?<=a)", "a{2,3}", "[a]?", "(?i:k)", "[[a]--b]",
    r"\k<a>(?<a>b)|", r"[\q{ab|c}]", "[Ā-ā]",
])
def test_a_pattern_is_read_in_linear_time(piece: str, grows_linearly: Any) -> None:
    def read(source: str) -> None:
        try:
            parse(source)
        except PatternError:
            pass
    grows_linearly(read, lambda size: piece * (size // len(piece)), 20_000)
    for opened in ("[", r"[\q{", r"[\u{6", "(?<a"):
        grows_linearly(read, lambda size: opened + piece * (size // len(piece)), 20_000)


def test_a_long_class_is_read_and_asked_in_linear_time(grows_linearly: Any) -> None:
    def long_class(size: int) -> str:
        ranges = [f"{chr(c)}-{chr(c + 1)}" for c in range(0x1000, 0x1000 + size, 3)]
        return f"[{''.join(ranges)}]*"

    text = "".join(map(chr, range(0x1000, 0xD000)))
    grows_linearly(lambda source: Pattern(source).fits(text), long_class, 10_000)


def test_what_is_kept_for_a_pattern_stays_small() -> None:
    compiled = Pattern(r"(?:.*a.{0,2000}\b)*")
    compiled.fits("".join(random.Random(1).choices("ab -", k=30_000)))
    compiled.fits("".join(map(chr, range(0x1000, 0xD000))))
    machine = compiled._machine
    assert len(machine.takes) <= machine.most_kept
    assert sum(map(len, machine.reaches.values())) <= machine.most_kept


def test_properties_and_case_folding_are_loaded_for_those_who_use_them() -> None:
    code = (
        "import sys; from chapbook.forms import pattern\n"
        "pattern.compile('[0-9]{4} ?[A-Za-z]{2}').fits('1234 AB')\n"
        "print(*[name for name in sys.modules if name.endswith(('properties', 'folding'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env={"PYTHONPATH": f"{ROOT}/lib"})
    assert (done.stdout, done.stderr) == ("\n", "")
