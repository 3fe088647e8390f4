"""Texts that break other sites are shown as they were written, in pages, feeds and the inbox."""
from __future__ import annotations

import xml.etree.ElementTree as etree
from unicodedata import normalize

import html5lib

from chapbook.testing import Client

ATOM = "{http://www.w3.org/2005/Atom}"
TEXTS = [
    # markup, and what ends up as markup where something is decoded twice
    "<script>alert(1)</script>", "</p></li></ol><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "'\"><b>", "<!--", "-->", "]]>",
    "<![CDATA[x]]>", "<?xml?>", "&lt;b&gt;", "&amp;amp;", "&#60;script&#62;", "%3Cscript%3E",
    "\\u003cscript\\u003e", "<scr<script>ipt>", "<a href=\"", "javascript:alert(1)",
    "<iframe src=//evil.example>", "<math><mi//xlink:href=\"data:x,<script>1", "`x`",
    "<style>@import'//x'</style>", "<base href=//evil.example>", "<form action=//evil.example>",
    "<plaintext>", "</title><script>", "</textarea><script>", "<xmp>",
    "<noscript><p title=\"</noscript><img src=x onerror=1>",
    # templates, formats, shells, databases, spreadsheets
    "{{ 7*7 }}", "{% for x in y %}", "{{ config }}", "${7*7}", "#{7*7}", "%s%s%n", "%(x)s",
    "{0.__class__}", "$(id)", "`id`", "| id", "; id", "' OR 1=1 --", "\" OR \"\"=\"",
    "'; DROP TABLE guestbook_entry; --", "%' AND 1=1", "\\", "\\'", "/*", "--", "NULL", "null",
    "None", "undefined", "true", "0", "-1", "1e309", "NaN", "=1+1", "+1", "@SUM(1)",
    "=cmd|' /C calc'!A0", "=HYPERLINK(\"//evil.example\")", "../../etc/passwd", "file:///",
    # letters
    "Zo\u00eb", "Zoe\u0308", "\u00c5\u212b", "\ufb01", "\u0131\u0130i", "\u1e9e\u00df",
    "\U0001f469\u200d\U0001f52c", "\U0001f3f3\ufe0f\u200d\U0001f308", "\u0e33\u0e33",
    "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u202eexe.gnp", "\u2066x\u2069",
    "\u200f\u200e", "a\u200bb", "\ufeffx", "\u00ad", "\u2028", "\u2029", "\ufffd",
    "\U0001f468" * 40, "a" + "\u0301" * 50, "\uac00", "\u1100\u1161", "\ufdfa", "\u0085",
    "\u00a0\u00a0x", "\u3000x", "\ue000", "\U0010fffd", "\u2603", "\u0489" * 20, "\u115f",
    "\u1680x", "\u180ex", "1\u20442",
    # lines and length
    "a\n\n\n\nb", "\ta\tb", "a\nb\n", "x" * 3999, "word " * 700, "www." + "x" * 300,
    " x ", ".", "-", "~",
]


def shown(page: str) -> list[str]:
    """The messages on a page of the guestbook, which holds nothing but elements that are ours."""
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)
    known = {"a", "b", "body", "button", "footer", "form", "h1", "h2", "head", "header", "hr",
             "html", "input", "label", "li", "link", "main", "meta", "nav", "ol", "p", "section",
             "span", "textarea", "time", "title", "ul"}
    assert {element.tag for element in tree.iter()} <= known
    assert not [name for element in tree.iter() for name in element.attrib if name.startswith("on")]
    return ["".join(said.itertext()) for said in tree.iter("p") if said.get("class") == "said"]


def test_what_was_written_is_read_by_people_and_by_feed_readers(stranger: Client) -> None:
    for begin in range(0, len(TEXTS), 15):
        some = TEXTS[begin:begin + 15]
        for text in some:
            name = " ".join(text.split())[:80].strip() or "x"
            answer = stranger.post("/guestbook", name=name, place=name, message="x" + text)
            assert answer.status == 303, (text, answer.status)
        wanted = ["x" + normalize("NFC", text).rstrip() for text in reversed(some)]
        found = [text.rstrip() for text in shown(stranger.get("/guestbook").text)]
        assert found[:len(wanted)] == wanted
        feed = etree.fromstring(stranger.get("/guestbook/feed").body)
        contents = [(entry.findtext(ATOM + "content") or "").rstrip()
                    for entry in feed.iter(ATOM + "entry")]
        assert contents[:len(wanted)] == wanted
