"""What the inbox knows beyond one submission: overviews, exports, settings; on both engines."""
from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import mail, schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import NotFound
from chapbook.fields import Upload
from collection import exports, formsettings, inbox, received, submissions
from collection.received import Field, Received

AT = 1_795_335_300                            # 2026-11-22 08:15 UTC


class Desk:
    """Stores submissions as the page does: in a transaction."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config, self.count = db, config, 0

    def add(self, *fields: Field, form: str = "contact", at: int = AT, reasons: str = "") -> int:
        new = Received(form, fields or (Field("name", "Your name", [("Ann", None)]),))
        new.reasons += reasons.split()
        new.received_at = at
        self.count += 1
        id = self.db.transact(received.store, self.db, self.config, new, f"{self.count:064}")
        assert id is not None
        return id

    def texts(self, **values: str) -> int:
        return self.add(*(Field(name, name.replace("_", " "), [(text, None)])
                          for name, text in values.items()))

    def rows(self, **choice: object) -> list[list[str]]:
        data = exports.csv(self.db, self.config, "contact", **choice)
        assert data.startswith(b"\xef\xbb\xbf")
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def desk(database_config: Config, tmp_path: Path) -> Iterator[Desk]:
    """A site of its own: its database, its folder for files, its htdocs."""
    database_config.root = str(tmp_path)
    vars(database_config.paths).update(uploads=str(tmp_path / "uploads"))
    (tmp_path / "htdocs").mkdir()
    with connect(database_config) as database:
        schema.apply(database, schema.TABLES)
        schema.apply(database, str(Path(inbox.__file__).parent / "schema"))
        yield Desk(database, database_config)


# Lists

def test_an_overview_counts_what_is_new_and_what_is_spam(desk: Desk) -> None:
    desk.add(at=AT)
    read = desk.add(at=AT + 60)
    desk.add(reasons="fast")
    desk.db.transact(submissions.mark, desk.db, read, state="read")
    desk.add(form="booking")
    assert inbox.overview(desk.db, desk.config) == [
        {"form": "booking", "total": 1, "fresh": 1, "spam": 0, "last_at": AT},
        {"form": "contact", "total": 3, "fresh": 1, "spam": 1, "last_at": AT + 60},
    ]
    assert inbox.counts(desk.db, "contact") == {"all": 2, "new": 1, "spam": 1}
    assert inbox.counts(desk.db, "nothing") == {"all": 0, "new": 0, "spam": 0}


def test_forms_are_listed_before_they_have_received_anything(desk: Desk) -> None:
    desk.db.transact(formsettings.change, desk.db, "old", "rate", "3")
    folder = Path(desk.config.root, "htdocs")
    (folder / "club").mkdir()
    for name, action in (("join", "/forms/join"), ("club/party", "../forms/club/party"),
                         ("cgi", "/cgi-bin/forms.py/cgi?x=1"), ("search", "/search")):
        (folder / f"{name}.html").write_text(f'<form method="post" action="{action}">', "utf-8")
    (folder / "get.html").write_text('<form action="/forms/get">', "utf-8")
    (folder / "lost.html").write_text('<form method="post" action="/forms/nowhere">', "utf-8")
    (folder / "odd.html").write_bytes(b"\xff\xfe forms/ <form")
    assert [row["form"] for row in inbox.overview(desk.db, desk.config)] == [
        "cgi", "club/party", "join", "old"]
    assert inbox.known(desk.db, desk.config, "join") == "join"
    for name in ("nowhere", "JOIN"):
        with pytest.raises(NotFound):
            inbox.known(desk.db, desk.config, name)


def test_neighbours_are_of_the_same_form_and_spam_is_beside_spam(desk: Desk) -> None:
    first, second = desk.add(), desk.add()
    spam = desk.add(reasons="links")
    desk.add(form="booking")
    third = desk.add()

    def beside(id: int) -> tuple[int | None, int | None]:
        one = submissions.read(desk.db, id)
        assert one is not None
        return inbox.neighbours(desk.db, one)

    assert beside(first) == (second, None)
    assert beside(second) == (third, first)
    assert beside(spam) == (None, None)


def test_reasons_and_notes_are_sentences(desk: Desk) -> None:
    one = submissions.read(desk.db, desk.add(reasons="fast links"))
    assert one is not None
    assert len(inbox.reasons(one)) == 2
    assert all(text.endswith(".") and " " in text for text in inbox.reasons(one))
    one["reasons"], one["notes"] = "of_another_version", "nobody"
    assert inbox.reasons(one) == ["of_another_version"] and "nobody" in inbox.notes(one)[0]


# Changing

def test_no_spam_lets_the_held_mail_go_and_failed_mail_is_tried_again(desk: Desk) -> None:
    id = desk.add(reasons="fast")
    about = submissions.about(id)
    desk.db.transact(mail.queue, desk.db, desk.config, to="a@example.org", subject="s", text="t",
                     about=about, hold=True)
    assert [row.state for row in inbox.mails(desk.db, id)] == ["held"]
    for how in ("read", "new", "spam"):
        assert desk.db.transact(inbox.mark, desk.db, id, how)
        assert [row.state for row in inbox.mails(desk.db, id)] == ["held"], how
    assert desk.db.transact(inbox.mark, desk.db, id, "ham")
    assert [row.state for row in inbox.mails(desk.db, id)] == ["waiting"]
    desk.db.transact(desk.db.run, "UPDATE outbox SET state = 'failed'")
    assert desk.db.transact(inbox.mark, desk.db, id, "mail")
    assert not desk.db.transact(inbox.mark, desk.db, id, "mail")
    assert [row.state for row in inbox.mails(desk.db, id)] == ["waiting"]


def test_marks_say_whether_there_was_something_to_mark(desk: Desk) -> None:
    id = desk.add()
    for how in ("read", "new", "spam", "ham"):
        assert desk.db.transact(inbox.mark, desk.db, id, how)
        assert not desk.db.transact(inbox.mark, desk.db, id + 1, how)
    with pytest.raises(KeyError):
        desk.db.transact(inbox.mark, desk.db, id, "hidden")


# Exports

def test_csv_has_a_column_for_every_label_that_any_submission_had(desk: Desk) -> None:
    desk.texts(Name="Ann", Town="Ghent")
    desk.texts(Name="Bob", Phone="1")
    desk.texts(Phone="2")
    heads, *rows = desk.rows()
    assert heads == ["No.", "Received", "State", "Reasons", "Name", "Town", "Phone"]
    assert [row[4:] for row in rows] == [
        ["Ann", "Ghent", ""], ["Bob", "", "1"], ["", "", "2"]]
    assert rows[0][:4] == ["1", "2026-11-22 08:15:00", "new", ""]


def test_a_label_that_a_form_has_twice_has_two_columns(desk: Desk) -> None:
    desk.add(Field("a", "Name", [("Ann", None)]), Field("b", "Name", [("Bob", None)]))
    desk.add(Field("b", "Name", [("Cid", None)]))
    heads, *rows = desk.rows()
    assert heads[4:] == ["Name", "Name (2)"]
    assert [row[4:] for row in rows] == [["Ann", "Bob"], ["Cid", ""]]


def test_csv_is_as_rfc_4180_has_it_and_keeps_every_character(desk: Desk) -> None:
    text = 'Zoë 😀, "quoted"; two\nlines\t\\ 100%'
    desk.texts(Note=text)
    data = exports.csv(desk.db, desk.config, "contact")
    assert data.count(b"\r\n") == 2 and data.endswith(b"\r\n")
    assert desk.rows()[1][4] == text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(desk: Desk, start: str) -> None:
    text = start + "cmd|' /C calc'!A0"
    desk.add(Field("a", text, [(text, None)]), Field("b", "B", [("x", text)]),
             Field("c", "C", uploads=[Upload(text, "", io.BytesIO(b"x"), 1)]))
    heads, row = desk.rows()
    assert heads[4] == row[4] == row[5] == "'" + text
    assert not [cell for cell in (*heads, *row) if cell.startswith(start)]


def test_answers_and_files_read_as_on_the_page(desk: Desk) -> None:
    desk.add(Field("meal", "Meal", [("v", "Vegetarian"), ("n", None)]), Field("none", "None"),
             Field("plan", "Plan", uploads=[Upload(name, "", io.BytesIO(b"x"), 1)
                                            for name in ("a.pdf", "b.pdf")]))
    assert desk.rows()[1][4:] == ["Vegetarian; n", "", "a.pdf; b.pdf"]


def test_an_export_is_complete_and_in_the_order_of_arrival(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 3)
    ids = [desk.add() for _ in range(10)]
    assert [row[0] for row in desk.rows()[1:]] == [str(id) for id in ids]
    found = exports.json(desk.db, "contact")["submissions"]
    assert [one["id"] for one in found] == ids


def test_an_export_has_what_was_chosen(desk: Desk) -> None:
    desk.texts(Name="Ann")
    read, spam = desk.texts(Name="Bob"), desk.add(reasons="fast")
    desk.add(form="booking")
    desk.db.transact(submissions.mark, desk.db, read, state="read")

    def chosen(**choice: object) -> list[str]:
        return [row[0] for row in desk.rows(**choice)[1:]]

    assert chosen(**inbox.VIEWS["all"]) == ["1", str(read)]
    assert chosen(**inbox.VIEWS["new"]) == ["1"]
    assert chosen(**inbox.VIEWS["spam"]) == [str(spam)]
    assert chosen(words="bo") == [str(read)]
    assert desk.rows(**inbox.VIEWS["spam"])[1][2:4] == [
        "spam", "It was sent sooner than anybody can fill in the form."]


def test_times_in_csv_are_those_of_the_site(desk: Desk) -> None:
    vars(desk.config.site).update(timezone="Europe/Brussels")
    desk.add(at=AT)
    assert desk.rows()[1][1] == "2026-11-22 09:15:00"


def test_json_has_values_as_they_were_sent(desk: Desk) -> None:
    desk.add(Field("meal", "Meal", [("v", "Vegetarian")]), Field("note", "=Note", [("=1+1", None)]),
             Field("plan", "Plan", uploads=[Upload("a.pdf", "", io.BytesIO(b"xyz"), 3)]),
             reasons="fast")
    found = json.loads(json.dumps(exports.json(desk.db, "contact")))
    assert found["form"] == "contact"
    assert found["exported_at"][:11] == time.strftime("%Y-%m-%dT", time.gmtime())
    one, = found["submissions"]
    assert (one["received_at"], one["state"], one["spam"]) == ("2026-11-22T08:15:00Z", "new", True)
    assert one["reasons"] == ["It was sent sooner than anybody can fill in the form."]
    assert one["answers"] == [
        {"name": "meal", "label": "Meal", "values": ["v"], "shown": ["Vegetarian"]},
        {"name": "note", "label": "=Note", "values": ["=1+1"], "shown": ["=1+1"]},
    ]
    assert one["files"] == [{"name": "plan", "label": "Plan", "filename": "a.pdf", "size": 3}]


# Settings

def change(desk: Desk, **values: str) -> dict[str, str]:
    return desk.db.transact(inbox.change, desk.db, desk.config, "contact", values)


def test_only_what_differs_from_site_ini_is_a_setting_of_the_inbox(desk: Desk) -> None:
    texts = formsettings.texts(desk.db, desk.config, "contact")
    assert change(desk, **texts) == {} and formsettings.own(desk.db, "contact") == {}
    assert change(desk, **{**texts, "rate": "3", "to": "a@example.org"}) == {}
    assert formsettings.own(desk.db, "contact") == {"rate": "3", "to": "a@example.org"}
    shown = {one["name"]: one for one in inbox.settings(desk.db, desk.config, "contact")}
    assert (shown["rate"]["text"], shown["rate"]["was"]) == ("3", "10")
    assert shown["keep"]["was"] is None
    assert change(desk, **texts) == {} and formsettings.own(desk.db, "contact") == {}


def test_a_setting_that_cannot_be_so_is_a_sentence_beside_its_name(desk: Desk) -> None:
    faults = change(desk, thanks="//example.org/", rate="4")
    assert list(faults) == ["thanks"] and faults["thanks"].startswith("Write a path of this site")
