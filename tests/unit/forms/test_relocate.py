"""A page sent from another address than its own: every link leads where it did."""
from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms.markup import tags
from chapbook.forms.relocate import relocated

PATH = "/club/join.html"


@pytest.mark.parametrize("before, after", [
    ('<a href="terms.html">', '<a href="/club/terms.html">'),
    ("<a href=terms.html?a=1&b=2#c>", '<a href="/club/terms.html?a=1&amp;b=2#c">'),
    ('<a href="../x">', '<a href="/x">'), ('<a href="../../../x">', '<a href="/x">'),
    ('<a href="./x/../y/.">', '<a href="/club/y/">'), ('<a href="..">', '<a href="/">'),
    ('<a href="x//../y">', '<a href="/club/x/y">'), ('<a href="..//x">', '<a href="/.//x">'),
    ('<a href="x?../y">', '<a href="/club/x?../y">'),
    ('<a href="?page=2">', '<a href="/club/join.html?page=2">'),
    ('<a href="">', '<a href="/club/join.html">'),
    ("<img src=' map.png'>", '<img src="/club/map.png">'),
    ('<link href="style.css">', '<link href="/club/style.css">'),
    ('<video poster="p.jpg" src="v.mp4">', '<video poster="/club/p.jpg" src="/club/v.mp4">'),
    ('<object data="x.svg">', '<object data="/club/x.svg">'),
    ('<q cite="source">', '<q cite="/club/source">'),
    ('<button formaction="other">', '<button formaction="/club/other">'),
    ('<button formaction="">', '<button formaction="/club/join.html">'),
    ('<form action="../forms/join">', '<form action="/forms/join">'),
    ('<form method="get">', '<form action="/club/join.html" method="get">'),
    ('<form action="">', '<form action="/club/join.html">'),
    ('<form action="#top">', '<form action="/club/join.html#top">'),
    ('<img srcset="a.png, b.png 2x,\n /c.png 3x">',
     '<img srcset="/club/a.png, /club/b.png 2x, /c.png 3x">'),
    ('<img srcset="a.png 1x,b.png 2x">', '<img srcset="/club/a.png 1x, /club/b.png 2x">'),
    ('<a ping="a /b" href="/">', '<a ping="/club/a /b" href="/">'),
    ('<svg><image xlink:href="a.svg"/></svg>', '<svg><image xlink:href="/club/a.svg"/></svg>'),
    ('<base href="sub/"><a href="x">', '<base href="/club/sub/"><a href="x">'),
])
def test_a_relative_address_begins_with_a_slash_then(before: str, after: str) -> None:
    assert relocated(before, PATH) == after
    assert relocated(after, "/elsewhere/forms") == after


@pytest.mark.parametrize("text", [
    '<a href="#main">', '<a href="/terms">', '<a href="//example.org/">', "<a href='\\x'>",
    '<a href="https://example.org">', '<a href="mailto:ann@example.org">', '<a href="data:,x">',
    '<a href="java\nscript:void(0)">', '<img src="">', '<p data="x" cite="y">', '<a title="a/b">',
    "<img srcset='/a.png 1x,   /b.png 2x'>", '<img srcset="data:image/png;base64,AA== 1x">',
    '<!-- <a href="x"> -->', "<script>'<a href=x>'</script>", '<base href="/x/"><img src="y">',
    "<textarea><a href=x></textarea>", "plain",
])
def test_what_leads_to_the_same_place_from_everywhere_stays(text: str) -> None:
    assert relocated(text, PATH) == text


parts = st.sampled_from([".", "..", "a", "b.html", "a b", "ü", "%2e%2e"])
relative = st.lists(parts, min_size=1, max_size=6).map("/".join).filter(
    lambda url: url and not url.startswith("/"))


@given(relative, st.sampled_from(["", "?a=1", "#x", "?a/../b#c"]))
def test_every_link_leads_where_it_did(path: str, rest: str) -> None:
    base = "http://example.org/club/2026/join.html"
    text = relocated(f'<a href="{path}{rest}">', "/club/2026/join.html")
    moved = next(iter(tags(text))).attributes["href"]
    assert moved.startswith("/")
    assert urljoin("http://example.org/forms/x", moved) == urljoin(base, path + rest)


@pytest.mark.parametrize("piece", ['<a href="x/../y">', "<form>", "<img srcset='a 1x, b 2x'>"])
def test_twice_the_page_takes_twice_the_time(
        piece: str, grows_linearly: Callable[..., None]) -> None:
    grows_linearly(lambda text: relocated(text, PATH), lambda count: piece * count, 1000)


@pytest.mark.parametrize("inside", ["x/../", ",a ", "?", "/"])
def test_a_long_address_takes_no_longer_than_its_length(
        inside: str, grows_linearly: Callable[..., None]) -> None:
    def make(count: int) -> str:
        return f'<img srcset="x{inside * count}" src="x{inside * count}">'

    grows_linearly(lambda text: relocated(text, PATH), make, 20_000)
