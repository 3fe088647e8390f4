"""The guestbook's rules, on both engines."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

import collection
from chapbook import schema
from chapbook.db import Database
from chapbook.errors import DatabaseError
from collection import guestbook

FOLDER = str(Path(collection.__file__).parent / "schema")


@pytest.fixture
def book(db: Database) -> Database:
    """A database with an empty guestbook."""
    assert "guestbook.001" in schema.apply(db, FOLDER)
    return db


def names(entries: guestbook.Entries) -> list[str]:
    return [entry.name for entry in entries]


def test_an_empty_book_has_no_entries(book: Database) -> None:
    assert guestbook.latest(book) == [] and guestbook.latest(book).older is None
    assert guestbook.count(book) == 0


def test_what_was_signed_is_read_back(book: Database) -> None:
    before = int(time.time())
    new = guestbook.sign(book, "Zoë 😀", "Two lines:\n'quoted' \\ 100%", "Ghent")
    assert guestbook.count(book) == 1
    entry, = guestbook.latest(book)
    assert before <= entry.signed_at <= time.time()
    assert entry == {"id": new, "name": "Zoë 😀", "place": "Ghent", "signed_at": entry.signed_at,
                     "message": "Two lines:\n'quoted' \\ 100%"}


def test_an_empty_place_is_none(book: Database) -> None:
    guestbook.sign(book, "a", "b", "")
    guestbook.sign(book, "a", "b")
    assert [entry.place for entry in guestbook.latest(book)] == [None, None]


def test_the_newest_come_first_and_older_leads_on_without_a_gap(book: Database) -> None:
    for number in range(7):
        guestbook.sign(book, str(number), "hello")
    page = guestbook.latest(book, limit=3)
    assert names(page) == ["6", "5", "4"]
    guestbook.sign(book, "7", "signed while the visitor reads")
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
    guestbook.sign(book, **{**values, part: "😀" * most})
    with pytest.raises(DatabaseError):
        guestbook.sign(book, **{**values, part: "😀" * (most + 1)})
    if part != "place":
        with pytest.raises(DatabaseError):
            guestbook.sign(book, **{**values, part: ""})
    assert guestbook.count(book) == 1
    assert len(guestbook.latest(book)[0][part]) == most


def test_the_id_of_a_deleted_entry_is_never_given_again(book: Database) -> None:
    first = guestbook.sign(book, "a", "b")
    book.transact(book.run, "DELETE FROM guestbook_entry")
    assert guestbook.sign(book, "a", "b") > first


def test_faults_name_the_fields_that_must_change() -> None:
    good = {"name": "Ann", "place": "", "message": "Hello"}
    assert guestbook.faults(good) == {}
    assert set(guestbook.faults({"name": "", "place": "", "message": ""})) == {"name", "message"}
    long = guestbook.faults({"name": "x" * 81, "place": "x" * 81, "message": "x" * 4001})
    assert set(long) == {"name", "place", "message"} and "4,000" in long["message"]
