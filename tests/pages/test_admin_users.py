"""Users: the accounts as an administrator lists, searches and sorts them."""
import csv
import io
import re

import pytest

from chapbook import mail
from chapbook.db import connect
from chapbook.session import Session

from tests.support.sending import post, send


@pytest.fixture(autouse=True)
def mail_waits(people):
    """Cron was here, so no page sends mail."""
    with connect(people.config) as db:
        db.transact(mail.note_cron, db)


def names(page):
    return re.findall(r'href="/admin/user/\d+" dir="auto">([^<]*)<', page.text)


def states(people, *who):
    return [people.account(name).state for name in who]


def mails(people, name):
    with connect(people.config) as db:
        return [row.subject.partition(":")[0] for row in db.all(
            "SELECT subject FROM outbox WHERE recipient = :to ORDER BY id",
            to=f"{name}@example.org")]


def test_accounts_are_listed_newest_first_page_by_page_each_once(people):
    for number in range(60):
        people.add("member", f"p{number}")
    seen, url = [], "/admin/users"
    while url:
        page = people.administrator.get(url)
        seen += names(page)
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = older and older[1].replace("&amp;", "&")
    assert seen == ["Administrator", *(f"P{number}" for number in range(59, -1, -1))]


def test_a_search_finds_words_of_names_and_addresses_and_nothing_else(people):
    people.administrator
    people.add("member", "ann", state="waiting")
    people.add("editor", "bob", state="disabled")
    people.add("member", "annabel")
    for query, found in (
        ("q=ann", ["Annabel", "Ann"]), ("q=ANN", ["Annabel", "Ann"]),
        ("q=bel+example", ["Annabel"]), ("q=%25%25", []), ("q=__", []), ("q=!!", []),
        ("q=nobody", []), ("role=editor", ["Bob"]), ("role=editor&q=ann", []),
        ("show=disabled", ["Bob"]), ("show=waiting", ["Ann"]),
        ("show=active&role=member", ["Annabel"]),
        ("q=example.org&role=administrator", ["Administrator"]),
    ):
        assert names(people.administrator.get(f"/admin/users?{query}")) == found, query


def test_signs_of_a_search_are_letters_like_others(people):
    people.add("member", "ann")
    people.add("member", "bob")
    with connect(people.config) as db, db.transaction():
        db.run("UPDATE account SET name = 'Ann! 50%_' WHERE name = 'Ann'")
    for word, found in (("n%21", 1), ("50%25", 1), ("%25_", 1), ("n%25", 0), ("%21%25", 0)):
        assert len(names(people.administrator.get(f"/admin/users?q={word}"))) == found, word


def test_a_choice_that_there_is_not_is_refused(people):
    for query, status in (("show=x", 404), ("role=x", 404), ("before=x", 400), ("q=a&q=b", 400),
                          ("role=member'--", 404)):
        assert people.administrator.get(f"/admin/users?{query}").status == status, query


def test_names_and_words_are_escaped(people):
    people.add("member", "eve")
    with connect(people.config) as db, db.transaction():
        db.run("UPDATE account SET name = :name WHERE name = 'Eve'",
               name="<script>alert(1)</script>")
    page = people.administrator.get("/admin/users?q=%3Cscript%3E").text
    assert "&lt;script&gt;alert(1)" in page and "<script>" not in page


def test_those_who_were_chosen_are_approved_and_told(people):
    ids = [people.add("member", name, state="waiting") for name in ("ann", "bob", "eve")]
    answer = send(people.administrator, "/admin/users?show=waiting", ("id", ids[0]),
                  ("id", ids[1]), ("do", "approve"))
    assert (answer.status, answer["Location"]) == (303, "/admin/users?show=waiting")
    assert states(people, "ann", "bob", "eve") == ["active", "active", "waiting"]
    assert mails(people, "ann") == ["Your account is open"] and mails(people, "eve") == []
    page = people.administrator.get(answer["Location"])
    assert "2 accounts approved." in page.text and names(page) == ["Eve"]


def test_accounts_are_disabled_and_enabled(people):
    member = people.member
    id = str(people.account("member").id)
    assert member.get("/admin/users").status == 403, "signed in"
    send(people.administrator, "/admin/users", ("id", id), ("do", "disable"))
    assert states(people, "member") == ["disabled"]
    assert member.get("/admin/users").status == 303, "sent to sign in again"
    send(people.administrator, "/admin/users", ("id", id), ("do", "enable"))
    assert states(people, "member") == ["active"]
    assert mails(people, "member") == ["Your account is closed", "Your account is open"]


def test_sessions_are_ended_and_the_account_stays(people):
    member, id = people.member, people.account("member").id
    send(people.administrator, "/admin/users", ("id", id), ("do", "sessions"))
    with connect(people.config) as db:
        assert Session.list(db, id) == []
    assert member.get("/admin/users").status == 303
    assert states(people, "member") == ["active"]


def test_what_there_is_nothing_to_do_with_is_told(people):
    ids = [people.add("member", "ann"), people.add("member", "bob", state="waiting")]
    answer = send(people.administrator, "/admin/users", ("id", ids[0]), ("id", ids[1]),
                  ("do", "approve"))
    assert answer.status == 303
    assert ("1 account approved. With 1 there was nothing to be done."
            in people.administrator.get("/admin/users").text)


def test_to_choose_nothing_is_said_to_be_nothing(people):
    people.add("member", "ann")
    answer = send(people.administrator, "/admin/users", ("do", "disable"))
    assert answer.status == 422 and "Nothing was chosen yet" in answer.text


def test_ones_own_account_cannot_be_chosen(people):
    people.add("member", "ann")
    id = people.account("administrator").id if people.administrator else 0
    page = people.administrator.get("/admin/users")
    assert f'value="{id}"' not in page.text
    assert send(people.administrator, "/admin/users", ("id", id), ("do", "disable")).status == 422
    assert states(people, "administrator") == ["active"]


def test_all_is_undone_where_one_of_many_cannot_be(people):
    people.administrator
    ann = people.add("member", "ann")
    page = people.administrator.get("/admin/users").text
    gone = people.add("member", "gone")
    action = re.search(r'method="post" action="([^"]+)"', page)[1]
    answer = post(people.administrator, action, ("id", ann), ("id", gone), ("do", "disable"))
    assert answer.status == 422 and states(people, "ann", "gone") == ["active", "active"]


def test_csv_has_the_choice_and_no_formulas(people):
    people.add("member", "ann", state="waiting")
    with connect(people.config) as db, db.transaction():
        db.run("UPDATE account SET name = '=1+1' WHERE name = 'Ann'")
    answer = people.administrator.get("/admin/users/csv?show=waiting")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="users-waiting.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row[1:6] for row in rows] == [
        ["Name", "Address", "Role", "State", "Second factor"],
        ["'=1+1", "ann@example.org", "member", "waits for approval", "no"]]
    assert "$" not in answer.text, "no hash of a password"


def test_what_was_done_is_written_down_with_who_did_it(people):
    people.administrator
    id = people.add("member", "ann", state="waiting")
    send(people.administrator, "/admin/users", ("id", id), ("do", "approve"))
    with connect(people.config) as db:
        row = db.one("SELECT what, outcome, account_id, actor_id, network FROM security_event"
                     " ORDER BY id DESC")
    assert dict(row) == {"what": "account enabled", "outcome": "done", "account_id": id,
                         "actor_id": people.account("administrator").id, "network": "127.0.0.1"}


def test_nobody_else_is_let_in(people):
    for url in ("/admin/users", "/admin/users/csv"):
        assert people.nobody.get(url)["Location"].startswith("/account/signin?next=")
        for client in (people.member, people.editor):
            assert client.get(url).status == 403
            assert post(client, url, ("id", "1"), ("do", "disable")).status in (403, 405)
