"""User: one account, and what an administrator does with it."""
import os
from pathlib import Path

import pytest

from chapbook import mail
from chapbook.accounts import accounts, events, tokens
from chapbook.db import connect
from chapbook.errors import Invalid
from chapbook.user import User
from collection import pictures, reauthentication, users

from tests.support.people import PASSWORD, sign_in
from tests.support.sending import post, send


@pytest.fixture
def admin(people):
    """An administrator who has a password, and is signed in."""
    id = people.add("administrator", "root", PASSWORD)
    changed(people, mail.note_cron)           # which sends the mail, and no page does
    client = people.nobody
    sign_in(client, id)
    return client


def asked(people, work, *args):
    with connect(people.config) as db:
        return work(db, *args)


def changed(people, work, *args, **more):
    with connect(people.config) as db:
        return db.transact(work, db, *args, **more)


def url(people, name):
    return f"/admin/user/{people.account(name).id}"


def mails(people, name):
    return [row.subject.partition(":")[0] for row in asked(
        people, lambda db: db.all("SELECT subject FROM outbox WHERE recipient = :to ORDER BY id",
                                  to=f"{name}@example.org"))]


def test_an_account_is_shown_with_what_happened_to_it(admin, people):
    people.member
    page = admin.get(url(people, "member")).text
    for text in ("member@example.org", "An account was made", "by the command line",
                 "1; the last began"):
        assert text in page, text
    assert "second factor off" not in page.lower().replace("<dt>second factor</dt>", "")


def test_who_waits_is_approved_or_refused(admin, people):
    people.add("member", "ann", state="waiting")
    people.add("member", "bob", state="waiting")
    assert send(admin, url(people, "ann"), do="approve").status == 303
    assert people.account("ann").state == "active"
    assert send(admin, url(people, "bob"), do="refuse")["Location"] == "/admin/users"
    assert asked(people, accounts.find, "bob@example.org") is None
    assert mails(people, "ann") == ["Your account is open"]
    assert mails(people, "bob") == ["Your account is deleted"]


def test_who_does_not_wait_cannot_be_refused(admin, people):
    people.add("member", "ann")
    assert send(admin, url(people, "ann"), do="refuse").status in (403, 422)
    assert people.account("ann").state == "active"


def test_an_account_is_closed_opened_and_signed_out_everywhere(admin, people):
    member = people.member
    assert send(admin, url(people, "member"), do="sessions").status == 303
    assert member.get("/admin/users").status == 303, "who is signed in would get a 403"
    assert send(admin, url(people, "member"), do="disable").status == 303
    assert people.account("member").state == "disabled"
    assert send(admin, url(people, "member"), do="enable").status == 303
    assert people.account("member").state == "active"


def test_a_second_factor_is_switched_off_for_who_has_lost_it(admin, people):
    id = people.add("member", "ann")
    with connect(people.config) as db, db.transaction():
        db.run("UPDATE account SET totp_secret = 'ABC', totp_at = 1 WHERE id = :id", id=id)
    for guess, status in (("a guess", 422), (PASSWORD, 303)):
        assert people.account("ann").totp_at == 1
        assert send(admin, url(people, "ann"), do="factor", own_password=guess).status == status
    assert people.account("ann").totp_at is None
    assert mails(people, "ann") == ["The second factor is off"]


def test_a_link_for_another_password_is_mailed_and_not_shown(admin, people):
    id = people.add("member", "ann")
    answer = send(admin, url(people, "ann"), do="reset")
    body = asked(people, lambda db: db.value("SELECT body FROM outbox"))
    token = body.partition("token=")[2].split()[0]
    assert asked(people, tokens.look, "reset", token).account_id == id
    assert token not in admin.get(answer["Location"]).text


def test_a_role_is_given_without_a_password_but_that_of_an_administrator(admin, people):
    people.add("member", "ann")
    assert send(admin, url(people, "ann"), do="role", role="editor").status == 303
    assert people.account("ann").role == "editor"
    answer = send(admin, url(people, "ann"), do="role", role="administrator")
    assert answer.status == 422 and 'id="own_password-error"' in answer.text
    assert people.account("ann").role == "editor"
    answer = send(admin, url(people, "ann"), do="role", role="administrator", own_password=PASSWORD)
    assert answer.status == 303 and people.account("ann").role == "administrator"
    assert PASSWORD not in admin.get(answer["Location"]).text


@pytest.mark.parametrize("fields", [
    {"do": "disable"}, {"do": "reset"}, {"do": "role", "role": "member"}])
def test_what_is_done_with_an_administrator_wants_ones_own_password(admin, people, fields):
    people.add("administrator", "ann")
    before = people.account("ann")
    for guess in ("", "a guess"):
        answer = send(admin, url(people, "ann"), **fields, own_password=guess)
        assert answer.status == 422 and people.account("ann") == before
    assert send(admin, url(people, "ann"), **fields, own_password=PASSWORD).status == 303


def test_ones_password_is_asked_for_once_in_a_quarter_of_an_hour(admin, people):
    people.add("member", "ann")
    people.add("member", "bob")
    send(admin, url(people, "ann"), do="role", role="administrator", own_password=PASSWORD)
    assert "own_password" not in admin.get(url(people, "bob")).text
    assert send(admin, url(people, "bob") + "/delete", do="delete").status == 303
    assert asked(people, accounts.find, "bob@example.org") is None


def test_a_wrong_password_deletes_nothing_and_is_counted(admin, people):
    people.add("member", "ann")
    for _ in range(10):
        answer = send(admin, url(people, "ann") + "/delete", do="delete", own_password="a guess")
        assert answer.status == 422 and "This is not your password." in answer.text
        assert 'value="a guess"' not in answer.text
    answer = send(admin, url(people, "ann") + "/delete", do="delete", own_password=PASSWORD)
    assert answer.status == 422 and "There were too many wrong passwords." in answer.text
    assert people.account("ann").state == "active"
    outcomes = [row.outcome for row in asked(people, events.of, people.account("root").id)]
    assert outcomes.count("wrong") == 10


def test_an_account_is_deleted_after_a_second_question(admin, people):
    id = people.add("member", "ann")
    page = admin.get(url(people, "ann") + "/delete").text
    assert "Nothing brings it back." in page and people.account("ann").id == id
    answer = send(admin, url(people, "ann") + "/delete", do="delete", own_password=PASSWORD)
    assert (answer.status, answer["Location"]) == (303, "/admin/users")
    assert admin.get(f"/admin/user/{id}").status == 404
    [event] = [row for row in asked(people, events.of, id) if row.what == "account removed"]
    assert event.actor_id == people.account("root").id


def test_the_picture_of_a_deleted_account_is_deleted_too(admin, people, tmp_path):
    vars(people.config.paths).update(uploads=str(tmp_path))
    name = "0" * 32 + ".png"
    path = pictures.path_of(people.config, name)
    os.makedirs(os.path.dirname(path))
    Path(path).write_bytes(b"x")
    changed(people, accounts.change_picture, people.add("member", "ann"), name, events.SHELL)
    answer = send(admin, url(people, "ann") + "/delete", do="delete", own_password="a guess")
    assert answer.status == 422 and os.path.exists(path)
    send(admin, url(people, "ann") + "/delete", do="delete", own_password=PASSWORD)
    assert not os.path.exists(path)


def test_nobody_does_anything_with_their_own_account_here(admin, people):
    page = admin.get(url(people, "root")).text
    assert "This is your own account." in page and 'method="post"' not in page
    for fields in ({"do": "disable"}, {"do": "role", "role": "member"}):
        assert post(admin, url(people, "root"), *fields.items()).status == 403
    assert post(admin, url(people, "root") + "/delete", ("do", "delete")).status == 403
    assert people.account("root").state == "active"


def test_the_last_administrator_stays_with_a_sentence_whoever_asks(admin, people):
    id = people.add("administrator", "ann")
    page = url(people, "ann")
    assert admin.get(page).status == 200
    # Of two who close each other at once, the slower one finds no administrator but the other.
    with connect(people.config) as db, db.transaction():
        db.run("UPDATE account SET state = 'disabled' WHERE id = :id",
               id=people.account("root").id)
    with connect(people.config) as db:
        faults = []
        for work in (users.change, users.set_role):
            request = Asked(db, people.account("root"))
            with pytest.raises(Invalid) as raised:
                db.transact(work, request, id, "disable" if work is users.change else "member")
            faults.append(raised.value.sentence + "".join(raised.value.fields.values()))
    assert all("This is the last administrator" in fault for fault in faults)
    assert (people.account("ann").state, people.account("ann").role) == ("active", "administrator")


def test_ones_own_account_is_refused_by_the_code_too(people):
    people.add("administrator", "ann")
    id = people.add("administrator", "root")
    with connect(people.config) as db:
        request = Asked(db, people.account("root"))
        for do in users.DOES:
            with pytest.raises(Invalid, match="This is your own account"):
                db.transact(users.change, request, id, do)
        with pytest.raises(Invalid, match="This is your own account"):
            db.transact(users.set_role, request, id, "member")


def test_what_was_done_is_written_down(admin, people):
    people.member
    id = people.account("member").id
    for do in ("sessions", "reset", "disable", "enable"):
        send(admin, url(people, "member"), do=do)
    send(admin, url(people, "member"), do="role", role="editor")
    found = [(row.what, row.actor_id) for row in asked(people, events.of, id)]
    root = people.account("root").id
    assert found == [(what, root) for what in (
        "role changed", "account enabled", "account disabled", "reset mailed",
        "sessions ended")] + [("account made", None)]


class Asked:
    """As much of a request as changing an account looks at."""

    id, remote_address = "-", "192.0.2.7"

    def __init__(self, db, user, session=None):
        self.db, self.user, self.session = db, user, session


def test_an_account_that_there_is_not_is_a_404(admin):
    for path in ("/admin/user/99", "/admin/user/99/delete", "/admin/user", "/admin/user/x",
                 "/admin/user/01", "/admin/user/1/x"):
        assert admin.get(path).status == 404, path


def test_nobody_else_is_let_in(people):
    people.member
    page = url(people, "member")
    for path in (page, page + "/delete"):
        assert people.nobody.get(path)["Location"].startswith("/account/signin?next=")
        for client in (people.member, people.editor):
            assert client.get(path).status == 403
            assert post(client, path, ("do", "delete")).status == 403
    assert people.account("member").state == "active"


def test_the_password_given_by_one_is_not_that_of_another(people):
    now = 1_800_000_000

    def wanted(id, moment, held=[7, now]):
        user = User(id, "Ann", "ann@example.org", "administrator")
        request = Asked(None, user, {"password confirmed": held})
        return reauthentication.wanted(request, moment)

    assert not wanted(7, now + 899)
    for id, moment in ((8, now), (7, now + 900), (7, now - 1)):
        assert wanted(id, moment), (id, moment)
    assert wanted(7, now, "x") and wanted(7, now, None) and wanted(7, now, [7])
