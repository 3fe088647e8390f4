"""Addresses are judged as Chromium 156 judges them in type=email (typed) and type=url.

The verdicts were taken from `input.checkValidity()`; every code point that Python 3.11 knows was
compared at the beginning, in the middle and at the end of a host as well.
"""
from __future__ import annotations

from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chapbook.forms.address import is_email, is_url
from chapbook.forms.domain import to_ascii

A50 = "a" * 50
EMAILS = [
    "a@b", "a@b.c", "A@B.C", "ada.lovelace+x@mail.example.org", "a.@b.c", ".a@b.c", "a..b@c.d",
    "a'b@c.d", "!#$%&'*+/=?^_`{|}~-@b", "a@1.2.3.4", "a@b--c", "a@xn--x", "a@xn--9ca.com",
    "a@" + "a" * 63 + ".com", "a@" + ".".join([A50] * 6),
    # Other letters than ASCII: those of the domain become xn--.
    "a@é.com", "a@ＡＢ.com", "a@faß.de", "a@ẞ.de", "A@BÜCHER.Example", "a@☃.net", "a@b。c",
    "a@日本語.jp", "a@日本語。jp", "a@１２３.jp", "a@אב.com", "a@İ.de", "a@ς.gr", "a@xn--9ca.é",
    "a@é.xn--fa-hia", "a@é.xn--Fa-hia", "a@a\u200db.com", "a@é\u200cb", "a@é" + A50 + ".com",
]
NO_EMAILS = [
    "", "a", "@", "a@", "@b.c", "a@@b.c", "a@b@c", "a b@c.d", "a@b c", " a@b", "a@b ", "a@b\n",
    "a@b..c", "a@.b", "a@b.", "a@b_c", "a@-b", "a@b-", "a@b.-c", "a@[1.2.3.4]", '"a b"@c.d',
    "(x)a@b.c", "a@b.c,d@e.f", "a@b.c;d@e.f", "<a@b.c>", "a@b\0", "a\r\nBcc: x@y", "a:b@c.d",
    "a@" + "a" * 64 + ".com", "é@b.c", "ａ@b.c",
    "a@é-.com", "a@-é.com", "a@ab--é.com", "a@é.ab--c", "a@é.-c", "a@é..com", "a@é.com.", "a@é..",
    "a@.é.com", "a@。é", "a@aא.com", "a@אב.1com", "a@é c", "a@é_c", "a@é!.com", "a@é%41.com",
    "a@é.com@x", "a@é.xn--a", "a@xn--é", "a@\u0301é.com", "a@é\ufffd", "a@\xad", "a@é\u2024c",
    "a@é" + "a" * 70 + ".com", "a@" + ".".join(["é" + A50] * 6),
]


@pytest.mark.parametrize("text", EMAILS)
def test_an_email_address_that_chromium_takes_is_good(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", NO_EMAILS)
def test_an_email_address_that_chromium_refuses_is_bad(text: str) -> None:
    assert not is_email(text)


URLS = [
    # Schemes
    "https://example.org/a?b#c", "hTTp://x", " http://x\t", "ht\ntp://x", "mailto:a@b", "data:,x",
    "javascript:alert(1)", "a:b", "a+b-c.d1:", "foo:", "foo:bar baz", "foo:/x", "foo:\\\\x",
    "http:h", "http:/h", "http:///h", "http:\\\\h", "wss://a", "ftp://a:21",
    # Hosts
    "http://a_b", "http://-a-", "http://aa--bb", "http://.", "http://..", "http://a..b",
    "http://a.b./", "http://a%41", "http://a%2eb", "http://a\"b", "http://a`{}'()*;=+,!$&~b",
    "http://" + "a" * 88 + ".com", "http://h?x@y", "http://h#x", "http://h\\x", "http://h/ x",
    "foo://", "foo:///x", "foo://a%b", "foo://a:80", "foo://[::1]",
    # User and port
    "http://u:p@h/x", "http://u@@h", "http://u:p:q@h", "http://a:65535", "http://a:0000000080",
    "http://a:",
    # Numbers
    "http://1.2.3.4", "http://1.2.3.4.", "http://1.2.3.4..", "http://1.2.3", "http://0x7f.1",
    "http://0x", "http://0377.1", "http://4294967295", "http://1e3", "http://1.a", "http://１.2.3.4",
    "http://1.2.3.0x",
    "http://[::]", "http://[::1]", "http://[1:2:3:4:5:6:7:8]", "http://[::1.2.3.4]:80/",
    "http://[1:2:3:4:5:6:1.2.3.4]", "http://[1::8]", "http://[1:2:3:4:5:6:7::]",
    "http://[FFFF::]",
    # Other letters than ASCII
    "http://é.com", "http://☃.net", "http://%C3%A9.com", "http://a\xadb", "http://ＡＢＣ．com",
    "http://a。b", "http://ß.de", "http://İ.de", "http://xn--n3h", "http://XN--N3H",
    "http://xn--a", "http://xn--fa-hia.de", "http://אב.com", "http://क्\u200dष.com",
    "http://é" + "a" * 87 + ".com",
    # Files
    "file:", "file:x", "file:///x", "file://localhost", "file:\\\\h\\x", "file://h/x",
]
NO_URLS = [
    "", " ", "foo", "http//x", "://x", "1http://x", "ht tp://x", "é://x", "/x", "//x", "www.x.org",
    "http:", "http://", "https:?x", "https:#x", "ws://", "ftp:", "http:/", "http:\\",
    "http://a<b", "http://a>b", "http://a^b", "http://a|b", "http://a%b", "http://a[b",
    "http://a]b", "http://a%00b", "http://a%2fb", "http://a%3ab", "http://%zz", "http://%FF",
    "http://a\x01b", "http://a\x7fb", "foo://a b", "foo://a<b", "foo://a^b", "foo://h\\x",
    "foo://a|b",
    "http://@/x", "http://u@/x", "foo://u@/", "http://:80", "foo://:80", "http://u@:80",
    "http://a:65536", "http://a:b", "http://a:80a", "http://a:80:80", "http://a:-1", "foo://a:x",
    "http://a:٣", "http://a:99999999999999999999999",
    "http://1.2.3.256", "http://256.256.256.256", "http://4294967296", "http://1.2.3.4.5",
    "http://09", "http://08.1.1.1", "http://a.1", "http://a.09", "http://a.0x", "http://1..2",
    "http://1.16777216",
    "http://[]", "http://[a]", "http://[x]", "http://[::1", "http://[::1]a", "http://[1::2::3]",
    "http://[1:2:3:4:5:6:7]", "http://[1:2:3:4:5:6:7:8:9]", "http://[1:2:3:4:5:6:7::8]",
    "http://[:::]", "http://[:1]", "http://[1:]", "http://[12345::]", "http://[::1.2.3]",
    "http://[::1.2.3.256]", "http://[::1.2.3.4.5]", "http://[::1.2.3.4:1]", "http://[1.2.3.4::]",
    "http://[fe80::1%25eth0]", "foo://[x]",
    "http://\xad", "http://a\u200db", "http://אa", "http://aא", "http://ﷺ", "http://\ufffd",
    "http://\u0301a", "http://a\u2024b", "http://\u2488b", "http://é.xn--a", "http://a\u2ff0",
    "file://a:80/x", "file://1.2.3.256", "file://u@h/x",
]


@pytest.mark.parametrize("text", URLS)
def test_a_url_that_chromium_takes_is_good(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize("text", NO_URLS)
def test_a_url_that_chromium_refuses_is_bad(text: str) -> None:
    assert not is_url(text)


@pytest.mark.parametrize("text", [
    "http://a b", "http://a%20b", "http://my site.org/", "http://a\xa0b", "file://a b/x",
    "http://[::ffff:1.2.3.04]",
])
def test_where_chromium_is_laxer_than_the_url_standard_the_standard_holds(text: str) -> None:
    assert not is_url(text)


@pytest.mark.parametrize("text", ["file://C:/x", "file://C|/x"])
def test_drives_of_windows_are_good_as_in_the_url_standard(text: str) -> None:
    assert is_url(text)


@pytest.mark.parametrize("name, ascii_form", [
    ("EXAMPLE.org", "example.org"), ("BÜCHER.Example", "xn--bcher-kva.example"),
    ("faß.de", "xn--fa-hia.de"), ("日本語。jp", "xn--wgv71a119e.jp"), ("ＡＢＣ．com", "abc.com"),
    ("ﬁx.é", "fix.xn--9ca"), ("e\u0301.com", "xn--9ca.com"), ("אב", "xn--4dbc"), ("", ""),
    ("xn--a", "xn--a"), ("é.xn--a", None), ("é.xn--abc-", None), ("a\u0378", None),
    ("é" * 1001, None),
])
def test_a_name_has_the_ascii_form_that_dns_knows(name: str, ascii_form: str | None) -> None:
    assert to_ascii(name) == ascii_form


@given(st.text("aZ1é-.。ß日א٣\u0301\u200dⅣﬁ😀"))
def test_an_ascii_form_is_its_own_and_means_the_same_in_any_normal_form(name: str) -> None:
    found = to_ascii(name)
    if found is not None:
        assert found.isascii() and to_ascii(found) == found
        assert to_ascii(normalize("NFD", name)) == to_ascii(normalize("NFC", name))


@given(st.text() | st.text("http:/\\@[]%.:?#0xaé \t-1"))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert is_email(text) in (True, False)
    for whole in (text, f"http://{text}", f"foo://{text}", f"file://{text}"):
        assert is_url(whole) in (True, False)


@pytest.mark.parametrize("piece", [
    "a", ".", "a.", "@", ":", "[", "%", "%CC%81", "%41", "é", "é.", "\u0301", "xn--a.", "\xad", " ",
    "0", "1.", "/", "\t",
])
def test_addresses_are_judged_in_linear_time(piece: str, grows_linearly: Any) -> None:
    def texts(size: int) -> list[str]:
        long = piece * (size // len(piece))
        return [long, f"a@{long}", f"{long}@a", f"http://{long}", f"http://[{long}]",
                f"http://a:{long}", f"foo://{long}", f"file://{long}", f"http://{long}@{long}"]
    grows_linearly(lambda all_of: [(is_email(t), is_url(t)) for t in all_of], texts, 60_000)
