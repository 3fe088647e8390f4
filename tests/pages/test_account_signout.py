"""Sign out: a button ends the visit, and a link alone does not."""
from chapbook.testing import Client

from tests.support.postbox import fill


def test_a_link_shows_a_button_and_ends_nothing(people):
    page = people.member.get("/account/signout")
    assert page.status == 200 and "You are signed in as <bdi>Member" in page.text
    assert people.member.head("/account/signout").status == 200
    assert "You are signed in as <bdi>Member" in people.member.get("/account/signout").text


def test_the_button_ends_the_visit_in_the_database_too(people, database_config):
    member = people.member
    stolen = Client(config=database_config)
    stolen.cookies.update(member.cookies)
    answer = fill(member, "/account/signout", do="out")
    assert answer.status == 303 and answer["Location"] == "/"
    assert "session" not in member.cookies and "You are signed out." in member.get("/").text
    assert "You are signed out" in stolen.get("/account/signout").text


def test_who_is_not_signed_in_is_told_so(visitor):
    page = visitor.get("/account/signout")
    assert page.status == 200 and "You are signed out" in page.text and "<form" not in page.text


def test_another_site_cannot_sign_anybody_out(people):
    answer = people.member.request(
        "POST", "/account/signout", b"do=out", "application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert "You are signed in as" in people.member.get("/account/signout").text
