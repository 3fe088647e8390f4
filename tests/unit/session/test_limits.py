"""When sessions end, by clocks that jump too, and how they are swept; on both engines."""
from __future__ import annotations

import time

import pytest

from chapbook import Page, Request, Response
from chapbook.config import Config
from chapbook.db import Database
from chapbook.session import Session, rows
from chapbook.testing import Client

from tests.support.visits import Visit, count, set_cookies

MINUTE, HOUR, DAY = 60, 3600, 86400


def is_open(visit: Visit) -> bool:
    return visit.remembered == {"a": 1}


@pytest.fixture
def known(site: Config) -> Visit:
    """A visitor of whom something is known."""
    visit = Visit(site)
    visit.stores(a=1)
    return visit


def test_it_ends_two_hours_after_the_last_request(known, clock) -> None:
    clock(2 * HOUR - 2)
    assert is_open(known)
    clock(2 * HOUR - 2)
    assert is_open(known)
    clock(2 * HOUR + 1)
    assert not is_open(known)


def test_it_ends_twelve_hours_after_it_began_however_busy(known, clock) -> None:
    for _ in range(11):
        clock(HOUR)
        assert is_open(known)
        assert known.writes(lambda request: request.session.rotate()).status == 200
    clock(HOUR - 5)
    assert is_open(known)
    clock(6)
    assert not is_open(known)


def test_signing_in_begins_it_anew(known, clock) -> None:
    for _ in range(11):
        clock(HOUR)
        assert is_open(known)
    known.writes(lambda request: request.session.sign_in(7))
    for _ in range(11):
        clock(HOUR)
        assert is_open(known)


def test_one_that_has_ended_is_not_gone_on_with_but_followed_by_a_new_one(known, db, clock) -> None:
    before = dict(known.cookies)
    clock(3 * HOUR)
    known.stores(b=2)
    assert known.cookies != before and known.remembered == {"b": 2}
    left = count(db)
    assert left in (1, 2), "one in 64 new ones sweeps in passing"
    with db.transaction():
        assert rows.sweep(db) == left - 1
    assert known.remembered == {"b": 2}


def test_one_that_has_ended_is_not_listed(site, db, clock) -> None:
    for remember in (False, True):
        Visit(site).writes(lambda request: request.session.sign_in(7, remember=remember))
    assert [row.remember for row in Session.list(db, 7)] == [1, 0]
    clock(3 * HOUR)
    assert [row.remember for row in Session.list(db, 7)] == [1]


def test_who_stays_signed_in_does_so_for_thirty_days(site, clock) -> None:
    visit = Visit(site)
    cookie, = set_cookies(visit.writes(lambda request: request.session.sign_in(7, remember=True)))
    assert f"; Max-Age={30 * DAY};" in cookie
    clock(29 * DAY)
    visit.stores(a=1)
    rotated, = set_cookies(visit.writes(lambda request: request.session.rotate()))
    assert int(rotated.partition("Max-Age=")[2].partition(";")[0]) == pytest.approx(DAY, abs=5)
    assert is_open(visit)
    clock(DAY + 1)
    assert not is_open(visit)


def test_the_settings_say_how_long(site, clock) -> None:
    site.session.idle, site.session.absolute, site.session.remember = 60.0, 150.0, 600.0
    visit, stays = Visit(site), Visit(site)
    visit.stores(a=1)
    stays.writes(lambda request: request.session.sign_in(7, remember=True))
    stays.stores(a=1)
    for _ in range(2):
        clock(58)
        assert is_open(visit)
    clock(58)
    assert not is_open(visit) and is_open(stays)
    clock(600)
    assert not is_open(stays)


@pytest.mark.parametrize("jump", [-HOUR, -30 * MINUTE])
def test_a_clock_that_is_set_back_by_an_hour_ends_nothing(known, clock, jump) -> None:
    clock(jump)
    assert is_open(known)
    known.stores(a=1)
    clock(2 * HOUR - 5)                        # by the new clock
    assert is_open(known)
    clock(2 * HOUR + 1)
    assert not is_open(known)


@pytest.mark.parametrize("jump", [-DAY, -20 * 365 * DAY])
def test_what_seems_to_be_of_the_future_opens_nothing(known, clock, jump) -> None:
    clock(jump)
    assert not is_open(known)
    known.stores(a=1)
    assert is_open(known)


@pytest.mark.parametrize("moment", [2**31 - 10, 2**31 + 10, 2**32 + 10, 4_107_542_400])
def test_it_works_beyond_2038(site, clock, moment) -> None:
    clock(moment - time.time())
    visit = Visit(site)
    visit.stores(a=1)
    clock(20 * MINUTE)
    assert is_open(visit)
    clock(3 * HOUR)
    assert not is_open(visit)


# That it is in use is noted now and then

def seen_at(db: Database) -> int:
    return int(db.value("SELECT seen_at FROM session"))


def test_a_get_writes_nothing_itself_and_has_it_noted_when_the_answer_is_out(
    site, db, clock, known,
) -> None:
    work: list = []
    before = db.one("SELECT * FROM session")

    def show(request: Request) -> Response:
        request.session.get("a")
        work.append(list(request.work))
        return Response.text("")
    page = Client(Page(get=show), site)
    page.cookies = known.cookies
    page.get("/")
    clock(4 * MINUTE)
    page.head("/")
    assert work == [[], []] and db.one("SELECT * FROM session") == before
    clock(MINUTE + 1)
    page.get("/")
    assert len(work[2]) == 1 and seen_at(db) == before.seen_at + 5 * MINUTE + 1
    assert db.value("SELECT ends_at FROM session") == seen_at(db) + 2 * HOUR
    page.get("/")
    assert work[3] == []


def test_a_post_notes_it_in_its_own_transaction(known, db, clock) -> None:
    before = seen_at(db)
    clock(4 * MINUTE)
    known.writes(lambda request: request.session["a"])
    assert seen_at(db) == before
    clock(2 * MINUTE)
    known.writes(lambda request: request.session["a"] and Response.text("no", 409))
    assert seen_at(db) == before
    assert set_cookies(known.writes(lambda request: request.session["a"])) == []
    assert seen_at(db) == pytest.approx(before + 6 * MINUTE, abs=2)


def test_of_two_that_note_it_one_does(known, db, clock) -> None:
    row = rows.find(db, known.cookies["session"])
    clock(6 * MINUTE)
    with db.transaction():
        rows.note(db, row)
    noted = seen_at(db)
    clock(MINUTE)
    with db.transaction():
        rows.note(db, row)
    assert seen_at(db) == noted


# Sweeping

def put(db: Database, numbers: range, ends_at: int) -> None:
    """Sessions of account 1 that end then."""
    with db.transaction():
        for number in numbers:
            db.run("INSERT INTO session (token_hash, account_id, data, created_at, seen_at,"
                   " ends_at, remember, agent) VALUES (:hash, 1, '{}', :then, :then, :ends, 0, '')",
                   hash=f"{number:064}", then=ends_at - 2 * HOUR, ends=ends_at)


def test_what_has_ended_is_swept_five_hundred_at_once(known, db) -> None:
    now = int(time.time())
    put(db, range(700), now - 5)
    put(db, range(700, 710), now + 600)
    put(db, range(710, 720), now + 400 * DAY)          # by a clock that was wrong
    put(db, range(720, 730), now + 29 * DAY)
    assert [db.transact(rows.sweep, db) for _ in range(3)] == [500, 210, 0]
    assert is_open(known) and count(db) == 21
    put(db, range(1000, 1060), now - 5)
    assert db.transact(rows.sweep, db, 50) == 50


def test_a_session_that_was_gone_on_with_in_the_meantime_is_not_swept(
    known, db, clock, monkeypatch,
) -> None:
    clock(3 * HOUR)
    real = Database.all

    def all_of_a_moment_ago(self, sql, /, **values):
        found = real(self, sql, **values)
        self.run("UPDATE session SET ends_at = ends_at + 86400")
        return found
    monkeypatch.setattr(Database, "all", all_of_a_moment_ago)
    db.transact(rows.sweep, db)
    monkeypatch.undo()
    assert count(db) == 1


def test_new_sessions_sweep_old_ones_now_and_then_where_no_cron_does(site, db, monkeypatch) -> None:
    put(db, range(60), int(time.time()) - 5)
    visit = Visit(site)
    monkeypatch.setattr("chapbook.session.rows.os.urandom", lambda size: b"\0" * size)
    visit.stores(a=1)
    monkeypatch.undo()
    assert count(db) == 11 and is_open(visit)


def test_a_million_rows_are_found_by_their_index(site, db, monkeypatch) -> None:
    put(db, range(300), int(time.time()) + 600)
    statements: dict[str, dict] = {}
    for name in ("one", "all", "run"):
        real = getattr(Database, name)

        def noted(self, sql, /, _real=real, **values):
            statements[sql] = values
            return _real(self, sql, **values)
        monkeypatch.setattr(Database, name, noted)
    visit = Visit(site)
    visit.writes(lambda request: request.session.sign_in(7))
    visit.stores(a=1)
    visit.writes(lambda request: request.session.revoke_others())
    Session.list(db, 7)
    row = rows.find(db, visit.cookies["session"])
    assert row is not None
    with db.transaction():
        rows.sweep(db)
        rows.note(db, row)
        rows.held(db, row)
        rows.change(db, row, None)
        Session.revoke(db, 7, 5)
    visit.writes(lambda request: request.session.sign_out())
    monkeypatch.undo()
    explained = 0
    for sql, values in statements.items():
        if "session" not in sql or sql.startswith("INSERT"):
            continue
        with db.transaction():
            plan = db.all(("EXPLAIN " if db.engine == "mysql" else "EXPLAIN QUERY PLAN ") + sql,
                          **values)
        explained += 1
        for row in plan:
            if db.engine == "sqlite":
                assert "SCAN" not in row.detail and "TEMP B-TREE" not in row.detail, (sql, plan)
            else:
                assert row.type not in ("ALL", "index") and "filesort" not in row.Extra, (sql, plan)
    assert explained == 12
