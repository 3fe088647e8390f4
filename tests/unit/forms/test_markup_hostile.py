"""No text is an error to the reader of forms, and twice the text takes twice the time."""
from __future__ import annotations

import random
from typing import Any

import pytest

from chapbook.forms import markup
from chapbook.forms.markup import Document

PIECES = ["<", ">", "/", "!", "-", "--", "=", '"', "'", "&", ";", "#", "x", " ", "\n", "\0", "é",
          "<form>", "</form>", "<input ", "<textarea>", "</textarea", "<select>", "<option>",
          "<label", "<script>", "<!--", "-->", "</", "<svg>", "<table>", "<td>", "<template>",
          "</template>",
          "<fieldset disabled>", "<legend>", "\ud800", "<b>", "</b>", "<![CDATA[", "]]>"]


def everything(page: Document) -> list[Any]:
    """All that a page can be asked."""
    return [[each.labels, each.legend, each.accessible_name, each.default, each.content,
             [(option.value, option.label) for option in each.options]]
            for each in page.controls] + [[each.names, each.content] for each in page.outputs]


@pytest.mark.parametrize("seed", range(20))
def test_no_text_is_an_error_and_all_places_are_in_it(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choices(PIECES, k=chance.randrange(40)))
        page = markup.read(text)
        everything(page)
        last = 0
        for tag in markup.tags(text):
            assert last <= tag.start < tag.stop <= len(text)
            assert text[tag.start] == "<" and text[tag.stop - 1] == ">"
            last = tag.stop
        for each in [*page.forms, *page.controls]:
            assert each.tag.start < each.tag.stop <= each.stop <= len(text)


@pytest.mark.parametrize("piece, end", [
    ("<", ""), ("<!--", ""), ("<!-- --!>", ""), ("<!", ""), ("<![CDATA[", ""), ("</", ""),
    ("<a ", ""), ("<a b='", ""), ("<a b=", ""), ("<form>", ""), ("<form></form>", ""),
    ("<form><div></form>", "<input>"),
    ("<textarea>", ""),
    ("<textarea></textarea>", ""), ("<script><!--", ""), ("<script><!--</script>", ""),
    ("</script", ""), ("<script><!--<script>", ""), ("<label>", "<input>"), ("<div><p>", ""),
    ("<label><input>", ""), ("<label for=a>", "<input id=a>"), ("<fieldset disabled>", "<input>"),
    ("<fieldset><legend>", "<input>"), ("<fieldset><legend>x</legend><input>", ""),
    ("<select><option>", ""), ("<select>", ""), ("<option>", ""), ("<input>", ""), ("<svg>", ""),
    ("<svg><title>", "</math>" * 1000), ("<svg><![CDATA[", ""), ("<template>", ""), ("<b>", ""),
    ("<b></p>", ""), ("<table><tr><td>", ""), ("<table>", ""), ("<ul><li>", ""), ("<li><div>", ""),
    ("</b>", ""), ("<b><div></b>", ""), ("<object><div></object>", ""), ("<button>", ""),
    ("<datalist>", "<input>"), ("<p id=a>", ""), ("<input form=f>", "<form id=f>"),
    ("&", "<input>"), ("<output>", ""), ("<h1><div>", "</h2>"), ("<div></span>", ""), ("=", ""),
    ("<a=", ""),
    ("</a ", ""),
])
def test_reading_takes_time_in_proportion(grows_linearly: Any, piece: str, end: str) -> None:
    grows_linearly(
        lambda text: everything(markup.read(text)), lambda size: piece * size + end, 4_000)


@pytest.mark.parametrize("make", [
    lambda size: f"<input {' '.join(f'a{n}=1' for n in range(size))}>",
    lambda size: f"<input value='{'&' * size}'>",
    lambda size: f"<input value='{'&a' * size}'>",
    lambda size: f"<input value='{'&#' * size}'>",
    lambda size: f"<input value='&#{'1' * size};'>",
    lambda size: f"<input value='&{'a' * size};'>",
    lambda size: f"<select><option>{'<!-- -->' * size}</select>",
    lambda size: f"<select><option>{'<a>' * size}</select>",
    lambda size: f"<textarea>{'&amp;' * size}</textarea>",
    lambda size: f"<textarea>{'</textarea' * size}",
    lambda size: "".join(f"<p id=a{n}><input aria-labelledby=a{n}>" for n in range(size // 20)),
    lambda size: f"<input aria-labelledby='{'a ' * size}'>",
    lambda size: "<div id=a>" * size + "<input aria-labelledby=a>",
    lambda size: "<label>" * size + "x" * size + "<input>",
    lambda size: "".join(f"<form id=f{n}>x</form><input form=f{n}>" for n in range(size // 4)),
])
def test_reading_one_large_thing_takes_time_in_proportion(grows_linearly: Any, make: Any) -> None:
    grows_linearly(lambda text: everything(markup.read(text)), make, 8_000)
