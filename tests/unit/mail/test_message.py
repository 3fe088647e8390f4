"""The bytes of a message: the configured frame, one address in a field, and nothing broken out."""
from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import hypothesis
import hypothesis.strategies as some
import pytest

from chapbook.config import Config
from chapbook.db import Row
from chapbook.mail import message
from chapbook.mail.message import Unwritable, sender, written
from chapbook.mail.outbox import _subject, _text
from chapbook.mail.transports import Deferred
from chapbook.testing import site

NAMES = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted",
         "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]


def mail(**fields: Any) -> Row:
    return Row({"message_id": "0" * 32 + "@bakery.example", "recipient": "ann@example.org",
                "reply_to": "bob@example.net", "subject": "Hello", "body": "A text.\n",
                "written_at": 1_795_330_800, **fields})


def configured(root: object, **site_options: str) -> Config:
    options = {"title": "Jo's Bakery", "owner": "jo@bakery.example", **site_options}
    return site(str(root), site=options)


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def read(data: bytes) -> EmailMessage:
    found = message_from_bytes(data, policy=policy.default)
    assert isinstance(found, EmailMessage) and not found.defects
    return found


def test_a_message_is_complete_and_the_same_at_every_try(tmp_path) -> None:
    config = configured(tmp_path)
    data = written(config, mail(), "jo@bakery.example")
    assert data == written(config, mail(), "jo@bakery.example")
    assert data == (
        b"From: Jo's Bakery <jo@bakery.example>\r\nTo: ann@example.org\r\n"
        b"Reply-To: bob@example.net\r\nSubject: Hello\r\nDate: Sun, 22 Nov 2026 07:00:00 +0000\r\n"
        b"Message-ID: <00000000000000000000000000000000@bakery.example>\r\n"
        b"Auto-Submitted: auto-generated\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n"
        b"Content-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\nA text.\r\n")


def test_without_an_address_to_reply_to_there_is_no_such_header(tmp_path) -> None:
    assert read(written(configured(tmp_path), mail(reply_to=None), "jo@bakery.example")).keys() == [
        name for name in NAMES if name != "Reply-To"]


@pytest.mark.parametrize("title", [
    "Jo's Bakery, Ltd. <fresh>", 'The "Red" Lion', "Zoë & Émile, " * 10, "a, " * 60, "x" * 300,
    "日本語" * 60, "a@b.example, c@d.example", "=?utf-8?q?x=0ABcc:_c=40d.example?=", "(comment",
    "back\\slash", "Group: a@b.example;", "<a@b.example>", "", " ", ",", "é" * 59 + ",", "\u00a0",
    "é, à <x@y.example>", "Ünïcode, with @ signs and more than one line holds <a@b.example>, c@d",
])
def test_any_title_leaves_one_sender(tmp_path, title: str) -> None:
    data = written(configured(tmp_path, title=title), mail(), "jo@bakery.example")
    found = read(data)
    assert found.keys() == NAMES
    assert [address.addr_spec for address in found["From"].addresses] == ["jo@bakery.example"]
    name = found["From"].addresses[0].display_name
    assert len(name) <= 60 and letters(name) in letters(title)
    assert data.partition(b"\r\n\r\n")[0].count(b"@") == data.count(b"@bakery.example") + 2 or (
        b"@" in title.encode())


def test_a_usual_title_is_the_name_of_the_sender(tmp_path) -> None:
    for title in ("Jo's Bakery, Ltd.", "Zoë & Émile", 'The "Red" Lion', "Café <fresh>", "日本語" * 4,
                  "Musikverein Überlingen e. V."):
        found = read(written(configured(tmp_path, title=title), mail(), "jo@bakery.example"))
        assert found["From"].addresses[0].display_name == title


@hypothesis.given(subject=some.text(), text=some.text(), title=some.text())
def test_whatever_was_queued_comes_out_as_it_went_in(tmp_path_factory, subject: str, text: str,
                                                     title: str) -> None:
    try:
        subject, text = _subject(subject), _text(text)
    except ValueError:
        return
    config = configured("/nowhere")
    config.site.title = title
    data = written(config, mail(subject=subject, body=text), "jo@bakery.example")
    assert data.isascii() and b"\0" not in data
    assert data.replace(b"\r\n", b"").count(b"\n") == data.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, data.split(b"\r\n"))) <= 998
    found = read(data)
    assert found.keys() == NAMES
    assert [address.addr_spec for address in found["To"].addresses] == ["ann@example.org"]
    body = found.get_payload(decode=True)
    assert isinstance(body, bytes)
    body_text = body.decode().replace("\r\n", "\n")
    assert body_text == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize("subject", [
    "é" * 200, "x" * 250, "a b " * 60, "日本語 " * 60, "😀" * 120, "a, b: c; <d@e>", "é, b@c.example",
    "", "tab", "naïve = ?utf-8?q?x?=",
])
def test_any_subject_can_be_read_again(tmp_path, subject: str) -> None:
    subject = _subject(subject)
    found = read(written(configured(tmp_path), mail(subject=subject), "jo@bakery.example"))
    assert str(found["Subject"]).replace(" ", "") == subject.replace(" ", "")


def test_long_lines_and_dots_and_from_stay_what_they_are(tmp_path) -> None:
    text = ".\n..\nFrom here\n" + "word " * 400 + "\n" + "é" * 2000 + "\n\n\n"
    found = read(written(configured(tmp_path), mail(body=text), "jo@bakery.example"))
    assert found.get_content().replace("\r\n", "\n") == text


def test_a_header_that_came_out_broken_is_not_sent(tmp_path, monkeypatch) -> None:
    real = message._made

    class Broken:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def as_bytes(self) -> bytes:
            return self.data

    for old, new in (
        (b"To: ann@example.org\r\n", b"To: ann@example.org, c@d.example\r\n"),
        (b"To: ann@example.org\r\n", b"To: ann@example.org\r\nBcc: c@d.example\r\n"),
        (b"Subject: Hello", b"Subject: Hello\nBcc: c@d.example"),
        (b"Subject: Hello", b"Subject: Hello\rBcc: c@d.example"),
        (b"Subject: Hello", b"Subject: Hello\r\n \r\n x"),
        (b"Subject: Hello", b"Subject: H\xc3\xa9llo"), (b"Subject: Hello", b"Subject: \0"),
        (b"jo@bakery.example", b"x@y.example"),
    ):
        monkeypatch.setattr(message, "_made", lambda mail, sender, name: Broken(
            real(mail, sender, name).as_bytes().replace(old, new, 1)))
        with pytest.raises(Unwritable):
            assert not written(configured(tmp_path), mail(), "jo@bakery.example")


@pytest.mark.parametrize("address", [
    ".~{_=+/^~_/!bb=`='/&$.*^}$b?`{&/$+z}}=?{=b~z?'~#!%$|?z'}=}/+-a-/@b.xn--9a-9ia",
    ".$=#}$+#?'?_*'-&}!~~?..%b**&'{${.+_~z%}}'b/#}*-|+-='`.=-|a+^*a$$@xn--b-9faa",
])
def test_an_address_to_reply_to_that_cannot_be_written_does_not_keep_the_mail_back(
    tmp_path, address
) -> None:
    found = read(written(configured(tmp_path), mail(reply_to=address), "jo@bakery.example"))
    assert found["To"] == "ann@example.org" and "Reply-To" not in found
    assert found.get_content().split() == ["A", "text."]


def test_an_address_to_reply_to_that_came_out_as_two_is_left_out(tmp_path, monkeypatch) -> None:
    class Broken:
        def __init__(self, *given: Any) -> None:
            self.data = real(*given).as_bytes()

        def as_bytes(self) -> bytes:
            return self.data.replace(b"bob@example.net", b"bob@example.net, a@b")
    real = message._made
    monkeypatch.setattr(message, "_made", Broken)
    assert b"a@b" not in written(configured(tmp_path), mail(), "jo@bakery.example")


def test_the_sender_is_the_configured_one_or_the_owner(tmp_path) -> None:
    assert sender(configured(tmp_path)) == "jo@bakery.example"
    assert sender(site(str(tmp_path), site={"owner": "a@b.example"},
                       mail={"sender": "site@b.example", "via": "smtp"})) == "site@b.example"
    assert sender(site(str(tmp_path))) == "site@localhost"        # a folder needs no sender


def test_a_long_title_is_cut_and_not_bent(tmp_path) -> None:
    for title, name in (("日本語" * 30, "日本語" * 4), ("x" * 300, "x" * 60)):
        found = read(written(configured(tmp_path, title=title), mail(), "jo@bakery.example"))
        assert found["From"].addresses[0].display_name == name


def test_without_a_sender_nothing_is_sent_and_it_is_said_what_to_do(tmp_path) -> None:
    with pytest.raises(Deferred, match=r"site.ini: \[site\] owner = you@example.org") as error:
        sender(site(str(tmp_path), mail={"via": "smtp"}))
    assert error.value.for_all
    with pytest.raises(Deferred, match=r"\[mail\] sender in site.ini must be one e-mail address"):
        sender(site(str(tmp_path), mail={"sender": "Jo <jo@b.example>"}))
    with pytest.raises(Deferred, match=r"\[site\] owner in site.ini must be one"):
        sender(site(str(tmp_path), site={"owner": "a@b.example, c@d.example"}))
