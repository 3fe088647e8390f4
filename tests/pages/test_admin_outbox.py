"""The outbox: what waits, has failed, is held or was sent; sent now, and discarded."""
import csv
import html
import io
import re

import pytest

from chapbook import mail
from chapbook.accounts import events
from collection import outboxes

from tests.support.owner import lines, send


@pytest.fixture
def outbox(owner):
    """A mail of every state: 1 waiting, 2 failed, 3 held, 4 sent."""
    for number, state in enumerate(("waiting", "failed", "held", "sent"), 1):
        add(owner, f"{state}@example.org")
        owner.in_database(lambda db: db.run(
            "UPDATE outbox SET state = :state, tries = 2, last_error = :error, sent_at = :sent_at"
            " WHERE id = :id", id=number, state=state, sent_at=1795335300 if state == "sent" else
            None, error="mx refuses it: 550 <no> such box" if state == "failed" else None))
    # Cron was here, so nothing is sent after an answer.
    owner.in_database(mail.note_cron)
    return owner


def add(owner, to, **more):
    """Queue a mail; its id."""
    return owner.in_database(mail.queue, owner.config, to=to, **{
        "subject": "News", "text": "Hello <b>you</b>", **more})


def states(owner):
    """The states of all mails by id."""
    return {row.id: row.state for row in owner.asked(
        lambda db: db.all("SELECT id, state FROM outbox ORDER BY id"))}


def chosen(page):
    """The ids whose boxes a page has."""
    return [int(id) for id in re.findall(r'type="checkbox" name="id" value="(\d+)"', page.text)]


def test_each_state_has_its_list_and_the_sent_ones_have_no_box(outbox):
    assert chosen(outbox.get("/admin/outbox")) == [3, 2, 1]
    for number, show in enumerate(("waiting", "failed", "held", "sent"), 1):
        page = outbox.get(f"/admin/outbox?show={show}")
        assert f"{show}@example.org</a>" in page.text and page.text.count("@example.org</a>") == 1
        assert chosen(page) == ([] if show == "sent" else [number])
    assert "<form method=\"post\"" not in outbox.get("/admin/outbox?show=sent").text


def test_a_new_outbox_is_empty_and_says_that_cron_was_never_here(owner):
    page = lines(owner.get("/admin/outbox"))
    assert "No mail has been written yet." in page and "was never here" in page


def test_when_cron_was_here_is_told(outbox):
    assert "which was last here" in lines(outbox.get("/admin/outbox"))
    outbox.in_database(lambda db: db.run("UPDATE cron_seen SET seen_at = 1795335300 - 86400"))
    assert "was last here 21 November 2026, 8:15 : it should come" in lines(
        outbox.get("/admin/outbox"))


def test_an_address_is_searched_for_letter_by_letter(outbox):
    add(outbox, "a_b@example.org")
    add(outbox, "aXb@example.org")
    assert chosen(outbox.get("/admin/outbox?q=A_B")) == [5]
    assert chosen(outbox.get("/admin/outbox?q=axb%40EXAMPLE")) == [6]
    assert "an address with “nobody” in it" in lines(outbox.get("/admin/outbox?q=nobody"))
    assert "at least two letters" in outbox.get("/admin/outbox?q=a").text


def test_leaves_of_the_list_follow_each_other_without_a_gap(owner):
    ids = [add(owner, "ann@example.org") for number in range(30)]
    page = owner.get("/admin/outbox")
    older = html.unescape(re.search(r'rel="next" href="([^"]+)"', page.text)[1])
    assert chosen(page) + chosen(owner.get(older)) == ids[::-1]


def test_what_was_chosen_is_sent_now(outbox):
    answer = outbox.send("/admin/outbox", *[("id", id) for id in (1, 2, 3)], ("do", "again"))
    assert (answer.status, answer["Location"]) == (303, "/admin/outbox?done=again")
    assert states(outbox) == {1: "waiting", 2: "waiting", 3: "waiting", 4: "sent"}
    rows = outbox.asked(lambda db: db.all("SELECT id, tries FROM outbox ORDER BY id"))
    assert [row.tries for row in rows] == [2, 0, 0, 2], "what waits has its tries behind it"
    assert "To be sent now." in outbox.get(answer["Location"]).text


def test_what_was_chosen_is_discarded_after_a_question_and_that_is_written_down(outbox, people):
    asks = outbox.send("/admin/outbox", ("id", 2), ("id", 3), ("do", "discard"))
    page = outbox.get(asks["Location"])
    assert "Discard 2 mails?" in page.text and len(states(outbox)) == 4
    done = outbox.send(asks["Location"], do="delete")
    assert done["Location"] == "/admin/outbox?done=discard"
    assert states(outbox) == {1: "waiting", 4: "sent"}
    event = outbox.asked(events.latest)[0]
    assert (event.what, event.about) == ("mail discarded", "2 3")
    assert event.actor_id == people.account("administrator").id


def test_what_is_just_being_sent_is_neither_sent_again_nor_discarded(outbox):
    asks = outbox.send("/admin/outbox/read/1", do="discard")
    page, doubt = outbox.get("/admin/outbox/read/1"), outbox.get(asks["Location"])
    outbox.in_database(lambda db: db.run(
        "UPDATE outbox SET claim = 'a worker', due_at = due_at + 600 WHERE id = 1"))
    for form, do in ((page, "again"), (doubt, "delete")):
        answer = send(outbox.visitor, form, [("do", do)])
        assert answer.status == 409 and "just being sent" in answer.text
    assert outbox.asked(lambda db: db.value("SELECT claim FROM outbox WHERE id = 1")) == "a worker"


def test_what_was_sent_meanwhile_stays_known(outbox):
    asks = outbox.send("/admin/outbox/read/1", do="discard")
    outbox.in_database(lambda db: db.run("UPDATE outbox SET state = 'sent', sent_at = 1"))
    assert outbox.get(asks["Location"]).status == 404
    assert len(states(outbox)) == 4


def test_to_choose_nothing_is_said_on_the_same_page(outbox):
    answer = outbox.send("/admin/outbox", do="again")
    assert answer.status == 422 and "Nothing was chosen yet" in answer.text


def test_a_mail_is_shown_in_full_as_text(outbox):
    page = outbox.get("/admin/outbox/read/2")
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page.text and "<b>you" not in page.text
    assert "550 &lt;no&gt; such box" in page.text and "There is no such mailbox" in page.text
    assert "not kept any more" in outbox.get("/admin/outbox/read/4").text


def test_a_mail_leads_to_the_submission_that_it_is_about(outbox):
    outbox.add_mail(outbox.add("Ann"))
    assert 'href="/admin/inbox/read/1">submission 1</a>' in outbox.get("/admin/outbox/read/5").text


def test_a_link_that_lets_somebody_in_is_for_whom_it_was_mailed_to(outbox):
    token = "aB-_" * 10 + "xyz"
    id = add(outbox, "ann@example.org", text=f"https://example.org/account/reset?token={token}\n")
    page = outbox.get(f"/admin/outbox/read/{id}")
    assert token not in page.text and "reset?token=[not shown]" in page.text
    assert "is not shown: it is for whoever gets the mail" in page.text


def test_the_list_is_taken_away_as_csv_without_texts(outbox):
    add(outbox, "waiting.too@example.org", subject="=1+1")
    answer = outbox.get("/admin/outbox/csv?show=waiting&q=too")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="outbox-waiting.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == outboxes.HEADINGS
    assert rows[1][:4] == ["5", "waiting", "waiting.too@example.org", "'=1+1"]
    assert len(rows) == 2 and "Hello" not in answer.text
