"""The mails about a submission, on both engines."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook import mail, schema
from chapbook.config import Config
from chapbook.db import Database, Row, connect
from collection import formmail, formsettings, notices, received, senders, submissions
from collection.formmail import Wishes
from collection.received import Field, Received

from tests.support.sent import filled, upload

ANN = Field("name", "Your name", [("Ann", None)])
PAGE, INBOX = "https://example.org/contact.html", "https://example.org/admin/inbox"


class Desk:
    """Takes submissions of the form "contact" and queues their mails, as the page does."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config = db, config
        self.number = 0
        vars(config.site).update(owner="owner@example.org", title="The Club")

    def take(
        self, *fields: Field, reasons: str = "", reply_to: str | None = None, inside: str = "",
        at: int = 1_763_798_400, **settings: str,
    ) -> int:
        with self.db.transaction():
            for name, text in settings.items():
                formsettings.change(self.db, "contact", name, text)
            held = formsettings.of(self.db, self.config, "contact")
            hidden = filled(inside)
            wishes = Wishes(hidden.form, hidden.verdict.values)
            new = Received("contact", fields or (ANN,))
            new.reasons, new.reply_to, new.received_at = reasons.split(), reply_to, at
            self.number += 1
            to = notices.plan(self.db, self.config, new, held,
                              formmail.recipients(held, wishes.recipient))
            id = received.store(self.db, self.config, new, f"{self.number:064}")
            assert id is not None
            notices.queue(self.db, self.config, id, new, held, wishes, to, PAGE, INBOX)
            notices.autoreply(self.db, self.config, id, new, held, senders.salt(self.db, at))
        return id

    def mails(self, id: int) -> list[Row]:
        return self.db.all(
            "SELECT recipient, reply_to, subject, body, state FROM outbox WHERE about = :about"
            " ORDER BY id", about=submissions.about(id))

    def notes(self, id: int) -> str:
        one = submissions.read(self.db, id)
        assert one is not None
        return str(one.notes)


@pytest.fixture
def desk(database_config: Config, tmp_path: Path) -> Iterator[Desk]:
    vars(database_config.paths).update(uploads=str(tmp_path / "up"), log=str(tmp_path / "log"))
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
        yield Desk(database, database_config)


def test_the_owner_gets_every_answer_by_its_label(desk: Desk) -> None:
    id = desk.take(
        ANN, Field("meals", "Meals", [("v", "Vegetarian"), ("n", None)]), Field("fax", "Fax"),
        Field("words", "Your words", [("First\nSent: by nobody\n-- \nlast", None)]),
        Field("plan", "The plan", uploads=[upload()]), reply_to="ann@example.net")
    one, = desk.mails(id)
    assert (one.recipient, one.reply_to, one.state) == (
        "owner@example.org", "ann@example.net", "waiting")
    assert one.subject == "Contact: The Club"
    assert one.body == (
        "Your name: Ann\n"
        "Meals: Vegetarian, n\n"
        "Fax: -\n"
        "Your words:\n  First\n  Sent: by nobody\n  -- \n  last\n\n"
        "The plan: plan.pdf (3 bytes, in the inbox)\n"
        "\n-- \n"
        f"Sent with the form {PAGE} on 22 November 2025, 8:00 (UTC).\n"
        "An answer to this mail goes to ann@example.net.\n"
        f"It is no. {id} in the inbox: {INBOX}/read/{id}\n")


def test_each_recipient_gets_a_mail_of_their_own(desk: Desk) -> None:
    id = desk.take(to="ann@example.org, bob@example.org", subject="News")
    assert [(one.recipient, one.subject) for one in desk.mails(id)] == [
        ("ann@example.org", "News"), ("bob@example.org", "News")]
    other = desk.take(inside="", to="ann@example.org")
    assert len(desk.mails(other)) == 1


def test_the_authors_subject_follows_the_owners(desk: Desk) -> None:
    held = formsettings.of(desk.db, desk.config, "club/join_us")
    sent = filled('<input type=hidden name=subject value="From the&#10;site">',
                  subject="From the\nsite")
    wishes = Wishes(sent.form, sent.verdict.values)
    assert notices.subject(desk.config, "club/join_us", held, wishes) == (
        "Club, join us: The Club: From the site")
    held.subject = "Joined"
    assert notices.subject(desk.config, "club/join_us", held, wishes) == "Joined: From the site"


def test_mails_about_spam_wait_until_the_owner_says_that_it_is_none(desk: Desk) -> None:
    id = desk.take(reasons="links words", reply_to="ann@example.net", autoreply="Thank you.")
    assert [(one.recipient, one.state) for one in desk.mails(id)] == [
        ("owner@example.org", "held")]
    with desk.db.transaction():
        assert submissions.mark(desk.db, id, spam=True)
    assert [one.state for one in desk.mails(id)] == ["held"]
    with desk.db.transaction():
        assert submissions.mark(desk.db, id, spam=False)
    assert [one.state for one in desk.mails(id)] == ["waiting"]


def test_beyond_the_days_number_it_is_stored_and_its_mail_held(desk: Desk) -> None:
    first = desk.take(daily="2", to="a@example.org,b@example.org")
    second = desk.take()
    tomorrow = desk.take(at=1_763_798_400 + 86_400)
    assert [one.state for one in desk.mails(first)] == ["waiting", "waiting"]
    assert [one.state for one in desk.mails(second)] == ["held", "held"]
    assert (desk.notes(first), desk.notes(second), desk.notes(tomorrow)) == ("", "daily", "")
    assert [one.state for one in desk.mails(tomorrow)] == ["waiting", "waiting"]
    spam = desk.take(reasons="links", daily="3", at=1_763_798_400 + 86_400)
    last = desk.take(to="a@example.org", at=1_763_798_400 + 86_400)
    assert desk.notes(spam) == desk.notes(last) == "", "held mails are not counted"


def test_where_nobody_is_named_it_is_stored_and_the_log_says_what_to_do(desk: Desk) -> None:
    vars(desk.config.site).update(owner="")
    id = desk.take()
    assert desk.mails(id) == [] and desk.notes(id) == "nobody"
    log = Path(desk.config.path(desk.config.paths.log), "chapbook.log").read_text()
    assert "owner = you@example.org" in log


def test_a_recipient_that_is_no_address_keeps_the_others_from_nothing(desk: Desk) -> None:
    vars(desk.config.site).update(owner="ann@example.org, bob at example.org, |rm@example.org")
    id = desk.take()
    assert [one.recipient for one in desk.mails(id)] == ["ann@example.org"]
    assert desk.notes(id) == "address" and set(desk.notes(id).split()) <= set(notices.NOTES)
    log = Path(desk.config.path(desk.config.paths.log), "chapbook.log").read_text()
    assert "bob at example.org" in log


def test_the_answer_to_a_visitor_is_fixed_and_comes_once_a_day(desk: Desk) -> None:
    told = {"autoreply": "Thank you.\nWe write soon.", "autoreply_subject": "Received"}
    id = desk.take(reply_to="ann@example.net", **told)
    assert [(one.recipient, one.reply_to, one.subject, one.body)
            for one in desk.mails(id)[1:]] == [
        ("ann@example.net", None, "Received", "Thank you.\nWe write soon.")]
    for again in ("ann@example.net", "Ann+2@Example.NET"):
        assert len(desk.mails(desk.take(reply_to=again))) == 1
    assert len(desk.mails(desk.take(reply_to="bob@example.net"))) == 2
    tomorrow = 1_763_798_400 + 86_400
    assert len(desk.mails(desk.take(reply_to="ann@example.net", at=tomorrow))) == 2
    assert len(desk.mails(desk.take(reply_to=None))) == 1
    assert len(desk.mails(desk.take(reply_to="|x@example.net"))) == 1
    assert "ann@" not in str(desk.db.all("SELECT address_hash, day FROM autoreply_sent"))


def test_the_answer_to_a_visitor_counts_for_the_day(desk: Desk) -> None:
    id = desk.take(reply_to="ann@example.net", autoreply="Thank you.", daily="1")
    assert [one.recipient for one in desk.mails(id)] == ["owner@example.org"]


def test_no_answer_is_the_default(desk: Desk) -> None:
    assert len(desk.mails(desk.take(reply_to="ann@example.net"))) == 1


@pytest.mark.parametrize("text", [
    "a\x85b\u2028c\u2029d\x1b[0m", "\U0001f600\u200d",
    "\u202egnp.exe", "\ufffe\U000e0001", "x" * 900_000, "=?utf-8?q?x?=", "\t\n \n",
])
def test_whatever_was_written_can_be_mailed(desk: Desk, text: str) -> None:
    id = desk.take(*(Field(f"n{number}", text, [(text, None)]) for number in range(20)),
                   Field("x", "X", [("y", text[:500])]))
    one, = desk.mails(id)
    assert one.body.endswith(f"in the inbox: {INBOX}/read/{id}\n") and len(one.body) < 262_144
    assert not set(one.body) & {"\x85", "\u2028", "\u2029", "\x1b", "\u202e"}


def test_blank_fields_are_left_out_where_the_page_is_an_old_one(desk: Desk) -> None:
    sent = filled("<input type=hidden name=recipient value=x>", recipient="x")
    wishes = Wishes(sent.form, sent.verdict.values)
    new = Received("contact", [ANN, Field("fax", "Fax")])
    text = notices.body(desk.config, 1, new, wishes, PAGE, "/admin/inbox")
    assert "Fax" not in text and text.endswith("It is no. 1 in the inbox.\n")


def test_deleting_a_submission_deletes_what_is_known_of_its_mails(desk: Desk) -> None:
    id = desk.take()
    with desk.db.transaction():
        submissions.delete(desk.db, id)
    assert mail.state(desk.db, submissions.about(id)) == []
