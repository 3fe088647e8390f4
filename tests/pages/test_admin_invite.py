"""Invite: somebody gets a mail with a link, and a page lists who has not come yet."""
import pytest

from chapbook import mail
from chapbook.accounts import tokens
from chapbook.db import connect

from tests.support.people import PASSWORD, sign_in
from tests.support.sending import post, send

INVITE = "/admin/invite"


@pytest.fixture
def admin(people):
    """An administrator who has a password, and is signed in; no page sends the mail."""
    id = people.add("administrator", "root", PASSWORD)
    with connect(people.config) as db:
        db.transact(mail.note_cron, db)
    client = people.nobody
    sign_in(client, id)
    return client


def rows(people, sql):
    with connect(people.config) as db:
        return db.all(sql)


def token_of(people, to):
    [body] = [row.body for row in rows(people, "SELECT recipient, body FROM outbox ORDER BY id")
              if row.recipient == to][-1:]
    return body.partition("token=")[2].split()[0]


def test_who_is_invited_gets_a_link_and_is_listed_until_they_come(admin, people):
    assert send(admin, INVITE, do="invite", address="Eve@Example.org",
                role="editor")["Location"] == INVITE
    token = token_of(people, "Eve@Example.org")
    page = admin.get(INVITE).text
    assert "eve@example.org" in page and "as editor" in page and token not in page
    assert "1 invitation not taken yet" in admin.get("/admin/users").text
    with connect(people.config) as db:
        found = db.transact(tokens.take, db, "invite", token)
    assert (found.about, found.role) == ("eve@example.org", "editor")
    assert "eve@example.org" not in admin.get(INVITE).text


def test_an_invitation_is_withdrawn_and_opens_nothing_any_more(admin, people):
    send(admin, INVITE, do="invite", address="eve@example.org", role="member")
    send(admin, INVITE, do="invite", address="ann@example.org", role="member")
    token = token_of(people, "eve@example.org")
    answer = send(admin, INVITE, withdraw="eve@example.org")
    assert answer.status == 303
    page = admin.get(INVITE).text
    assert "The invitation of eve@example.org is worth nothing any more." in page
    assert 'value="eve@example.org"' not in page and 'value="ann@example.org"' in page
    with connect(people.config) as db:
        assert tokens.look(db, "invite", token) is None


def test_only_an_invitation_that_is_listed_is_withdrawn(admin):
    send(admin, INVITE, do="invite", address="ann@example.org", role="member")
    assert post(admin, INVITE, ("withdraw", "bob@example.org")).status in (403, 422)


def test_who_has_an_account_is_not_invited(admin, people):
    people.add("member", "ann")
    answer = send(admin, INVITE, do="invite", address="ANN@example.org", role="member")
    assert answer.status == 422
    assert "Ann has an account with this address already." in answer.text
    assert rows(people, "SELECT id FROM outbox") == []


def test_what_is_no_address_is_refused_with_a_sentence(admin, people):
    for address in ("nobody", "a@b@c", "", "a@exa mple.org", "é@example.org"):
        answer = send(admin, INVITE, do="invite", address=address, role="member")
        assert answer.status == 422 and 'id="address-error"' in answer.text, address
    assert rows(people, "SELECT token_hash FROM account_token") == []


def test_to_invite_an_administrator_needs_ones_own_password(admin, people):
    fields = {"do": "invite", "address": "eve@example.org", "role": "administrator"}
    for more in ({}, {"own_password": "a guess"}):
        answer = send(admin, INVITE, **fields, **more)
        assert answer.status == 422 and 'id="own_password-error"' in answer.text
    assert rows(people, "SELECT token_hash FROM account_token") == []
    assert send(admin, INVITE, **fields, own_password=PASSWORD).status == 303
    assert [row.role for row in rows(people, "SELECT role FROM account_token")] == ["administrator"]


def test_a_second_invitation_takes_the_place_of_the_first(admin, people):
    send(admin, INVITE, do="invite", address="eve@example.org", role="member")
    first = token_of(people, "eve@example.org")
    send(admin, INVITE, do="invite", address="eve@example.org", role="editor")
    with connect(people.config) as db:
        assert tokens.look(db, "invite", first) is None
        assert tokens.look(db, "invite", token_of(people, "eve@example.org")).role == "editor"


def test_without_an_address_of_its_own_the_site_says_that_it_cannot_mail_links(admin, people):
    vars(people.config.mail).update(via="smtp")
    answer = send(admin, INVITE, do="invite", address="eve@example.org", role="member")
    assert answer.status == 503 and "has not been told its own address" in answer.text
    assert rows(people, "SELECT token_hash FROM account_token") == []


def test_both_are_written_down(admin, people):
    send(admin, INVITE, do="invite", address="eve@example.org", role="editor")
    send(admin, INVITE, withdraw="eve@example.org")
    found = rows(people, "SELECT what, about, actor_id FROM security_event"
                         " WHERE actor_id IS NOT NULL ORDER BY id")
    root = people.account("root").id
    assert [tuple(row.values()) for row in found] == [
        ("somebody invited", "editor: eve@example.org", root),
        ("invitation withdrawn", "eve@example.org", root)]


def test_nobody_else_is_let_in(people):
    assert people.nobody.get(INVITE)["Location"].startswith("/account/signin?next=")
    for client in (people.member, people.editor):
        assert client.get(INVITE).status == 403
        assert post(client, INVITE, ("do", "invite"), ("address", "eve@example.org"),
                    ("role", "administrator")).status == 403
    assert rows(people, "SELECT token_hash FROM account_token") == []


LONG = f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.org"       # longer than the log has room for


@pytest.mark.parametrize("do", ["disable", "demote", "delete"])
def test_who_is_no_administrator_any_more_makes_nobody_one(admin, people, do):
    mole = people.add("administrator", "mole", PASSWORD)
    other = people.nobody
    sign_in(other, mole)
    for role, address in (("administrator", "eve@example.org"), ("editor", LONG),
                          ("member", "ann@example.org")):
        send(other, INVITE, do="invite", address=address, role=role, own_password=PASSWORD)
    send(admin, INVITE, do="invite", address="bob@example.org", role="editor")
    if do == "delete":
        send(admin, f"/admin/user/{mole}/delete", own_password=PASSWORD)
    elif do == "demote":
        post(admin, f"/admin/user/{mole}", ("do", "role"), ("role", "editor"),
             ("own_password", PASSWORD))
    else:
        post(admin, f"/admin/user/{mole}", ("do", "disable"), ("own_password", PASSWORD))
    assert [(row.about, row.role) for row in rows(
        people, "SELECT about, role FROM account_token ORDER BY about")] == [
            ("ann@example.org", "member"), ("bob@example.org", "editor")]
