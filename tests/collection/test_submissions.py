"""What visitors have sent: stored, listed, searched, marked and deleted, on both engines."""
from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import config as settings
from chapbook import schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import DatabaseError, Unavailable
from chapbook.fields import Upload
from collection import attachments, counters, received, submissions
from collection.received import Field, Received


@pytest.fixture
def store(database_config: Config, tmp_path: Path) -> Iterator[Store]:
    """A database with the tables of submissions, and an empty folder for files."""
    vars(database_config.paths).update(uploads=str(tmp_path / "uploads"))
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
        yield Store(database, database_config)


class Store:
    """Stores submissions as the page does: in a transaction."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config = db, config
        self.keys = 0

    def add(self, *fields: Field, form: str = "contact", key: str = "", at: int = 0,
            reasons: tuple[str, ...] = ()) -> int | None:
        new = Received(form, fields or (Field("name", "Your name", [("Ann", None)]),))
        new.reasons += reasons
        new.received_at = at or new.received_at
        self.keys += 1
        key = key or f"{self.keys:064}"
        return self.db.transact(received.store, self.db, self.config, new, key)

    def named(self, name: str, **more: object) -> int | None:
        field = Field("name", "Your name", [(name, None)])
        return self.add(field, **more)  # type: ignore[arg-type]


def upload(content: bytes = b"PDF", name: str = "plan.pdf") -> Upload:
    return Upload(name, "application/pdf", io.BytesIO(content), len(content))


def names(found: submissions.Submissions) -> list[str]:
    return [one.summary for one in found]


def test_what_was_stored_is_read_back(store: Store) -> None:
    before = int(time.time())
    new = store.add(
        Field("name", "Your name", [("Zoë 😀", None)]),
        Field("note", "A note", [("Two lines:\n'quoted' \\ 100%", None)]),
        Field("meals", "Meals", [("v", "Vegetarian"), ("n", "Nuts")]),
        Field("place", "Place"),
        form="club/party", reasons=("links", "fast"))
    assert new is not None
    one = submissions.read(store.db, new)
    assert one is not None
    assert before <= one.received_at <= time.time()
    assert (one.form, one.state, one.spam, one.reasons) == ("club/party", "new", 1, "links fast")
    assert [(field.name, field.label, [(a.value, a.shown) for a in field.answers])
            for field in one.fields] == [
        ("name", "Your name", [("Zoë 😀", None)]),
        ("note", "A note", [("Two lines:\n'quoted' \\ 100%", None)]),
        ("meals", "Meals", [("v", "Vegetarian"), ("n", "Nuts")]),
        ("place", "Place", []),
    ]
    assert one.summary == "Zoë 😀, Two lines: 'quoted' \\ 100%, Vegetarian, Nuts"
    assert one.files == [] and submissions.read(store.db, new + 1) is None


def test_texts_of_the_largest_size_are_kept_whole(store: Store) -> None:
    long = "ü" * (1 << 19)
    new = store.add(Field("n" * 300, "l" * 600, [(long, "s" * 600)]))
    one = submissions.read(store.db, new or 0)
    assert one is not None
    assert one.fields[0].answers[0].value == long and len(one.summary) == 200


def test_a_file_lies_under_a_random_name_outside_the_web_root(store: Store) -> None:
    new = store.add(Field("plan", "The plan", uploads=[upload(name="../../x.html"), upload(b"2")]))
    one = submissions.read(store.db, new or 0)
    assert one is not None and one.fields == []
    assert [(file.filename, file.label, file.size) for file in one.files] == [
        ("../../x.html", "The plan", 3), ("plan.pdf", "The plan", 1)]
    path = attachments.path_of(store.config, one.files[0].path)
    assert Path(path).read_bytes() == b"PDF" and os.stat(path).st_mode & 0o777 == 0o600
    assert os.path.dirname(path) == attachments.folder(store.config)
    found = submissions.file(store.db, one.id, one.files[1].id)
    assert found is not None and found.path == one.files[1].path
    assert submissions.file(store.db, one.id + 1, one.files[1].id) is None
    for name in ("../secret", "", "A" * 32, "a" * 31 + "/"):
        with pytest.raises(ValueError):
            attachments.path_of(store.config, name)


def test_the_newest_come_first_and_older_leads_on_without_a_gap(store: Store) -> None:
    for number in range(7):
        store.named(str(number))
    page = submissions.latest(store.db, limit=3)
    assert names(page) == ["6", "5", "4"] and page[0].file_count == 0
    store.named("7")
    page = submissions.latest(store.db, limit=3, before=page.older)
    assert names(page) == ["3", "2", "1"]
    page = submissions.latest(store.db, limit=3, before=page.older)
    assert names(page) == ["0"] and page.older is None


def test_a_list_is_narrowed_by_form_spam_and_state(store: Store) -> None:
    store.named("a")
    spam = store.named("b", reasons=("words",))
    store.named("c", form="booking")
    assert names(submissions.latest(store.db, form="contact")) == ["b", "a"]
    assert names(submissions.latest(store.db, spam=False)) == ["c", "a"]
    assert names(submissions.latest(store.db, form="contact", spam=True)) == ["b"]
    with store.db.transaction():
        assert submissions.mark(store.db, spam or 0, state="read", spam=False)
        assert not submissions.mark(store.db, 99, state="read")
    assert names(submissions.latest(store.db, state="new")) == ["c", "a"]
    assert names(submissions.latest(store.db, state="read", spam=False)) == ["b"]
    one = submissions.read(store.db, spam or 0)
    assert one is not None and one.reasons == "words", "why it was taken for spam stays"


@pytest.mark.parametrize("words, found", [
    ("ann", ["Ann Lee"]), ("LEE ann", ["Ann Lee"]), ("ann bob", []), ("100%", ["100% !sure_"]),
    ("%", ["100% !sure_"]), ("_", ["100% !sure_"]), ("!", ["100% !sure_"]), ("", None),
    ("zoë", ["Zoë"]), ("vegetarian", ["v"]), ("tent.pdf", ["file"]), ("a b c d e f g h", []),
    ("'", []), ("\\", []),
])
def test_words_are_searched_in_values_labels_of_options_and_names_of_files(
    store: Store, words: str, found: list[str] | None,
) -> None:
    for name in ("Ann Lee", "100% !sure_", "Zoë"):
        store.named(name)
    store.add(Field("meal", "Meal", [("v", "Vegetarian")]))
    store.add(Field("note", "Note", [("file", None)]),
              Field("plan", "Plan", uploads=[upload(name="tent.pdf")]))
    got = submissions.latest(store.db, words=words)
    assert len(got) == 5 if found is None else [
        one.summary.replace("Vegetarian", "v") for one in got] == found


def test_the_same_from_the_same_sender_is_counted_and_not_stored_twice(store: Store) -> None:
    key, now = "k" * 64, int(time.time())
    first = store.named("a", key=key, at=now)
    with store.db.transaction():
        assert received.repeated(store.db, key, now + 599) == first
    assert store.named("a", key=key) is None, "another process stored it a moment ago"
    with store.db.transaction():
        assert received.repeated(store.db, key, now + 600) is None
    assert store.named("a", key=key) not in (first, None)
    assert [one.repeats for one in submissions.latest(store.db)] == [0, 2]


def test_the_content_of_files_is_part_of_what_is_the_same() -> None:
    def content(*fields: Field) -> str:
        return Received("contact", fields).content_hash

    same = content(Field("a", "A", [("1", None)], [upload()]))
    assert same == content(Field("a", "Other label", [("1", "shown")], [upload()]))
    assert len({
        same, content(Field("a", "A", [("1", None)], [upload(b"PDG")])),
        content(Field("a", "A", [("1", None)])), content(Field("a", "A", [("11", None)])),
        content(Field("a", "A", [("1", None), ("1", None)])),
        content(Field("a1", "A", [("", None)])), content(Field("a", "A"), Field("1", "A")),
    }) == 7
    one = Received("contact", [Field("a", "A", [("1", None)])])
    other = Received("contac", [Field("a", "A", [("1", None)])])
    assert one.repeat_key("ann") != one.repeat_key("bob") != other.repeat_key("tann")


def test_deleting_takes_values_files_and_what_they_counted(store: Store) -> None:
    new = store.add(Field("plan", "The plan", [("x", None)], [upload(), upload(b"12345")]))
    with store.db.transaction():
        assert counters.spend(store.db, "contact", "bytes", 0, 8, 100)
    with store.db.transaction():
        files = submissions.delete(store.db, new or 0)
        assert submissions.delete(store.db, 99) == []
    assert len(files) == 2 and len(os.listdir(attachments.folder(store.config))) == 2
    attachments.remove(store.config, files)
    attachments.remove(store.config, files)
    assert os.listdir(attachments.folder(store.config)) == []
    assert counters.number(store.db, "contact", "bytes") == 0
    assert store.db.value("SELECT COUNT(*) FROM submission_value") == 0
    assert store.db.value("SELECT COUNT(*) FROM submission_file") == 0
    assert (store.named("b") or 0) > (new or 0), "an id is never given again"


@pytest.mark.parametrize("name, kept", [
    ("photo\u202egnp.exe", "photognp.exe"), ("\u2067a\u2069\u200f.pdf", "a.pdf"),
    ("\u202e", "file"),
    ("רשימה.pdf", "רשימה.pdf"),
])
def test_no_file_looks_like_another_kind_of_file(store: Store, name: str, kept: str) -> None:
    new = store.add(Field("plan", "The plan", uploads=[upload(name=name)]))
    one = submissions.read(store.db, new or 0)
    assert one is not None and one.files[0].filename == kept


def test_a_file_that_cannot_be_stored_leaves_no_row(store: Store) -> None:
    Path(store.config.path(store.config.paths.uploads)).write_text("in the way")
    with pytest.raises(Unavailable, match="cannot take an upload"):
        store.add(Field("plan", "The plan", uploads=[upload()]))
    assert submissions.latest(store.db) == []


def test_exports_read_batch_by_batch(store: Store) -> None:
    for number in range(5):
        store.add(Field("name", "Name", [(str(number), None)]), Field("more", "More"),
                  Field("plan", "Plan", uploads=[upload()] if number == 3 else []))
    batch = submissions.whole(store.db, limit=3)
    assert [one.fields[0].answers[0].value for one in batch] == ["4", "3", "2"]
    assert [len(one.files) for one in batch] == [0, 1, 0]
    assert [field.name for field in batch[1].fields] == ["name", "more"]
    rest = submissions.whole(store.db, limit=3, before=batch.older)
    assert [one.fields[0].answers[0].value for one in rest] == ["1", "0"]
    assert submissions.whole(store.db, form="none") == []


def test_storing_is_part_of_the_callers_transaction(store: Store) -> None:
    new = Received("contact", [Field("a", "A", [("1", None)])])
    with pytest.raises(DatabaseError, match="writes belong in a transaction"):
        received.store(store.db, store.config, new, "k" * 64)


def test_counts_are_held_to_a_limit_and_given_back(store: Store) -> None:
    db = store.db
    with db.transaction():
        assert [counters.count(db, "contact", "sender", 3600) for _ in range(3)] == [1, 2, 3]
        assert counters.count(db, "contact", "sender", 7200) == 1
        assert counters.count(db, "booking", "sender", 3600) == 1
        assert counters.spend(db, "contact", "bytes", 0, 60, 100)
        assert not counters.spend(db, "contact", "bytes", 0, 41, 100)
        assert counters.spend(db, "contact", "bytes", 0, 40, 100)
        counters.give_back(db, "contact", "bytes", 30)
        assert counters.number(db, "contact", "bytes") == 70
        counters.give_back(db, "contact", "bytes", 300)
        assert counters.number(db, "contact", "bytes") == 0


def test_two_that_count_at_once_get_a_number_each(store: Store) -> None:
    from threading import Thread

    got: list[int] = []

    def work() -> None:
        with connect(store.config) as db:
            for _ in range(10):
                got.append(db.transact(counters.count, db, "contact", "sender", 3600))

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 31))


def test_a_site_needs_no_settings_for_its_forms() -> None:
    assert settings.load(None).named("form", "contact").rate == 10
