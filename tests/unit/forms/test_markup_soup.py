"""Forms are read as html5lib reads them, in well-formed pages and in soups of tags.

What is not modelled is left out of the soups: formatting elements that overlap others (the adoption
agency algorithm makes copies of labels then), and lists, selects and buttons that never end.
"""
from __future__ import annotations

import random

import pytest

from chapbook.forms import markup

from tests.unit.forms.html5 import actual, expected

VALUES = ["a", "", "a &amp; b", "&lt;b&gt;", "&copy=1", "&copyx", "&copy;", "&#x41;&#0;&#128;",
          "1\r\n2", "ä€", "&notit;", "&", "&&amp", "a>b", "</textarea", "<!-- ", "&#xD;", " x ",
          "&#1114112;"]
TYPES = ["text", "hidden", "checkbox", "RADIO", "submit", "image", "email", "nonsense", "number",
         "fıle", "file", "password"]
WORDS = ["Name", "Your <b>age</b>", "a &amp; b", "<!-- no -->yes", " one\ntwo ", "&nbsp;", "x"]


class Maker:
    """Makes pages by chance."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def attribute(self, name: str, value: str | None = None) -> str:
        chance = self.random
        value = chance.choice(VALUES) if value is None else value
        name = chance.choice([name, name.upper(), name])
        quote = chance.choice("\"\"\"''")
        if quote in value:
            return ""
        if value and not set(value) & set(" \r\n\t<>\"'=`/") and chance.random() < 0.3:
            return f"{name}{chance.choice(['=', ' = '])}{value}"
        return f"{name}{chance.choice(['=', '=', chr(10) + '= '])}{quote}{value}{quote}"

    def start(self, name: str, *extra: str) -> str:
        """A start tag with a number of its own."""
        self.count += 1
        parts = [name, f"data-n={self.count}", *[each for each in extra if each]]
        chance = self.random
        if chance.random() < 0.15:
            parts.append("disabled")
        if chance.random() < 0.2:
            parts.append(self.attribute("id", chance.choice("abcdef")))
        if chance.random() < 0.1:
            parts.append(self.attribute("data-x"))
        end = chance.choice([">", ">", ">", " >", "/>" if parts[-1].endswith('"') else ">"])
        return "<" + chance.choice([" ", " ", "\n", "\t "]).join(parts) + end

    def control(self) -> str:
        chance = self.random
        kind = chance.choice(["input"] * 4 + ["textarea", "select", "button"])
        extra = [self.attribute("name", chance.choice("pqrs"))]
        if chance.random() < 0.15:
            extra.append(self.attribute("form", chance.choice(["a", "b", "c", ""])))
        if kind == "input":
            extra += [self.attribute("type", chance.choice(TYPES)), self.attribute("value")]
            extra += [self.attribute("value")] if chance.random() < 0.1 else []
            return self.start("input", *extra)
        if kind == "textarea":
            inner = chance.choice(["", "\n", "\r\n"]) + chance.choice(VALUES)
            return self.start("textarea", *extra) + inner + "</textarea>"
        if kind == "button":
            return self.start("button", *extra, self.attribute("type", chance.choice(
                ["submit", "reset", "", "button"]))) + "Go</button>"
        return self.start("select", *extra, chance.choice(["multiple", ""])) + "".join(
            self.options() for _ in range(chance.randrange(4))) + "</select>"

    def options(self) -> str:
        chance = self.random
        option = (f"<option{chance.choice(['', ' disabled', ' selected', ' label=L', ' label'])} "
                  f"{chance.choice(['', self.attribute('value')])}>{chance.choice(WORDS)}"
                  f"{chance.choice(['', '</option>', ' '])}")
        if chance.random() < 0.2:
            return (f"<optgroup label=g{chance.choice(['', ' disabled'])}>{option}"
                    f"{chance.choice(['', '</optgroup>'])}")
        return option

    def page(self, depth: int = 4, inside: str = "") -> str:
        """Well-formed content: no form in a form, no label in a label."""
        chance = self.random
        parts = []
        for _ in range(chance.randrange(1, 5)):
            kind = chance.choice(["control", "control", "text", "form", "fieldset", "label", "div",
                                  "p", "table", "raw", "datalist", "labelfor"])
            if kind == "control" or depth == 0:
                parts.append(self.control())
            elif kind == "text":
                parts.append(chance.choice(WORDS))
            elif kind == "form":
                if "form" not in inside:
                    parts.append(f"{self.start('form')}{self.page(depth - 1, inside + 'form')}"
                                 "</form>")
            elif kind == "fieldset":
                legend = f"<legend>{chance.choice(WORDS)}{self.control()}</legend>"
                parts.append(f"{self.start('fieldset')}{chance.choice([legend, '', legend * 2])}"
                             f"{self.page(depth - 1, inside)}</fieldset>")
            elif kind == "label":
                if "label" not in inside:
                    parts.append(f"<label>{chance.choice(WORDS)}{self.control()}"
                                 f"{chance.choice(WORDS)}</label>")
            elif kind == "labelfor":
                if "label" not in inside:
                    name = chance.choice("abcdef")
                    parts.append(f"<label for={name}>{chance.choice(WORDS)}</label>")
            elif kind == "div":
                parts.append(f"<div>{self.page(depth - 1, inside)}</div>")
            elif kind == "p":
                parts.append(f"<p>{chance.choice(WORDS)}{self.control()}"
                             f"{chance.choice(['', '</p>'])}")
            elif kind == "table":
                parts.append(f"<table><tr><td>{self.page(depth - 1, inside)}"
                             f"{chance.choice(['', '</td>'])}"
                             f"<td>{self.control()}</table>")
            elif kind == "datalist":
                parts.append(f"<datalist><option>x{self.control()}</datalist>")
            else:
                parts.append(chance.choice([
                    f"<!-- {self.control()} -->", f"<script>{self.control()}</script>",
                    f"<!-->{self.control()}", "<![CDATA[ x ]]>", "<style>p > a { }</style>",
                    f"<script><!-- <script> {self.control()} </script> --></script>",
                    "<svg><title>t</title><path d='M0 0'/></svg>",
                ]))
        return "".join(parts)

    def soup(self) -> str:
        """Tags without order."""
        chance = self.random
        parts = []
        for _ in range(chance.randrange(3, 25)):
            name = chance.choice([
                "form", "fieldset", "legend", "label", "div", "p", "table", "tr", "td", "span",
                "ul", "li", "h2", "dl", "dt", "dd", "output", "section",
                "option", "object", "th", "tbody", "caption", "address"])
            parts.append(chance.choice([
                lambda: self.start(name), lambda: self.start(name), lambda: f"</{name}>",
                lambda: f"</{name}>", self.control, self.control, lambda: chance.choice(WORDS),
            ])())
        return "".join(parts)


def difference(page: str) -> str:
    """What is read in another way; "" where nothing is."""
    ours, theirs = actual(markup.read(page)), expected(page)
    found = [f"control {key} is there for one alone" for key in ours.keys() ^ theirs.keys()]
    for key in ours.keys() & theirs.keys():
        found += [f"{key} {fact}: {value!r}, html5lib has {theirs[key][fact]!r}"
                  for fact, value in ours[key].items() if value != theirs[key][fact]]
    return "\n".join(found)


@pytest.mark.parametrize("group", range(10))
def test_a_well_formed_page_is_read_as_html5lib_reads_it(group: int) -> None:
    for seed in range(group * 30, group * 30 + 30):
        page = "<!doctype html><body>" + Maker(seed).page()
        assert not difference(page), page


@pytest.mark.parametrize("group", range(10))
def test_a_soup_is_read_as_html5lib_reads_it(group: int) -> None:
    for seed in range(group * 60, group * 60 + 60):
        page = "<!doctype html><body>" + Maker(seed).soup()
        assert not difference(page), page
