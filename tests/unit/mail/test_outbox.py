"""The outbox: queued with the data, claimed by one, tried again, and seen."""
from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from chapbook import mail
from chapbook.config import HERE, Config
from chapbook.db import Database, connect
from chapbook.errors import DatabaseError
from chapbook.mail import outbox

from tests.support.outbox import make_due, put, row
from tests.support.threads import together

LEASE = 180


def test_a_message_is_a_row_committed_with_the_data(box: Database) -> None:
    with pytest.raises(ZeroDivisionError), box.transaction():
        mail.queue(box, box.config, to="a@b.example", subject="x", text="x", about="order 1")
        1 / 0
    assert mail.state(box, "order 1") == []
    id = put(box, reply_to="bob@example.net")
    found, = mail.state(box, "order 1")
    assert (found.id, found.to, found.subject) == (id, "ann@example.org", "Hello")
    assert (found.state, found.tries, found.sent_at, found.last_error) == ("waiting", 0, None, None)
    assert row(box, id).message_id.endswith("@bakery.example")
    assert abs(found.written_at - time.time()) < 10


def test_queueing_outside_a_transaction_is_refused(box: Database) -> None:
    with pytest.raises(DatabaseError):
        mail.queue(box, box.config, to="a@b.example", subject="x", text="x")


def test_queueing_imports_nothing_that_sends() -> None:
    code = (f"import sys; sys.path.insert(0, {os.path.dirname(HERE)!r});"
            "from chapbook import mail;"
            "print([name for name in ('email', 'smtplib', 'ssl', 'socket', 'subprocess',"
            " 'datetime', 'chapbook.mail.worker', 'chapbook.db') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True,
                          check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("field", ["to", "reply_to"])
@pytest.mark.parametrize("text", ["a@b, c@d", "a@b\r\nBcc: c@d", "Ann <a@b>", ""])
def test_a_field_takes_one_address(box: Database, field: str, text: str) -> None:
    with pytest.raises(mail.BadAddress):
        put(box, **{field: text})
    assert mail.state(box, "order 1") == []


def test_mail_goes_to_no_address_that_could_lead_on(box: Database) -> None:
    with pytest.raises(mail.BadAddress, match="other mail servers"):
        put(box, to="victim%example.net@example.org")
    put(box, reply_to="odd%but.harmless@example.org")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x1b", "\x7f",
                                    "\x85", "\u2028", "\u2029", "\ud800"])
def test_a_subject_with_a_control_character_is_refused(box: Database, break_: str) -> None:
    with pytest.raises(mail.BadText, match=r"The subject of a mail has the character U\+"):
        put(box, subject=f"Hello{break_}Bcc: c@d")
    assert mail.state(box, "order 1") == []


@pytest.mark.parametrize("control", ["\0", "\r", "\x0b", "\x0c", "\x1b", "\x85", "\udc80"])
def test_a_text_with_a_control_character_is_refused(box: Database, control: str) -> None:
    with pytest.raises(mail.BadText, match="The text"):
        put(box, text=f"Hello{control}world")


def test_texts_are_put_in_order_and_cut_visibly(box: Database) -> None:
    id = put(box, subject="  A\t subject  =?utf-8?q?a=0ABcc:_x@y?= ", text="a\r\nb\tc\u2028é\n")
    assert row(box, id).subject == "A subject = ?utf-8?q?a=0ABcc:_x@y?="
    assert row(box, id).body == "a\nb\tc\u2028é\n"
    id = put(box, subject="é" * 300, text="x" * 300_000)
    assert row(box, id).subject == "é" * 248 + " …"
    assert row(box, id).body.endswith("x\n\n[37,856 more characters are not here.]")
    with pytest.raises(mail.BadText):
        put(box, about="x" * 81)


def test_a_message_is_held_until_it_is_released(box: Database) -> None:
    id = put(box, hold=True)
    put(box, hold=True, about="order 2")
    assert outbox.claim(box, "worker", LEASE) is None
    with box.transaction():
        assert mail.release(box, "order 1") == 1
        assert mail.release(box, "order 1") == 0
    found = outbox.claim(box, "worker", LEASE)
    assert found is not None and found.id == id
    assert [each.state for each in mail.state(box, "order 2")] == ["held"]


def test_what_was_not_sent_can_be_discarded_and_everything_forgotten(box: Database) -> None:
    sent = put(box)
    put(box, hold=True), put(box)
    put(box, about="order 2")
    with box.transaction():
        box.run("UPDATE outbox SET claim = 'w' WHERE id = :id", id=sent)
        outbox.mark_sent(box, sent, "w")
        assert mail.discard(box, "order 1") == 2
    assert [(each.id, each.state) for each in mail.state(box, "order 1")] == [(sent, "sent")]
    with box.transaction():
        assert mail.forget(box, "order 1") == 1
    assert mail.state(box, "order 1") == [] and len(mail.state(box, "order 2")) == 1


def test_of_what_was_sent_the_text_is_not_kept(box: Database) -> None:
    id = put(box)
    found = outbox.claim(box, "w", LEASE)
    assert found is not None and found.body == "A text.\n"
    box.transact(outbox.mark_sent, box, id, "w")
    assert (row(box, id).body, row(box, id).state, row(box, id).claim) == ("", "sent", None)


def test_a_claim_is_one_workers_until_its_lease_ends(box: Database) -> None:
    id = put(box)
    first = outbox.claim(box, "one", LEASE)
    assert first is not None and not first.abandoned and first.tries == 1
    assert outbox.claim(box, "two", LEASE) is None
    assert outbox.under_way(box) == 1
    make_due(box)
    assert outbox.under_way(box) == 0
    second = outbox.claim(box, "two", LEASE)
    assert second is not None and second.abandoned and second.tries == 2
    assert second.message_id == first.message_id and second.first_tried_at == first.first_tried_at
    box.transact(outbox.mark_failed, box, id, "one", "too late")
    box.transact(outbox.mark_later, box, first, "one", "too late", 86400)
    box.transact(outbox.mark_sent, box, id, "one")
    assert row(box, id).last_error is None and row(box, id).claim == "two"
    assert row(box, id).state == "waiting"
    box.transact(outbox.mark_sent, box, id, "two")
    assert row(box, id).state == "sent"


def test_tries_come_after_1_5_and_30_minutes_then_hours_until_it_is_given_up(box: Database) -> None:
    id = put(box)
    waited = []
    while row(box, id).state == "waiting":
        found = outbox.claim(box, "w", LEASE)
        assert found is not None
        now = time.time()
        if box.transact(outbox.mark_later, box, found, "w", "Nobody is there.", 3 * 86400):
            waited.append(round((row(box, id).due_at - now) / 60))
        with box.transaction():           # so much time passes
            box.run("UPDATE outbox SET due_at = :now, first_tried_at = first_tried_at - :wait"
                    " WHERE id = :id AND state = 'waiting'",
                    now=int(now), wait=60 * waited[-1], id=id)
    assert waited == [1, 5, 30, 120] + [360] * 11
    found, = mail.state(box, "order 1")
    assert (found.state, found.tries) == ("failed", 16)
    assert found.last_error == "Nobody is there."
    assert outbox.claim(box, "w", LEASE) is None
    with box.transaction():
        assert mail.retry(box, "order 2") == 0
        assert mail.retry(box) == 1
    assert [each.tries for each in mail.state(box, "order 1")] == [0]


def test_a_long_error_fits(box: Database) -> None:
    id = put(box)
    outbox.claim(box, "w", LEASE)
    box.transact(outbox.mark_failed, box, id, "w", "é" * 5000)
    assert row(box, id).last_error == "é" * 1000


def test_cron_counts_as_running_for_5_minutes(box: Database) -> None:
    assert not mail.cron_was_here(box)
    box.transact(mail.note_cron, box)
    assert mail.cron_was_here(box)
    for ago in (301, -3600):                  # long ago, or by a clock that was wrong
        with box.transaction():
            box.run("UPDATE cron_seen SET seen_at = :then", then=int(time.time()) - ago)
        assert not mail.cron_was_here(box)


@pytest.mark.parametrize("what", ["", "account 7"])
def test_what_was_sent_about_nothing_or_an_account_is_forgotten_after_a_month(
    box: Database, what: str
) -> None:
    old, new, about = put(box, about=what), put(box, about=what), put(box)
    with box.transaction():
        box.run("UPDATE outbox SET state = 'sent', sent_at = :then",
                then=int(time.time()) - 31 * 86400)
        box.run("UPDATE outbox SET sent_at = :now WHERE id = :id", now=int(time.time()), id=new)
        mail.note_cron(box)
    left = [found.id for found in box.all("SELECT id FROM outbox ORDER BY id")]
    assert old not in left and left == [new, about]


def test_threads_that_claim_at_once_never_get_the_same(box: Database, site: Config) -> None:
    ids = [put(box, about=f"order {number}") for number in range(40)]

    def claim_all(mark: str) -> list[int]:
        mine = []
        with connect(site) as db:
            while (found := outbox.claim(db, mark, LEASE)) is not None:
                mine.append(found.id)
        return mine

    claimed = together(*(lambda mark=mark: claim_all(mark) for mark in "abcd"))
    assert sorted(id for mine in claimed for id in mine) == ids


@pytest.mark.parametrize(("base_url", "sender", "owner", "domain"), [
    ("https://example.org/club", "a@b.example", "c@d.example", "example.org"),
    ("http://127.0.0.1:8000", "a@b.example", "c@d.example", "b.example"),
    ("", "", "c@d.example", "d.example"), ("", "nonsense", "", "localhost"),
])
def test_the_domain_of_message_ids_is_the_sites_or_its_senders(
        base_url: str, sender: str, owner: str, domain: str, tmp_path) -> None:
    from chapbook.testing import site as configured
    assert outbox.domain(configured(str(tmp_path), site={"base_url": base_url, "owner": owner},
                                    mail={"sender": sender})) == domain
