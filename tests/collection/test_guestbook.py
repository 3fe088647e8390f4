"""The guestbook's rules, on both engines."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

import collection
from chapbook import schema
from chapbook.db import Database
from chapbook.errors import DatabaseError
from collection import demo, guestbook

FOLDER = str(Path(collection.__file__).parent / "schema")


@pytest.fixture
def book(db: Database) -> Database:
    """A database with an empty guestbook."""
    assert "guestbook.001" in schema.apply(db, FOLDER)
    return db


def names(entries: guestbook.Entries) -> list[str]:
    return [entry.name for entry in entries]


def sign(book: Database, *args: str, **kwargs: str) -> int:
    """Sign as a page does: in a transaction."""
    return book.transact(guestbook.sign, book, *args, **kwargs)


def test_an_empty_book_has_no_entries(book: Database) -> None:
    assert guestbook.latest(book) == [] and guestbook.latest(book).older is None
    assert guestbook.count(book) == 0


def test_what_was_signed_is_read_back(book: Database) -> None:
    before = int(time.time())
    new = sign(book, "Zoë 😀", "Two lines:\n'quoted' \\ 100%", "Ghent")
    assert guestbook.count(book) == 1
    entry, = guestbook.latest(book)
    assert before <= entry.signed_at <= time.time()
    assert entry == {"id": new, "name": "Zoë 😀", "place": "Ghent", "signed_at": entry.signed_at,
                     "message": "Two lines:\n'quoted' \\ 100%"}


def test_an_empty_place_is_none(book: Database) -> None:
    sign(book, "a", "b", "")
    sign(book, "a", "b")
    assert [entry.place for entry in guestbook.latest(book)] == [None, None]


def test_the_newest_come_first_and_older_leads_on_without_a_gap(book: Database) -> None:
    for number in range(7):
        sign(book, str(number), "hello")
    page = guestbook.latest(book, limit=3)
    assert names(page) == ["6", "5", "4"]
    sign(book, "7", "signed while the visitor reads")
    page = guestbook.latest(book, limit=3, before=page.older)
    assert names(page) == ["3", "2", "1"]
    page = guestbook.latest(book, limit=3, before=page.older)
    assert names(page) == ["0"] and page.older is None
    assert guestbook.latest(book, limit=8).older is None
    assert guestbook.latest(book, before=1) == []


@pytest.mark.parametrize("part", ["name", "place", "message"])
def test_the_tables_hold_exactly_what_the_rules_allow(book: Database, part: str) -> None:
    most = {"name": guestbook.NAME_MAX, "place": guestbook.PLACE_MAX,
            "message": guestbook.MESSAGE_MAX}[part]
    values = {"name": "a", "message": "b"}
    sign(book, **{**values, part: "😀" * most})
    with pytest.raises(DatabaseError):
        sign(book, **{**values, part: "😀" * (most + 1)})
    if part != "place":
        with pytest.raises(DatabaseError):
            sign(book, **{**values, part: ""})
    assert guestbook.count(book) == 1
    assert len(guestbook.latest(book)[0][part]) == most


def test_the_id_of_a_deleted_entry_is_never_given_again(book: Database) -> None:
    first = sign(book, "a", "b")
    book.transact(book.run, "DELETE FROM guestbook_entry")
    assert sign(book, "a", "b") > first


def test_signing_is_part_of_the_callers_transaction(book: Database) -> None:
    with pytest.raises(DatabaseError, match="writes belong in a transaction"):
        guestbook.sign(book, "a", "b")
    with book.transaction():
        guestbook.sign(book, "a", "b", at=1_763_798_400)
    assert [entry.signed_at for entry in guestbook.latest(book)] == [1_763_798_400]


def test_a_new_site_shows_something_that_every_font_has(book: Database) -> None:
    assert "4 entries" in demo.load(book)
    newest = guestbook.latest(book)[0]
    assert newest.message.endswith("=^..^=") and newest.message.isascii()
    assert demo.load(book) == "" and guestbook.count(book) == len(demo.ENTRIES)


def test_faults_name_the_fields_that_must_change() -> None:
    good = {"name": "Ann", "place": "", "message": "Hello"}
    assert guestbook.faults(good) == {}
    assert set(guestbook.faults({"name": "", "place": "", "message": ""})) == {"name", "message"}
    long = guestbook.faults({"name": "x" * 81, "place": "x" * 81, "message": "x" * 4001})
    assert set(long) == {"name", "place", "message"} and "4,000" in long["message"]
