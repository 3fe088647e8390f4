"""Entries of the guestbook that wait for the owner, on both engines."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import collection
from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.engines import open_session
from chapbook.errors import DatabaseError
from collection import demo, guestbook, moderation

FOLDER = str(Path(collection.__file__).parent / "schema")


@pytest.fixture
def book(db: Database) -> Database:
    """A database with an empty guestbook."""
    schema.apply(db, FOLDER)
    return db


def moderate(book: Database, how: str) -> None:
    vars(book.config.guestbook).update(moderation=how)


def sign(book: Database, name: str = "Ann", message: str = "Hello") -> int:
    return book.transact(guestbook.sign, book, name, message)


def approve(book: Database, entry: int) -> bool:
    return book.transact(guestbook.approve, book, entry)


def shown(book: Database) -> list[int]:
    return [entry.id for entry in guestbook.latest(book)]


def held(book: Database) -> list[int]:
    return [entry.id for entry in moderation.found(book, "waiting")]


def test_nothing_waits_where_nothing_is_set(book: Database) -> None:
    entry = sign(book)
    assert shown(book) == [entry] and held(book) == []
    assert not guestbook.is_waiting(book, entry)


def test_everything_waits_where_all_is_set(book: Database) -> None:
    moderate(book, "all")
    first = sign(book)
    approve(book, first)
    second = sign(book)
    assert shown(book) == [first] and held(book) == [second]
    assert guestbook.is_waiting(book, second) and not guestbook.is_waiting(book, first)
    assert (guestbook.count(book), guestbook.count(book, "waiting")) == (1, 1)


def test_first_time_authors_wait_until_one_of_theirs_was_approved(book: Database) -> None:
    moderate(book, "first")
    first, second = sign(book), sign(book)
    assert held(book) == [second, first], "to have signed is not to be approved"
    approve(book, first)
    third = sign(book)
    assert shown(book) == [third, first] and held(book) == [second]


@pytest.mark.parametrize("other", ["zoë", "Zoe", "Zoë ", "ZOË", "Zoe\u0308x", "Zoë\u200b"])
def test_a_name_that_is_much_like_an_approved_one_is_another(book: Database, other: str) -> None:
    moderate(book, "first")
    approve(book, sign(book, "Zoë"))
    sign(book, other)
    assert guestbook.count(book, "waiting") == 1
    sign(book, "Zoë")
    assert guestbook.count(book, "waiting") == 1


def test_an_entry_is_approved_once(book: Database) -> None:
    moderate(book, "all")
    entry = sign(book)
    assert approve(book, entry)
    assert not approve(book, entry) and not approve(book, 999)


def test_what_is_deleted_is_gone_in_either_state(book: Database) -> None:
    shown_one = sign(book)
    moderate(book, "all")
    waiting_one = sign(book)
    for entry in (shown_one, waiting_one):
        assert book.transact(guestbook.delete, book, entry)
        assert not book.transact(guestbook.delete, book, entry)
    assert shown(book) == held(book) == []


def test_an_approved_entry_is_where_it_would_have_been(book: Database) -> None:
    first = sign(book)
    moderate(book, "all")
    second = sign(book)
    moderate(book, "no")
    third = sign(book)
    assert shown(book) == [third, first]
    approve(book, second)
    assert shown(book) == [third, second, first]


def test_leaves_of_what_waits_follow_each_other_without_a_gap(book: Database) -> None:
    moderate(book, "all")
    entries = [sign(book, str(number)) for number in range(5)]
    page = moderation.found(book, "waiting", limit=3)
    rest = moderation.found(book, "waiting", limit=3, before=page.older)
    assert [entry.id for entry in page + rest] == entries[::-1] and rest.older is None


def test_no_other_state_can_be_stored(book: Database) -> None:
    entry = sign(book)
    with pytest.raises(DatabaseError):
        book.transact(book.run, "UPDATE guestbook_entry SET state = 'hidden' WHERE id = :id",
                      id=entry)


def test_a_new_site_shows_its_first_entries_however_it_is_set(book: Database) -> None:
    moderate(book, "all")
    demo.load(book)
    assert guestbook.count(book) == len(demo.ENTRIES)


def test_entries_from_before_there_was_moderation_are_shown(
    database_config: Config, tmp_path: Path
) -> None:
    for path in Path(FOLDER).glob("guestbook.001.*"):
        shutil.copy(path, tmp_path)
    with connect(database_config) as db:
        schema.apply(db, str(tmp_path))
        db.transact(db.run, "INSERT INTO guestbook_entry (name, message, signed_at)"
                            " VALUES ('Ann', 'Hello', 1)")
        schema.apply(db, FOLDER)
        assert [entry.name for entry in guestbook.latest(db)] == ["Ann"]
        moderate(db, "first")
        sign(db, "Ann")
        assert guestbook.count(db) == 2


def test_the_step_can_be_run_again_where_it_broke_off_before_it_was_noted(
    mysql_config: Config
) -> None:
    with connect(mysql_config) as db:
        schema.apply(db, FOLDER)
        session = open_session(db.config, migrating=True)
        session.execute("DELETE FROM schema_step WHERE subject = 'guestbook' AND number = 2")
        session.execute("COMMIT")
        session.close()
        assert schema.apply(db, FOLDER) == ["guestbook.002"]
        assert sign(db)
