"""One address and never two: what is taken, what is refused, and that it takes no time."""
from __future__ import annotations

import hypothesis
import hypothesis.strategies as some
import pytest

from chapbook.mail import BadAddress, checked_address, is_address
from chapbook.mail.address import is_plain


@pytest.mark.parametrize("text", [
    "a@b", "ann@example.org", "Ann.Lee+club@mail.example.org", "o'neil@example.ie",
    "a..b@docomo.example", "!#$%&'*+/=?^_`{|}~-@x.org", "x@" + "a" * 63 + ".org",
    "a" * 64 + "@x.org", "root@localhost", "7@7.example", "x@xn--mller-kva.example",
])
def test_an_address_is_taken_as_it_is(text: str) -> None:
    assert checked_address(text) == text
    assert is_address(text)


@pytest.mark.parametrize("text", [
    "", "@", "a@", "@b", "ann", "a@b, c@d", "a@b,c@d", "a@b;c@d", "a@b c@d", "a@b\nBcc: c@d",
    "a@b\r\nc@d", "a\r@b", "a@b\0", "a\0@b", "Ann <a@b>", "<a@b>", "a@b>", '"a b"@c', '"a@b"@c',
    "a(comment)@b", "a@b(comment)", "a@[127.0.0.1]", "a@127.0.0.1", "a@b.", "a@.b", "a@b..c",
    "a@-b", "a@b-", "a@b_c", "a@b/c", " a@b", "a@b ", "a@b\t", "@b:c@d", "a@b@c", "a\u2028@b",
    "a@b\u2028", "é@b", "a@b\u00a0", "a＠b", "a@b，c@d", "a" * 65 + "@x.org", "a@" + "b" * 64,
    "a@" + ".".join(["b" * 60] * 5), "a@\ud800", "a@xn--\u202e", "a@b%0ac", "a:b@c", "group: a@b;",
    "a\\@b", "a@b\\c", "mailto:a@b", "\ufeffa@b", "a@‮b", "a@☃.example/", "a@💩\u200d.la",
])
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadAddress, match=r"e-mail address.*[.]$"):
        checked_address(text)
    assert not is_address(text)


@pytest.mark.parametrize(("text", "ascii"), [
    ("jo@müller.example", "jo@xn--mller-kva.example"),
    ("jo@MÜLLER.Example", "jo@xn--mller-kva.example"),
    ("jo@straße.example", "jo@xn--strae-oqa.example"),       # and not strasse.example
    ("jo@例え.example", "jo@xn--r8jz45g.example"),
])
def test_a_domain_with_other_letters_is_put_as_the_dns_has_it(text: str, ascii: str) -> None:
    assert checked_address(text) == ascii


def test_lengths_are_those_of_the_address_as_it_is_sent() -> None:
    with pytest.raises(BadAddress, match="at most 254 characters; this has 300"):
        checked_address("é" * 300)
    domain = ".".join(["例éяü" * 8] * 5)      # longer in ASCII than in letters
    assert len("x" * 64 + "@" + domain) < 254
    with pytest.raises(BadAddress, match="is too long"):
        checked_address("x" * 64 + "@" + domain)


def test_a_full_stop_of_another_script_divides_labels_as_it_does_for_browsers() -> None:
    assert checked_address("jo@mü．example") == "jo@xn--m-eha.example"


@pytest.mark.parametrize("text", [
    "/etc/passwd@x", "|sh@x", "-oQ/tmp@x", ".a@x", "a%b.example@x", "a!b@x",
])
def test_what_some_mail_programs_take_for_more_is_told_apart(text: str) -> None:
    assert not is_plain(checked_address(text))
    assert is_plain("ann@x.org") and is_plain("a-b.c/d|e@x.org")


@hypothesis.given(some.text())
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    for tried in (text, f"{text}@example.org", f"ann@{text}", f"ann@{text}.example"):
        try:
            found = checked_address(tried)
        except BadAddress:
            continue
        assert found.count("@") == 1 and found.isascii() and found.isprintable()
        assert not set(found) & set(' ,;:<>()[]\\"')
        assert checked_address(found) == found


def test_twice_the_text_takes_at_most_twice_the_time(grows_linearly) -> None:
    for piece in ("a", "@", "a.", "a@b,", "é", "-"):
        grows_linearly(lambda text: is_address(text), lambda size: "x@" + piece * size, 200_000)
