"""Events: the log of who did what, as an administrator reads and searches it."""
import csv
import io
import re

from chapbook.accounts import accounts, events
from chapbook.accounts.events import EVENTS, SHELL, Who
from chapbook.db import connect

from tests.support.sending import post


def note(people, what="sign-in", outcome="good", actor=None, account=None, about=""):
    with connect(people.config) as db:
        who = Who(actor, "0123456789ab", "2001:db8:1:2:3::4")
        db.transact(events.note, db, what, outcome, who, account, about)


def lines(page):
    """The events of a page, each as one line of text."""
    rows = re.findall(r"<tr>\n<td>(.*?)</td>", page.text, re.S)
    return [" ".join(re.sub(r"<[^>]*>", "", row).split()) for row in rows]


def test_an_event_says_who_did_what_to_whom_from_where(people):
    admin, ann = people.administrator, people.add("member", "ann")
    note(people, "role changed", "done", people.account("administrator").id, ann, "editor")
    said = lines(admin.get("/admin/events"))[0]
    assert said.startswith("Somebody was given another role: Ann ")
    assert "; by Administrator, from 2001:db8:1:2::/64; editor" in said


def test_what_went_wrong_is_marked_in_words(people):
    people.administrator
    note(people, "sign-in", "throttled", None, None)
    page = people.administrator.get("/admin/events")
    assert '<b class="mark">too many tries</b>' in page.text
    assert "by a visitor" in lines(page)[0]


def test_an_account_that_is_gone_is_a_number(people):
    admin, ann = people.administrator, people.add("member", "ann")
    with connect(people.config) as db:
        db.transact(accounts.remove, db, ann, SHELL)
    page = admin.get("/admin/events")
    assert lines(page)[0].startswith(f"An account was deleted: deleted account {ann} ")
    assert "by the command line" in lines(page)[0]
    assert f'href="/admin/events?account={ann}"' in page.text


def test_events_are_found_by_person_kind_outcome_and_account(people):
    admin = people.administrator
    ann, bob = people.add("member", "ann"), people.add("member", "bob")
    note(people, "sign-in", "wrong", None, ann)
    note(people, "sign-in", "good", ann, ann)
    note(people, "role changed", "done", ann, bob)
    for query, count in (("", 6), ("?what=sign-in", 2), ("?what=sign-in&outcome=wrong", 1),
                         ("?outcome=wrong", 1), (f"?account={ann}", 4), (f"?account={bob}", 2),
                         ("?q=ANN", 4), ("?q=bob%40example.org", 2), ("?q=%25%25", 0),
                         ("?q=ann&what=role+changed", 1), ("?account=99", 0)):
        assert len(lines(admin.get(f"/admin/events{query}"))) == count, query


def test_what_cannot_be_chosen_is_refused(people):
    for query, status in (("what=x", 404), ("outcome=x", 404), ("account=x", 400),
                          ("before=-1", 400), ("q=a&q=b", 400)):
        assert people.administrator.get(f"/admin/events?{query}").status == status, query


def test_the_log_is_read_page_by_page_each_event_once(people):
    admin = people.administrator
    with connect(people.config) as db, db.transaction():
        for number in range(120):
            events.note(db, "sign-in", "good", SHELL, None, f"number {number}")
    seen, url = [], "/admin/events?what=sign-in"
    while url:
        page = admin.get(url)
        seen += [int(number) for number in re.findall(r"number (\d+)", page.text)]
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = older and older[1].replace("&amp;", "&")
    assert seen == list(range(119, -1, -1))


def test_every_kind_of_event_can_be_chosen_and_is_escaped(people):
    admin = people.administrator
    for what in EVENTS:
        note(people, what, about="<script>alert(1)</script>")
    page = admin.get("/admin/events").text
    assert "&lt;script&gt;" in page and "<script>" not in page
    for what, label in EVENTS.items():
        assert f'<option value="{what}">{label}</option>' in page, what


def test_csv_has_the_choice_and_no_formulas(people):
    admin, ann = people.administrator, people.add("member", "ann")
    note(people, "settings changed", "done", ann, None, "=cmd()")
    answer = admin.get(f"/admin/events/csv?account={ann}&what=settings+changed")
    assert answer["Content-Disposition"] == 'attachment; filename="events.csv"'
    assert answer["Cache-Control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert len(rows) == 2 and rows[1][2:] == [
        "Settings of a form, or of the site, were changed", "Ann", "", "done", "'=cmd()",
        "2001:db8:1:2::/64", "0123456789ab"]


def test_nobody_else_is_let_in(people):
    for url in ("/admin/events", "/admin/events/csv"):
        assert people.nobody.get(url)["Location"].startswith("/account/signin?next=")
        for client in (people.member, people.editor):
            assert client.get(url).status == 403
        assert post(people.administrator, url, ("x", "y")).status == 405
