"""Sessions: where one is signed in, and ending it."""
from chapbook.session import Session

from tests.support.ann import is_in
from tests.support.people import session


def ids(ann):
    return [row.id for row in ann.read(Session.list, ann.id)]


def test_each_browser_is_listed_in_words_and_this_one_is_marked(ann):
    ann.other_browser()
    page = ann.get("sessions").text
    assert page.count("An unknown browser</b>") == 2 and page.count(">this one<") == 1
    other, own = ids(ann)
    assert f'action="/account/sessions/{other}"' in page
    assert f"/account/sessions/{own}" not in page and 'href="/account/signout"' in page


def test_one_is_ended_and_the_others_are_not(ann):
    other, third = ann.other_browser(), ann.other_browser()
    answer = ann.post(f"sessions/{ids(ann)[0]}", do="end")
    assert (answer.status, answer["Location"]) == (303, "/account/sessions")
    assert not is_in(third) and is_in(other) and is_in(ann.client)


def test_all_others_are_ended_at_once(ann):
    others = [ann.other_browser() for _ in range(3)]
    before = ann.client.cookies["session"]
    assert ann.post("sessions", do="others").status == 303
    assert not any(is_in(other) for other in others) and is_in(ann.client)
    assert ann.client.cookies["session"] != before
    assert "End all others" not in ann.get("sessions").text


def test_a_page_asks_before_one_is_ended(ann):
    ann.other_browser()
    page = ann.get(f"sessions/{ids(ann)[0]}").text
    assert "has to sign in again" in page


def test_that_of_somebody_else_is_none(ann):
    bob = ann.people.add("member", "bob")
    session(ann.config, bob)
    foreign, = [row.id for row in ann.read(Session.list, bob)]
    for id in (foreign, 10 ** 9, ids(ann)[-1]):
        assert ann.get(f"sessions/{id}").status == 404
        assert ann.post(f"sessions/{id}", do="end").status == 404
    assert len(ann.read(Session.list, bob)) == 1 and is_in(ann.client)


def test_one_that_was_ended_already_is_a_404(ann):
    ann.other_browser()
    id = ids(ann)[0]
    assert ann.post(f"sessions/{id}", do="end").status == 303
    assert ann.post(f"sessions/{id}", do="end").status == 404
