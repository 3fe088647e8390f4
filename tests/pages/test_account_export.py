"""Export: all data about oneself, as a file."""
import json
import re
import time
from base64 import b64decode

from chapbook.accounts import accounts, events, totp
from chapbook.accounts.events import SHELL, Who
from collection import pictures

from tests.support.hostile_pictures import drawn
from tests.support.people import PASSWORD


def taken(ann):
    return ann.proves("export")


def test_it_is_a_file_that_nobody_keeps(ann):
    answer = taken(ann)
    assert answer.status == 200 and answer["Content-Type"] == "application/json"
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert re.fullmatch(r'attachment; filename="my-data-\d{4}-\d\d-\d\d\.json"',
                        answer["Content-Disposition"]), day
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert ann.read(lambda db: db.value("SELECT COUNT(*) FROM form_answer")) == 0
    assert ann.events[0] == ("data taken", "done")


def test_all_that_is_known_is_in_it(ann):
    ann.other_browser()
    ann.write(totp.begin, ann.id)
    ann.write(accounts.change_timezone, ann.id, "Europe/Oslo", SHELL)
    ann.post("password", username="ann@example.org", own_password=PASSWORD,
             password="quite another one")
    data = ann.post("export", own_password="quite another one").json()
    assert data["account"]["address"] == "ann@example.org"
    assert (data["account"]["role"], data["account"]["time_zone"]) == ("member", "Europe/Oslo")
    assert data["picture"] is None
    assert [one["this_one"] for one in data["sessions"]] == [True]
    assert data["mails"][0]["subject"].startswith("You have a new password")
    assert [event["what"] for event in data["events"]] == [
        "All data of the account were downloaded", "The password was changed",
        "The time zone was changed", "The account was made"]


def test_the_picture_is_in_it(ann):
    ann.post("details", files={"picture": ("me.png", drawn())}, do="picture")
    picture = taken(ann).json()["picture"]
    with open(pictures.path_of(ann.config, ann.row.picture), "rb") as file:
        assert b64decode(picture["base64"]) == file.read()
    assert picture["type"] == "image/jpeg"


def test_where_an_administrator_sat_is_in_neither_file_nor_page(ann):
    chief = ann.people.add("administrator")
    ann.write(events.note, "role changed", "done", Who(chief, "-", "192.0.2.77"), ann.id, "editor")
    ann.write(events.note, "sign-in", "wrong", Who(None, "-", "192.0.2.78"), ann.id)
    for text in (taken(ann).text, ann.get("me").text):
        assert "192.0.2.77" not in text and "192.0.2.78" in text


def test_no_secret_and_nobody_else_is_in_it(ann):
    bob = ann.people.add("member", "bob")
    secret = ann.write(totp.begin, ann.id)
    ann.write(events.note, "role changed", "done", Who(ann.id, "-"), bob, "editor of bob")
    ann.write(events.note, "sign-in", "good", Who(bob, "-", "192.0.2.77"), bob)
    stored = ann.read(lambda db: db.value("SELECT password_hash FROM account WHERE id = :id",
                                          id=ann.id))
    text = taken(ann).text
    for word in (secret, stored, stored[-20:], PASSWORD, ann.client.cookies["session"], "bob",
                 "192.0.2.77", "token_hash", "totp_secret"):
        assert word not in text, word
    data = json.loads(text)
    assert [one["kind"] for one in data["done_to_others"]] == ["role changed"]
    assert set(data["done_to_others"][0]) == {"happened_at", "kind", "outcome"}


def test_more_events_than_are_read_at_once_are_all_in_it(ann, monkeypatch):
    from collection import mydata

    monkeypatch.setattr(mydata, "BATCH", 3)
    for _ in range(7):
        ann.write(events.note, "sign-in", "good", SHELL, ann.id)
    assert len(taken(ann).json()["events"]) == 9


def test_without_the_password_there_is_no_file(ann):
    answer = ann.post("export", own_password="another one")
    assert answer.status == 422 and "not your password" in answer.text
    assert ("data taken", "done") not in ann.events
