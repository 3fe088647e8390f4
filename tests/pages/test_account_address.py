"""Address: another one, once both the old and the new have agreed."""
import re

import pytest

from chapbook.accounts import accounts, moving, throttle
from chapbook.accounts.events import SHELL, Who

from tests.support.people import PASSWORD, sign_in

NEW = "new.ann@example.net"


@pytest.fixture(autouse=True)
def base(people):
    vars(people.config.site).update(base_url="http://localhost")


def asked(ann, address=NEW, own=PASSWORD):
    return ann.post("address", address=address, own_password=own, do="ask")


def links(ann):
    """The paths of the links that were mailed, by the address that they went to."""
    found = {row.recipient: re.search(r"http://localhost(/account/address/\S+)", row.body)
             for row in ann.letters()}
    return {to: match[1].removeprefix("/account/") for to, match in found.items() if match}


def agrees(ann, path):
    do = "change" if "/new" in path else "allow"
    return ann.post(path, do=do)


@pytest.mark.parametrize("first", [NEW, "ann@example.org"])
def test_it_changes_when_both_links_were_opened_in_whichever_order(ann, first):
    assert asked(ann)["Location"] == "/account/address"
    mailed = links(ann)
    assert set(mailed) == {NEW, "ann@example.org"}
    page = ann.get("address").text
    assert NEW in page and page.count("has not agreed yet.") == 2
    page = ann.get(mailed[first]).text
    assert NEW in page and "ann@example.org" in page
    assert ann.row.address == "ann@example.org"
    assert agrees(ann, mailed.pop(first)).status == 303
    assert ann.row.address == "ann@example.org"
    page = ann.get("address").text
    assert "As soon as both" in page
    assert page.count("has agreed.") == page.count("has not agreed yet.") == 1
    assert agrees(ann, mailed.popitem()[1]).status == 303
    assert ann.row.address == NEW
    assert ann.mails[-1] == ("ann@example.org", "You have a new address")
    page = ann.get("address").text
    assert "Both addresses have agreed" in page and "has agreed" not in page


def test_the_new_address_is_at_home_where_the_old_one_was(ann):
    asked(ann)
    for path in links(ann).values():
        agrees(ann, path)
    assert ann.row.address == NEW
    assert ann.read(throttle.is_known, NEW, Who(None, "-", "127.0.0.1").network)


def test_a_get_of_a_link_agrees_to_nothing(ann):
    asked(ann)
    for path in links(ann).values():
        assert ann.get(path).status == ann.get(path).status == 200
    waits = ann.read(moving.pending, ann.id)
    assert not waits.by_new and not waits.by_old


def test_a_link_is_for_whom_it_was_made_and_once(ann):
    asked(ann)
    mailed = links(ann)
    bob = ann.people.nobody
    sign_in(bob, ann.people.add("member", "bob"))
    for path in mailed.values():
        assert bob.get(f"/account/{path}").status == 404
        assert bob.post(f"/account/{path}", do="change").status == 404
        stranger = ann.people.nobody.get(f"/account/{path}")
        assert stranger["Location"].startswith("/account/signin?next=%2Faccount%2Faddress%2F")
    assert agrees(ann, mailed[NEW]).status == 303
    assert ann.get(mailed[NEW]).status == 404
    for path in ("address/new", "address/old", "address/new?token=x", "address/old?token=" +
                 "x" * 43, mailed["ann@example.org"].replace("/old", "/new")):
        assert ann.get(path).status == 404, path
    assert ann.row.address == "ann@example.org"


def test_a_change_that_waits_can_be_given_up(ann):
    asked(ann)
    mailed = links(ann)
    assert ann.post("address", do="cancel").status == 303
    assert "A change waits" not in ann.get("address").text
    assert [ann.get(path).status for path in mailed.values()] == [404, 404]


def shown(ann, page):
    """What a page says, without tokens and times, and without the address that was asked for."""
    return re.sub(r'name="_once" value="[^"]+"|<time.*?</time>|\S+@example\.net', "",
                  ann.get(page).text)


def test_that_the_address_has_an_account_shows_nowhere_and_its_owner_is_told(ann):
    ann.people.add("member", "other")
    ann.write(accounts.change_address, ann.people.account("other").id, "taken@example.net", SHELL)
    answers = []
    for address in (NEW, "taken@example.net"):
        answer = asked(ann, address)
        answers.append((answer.status, answer["Location"], shown(ann, "address")))
    assert answers[0] == answers[1]
    assert ann.mails[-2:] == [("taken@example.net", "Your address was asked for"),
                              ("ann@example.org", "Your account is to have another address")]


def test_an_address_that_has_an_account_by_then_stays_where_it_is(ann):
    asked(ann)
    mailed = links(ann)
    agrees(ann, mailed["ann@example.org"])
    other = ann.people.add("member", "other")
    ann.write(accounts.change_address, other, NEW, SHELL)
    answer = agrees(ann, mailed[NEW])
    assert (answer.status, answer["Location"]) == (303, "/account/address")
    assert ann.row.address == "ann@example.org"
    assert ann.mails[-1] == (NEW, "Your address was asked for")


@pytest.mark.parametrize(("address", "own", "field", "said"), [
    ("ANN@example.org", PASSWORD, "address", "your address already"),
    ("nobody", PASSWORD, "address", "e-mail address"),
    ("|sh@example.net", PASSWORD, "address", "another one"),
    (NEW, "another one", "own_password", "not your password"),
])
def test_what_is_refused_is_said_beside_its_field_and_nothing_is_mailed(
    ann, address, own, field, said
):
    answer = asked(ann, address, own)
    assert answer.status == 422 and f'id="{field}-error"' in answer.text and said in answer.text
    assert ann.mails == [] and ann.read(moving.pending, ann.id) is None


def test_nobody_is_flooded_with_mail_by_it(ann):
    statuses = [asked(ann).status for _ in range(6)]
    assert statuses == [303] * 5 + [422]
    assert ann.mails.count((NEW, "Confirm your new address")) == 3
    assert "very often" in asked(ann).text
