"""Targets: the texts that forms, settings and cookies hold."""
from __future__ import annotations

import os
from unicodedata import is_normalized
from urllib.parse import unquote_plus

from chapbook import forwarded, ini, signing
from chapbook.accounts import identity
from chapbook.errors import ConfigError, HTTPError
from chapbook.flash import Flashes
from chapbook.forms import address, domain, markup, microsyntax, once, pattern, refill, relocate
from chapbook.forms import url, validity, which
from chapbook.mail.address import BadAddress, checked
from chapbook.multidict import MultiDict
from chapbook.session import data as values
from tests.fuzz.requests import CONFIG, clean, refused, request
from tests.fuzz.table import target, texts

TAGS = (b"<form method=post>", b"<input name=a>", b"</form>", b"<select name=s multiple>",
        b"<option selected>", b"<textarea name=t>", b"</textarea>", b"<!--", b"-->", b"<script>",
        b"</script>", b"<label for=a>", b"<fieldset disabled>", b"<legend>", b"<input type=radio ",
        b"name=", b"value=", b'"', b"'", b"&amp;", b"&#0;", b"&notit;", b">", b"<", b"/>", b"\0",
        b"required ", b"pattern=", b"<table>", b"<template>", b"<output for=a>", b"<base href=/x>")
PAGE = (b"<!doctype html><title>x</title><form method=post id=f><label>A <input name=a required>"
        b"</label><select name=s><option>1<option selected>2</select><input type=checkbox name=c>"
        b"<textarea name=t>\n\nx</textarea><input type=radio name=r value=1><button>go</button>"
        b"</form>")


@target(PAGE, b"<form><form><table><form><input form=f>", b"<select><input><option>", words=TAGS,
        size=2048)
def page(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    document = markup.read(text)
    for form in document.forms:
        assert text[form.start:form.start + 5].lower() == "<form"
        validity.by_name(form)
    assert len(relocate.relocated(text, "/club/join.html")) >= 0


@target(PAGE + b"\x1ea=x&s=1&c=on&t=y", PAGE + b"\x1ea=%22%3E%3Cscript%3E&r=1&s=2",
        words=(*TAGS, b"a=", b"&", b"%3C/textarea%3E", b"%22%3E%3Cscript%3E", b"\x1e"), size=1024)
def filled_in(data: bytes) -> None:
    text, sent = texts(data, 2)
    pairs = [(name, unquote_plus(value)) for name, _, value in
             (pair.partition("=") for pair in sent.split("&"))]
    document = markup.read(text)
    if not document.forms or text.rfind("<") > text.rfind(">"):
        return                                    # a page that ends inside of a tag
    form, fields = document.forms[0], MultiDict(pairs)
    try:
        verdict = validity.check(form, fields, MultiDict(), which.submitter(form, fields))
    except HTTPError:
        return                                    # a pattern that cannot be enforced
    faults = {name: fault.sentence for name, fault in verdict.faults.items()}
    again = refill.refilled(document, form, fields, faults, verdict.general)
    assert "<script" not in again.replace(text, "") or "<script" in text
    after = markup.read(again)
    assert len(after.forms) == len(document.forms)
    assert [control.name for control in after.forms[0].controls] == [
        control.name for control in form.controls]


@target(b"[a-z]{2,5}\x1eabc", b"(?=.*\\d)(a|b)*?\x1eab1", b"[\\p{L}--[a-c]]+\x1e\xc3\xa9",
        words=(b"(", b")", b"[", b"]", b"{2,3}", b"*", b"+", b"?", b"|", b"^", b"$", b"\\b",
               b"\\u{1F600}", b"\\p{L}", b"(?:", b"(?=", b"(?<!", b"(?<n>", b"\\1", b"&&", b"--",
               b"\\q{ab|c}", b"."), size=2048)
def regexp(data: bytes) -> None:
    source, text = texts(data, 2)
    try:
        found = pattern.Pattern(source)
    except pattern.PatternError as error:
        assert error.in_browser in ("ignored", "enforced") and str(error)
        return
    for tried in (text, source[:100], text[:100] * 50):
        assert found.fits(tried) in (True, False)


@target(b"2028-02-29T23:59:59.999", b"-1.50e+3", b"2026-W53", b"#A0b1C2", b"24:00", b"0000-01-01",
        words=(b"-", b":", b"T", b"W", b"e", b"E+", b".", b"0", b"9" * 20, b"\xd9\xa1", b"_", b" "))
def number_or_date(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for kind, read in (
        ("number", microsyntax.number), ("date", microsyntax.date), ("month", microsyntax.month),
        ("week", microsyntax.week), ("time", microsyntax.time),
        ("datetime-local", microsyntax.local),
    ):
        number = read(text)
        if number is not None:
            again = read(microsyntax.written(kind, number))
            assert again == number or kind == "week", (kind, text, number)
    microsyntax.color(text), microsyntax.count(text), microsyntax.normal(text)
    assert microsyntax.units(text) >= len(text)


@target(b"Ann.Smith+x@example.org", b"ann@ex\xc3\xa4mple.org", b"a@b@c", b"http://[::1]:80/%41?#",
        b"\xc4\xb1@example.org",
        words=(b"@", b".", b"xn--", b"\xcc\x81", b"\xe3\x80\x82", b",", b";", b"<", b"%", b"[",
               b"://", b"\\", b"\r\n", b'"', b"(", b"\xef\xbc\xa0"), size=4096)
def email_or_url(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    assert address.is_email(text) in (True, False) and url.is_url(text) in (True, False)
    name = domain.to_ascii(text)
    assert name is None or name.isascii()
    try:
        found = checked(text)
    except BadAddress as error:
        assert str(error) and identity.key_or_none(text) is None
        return
    assert found.count("@") == 1 and found.isascii() and found.isprintable() and len(found) <= 254
    assert not set(found) & set(' ,;:<>()[]\\"') and checked(found) == found
    assert identity.key(found) == identity.key(identity.key(found))


@target(b"AAAA", b"-_" * 30, b"\xff" * 80, words=(b"=", b"-", b"_", b"A" * 4, b"/", b"+", b"\n"))
def once_token(data: bytes) -> None:
    key = signing.key(CONFIG, once.PURPOSE)
    good = once.token(key).decode()
    assert once.opened(CONFIG, good)[0]
    text = data.decode("utf-8", "replace")
    assert once.opened(CONFIG, text) == (False, None)
    for changed in (good + text, text + good, good[:-4] + text, text + good[4:]):
        assert changed == good or not once.opened(CONFIG, changed)[0]
    body = b"<form method=post>" + data
    assert sum(1 for _ in once._places(body)) >= 1


@target(b"AAAA", b"", b"AAAAAAAAAAAAAAAAAAAAAAAAAAAA", words=(b"=", b"-", b"_", b"A" * 40, b'"'))
def flash(data: bytes) -> None:
    sent = data.decode("latin-1").replace(";", "")
    assert Flashes(request(HTTP_COOKIE=f"flash={sent}; __Host-flash={sent}")).shown() == []


@target(b'{"a": [1, "x", null, {"b": true}], "c": 2.5}', b'{"a": {"a": {"a": []}}}',
        b'{"": -1e308}',
        words=(b"{", b"}", b"[", b"]", b'"a":', b",", b"1", b"1e400", b'"\\ud800"', b"null",
               b"\xf0"), size=2048)
def session(data: bytes) -> None:
    import json

    try:
        given = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return
    if not isinstance(given, dict):
        return
    try:
        kept = values.joined(values.texts(given))
    except (TypeError, HTTPError) as error:
        assert str(error)
        return
    assert values.loaded(kept) == given and len(kept.encode()) <= values.LARGEST
    assert values.joined(values.texts(values.loaded(kept))) == kept


@target(b"[site]\ntitle = x\n; note\n[mail]\nvia = smtp\n", b"[a]\nb = c = d\n[a]\n",
        b"\xef\xbb\xbf[a]",
        words=(b"[", b"]", b"=", b"\n", b"\r", b"#", b";", b" ", b"%(x)s", b"\x85",
               b"[site]\n", b"\x0c"))
def settings_file(data: bytes) -> None:
    path = CONFIG.path("fuzzed.ini")
    with open(path, "wb") as file:
        file.write(data)
    try:
        found = ini.read(path)
    except ConfigError as error:
        assert path in str(error)
        return
    finally:
        os.unlink(path)
    for options in found.values():
        for name, value in options.items():
            assert name == name.strip() != "" and value == value.strip() and "\n" not in value


@target(b"Ann\r\nHello", b"a\xcc\x81", b"\x00", b"\xed\xa0\x80", b"\xc0\xaf",
        words=(b"\r", b"\n", b"\t", b"\xcc\x81", b"\xe2\x80\xae", b"\x1b[2J", b"\x7f", b"\xf4\x90"))
def clean_text(data: bytes) -> None:
    from chapbook import fields, log

    try:
        found = fields.clean(data, "it")
    except HTTPError as error:
        return refused(error)
    clean(found)
    assert "\r" not in found and fields.clean(found.encode(), "it") == found
    assert is_normalized("NFC", found)
    line = log.escaped(found)
    assert line.isascii() and line.isprintable() and "\n" not in line


@target(b"192.0.2.1", b"2001:db8::1%eth0", b"::ffff:192.0.2.1", b"unix:",
        words=(b":", b".", b"::", b"%", b"ffff", b"1", b"/64"), size=1024)
def network(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    found = forwarded.block(text)
    assert len(found) <= 100
    if found not in (text, text[:100]):
        assert forwarded.block(found.partition("/")[0]) == found
