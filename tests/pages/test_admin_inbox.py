"""The inbox: lists, submissions, deleting, and who is let in."""
import html
import re

import pytest

from chapbook import mail
from chapbook.accounts import events
from chapbook.config import ROOT
from collection import guestbook, permissions, submissions

from tests.support.owner import lines, send


# Lists

def test_a_new_inbox_shows_the_forms_of_the_site(owner):
    page = owner.get("/admin/inbox")
    assert "/admin/inbox/list/contact" in page.text and "/admin/inbox/list/booking" in page.text
    assert "nothing yet" in page.text
    assert "Nothing has been received yet." in owner.get("/admin/inbox/list/contact").text


def test_the_inbox_counts_what_is_new_and_what_is_spam(owner):
    owner.add()
    owner.add(reasons="fast")
    owner.in_database(guestbook.sign, "Ann", "Hello", wait=True)
    page = owner.get("/admin/inbox")
    assert "1 new in contact" in lines(page) and "1 taken for spam in contact" in lines(page)
    assert "1 entry waits for you" in lines(page)


def test_each_view_of_a_list_has_its_own(owner):
    new, read, spam = owner.add("Nora"), owner.add("Rita"), owner.add("Spike", reasons="fast")
    owner.in_database(submissions.mark, read, state="read")
    shown = {show: [int(id) for id in re.findall(
        r'type="checkbox" name="id" value="(\d+)"',
        owner.get(f"/admin/inbox/list/contact?show={show}").text)]
        for show in ("all", "new", "spam")}
    assert shown == {"all": [read, new], "new": [new], "spam": [spam]}


def test_a_search_takes_letters_for_what_they_are(owner):
    owner.add("100% cotton")
    owner.add("1000 cottons")
    assert owner.get("/admin/inbox/list/contact?q=100%25").text.count('name="id"') == 1
    assert owner.get("/admin/inbox/list/contact?q=cotton").text.count('name="id"') == 2
    assert "Nothing here has “c_tton” in it" in owner.get("/admin/inbox/list/contact?q=c_tton").text
    short = owner.get("/admin/inbox/list/contact?q=c")
    assert "at least two letters" in short.text and short.text.count('name="id"') == 2
    assert owner.get("/admin/inbox/list/contact?q=" + "x" * 5000).status == 200
    odd = owner.get("/admin/inbox/list/contact?q=%3Cscript%3E%22")
    assert "<script>" not in odd.text and "&lt;script&gt;" in odd.text


def test_leaves_of_a_list_follow_each_other_without_a_gap(owner):
    ids = [owner.add(str(number)) for number in range(60)]
    seen, url = [], "/admin/inbox/list/contact"
    while url:
        page = owner.get(url)
        seen += [int(id) for id in re.findall(r'name="id" value="(\d+)"', page.text)]
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = older and html.unescape(older[1])
    assert seen == ids[::-1]


@pytest.mark.parametrize("do, state, spam", [
    ("read", "read", 0), ("new", "new", 0), ("spam", "new", 1),
])
def test_what_was_chosen_in_a_list_is_marked_and_nothing_else(owner, do, state, spam):
    ids = [owner.add(str(number)) for number in range(3)]
    url = "/admin/inbox/list/contact"
    answer = owner.send(url, ("id", ids[0]), ("id", ids[2]), ("do", do))
    assert (answer.status, answer["Location"]) == (303, f"{url}?done={do}")
    marked = [(owner.read(id).state, owner.read(id).spam) for id in ids]
    assert marked == [(state, spam), ("new", 0), (state, spam)]
    assert 'role="status"' in owner.get(answer["Location"]).text


def test_the_only_one_of_a_list_can_be_marked(owner):
    id = owner.add()
    assert owner.send("/admin/inbox/list/contact", id=id, do="read").status == 303
    assert owner.read(id).state == "read"


def test_what_comes_in_meanwhile_pushes_nothing_out_of_what_was_chosen(owner):
    ids = [owner.add(str(number)) for number in range(25)]
    page = owner.get("/admin/inbox/list/contact")
    for number in range(5):
        owner.add(f"late {number}")
    answer = send(owner.visitor, page, [("id", ids[0]), ("do", "read")])
    assert answer.status == 303 and owner.read(ids[0]).state == "read"


def test_to_choose_nothing_is_said_on_the_same_page(owner):
    owner.add()
    owner.add()
    answer = owner.send("/admin/inbox/list/contact", do="read")
    assert answer.status == 422 and "Nothing was chosen yet" in answer.text


@pytest.mark.parametrize("fields", [
    [("id", "99"), ("do", "read")], [("id", "1"), ("do", "drop")], [("id", "x"), ("do", "read")],
])
def test_what_the_list_does_not_have_cannot_be_chosen(owner, fields):
    owner.add()
    owner.add()
    assert owner.send("/admin/inbox/list/contact", *fields).status in (403, 422)
    assert owner.read(1).state == "new"


def test_all_of_a_page_can_be_chosen_without_a_script(owner):
    owner.add()
    owner.add()
    page = owner.get("/admin/inbox/list/contact")
    choose = html.unescape(re.search(r'href="([^"]*choose=all)"', page.text)[1])
    assert owner.get(choose).text.count(" checked") == 2


# One submission

def test_a_submission_shows_what_was_filled_in_by_its_labels(owner):
    id = owner.add("<b>Ann</b>\nSmith", files=[("a & b.pdf", b"%PDF")])
    page = owner.get(f"/admin/inbox/read/{id}")
    assert "Your name <b>" not in page.text and "&lt;b&gt;Ann&lt;/b&gt;\nSmith" in page.text
    assert "Your name" in page.text and "a &amp; b.pdf" in page.text
    assert "No mail was written about this." in page.text


def test_to_read_a_submission_changes_nothing(owner):
    id = owner.add()
    owner.get(f"/admin/inbox/read/{id}")
    assert owner.read(id).state == "new"


def test_one_that_was_taken_for_spam_says_why_and_lets_its_mail_go(owner):
    id = owner.add(reasons="fast links")
    owner.add_mail(id, hold=True)
    url = f"/admin/inbox/read/{id}"
    page = owner.get(url)
    assert "It was sent sooner than anybody can fill in the form." in page.text
    assert "“Not spam” sends it now." in page.text and "held back" in page.text
    answer = owner.send(url, do="ham")
    assert answer["Location"] == url + "?done=ham"
    page = owner.get(url)
    assert "you said that it is none" in page.text and "held back" not in page.text
    assert [row.state for row in owner.asked(mail.state, submissions.about(id))] != ["held"]


def test_what_was_mailed_and_what_failed_is_told(owner):
    id = owner.add()
    owner.add_mail(id)
    url = f"/admin/inbox/read/{id}"
    assert "to ann@example.org: waits to be sent since" in lines(owner.get(url))
    owner.in_database(lambda db: db.run("UPDATE outbox SET tries = 1, claim = 'worker'"))
    assert "to ann@example.org: is being sent now" in lines(owner.get(url))
    owner.in_database(lambda db: db.run("UPDATE outbox SET claim = NULL, last_error = 'No answer'"))
    assert "not sent yet after 1 try; tried again" in lines(owner.get(url))
    owner.in_database(lambda db: db.run(
        "UPDATE outbox SET state = 'failed', tries = 9, last_error = '550 <no> such box'"))
    page = owner.get(url)
    assert "failed after 9 tries. 550 &lt;no&gt; such box" in lines(page)
    assert owner.send(url, do="mail").status == 303
    owner.in_database(lambda db: db.run(
        "UPDATE outbox SET state = 'sent', sent_at = 1795335300"))
    assert "sent 22 November 2026, 8:15" in lines(owner.get(url))


def test_mail_cannot_be_sent_again_where_none_has_failed(owner):
    id = owner.add()
    owner.add_mail(id)
    assert owner.send(f"/admin/inbox/read/{id}", do="mail").status in (403, 422)


# Deleting

def test_to_delete_is_asked_and_then_everything_is_gone(owner, tmp_path):
    ids = [owner.add(str(number), files=[("a.txt", b"a")]) for number in range(3)]
    owner.add_mail(ids[0])
    asks = owner.send("/admin/inbox/list/contact", ("id", ids[0]), ("id", ids[1]), ("do", "delete"))
    assert asks.status == 303 and owner.read(ids[0]) and owner.read(ids[1])
    page = owner.get(asks["Location"])
    assert "Delete 2 submissions?" in page.text
    done = owner.send(asks["Location"], do="delete")
    assert (done.status, done["Location"]) == (303, "/admin/inbox/list/contact?done=delete")
    assert [owner.read(id) is None for id in ids] == [True, True, False]
    assert owner.asked(mail.state, submissions.about(ids[0])) == []
    assert len(list((tmp_path / "uploads" / "forms").iterdir())) == 1


def test_what_is_not_deleted_after_all_is_kept(owner):
    id = owner.add()
    asks = owner.send(f"/admin/inbox/read/{id}", do="delete")
    assert asks["Location"] == f"/admin/inbox/delete?id={id}"
    assert 'href="/admin/inbox/list/contact">Keep it</a>' in owner.get(asks["Location"]).text
    assert owner.read(id)


def test_spam_leads_back_to_the_spam(owner):
    id = owner.add(reasons="fast")
    asks = owner.send(f"/admin/inbox/read/{id}", do="delete")
    done = owner.send(asks["Location"], do="delete")
    assert done["Location"] == "/admin/inbox/list/contact?show=spam&done=delete"


def test_what_is_gone_already_cannot_be_deleted_twice(owner):
    id = owner.add()
    url = f"/admin/inbox/delete?id={id}"
    page, in_another_tab = owner.get(url), owner.get(url)
    done = send(owner.visitor, page, [("do", "delete")])
    double_click = send(owner.visitor, page, [("do", "delete")])
    assert (done.status, double_click.status) == (303, 303)
    assert done["Location"] == double_click["Location"]
    assert send(owner.visitor, in_another_tab, [("do", "delete")]).status == 404


def test_who_has_deleted_what_is_written_down(owner, people):
    ids = [owner.add(str(number)) for number in range(2)]
    asks = owner.send("/admin/inbox/list/contact", *[("id", id) for id in ids], ("do", "delete"))
    owner.send(asks["Location"], do="delete")
    event = owner.asked(events.latest)[0]
    assert (event.what, event.outcome, event.about) == (
        "submissions deleted", "done", f"contact: {ids[0]} {ids[1]}")
    assert event.actor_id == people.account("administrator").id


# Who may

PAGES = ("/admin/inbox", "/admin/inbox/list/contact", "/admin/inbox/list/contact?show=spam",
         "/admin/inbox/read/1", "/admin/inbox/delete?id=1", "/admin/take/csv/contact",
         "/admin/take/json/contact", "/admin/take/file/1/1", "/admin/moderation",
         "/admin/moderation?show=all", "/admin/moderation/delete?id=1")
FOR_ADMINISTRATORS = ("/admin/form/contact", "/admin/outbox", "/admin/outbox?show=held",
                      "/admin/outbox/read/1", "/admin/outbox/discard?id=1", "/admin/outbox/csv")


@pytest.fixture
def canary(owner):
    """Something on every page, with a word that nobody may read who has no business there."""
    id = owner.add("Canary Bird", files=[("canary.txt", b"canary")])
    owner.in_database(guestbook.sign, "Canary", "canary", wait=True)
    owner.add_mail(id)
    return owner


def test_a_stranger_is_sent_to_sign_in_and_changes_nothing(canary, people):
    for url in PAGES + FOR_ADMINISTRATORS:
        answer = people.nobody.get(url)
        assert answer.status == 303 and "/account/signin?next=" in answer["Location"], url
        assert "anary" not in answer.text
    for url in ("/admin/inbox/delete?id=1", "/admin/moderation/delete?id=1"):
        answer = people.nobody.post(url, do="delete")
        assert answer.status == 303 and "/account/signin" in answer["Location"], url
    assert canary.read(1) and canary.asked(guestbook.entry, 1)


def test_a_member_sees_and_changes_nothing(canary, people):
    for url in PAGES + FOR_ADMINISTRATORS:
        answer = people.member.get(url)
        assert answer.status == 403 and "anary" not in answer.text, url
        assert people.member.post(url, do="delete", id="1").status in (403, 405), url
    assert canary.read(1) and canary.asked(guestbook.entry, 1)


def test_an_editor_has_the_inbox_and_moderation_and_is_shown_nothing_else(canary, people):
    linked = set()
    for url in PAGES:
        answer = people.editor.get(url)
        assert (answer.status, answer["Cache-Control"]) == (200, "no-store"), url
        linked |= set(re.findall(r'(?:href|action)="(/admin/(?:inbox|moderation|outbox|form|take)'
                                 r'[^"]*)"', answer.text))
    assert "/admin/moderation" in linked
    for link in linked:
        assert people.editor.get(html.unescape(link)).status == 200, link
    for url in FOR_ADMINISTRATORS:
        assert people.editor.get(url).status == 403, url


def test_an_administrator_has_all_of_it_and_no_browser_keeps_it(canary):
    for url in PAGES + FOR_ADMINISTRATORS:
        answer = canary.get(url)
        assert (answer.status, answer["Cache-Control"]) == (200, "no-store"), url


def test_the_sections_are_those_that_the_table_of_permissions_has():
    with open(f"{ROOT}/templates/admin/parts.html", encoding="utf-8") as file:
        shown = re.findall(r'\("admin/(\w+)", "\w+", "(\w+)"\)', file.read())
    assert len(shown) == 10
    named = {"backup": permissions.BACKUPS, "upgrade": permissions.UPGRADES}
    for script, role in shown:
        assert (named.get(script) or getattr(permissions, script.upper())).who == role, script


def test_what_there_is_not_is_a_404(canary):
    for url in ("/admin/inbox/list/none", "/admin/inbox/list/CONTACT",
                "/admin/inbox/list/contact?show=x", "/admin/inbox/read/99",
                "/admin/take/file/1/9", "/admin/take/xml/contact", "/admin/take/csv/none",
                "/admin/form/none", "/admin/inbox/delete", "/admin/inbox/delete?id=99",
                "/admin/inbox/delete?id=-1", "/admin/inbox/delete?id=x",
                "/admin/moderation/delete?id=99", "/admin/moderation?show=x", "/admin/inbox/x",
                "/admin/outbox?show=x", "/admin/outbox/read/99", "/admin/outbox/discard?id=99"):
        assert canary.get(url).status == 404, url
