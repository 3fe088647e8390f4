"""What cron does for the forms, on both engines."""
from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import mail, schema
from chapbook.accounts import throttle
from chapbook.config import Config
from chapbook.db import Database, close_kept, connect
from chapbook.request import Request
from collection import (
    attachments, chores, counters, formsettings, pictures, received, senders, submissions,
)
from collection.received import Field, Received

from tests.support.sent import upload

NOW = 20_000 * 86_400 + 40_000
DAY = 86_400


@pytest.fixture
def store(database_config: Config, tmp_path: Path) -> Iterator[Database]:
    vars(database_config.paths).update(uploads=str(tmp_path / "up"))
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
        yield database
    close_kept()


def add(db: Database, at: int, form: str = "contact", file: bool = False) -> int:
    new = Received(form, [Field("a", "A", [("x", None)], [upload()] if file else [])])
    new.received_at = at
    with db.transaction():
        id = received.store(db, db.config, new, os.urandom(32).hex())
        assert id is not None
        mail.queue(db, db.config, to="a@example.org", subject="S", text="T",
                   about=submissions.about(id))
    return id


def kept(db: Database) -> list[int]:
    return [one.id for one in submissions.latest(db)]


def test_what_is_beyond_its_time_goes_with_its_files_and_mails(store: Database) -> None:
    old, new = add(store, NOW - 366 * DAY, file=True), add(store, NOW - 364 * DAY, file=True)
    assert chores.run(store, store.config, NOW) == "Submissions beyond their time, deleted: 1."
    assert kept(store) == [new]
    assert len(os.listdir(attachments.folder(store.config))) == 1
    assert mail.state(store, submissions.about(old)) == []
    assert len(mail.state(store, submissions.about(new))) == 1
    assert chores.run(store, store.config, NOW) == ""


def test_sessions_that_have_ended_go(store: Database) -> None:
    with store.transaction():
        for number in range(1200):
            store.run("INSERT INTO session (token_hash, data, created_at, seen_at, ends_at,"
                      " remember, agent) VALUES (:hash, '{}', :at, :at, :ends, 0, '')",
                      hash=f"{number:064}", at=NOW, ends=NOW if number else int(time.time()) + 600)
    assert chores.run(store, store.config) == ""
    assert store.value("SELECT MAX(token_hash) FROM session") == "0" * 64


def test_each_form_says_how_long_it_is_kept(store: Database) -> None:
    ids = [add(store, NOW - ago * DAY, form) for form in ("a", "b", "c") for ago in (800, 3)]
    with store.transaction():
        formsettings.change(store, "a", "keep", "0 d")
        formsettings.change(store, "b", "keep", "2 d")
    chores.run(store, store.config, NOW)
    assert kept(store) == [ids[5], ids[1], ids[0]]


def test_many_go_in_batches(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chores, "BATCH", 3)
    for _ in range(7):
        add(store, NOW - 400 * DAY)
    assert chores.sweep(store, store.config, NOW, time.monotonic() + 60) == 7
    assert chores.sweep(store, store.config, NOW, time.monotonic() + 60) == 0


def test_after_its_time_the_rest_is_left_for_the_next(store: Database) -> None:
    add(store, NOW - 400 * DAY)
    assert chores.sweep(store, store.config, NOW, time.monotonic() - 1) == 0
    assert len(kept(store)) == 1


def test_files_that_no_row_names_go_after_a_day(store: Database) -> None:
    add(store, NOW, file=True)
    folder = Path(attachments.folder(store.config))
    stray, fresh = folder / ("a" * 32), folder / ("b" * 32)
    for file in folder.iterdir():
        os.utime(file, (NOW - 2 * DAY, NOW - 2 * DAY))
    for path, age in ((stray, DAY + 1), (fresh, DAY - 1)):
        path.write_bytes(b"x")
        os.utime(path, (NOW - age, NOW - age))
    (folder / "b").mkdir()
    assert chores.run(store, store.config, NOW) == "Files of no submission, deleted: 1."
    assert not stray.exists() and fresh.exists() and len(list(folder.iterdir())) == 3


def test_pictures_of_nobody_are_deleted(store: Database) -> None:
    name = pictures.keep(store.config, upload(), b"made", "png")
    path = Path(pictures.path_of(store.config, name))
    os.utime(path, (NOW - DAY - 1, NOW - DAY - 1))
    assert chores.run(store, store.config, NOW) == "Pictures of nobody, deleted: 1."
    assert not path.exists()


def test_senders_and_counts_of_past_days_are_forgotten(store: Database) -> None:
    for ago in (0, 1, 2, 3):
        with store.transaction():
            senders.salt(store, NOW - ago * DAY)
            counters.count(store, "contact", "from x", (NOW - ago * DAY) // 3600 * 3600)
            counters.count(store, "contact", "mails", (NOW - ago * DAY) // DAY * DAY)
            store.run("INSERT INTO autoreply_sent (address_hash, day) VALUES (:hash, :day)",
                      hash=f"{ago:064}", day=NOW // DAY - ago)
            counters.spend(store, "contact", "bytes", 0, 1, 9)
    add(store, NOW - 601)
    add(store, NOW - 599)
    chores.run(store, store.config, NOW)
    assert store.value("SELECT MIN(day) FROM sender_salt") == NOW // DAY - 1
    assert store.value("SELECT MIN(day) FROM autoreply_sent") == NOW // DAY - 1
    assert store.value("SELECT COUNT(*) FROM form_count WHERE what <> 'bytes'") == 4
    assert counters.number(store, "contact", "bytes") == 4
    assert store.value("SELECT COUNT(*) FROM submission WHERE repeat_key IS NULL") == 1


def test_counts_of_sign_ins_that_mean_nothing_any_more_go(store: Database) -> None:
    throttle.spend(store, [(throttle.NETWORK, "192.0.2.1")], NOW - DAY)
    throttle.spend(store, [(throttle.NETWORK, "192.0.2.2")], NOW)
    chores.run(store, store.config, NOW)
    assert store.value("SELECT COUNT(*) FROM throttle") == 1


def test_with_nothing_to_do_it_says_nothing(store: Database) -> None:
    assert chores.run(store, store.config) == ""


def test_where_there_is_no_cron_one_answer_in_64_brings_the_chores(
    store: Database, monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = Request({"REQUEST_METHOD": "POST"}, store.config)
    add(store, NOW - 9000 * DAY)
    monkeypatch.setattr(os, "urandom", lambda size: b"\x04" * size)
    chores.now_and_then(request)
    assert request.work == []
    monkeypatch.setattr(os, "urandom", lambda size: b"\x03" * size)
    chores.now_and_then(request)
    work, = request.work
    work()
    assert kept(store) == []
    store.transact(mail.note_cron, store)
    chores.now_and_then(request)
    assert request.work == [work]
