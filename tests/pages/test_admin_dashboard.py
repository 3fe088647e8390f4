"""Dashboard: what waits, for those whom it concerns."""
import html
import re
import time

import pytest

from chapbook import doctor, log, mail
from chapbook.db import connect
from chapbook.doctor import Finding
from collection import guestbook, received
from collection.received import Field, Received

DASHBOARD = "/admin/dashboard"


@pytest.fixture
def site(people, tmp_path, monkeypatch):
    """A site with a log of its own, with which the doctor is content."""
    vars(people.config.paths).update(log=str(tmp_path / "log"))
    monkeypatch.setattr(doctor, "quick", lambda config, db: [])
    return people


def in_database(people, work, *args, **more):
    with connect(people.config) as db:
        return db.transact(work, db, *args, **more)


def submit(people, number, reasons=()):
    new = Received("contact", [Field("name", "Your name", [(f"Ann {number}", None)])])
    new.reasons += reasons
    in_database(people, received.store, people.config, new, f"{number:064}")


def waits(client):
    """What waits, as pairs of an address and a sentence."""
    page = client.get(DASHBOARD)
    assert page.status == 200
    return [(html.unescape(address), sentence) for address, sentence in
            re.findall(r'<li><a href="([^"]+)">([^<]+)</a></li>\n', page.text.partition("<h1>")[2])]


def test_where_nothing_waits_it_says_so(site):
    for client in (site.editor, site.administrator):
        assert waits(client) == []
        assert "Everything has been read, sent and decided." in client.get(DASHBOARD).text


def test_each_thing_that_waits_is_told_with_the_way_to_it(site):
    for number in range(3):
        submit(site, number)
    submit(site, 3, ["links"])
    in_database(site, guestbook.sign, "Zoë", "Hello", wait=True)
    site.add("member", "ann", state="waiting")
    for number in range(2):
        in_database(site, mail.queue, site.config, to="ann@example.org", subject="x", text="x")
    with connect(site.config) as db, db.transaction():
        db.run("UPDATE outbox SET state = 'failed' WHERE id = 1")
        db.run("UPDATE outbox SET written_at = :then WHERE id = 2", then=int(time.time()) - 3601)
    mine = [("/admin/inbox", "3 submissions not read yet"),
            ("/admin/inbox", "1 submission taken for spam, not looked at yet"),
            ("/admin/moderation", "1 entry of the guestbook to approve")]
    assert waits(site.editor) == mine
    assert waits(site.administrator) == [
        ("/admin/users?show=waiting", "1 account to approve"), *mine,
        ("/admin/outbox?show=failed", "1 mail that could not be sent"),
        ("/admin/outbox?show=waiting", "1 mail that has waited for more than an hour")]
    for address, sentence in waits(site.administrator):
        assert site.administrator.get(address).status == 200, address


def test_when_cron_was_last_here_is_told_to_administrators(site):
    assert "has never been here" in site.administrator.get(DASHBOARD).text
    in_database(site, mail.note_cron)
    assert "runs: it was here" in site.administrator.get(DASHBOARD).text
    with connect(site.config) as db, db.transaction():
        db.run("UPDATE cron_seen SET seen_at = 1800000000 - 86400 * 400")
    assert "was last here" in site.administrator.get(DASHBOARD).text
    assert "cron" not in site.editor.get(DASHBOARD).text


def test_what_the_doctor_finds_is_told_to_administrators_alone(site, monkeypatch):
    monkeypatch.setattr(doctor, "quick", lambda config, db: [
        Finding("debug-on", "Visitors read <tracebacks>.", "Write debug = no."),
        Finding("mail-failed", "Mail has failed.", "Look.")])
    page = site.administrator.get(DASHBOARD).text
    assert "The doctor has 1 finding." in page
    assert "Visitors read &lt;tracebacks&gt;." in page and "Write debug = no." in page
    assert "Mail has failed." not in page, "it is among what waits"
    assert "doctor" not in site.editor.get(DASHBOARD).text


def test_the_doctor_himself_can_be_asked(people):
    page = people.administrator.get(DASHBOARD).text
    assert "The doctor has" in page or "The doctor finds nothing wrong." in page


def test_the_last_errors_are_told_to_administrators_alone(site):
    for number in range(5):
        log.write(site.config, "500", f"{number}" * 12, detail=f"<canary {number}>", path="/x")
    page = site.administrator.get(DASHBOARD).text
    assert re.findall(r'"/admin/errors/(\d+)"', page) == ["4" * 12, "3" * 12, "2" * 12]
    assert "&lt;canary 4&gt;" in page
    assert "canary" not in site.editor.get(DASHBOARD).text


def test_it_asks_the_database_little(site, monkeypatch):
    from chapbook.db import Database

    client, asked = site.administrator, []
    perform = Database._perform
    monkeypatch.setattr(Database, "_perform",
                        lambda self, action: asked.append(1) or perform(self, action))
    assert client.get(DASHBOARD).status == 200
    assert 0 < len(asked) <= 9


def test_ones_own_account_leads_there_who_may_go(site):
    link = 'href="/admin/dashboard"'
    assert link in site.editor.get("/account/me").text
    assert link not in site.member.get("/account/me").text


def test_nobody_else_is_let_in(site):
    assert site.nobody.get(DASHBOARD)["Location"].startswith("/account/signin?next=")
    assert site.member.get(DASHBOARD).status == 403
