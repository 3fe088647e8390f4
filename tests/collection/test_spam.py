"""What speaks for spam, and who sends, on both engines."""
from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.forms.submission import Submission
from chapbook.request import Request
from collection import answers, formsettings, received, senders, spam
from collection.received import Received

from tests.support.sent import filled, upload

INSIDE = "<input name=name><textarea name=words></textarea><input type=url name=site>"


@pytest.fixture
def store(database_config: Config) -> Iterator[Database]:
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
        yield database


def found(
    db: Database, sent: Submission, count: int = 1, referred: bool = True, **changed: str
) -> list[str]:
    settings = formsettings.of(db, db.config, "contact")
    vars(settings).update(changed)
    new = Received("contact", answers.read(sent.form, sent.verdict.values))
    return spam.reasons(db, settings, new, sent, count=count, referred=referred)


def test_an_honest_letter_has_nothing_that_speaks_for_spam(store: Database) -> None:
    sent = filled(INSIDE, name="Ann", words="Look at https://example.org, please.", age=30,
                  site="https://example.net")
    assert found(store, sent, count=10) == []


def test_every_reason_has_a_sentence_and_all_that_hold_are_listed(store: Database) -> None:
    sent = filled(INSIDE + "<input name=_gotcha>", name="x", age=1, _gotcha="I am a robot",
                  words="www.a.example www.b.example www.c.example www.d.example casino",
                  more="y")
    words = found(store, sent, count=11, referred=False, words=["Casino"])  # type: ignore[arg-type]
    assert words == ["honeypot", "unknown", "fast", "rate", "links", "words", "referrer"]
    assert all(spam.REASONS[word].endswith(".") for word in words)


@pytest.mark.parametrize("inside, fields, reasons", [
    ("<input name=_gotcha>", {"_gotcha": ""}, []),
    ("<input name=_gotcha>", {"_gotcha": "x"}, ["honeypot"]),
    ("<input name=website data-honeypot>", {"website": "x"}, ["honeypot"]),
    ("<input type=checkbox name=botcheck>", {}, []),
    ("<input type=checkbox name=botcheck>", {"botcheck": "on"}, ["honeypot"]),
    ("", {"_gotcha": "x"}, ["honeypot"]),
    ("", {"_gotcha": " "}, []),
    ("", {"url": "x"}, ["unknown"]),
    ("", {"url": "", "_once": "x", "g-recaptcha-response": "x"}, []),
    ("<input name=a dirname=a.dir><input type=image name=go>",
     {"a": "x", "a.dir": "ltr", "go.x": "1", "go.y": "2"}, []),
    ("<input name=a disabled>", {"a": "x"}, []),
])
def test_fields_that_people_do_not_see(
    store: Database, inside: str, fields: dict[str, str], reasons: list[str],
) -> None:
    assert found(store, filled(inside + "<input name=name>", list(fields.items()))) == reasons


def test_a_trap_may_be_named_in_the_way_of_other_services(store: Database) -> None:
    sent = filled("<input name=fax>", fax="x", form="data-netlify-honeypot=fax")
    assert found(store, sent) == ["honeypot"]


def test_a_file_that_nobody_asked_for_is_strange(store: Database) -> None:
    sent = filled("<input name=a>", a="x")
    sent.files = type(sent.files)([("virus", upload())])
    assert found(store, sent) == ["unknown"]


def test_the_time_counts_only_where_it_is_known(store: Database) -> None:
    assert found(store, filled(INSIDE, age=2.9)) == ["fast"]
    assert found(store, filled(INSIDE, age=3)) == found(store, filled(INSIDE)) == []


def test_a_rate_of_zero_is_no_rate(store: Database) -> None:
    assert found(store, filled(INSIDE), count=10_000, rate=0) == []  # type: ignore[arg-type]
    settings = formsettings.of(store, store.config, "contact")
    assert not spam.is_flood(settings, 50) and spam.is_flood(settings, 51)
    settings.rate = 0
    assert not spam.is_flood(settings, 10_000)


def test_the_same_long_text_twice_within_a_day_is_spam_and_a_short_one_is_not(
    store: Database,
) -> None:
    def put(text: str, ago: int) -> list[str]:
        sent = filled(INSIDE, words=text)
        new = Received("contact", answers.read(sent.form, sent.verdict.values))
        new.received_at = int(time.time()) - ago
        with store.transaction():
            received.store(store, store.config, new, f"{ago:064}")
        return found(store, sent)

    assert put("Yes, I come.", 60) == []
    assert put("Buy our very cheap and very good things, today only!", 86_500) == []
    assert put("Buy our very cheap and very good things, today only!", 86_300) == ["duplicate"]


@pytest.mark.parametrize("text, count", [
    ("", 0), ("no link, not even ww.w or http:/x", 0),
    ("https://a.example/x?y=https://b.example", 2),
    ("HTTP://A.example", 1), ("https://www.a.example", 1), ("www.a.example", 1),
    ("(www.a.example,www.b.example)", 2), ("awww. how nice", 0), ("<a href='http://x'>", 1),
    ("[url=http://x]www.x[/url]", 2),
])
def test_links_are_counted(text: str, count: int) -> None:
    assert spam.links(text) == count


@pytest.mark.parametrize("text, word, has", [
    ("Cialis here", "cialis", True), ("a specialist", "cialis", False), ("CASINO!", "casino", True),
    ("casinos", "casino", False), ("the casinos and a casino", "casino", True),
    ("make money fast", "Money fast", True), ("Straße", "STRASSE", True), ("x", "", False),
    ("", "x", False), ("ааа", "а", False),
])
def test_words_count_where_they_stand_by_themselves(text: str, word: str, has: bool) -> None:
    assert spam.has_a_word([text], [word]) is has


def test_many_words_of_spam_take_little_longer_than_one() -> None:
    text, words = "é" * 500_000, [f"word{number}" for number in range(300)]
    begun = time.process_time()
    assert spam.has_a_word([text, "Word7"], words) and not spam.has_a_word([text], words)
    assert time.process_time() - begun < 1.0


def test_a_hash_of_an_address_holds_for_a_day(store: Database) -> None:
    def salted(now: int) -> bytes:
        return store.transact(senders.salt, store, now)

    day = 20_000 * 86_400
    first = salted(day)
    assert salted(day + 86_399) == first != salted(day + 86_400)
    one = senders.hashed(first, "203.0.113.7")
    assert len(one) == 64 and one == senders.hashed(first, "203.0.113.7")
    assert one != senders.hashed(salted(day + 86_400), "203.0.113.7")
    assert "203." not in str(store.all("SELECT day, salt FROM sender_salt"))


def test_two_processes_that_make_the_salt_of_a_day_agree(store: Database) -> None:
    with connect(store.config) as other, other.transaction():
        assert other.value("SELECT COUNT(*) FROM sender_salt") == 0     # what it sees is fixed now
        if store.engine == "mysql":           # SQLite has one writer at a time
            kept = store.transact(senders.salt, store, 86_400)
            assert senders.salt(other, 86_400) == kept


@pytest.mark.parametrize("headers, referred", [
    ({"Sec-Fetch-Site": "same-origin"}, True), ({"Origin": "https://example.org"}, True),
    ({"Origin": "null"}, False), ({"Sec-Fetch-Site": "none"}, False), ({}, False),
    ({"Referer": "https://Example.org/club/contact.html"}, True),
    ({"Referer": "https://example.org.evil.example/"}, False), ({"Referer": "example.org"}, False),
    ({"Referer": "https://example.org"}, True),
])
def test_a_browser_says_that_it_comes_from_a_page_of_this_site(
    sqlite_config: Config, headers: dict[str, str], referred: bool,
) -> None:
    environ = {"REQUEST_METHOD": "POST", "HTTP_HOST": "localhost"} | {
        f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    vars(sqlite_config.site).update(base_url="https://example.org/club")
    assert spam.is_referred(Request(environ, sqlite_config)) is referred
    vars(sqlite_config.site).update(base_url="")
    environ["HTTP_HOST"] = "EXAMPLE.org"
    assert spam.is_referred(Request(environ, sqlite_config)) is referred
