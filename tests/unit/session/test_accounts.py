"""Signing in and out, new tokens, and the list of one's sessions, on both engines."""
from __future__ import annotations

from typing import Any

import pytest

from chapbook import DatabaseError, Request, session
from chapbook.db import Database
from chapbook.session import Session

from tests.support.visits import Visit, count, set_cookies


def signed_in(visit: Visit) -> Any:
    """The account that a visitor is signed in to."""
    return visit.reads(lambda request: request.session.account_id).json()


def sign_in(account_id: int, **more: Any) -> Any:
    return lambda request: request.session.sign_in(account_id, **more)


def test_signing_in_gives_a_new_token_and_keeps_what_the_visit_had(visit, db) -> None:
    visit.stores(cart=["tea"])
    before, old = dict(visit.cookies), db.one("SELECT id, token_hash FROM session")
    assert len(set_cookies(visit.writes(sign_in(7)))) == 1
    assert signed_in(visit) == 7 and visit.remembered == {"cart": ["tea"]}
    fixed = Visit(visit.config, before)
    assert signed_in(fixed) is None and fixed.remembered == {}
    row = db.one("SELECT id, token_hash, account_id FROM session")
    assert count(db) == 1 and row.account_id == 7
    assert row.id != old.id and row.token_hash != old.token_hash


def test_signing_in_without_a_session_makes_one_without_values(visit, db) -> None:
    visit.writes(sign_in(7))
    assert signed_in(visit) == 7 and visit.remembered == {} and count(db) == 1
    visit.stores(a=1)
    visit.writes(lambda request: request.session.clear())
    assert signed_in(visit) == 7 and count(db) == 1


def test_who_signs_in_as_somebody_else_does_not_get_their_values(visit, db) -> None:
    visit.writes(sign_in(7))
    visit.stores(secret="of 7")
    visit.writes(sign_in(7))
    assert visit.remembered == {"secret": "of 7"}
    visit.writes(sign_in(8))
    assert signed_in(visit) == 8 and visit.remembered == {} and count(db) == 1


def test_signing_out_leaves_nothing(visit, db) -> None:
    visit.writes(sign_in(7, remember=True))
    visit.stores(secret="of 7")
    before = dict(visit.cookies)
    cookie, = set_cookies(visit.writes(lambda request: request.session.sign_out()))
    assert "Max-Age=0" in cookie and count(db) == 0
    again = Visit(visit.config, before)
    assert signed_in(again) is None and again.remembered == {}


def test_what_is_stored_after_signing_out_is_an_anonymous_visits(visit, db) -> None:
    visit.writes(sign_in(7, remember=True))
    before = dict(visit.cookies)

    def leave(request: Request) -> None:
        request.session.sign_out()
        request.session["name"] = "Ann"
    cookie, = set_cookies(visit.writes(leave))
    assert "Max-Age" not in cookie and visit.cookies != before
    assert signed_in(visit) is None and visit.remembered == {"name": "Ann"} and count(db) == 1


def test_who_signs_out_of_a_session_that_has_ended_loses_the_cookie(visit, db) -> None:
    visit.writes(sign_in(7))
    with db.transaction():
        assert Session.revoke(db, 7, db.value("SELECT id FROM session"))
    assert signed_in(visit) is None
    assert "Max-Age=0" in set_cookies(
        visit.writes(lambda request: request.session.sign_out()))[0]


def test_a_rotated_session_is_the_same_with_another_token(visit, db) -> None:
    visit.writes(sign_in(7))
    visit.stores(a=1)
    before, id = dict(visit.cookies), db.value("SELECT id FROM session")

    def rotate(request: Request) -> None:
        request.session.rotate()
        request.session["b"] = 2
    assert len(set_cookies(visit.writes(rotate))) == 1
    assert visit.remembered == {"a": 1, "b": 2} and signed_in(visit) == 7
    assert Visit(visit.config, before).remembered == {}
    assert count(db) == 1 and db.value("SELECT id FROM session") == id


def test_rotating_before_the_commit_is_undone_with_it(visit) -> None:
    visit.stores(a=1)
    before = dict(visit.cookies)

    def fail(request: Request) -> None:
        request.session.rotate()
        raise RuntimeError("oops")
    assert visit.writes(fail).status == 500
    assert visit.cookies == before and visit.remembered == {"a": 1}


@pytest.mark.parametrize("account", [True, "7", None, 7.0])
def test_an_account_is_a_number(visit, account, db) -> None:
    assert visit.writes(sign_in(account)).status == 500 and count(db) == 0


def test_ones_sessions_are_listed_the_newest_first_with_the_current_one(site, db) -> None:
    visits = []
    for number, agent in enumerate(["Firefox/1", "x" * 300, "bad\x7f\xa0<b>"]):
        visits.append(Visit(site))
        visits[-1].writes(sign_in(7, remember=number == 1), HTTP_USER_AGENT=agent)
    Visit(site).writes(sign_in(8))

    def mine(request: Request) -> list[dict[str, Any]]:
        assert request.session.account_id == 7
        return list(Session.list(request.db, 7, current=request.session.id))
    found = visits[0].reads(mine).json()
    assert [row["agent"] for row in found] == ["bad  <b>", "x" * 200, "Firefox/1"]
    assert [row["current"] for row in found] == [False, False, True]
    assert [row["remember"] for row in found] == [0, 1, 0]
    assert all(row["created_at"] <= row["seen_at"] for row in found)
    assert set(found[0]) == {"id", "created_at", "seen_at", "remember", "agent", "current"}


def test_a_session_is_ended_by_its_account_alone(site, db) -> None:
    mine, other = Visit(site), Visit(site)
    mine.writes(sign_in(7))
    other.writes(sign_in(7))
    first, second = sorted(row.id for row in Session.list(db, 7))
    with db.transaction():
        assert not Session.revoke(db, 8, second)
        assert Session.revoke(db, 7, second)
        assert not Session.revoke(db, 7, second)
    assert signed_in(mine) == 7 and signed_in(other) is None
    with pytest.raises(DatabaseError):
        Session.revoke(db, 7, first)


def test_all_others_can_be_ended(site, db) -> None:
    mine, other, phone, stranger = (Visit(site) for _ in range(4))
    for visit in (mine, other, phone):
        visit.writes(sign_in(7))
    stranger.writes(sign_in(8))

    def end(request: Request) -> int:
        ended = request.session.revoke_others()
        request.session.rotate()
        return ended
    assert mine.writes(end).json() == 2
    assert list(map(signed_in, (mine, other, phone, stranger))) == [7, None, None, 8]
    assert Visit(site).writes(lambda request: request.session.revoke_others()).json() == 0


def test_all_sessions_of_an_account_can_be_ended(site, db) -> None:
    mine, other, stranger = (Visit(site) for _ in range(3))
    for visit, account in ((mine, 7), (other, 7), (stranger, 8)):
        visit.writes(sign_in(account))
    stays = mine.reads(lambda request: request.session.id).json()
    with db.transaction():
        assert session.end_all(db, 7, but=stays) == 1
    assert list(map(signed_in, (mine, other, stranger))) == [7, None, 8]
    with db.transaction():
        assert session.end_all(db, 7) == 1
    assert list(map(signed_in, (mine, other, stranger))) == [None, None, 8]


def test_who_signs_in_and_ends_all_others_is_signed_in(site, db) -> None:
    mine, other = Visit(site), Visit(site)
    mine.writes(sign_in(7))
    other.writes(sign_in(7))

    def reset(request: Request) -> int:
        request.session.sign_in(7)
        return request.session.revoke_others()
    assert mine.writes(reset).json() == 2           # its own old one is one of them
    assert (signed_in(mine), signed_in(other)) == (7, None)
    assert count(db) == 1


def test_no_more_than_a_hundred_are_listed(site, db: Database) -> None:
    visit = Visit(site)
    visit.writes(sign_in(7))
    with db.transaction():
        for number in range(120):
            db.run("INSERT INTO session (token_hash, account_id, data, created_at, seen_at,"
                   " ends_at, remember, agent) SELECT :hash, account_id, data, created_at, seen_at,"
                   " ends_at, remember, agent FROM session WHERE account_id = 7"
                   " ORDER BY id LIMIT 1",
                   hash=f"{number:064}")
    assert len(Session.list(db, 7)) == 100
    assert visit.writes(lambda request: request.session.revoke_others()).json() == 120
