"""/_mail: what the site has sent into its folder, shown on this machine and nowhere else."""
from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import html5lib
import pytest

from chapbook.application import missing
from chapbook.config import Config
from chapbook.db import Row
from chapbook.mail.folder import Folder
from chapbook.mail.message import written
from chapbook.server.mailbox import Mailbox
from chapbook.testing import Client, site


def strict(html: str) -> None:
    """Parse it as a browser would; any error of syntax is one of the test."""
    html5lib.HTMLParser(strict=True).parse(html)


@pytest.fixture
def box(settings: Config) -> Client:
    """A browser on this machine, before a site in which nothing else is."""
    return Client(Mailbox(missing), settings)


@pytest.fixture
def sent(settings: Config) -> Callable[..., str]:
    """Puts a mail into the folder; gives its address."""
    def delivered(number: int, subject: str = "Hello", body: str = "A text.\n", **more: Any) -> str:
        mail = Row({"message_id": f"{number}@x.example", "recipient": "ann@example.org",
                    "reply_to": None, "subject": subject, "body": body,
                    "written_at": 1_795_330_800 + number, **more})
        name = f"{mail.written_at:010d}-{number}"
        data = written(settings, mail, "jo@bakery.example")
        Folder(settings).deliver("jo@bakery.example", mail.recipient, data, name, time.time() + 999)
        return f"/_mail/{name}.eml"
    return delivered


def test_an_empty_folder_says_so(box: Client) -> None:
    answer = box.get("/_mail")
    assert answer.status == 200 and "Nothing has been sent yet." in answer.text
    strict(answer.text)


def test_mails_are_listed_newest_first_and_each_is_shown(box: Client, sent) -> None:
    old = sent(1, "First")
    new = sent(2, "Second", "Grüße,\n\n  Jo <jo@x>\n", reply_to="a@b.example")
    for place in ("/_mail", "/_mail/"):
        answer = box.get(place)
        assert answer.status == 200 and answer["Cache-Control"] != "public"
        assert answer.text.index(new) < answer.text.index(old)
        assert "Sun, 22 Nov 2026 07:00:02 +0000" in answer.text
        strict(answer.text)
    shown = box.get(new)
    assert "<dt>Reply-To</dt><dd>a@b.example</dd>" in shown.text
    assert '<p class="said">Grüße,\n\n  Jo &lt;jo@x&gt;\n</p>' in shown.text
    assert "<h1>Second</h1>" in shown.text
    strict(shown.text)
    assert box.head(new).status == 200


def test_what_a_mail_says_stays_text(box: Client, sent) -> None:
    hostile = "<script>alert(1)</script>\"'&amp;"
    place = sent(1, hostile, hostile + "\n\ttab\n<img src=x onerror=alert(1)>\n")
    for answer in (box.get("/_mail"), box.get(place)):
        assert "<script" not in answer.text and "<img" not in answer.text
        strict(answer.text)


def test_a_file_that_somebody_put_there_does_no_harm(box: Client, settings: Config) -> None:
    folder = settings.path("var/mail")
    os.makedirs(folder)
    for number, content in enumerate((
        b"", b"\xff\xfe\0", b"Subject: =?x?=\r\nTo: \x80\r\n\r\n\xff", b"From: a\n\nb\n\x00\x01",
        b"Content-Type: text/plain; charset=none\n\n\xe9", b"Content-Type: text/html\n\n<b>x",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\none\n--x--\n",
    )):
        with open(f"{folder}/{number} <b>.eml", "wb") as file:
            file.write(content)
    os.mkdir(f"{folder}/folder.eml")
    answer = box.get("/_mail")
    assert answer.status == 200 and "<b>" not in answer.text
    strict(answer.text)
    for number in range(7):
        answer = box.get(f"/_mail/{number}%20%3Cb%3E.eml")
        assert answer.status == 200, number
        strict(answer.text)
    assert box.get("/_mail/folder.eml").status == 404


@pytest.mark.parametrize("path", [
    "/_mail/none.eml", "/_mail/../site.ini", "/_mail/..%2f..%2fsite.ini", "/_mail/%2e%2e/site.ini",
    "/_mail//etc/passwd", "/_mail/x.eml/", "/_mail/secret.txt", "/_mails", "/_Mail", "/x",
])
def test_nothing_else_is_there(box: Client, settings: Config, sent, path: str) -> None:
    sent(1)
    with open(settings.path("var/mail/secret.txt"), "w") as file:
        file.write("secret")
    assert box.get(path).status == 404


@pytest.mark.parametrize("environ", [
    {"REMOTE_ADDR": "192.0.2.1"}, {"REMOTE_ADDR": ""}, {"REMOTE_ADDR": "::2"},
    {"HTTP_HOST": "evil.example"}, {"HTTP_HOST": "evil.example:8000"}, {"HTTP_HOST": ""},
    {"HTTP_HOST": "localhost.evil.example"}, {"HTTP_HOST": "127.0.0.1.evil.example"},
    {"HTTP_HOST": "[::2]:8000"},
])
def test_only_this_machine_sees_it(box: Client, sent, environ: dict[str, str]) -> None:
    for place in ("/_mail", sent(1)):
        answer = box.request("GET", place, environ=environ)
        assert answer.status == 404 and "Hello" not in answer.text


@pytest.mark.parametrize("environ", [
    {"HTTP_HOST": "localhost:8000"}, {"HTTP_HOST": "127.0.0.1:8000"},
    {"HTTP_HOST": "[::1]:8000", "REMOTE_ADDR": "::1"}, {"HTTP_HOST": "shop.localhost"},
    {"REMOTE_ADDR": "::ffff:127.0.0.1"},
])
def test_this_machine_has_several_names(box: Client, environ: dict[str, str]) -> None:
    assert box.request("GET", "/_mail", environ=environ).status == 200


def test_it_only_shows(box: Client, sent) -> None:
    answer = box.post(sent(1))
    assert answer.status == 405 and answer["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("via", ["smtp", "sendmail"])
def test_where_mail_leaves_the_site_nothing_is_shown(tmp_path, via: str) -> None:
    answer = Client(Mailbox(missing), site(str(tmp_path), mail={"via": via})).get("/_mail")
    assert answer.status == 404 and "Mail of this site leaves it" in answer.text
