"""The guestbook through each gateway, on SQLite and on MariaDB."""
from __future__ import annotations

import json
import re
import threading
import uuid
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.wire import Answer

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(params=GATEWAYS)
def book(request: pytest.FixtureRequest, engine_gateways: Running) -> Gateway:
    """Each gateway on each engine, with at least one leaf and a half in the book."""
    if not hasattr(engine_gateways, "has_leaves"):
        for number in range(30):
            assert sign(engine_gateways["builtin"], f"Line {number}").status == 303
        engine_gateways.has_leaves = True  # type: ignore[attr-defined]
    return engine_gateways[request.param]


def sign(
    gateway: Gateway, message: str, name: str = "Ann", path: str = "/guestbook", **more: str
) -> Answer:
    """What signing the book answers."""
    return gateway.post(path, urlencode({"name": name, "message": message, **more}).encode())


def ids(page: Answer) -> list[int]:
    """The numbers of the entries on a leaf, in order."""
    return [int(number) for number in re.findall(r'id="entry-(\d+)"', page.text)]


def test_what_is_signed_is_read_by_everyone(book: Gateway, engine_gateways: Running) -> None:
    words = f"Grüße & <b>küsse</b> 🖋 {uuid.uuid4().hex}"
    signed = sign(book, words, name="Zoë")
    assert signed.status == 303 and signed["Location"].startswith("/guestbook#entry-")
    shown = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for name in GATEWAYS:
        assert shown in engine_gateways[name].get("/guestbook").text, name
        assert shown in engine_gateways[name].get("/").text, name


def test_the_feed_has_what_is_signed(book: Gateway) -> None:
    words = f"Read me elsewhere \n🖋 {uuid.uuid4().hex}"
    sign(book, words)
    answer = book.get("/guestbook/feed")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.body)
    newest = feed.find(f"{ATOM}entry")
    assert newest is not None and newest.findtext(f"{ATOM}content") == words
    assert feed.findtext(f"{ATOM}id") == "https://site.example/guestbook"


def test_older_leaves_follow_without_gap_or_repetition(book: Gateway) -> None:
    first = book.get("/guestbook")
    older = re.search(r'rel="next" href="(/guestbook\?before=\d+)"', first.text)
    assert older is not None and len(ids(first)) == 20
    second = book.get(older[1])
    assert ids(second) and max(ids(second)) < min(ids(first))
    both = ids(first) + ids(second)
    assert both == sorted(set(both), reverse=True)
    assert book.get("/guestbook?before=1").status == 200


def test_an_entry_that_is_not_complete_is_not_stored(book: Gateway) -> None:
    before = ids(book.get("/guestbook"))
    answer = sign(book, "")
    assert answer.status == 422 and 'id="message-error"' in answer.text
    assert ids(book.get("/guestbook")) == before


def test_a_script_that_sends_too_little_is_told_so_in_json(book: Gateway) -> None:
    answer = book.ask("POST", "/guestbook", {
        "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
    }, b"name=Ann&message=")
    assert (answer.status, answer["Content-Type"]) == (422, "application/json")
    said = json.loads(answer.body)
    assert set(said) == {"sentence", "errors"} and set(said["errors"]) == {"message"}


def test_what_is_sent_twice_is_one_entry(book: Gateway, engine_gateways: Running) -> None:
    words, token = uuid.uuid4().hex, book.get("/guestbook").once
    signed = [sign(gateway, words, _once=token)
              for gateway in (book, book, *(engine_gateways[name] for name in GATEWAYS))]
    assert {answer.status for answer in signed} == {303}
    assert len({answer["Location"] for answer in signed}) == 1
    assert book.get("/guestbook").text.count(words) == 1


def test_signing_by_the_address_in_cgi_bin_stays_there(book: Gateway) -> None:
    words = uuid.uuid4().hex
    signed = sign(book, words, path="/cgi-bin/guestbook.py")
    assert signed.status == 303 and signed["Location"].startswith("/cgi-bin/guestbook.py#entry-")
    page = book.get("/cgi-bin/guestbook.py").text
    assert words in page and 'action="/cgi-bin/guestbook.py"' in page
    assert 'href="/cgi-bin/guestbook.py/feed"' in page


def test_entries_signed_at_the_same_time_are_all_kept(book: Gateway) -> None:
    words = [uuid.uuid4().hex for _ in range(10)]
    statuses: list[int] = []

    def visit(word: str) -> None:
        statuses.append(sign(book, word).status)

    threads = [threading.Thread(target=visit, args=[word]) for word in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [303] * len(words)
    page = book.get("/guestbook").text
    assert all(word in page for word in words)
