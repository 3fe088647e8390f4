"""The session is written with the handler of an unsafe method, or not at all; on both engines."""
from __future__ import annotations

import re

import pytest

from chapbook import Conflict, Forbidden, Invalid, Page, Request, Response, TooLarge, redirect
from chapbook.config import Config
from chapbook.db import close_kept, kept
from chapbook.engines import Busy
from chapbook.session import Session
from chapbook.testing import Client

from tests.support.threads import together
from tests.support.visits import Visit, count, set_cookies

FORM = '<!doctype html><title>T</title><form method="post"><button>Go</button></form>'


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("work", [
    lambda request: request.session.update(a=1), lambda request: request.session.clear(),
    lambda request: request.session.sign_in(1), lambda request: request.session.sign_out(),
    lambda request: request.session.rotate(), lambda request: request.session.revoke_others(),
    lambda request: request.session.pop("name")])
def test_storing_outside_an_unsafe_method_is_an_error_that_says_so(
    site, db, method, work, log_of,
) -> None:
    visit = Visit(site)
    visit.stores(name="Ann")
    before = db.one("SELECT * FROM session")
    assert visit.reads(work, method).status == 500
    assert "a session is written by the handler of a POST" in log_of(site)
    assert db.one("SELECT * FROM session") == before


def test_a_list_changed_in_place_on_a_get_is_an_error(visit, log_of) -> None:
    visit.stores(cart=["tea"])
    assert visit.reads(lambda request: request.session["cart"].append("milk")).status == 500
    assert "a list or dict of the session was changed" in log_of(visit.config)
    assert visit.reads(lambda request: len(request.session["cart"])).json() == 1


def test_storing_after_the_answer_is_an_error(visit, log_of) -> None:
    def work(request: Request) -> None:
        request.session["a"] = 1
        request.after(lambda: request.session.update(b=2))
    assert visit.writes(work).status == 200
    assert "neither does request.after" in log_of(visit.config)
    assert visit.remembered == {"a": 1}


# The transaction of the handler

def failing(request: Request) -> Response:
    request.session["name"] = "Zoë"
    raise Forbidden()


def refusing(request: Request) -> Response:
    request.session["name"] = "Zoë"
    return Response.text("no", 409)


def broken(request: Request) -> Response:
    request.session["name"] = "Zoë"
    raise RuntimeError("oops")


def invalid(request: Request) -> Response:
    request.session["name"] = "Zoë"
    raise Invalid("Look again.")


@pytest.mark.parametrize("work", [failing, refusing, broken, invalid])
def test_an_error_keeps_nothing_and_sets_no_cookie(site, db, work) -> None:
    new, known = Visit(site), Visit(site)
    known.stores(name="Ann")
    for visit in (new, known):
        answer = visit.writes(work)
        assert answer.status >= 400 and set_cookies(answer) == []
        assert answer["Cache-Control"] == "no-store"
    assert known.remembered == {"name": "Ann"} and count(db) == 1


def test_a_refused_form_keeps_nothing_and_sets_no_cookie(site, db) -> None:
    page = Client(Page(get=lambda request: Response.html(FORM), post=invalid), site)
    answer = page.post("/")
    assert answer.status == 422 and set_cookies(answer) == [] and count(db) == 0


def test_a_handler_that_runs_again_sets_one_cookie(visit, db) -> None:
    runs = []

    def work(request: Request) -> None:
        request.session["runs"] = request.session.get("runs", 0) + 1
        request.session.sign_in(7)
        request.db.value("SELECT 1")
        runs.append(1)
        if len(runs) < 3:
            raise Busy(detail="deadlock")
    answer = visit.writes(work)
    assert answer.status == 200 and len(runs) == 3 and len(set_cookies(answer)) == 1
    assert visit.remembered == {"runs": 1} and count(db) == 1


def test_the_form_of_a_page_is_read_with_the_session_and_stored_by_its_handler(site) -> None:
    def show(request: Request) -> Response:
        return Response.html(FORM.replace("Go", f"Go {request.session.get('n', 0)}"))

    def add(request: Request) -> Response:
        request.session["n"] = request.session.get("n", 0) + 1
        return redirect(request.url)
    page = Client(Page(get=show, post=add), site)
    for number in range(3):
        shown = page.get("/")
        assert f"Go {number}" in shown.text
        token = re.search(r'name="_once" value="([^"]+)"', shown.text)
        assert token is not None
        first, again = (page.post("/", _once=token[1]) for _ in range(2))
        assert first.status == again.status == 303 and set_cookies(again) == []
        assert bool(set_cookies(first)) is (number == 0)


def test_one_response_for_all_visitors_carries_nobodys_cookie(site) -> None:
    thanks = Response.text("Thank you.")

    def work(request: Request) -> Response:
        request.session["n"] = 1
        return thanks
    first, second = Visit(site), Visit(site)
    assert len(set_cookies(first.writes(work))) == len(set_cookies(second.writes(work))) == 1
    assert [name for name, _ in thanks.headers] == ["Content-Type"]


# What is kept by browsers

def test_an_answer_made_with_a_session_is_kept_by_nobody(visit) -> None:
    def show(request: Request) -> Response:
        request.session.get("name")
        response = Response.text("x")
        response["Cache-Control"] = "public, max-age=600"
        response.etag, response.last_modified = "v1", 1_700_000_000
        return response
    anonymous = visit.reads(show)
    assert anonymous["Cache-Control"] == "public, max-age=600" and anonymous["Vary"] == "Cookie"
    visit.stores(name="Ann")
    for method in ("GET", "HEAD"):
        mine = visit.reads(show, method, HTTP_IF_NONE_MATCH='"v1"')
        assert (mine.status, mine["Cache-Control"]) == (200, "no-store")
        assert "ETag" not in mine and "Last-Modified" not in mine


@pytest.mark.parametrize(("kind", "control", "kept"), [
    ("image/png", "private, max-age=600", "private, max-age=600"),
    ("text/html; charset=utf-8", "private, max-age=600", "no-store"),
    ("image/png", "public, max-age=600", "no-store"),
    ("image/png", "private", "no-store"),
])
def test_a_file_may_say_that_its_visitor_keeps_it(visit, kind, control, kept) -> None:
    def show(request: Request) -> Response:
        request.session.get("name")
        return Response(b"x", headers=[("Content-Type", kind), ("Cache-Control", control)])
    visit.stores(name="Ann")
    answer = visit.reads(show)
    assert answer["Cache-Control"] == kept
    assert ("Vary" in answer) is (kept != "no-store")


def test_an_answer_that_sets_a_cookie_is_kept_by_nobody_whatever_it_says(visit) -> None:
    def work(request: Request) -> Response:
        request.session["name"] = "Ann"
        return Response(b"x", headers=[("Content-Type", "image/png"),
                                       ("Cache-Control", "private, max-age=600")])
    assert visit.writes(work)["Cache-Control"] == "no-store"


def test_a_page_that_does_not_look_at_the_session_is_kept_as_always(visit) -> None:
    visit.stores(name="Ann")
    answer = visit.reads(lambda request: "hello")
    assert answer["Cache-Control"] == "private, no-cache"
    assert "ETag" in answer and "Vary" not in answer


def test_what_an_answer_varies_by_already_stays(visit) -> None:
    def show(request: Request) -> Response:
        request.session.get("name")
        response = Response.text("x")
        response["Vary"] = "Accept"
        return response
    assert visit.reads(show)["Vary"] == "Accept, Cookie"


# At the same time

def test_two_requests_at_once_each_keep_what_they_have_changed(site, visit) -> None:
    visit.stores(a=0, b=0, c=0, gone=1)

    def one(name: str) -> int:
        other = Visit(site, visit.cookies)
        runs = []

        def work(request: Request) -> None:
            before = dict(request.session)
            runs.append(1)
            if name == "a":
                request.session.pop("gone", None)
            request.session[name] = before[name] + 1
        try:
            for _ in range(5):
                assert other.writes(work).status == 200
        finally:
            close_kept()
        return len(runs)
    together(*[lambda name=name: one(name) for name in "abc"])
    assert visit.remembered == {"a": 5, "b": 5, "c": 5}


def test_what_another_request_has_stored_meanwhile_stays_too(site, visit, db) -> None:
    visit.stores(name="Ann", other=1, gone=1)
    late = read(site, visit)
    visit.stores(name="early", more=2)
    late.update(name="late")
    del late["gone"]
    kept(site).transact(late.save)
    assert visit.remembered == {"name": "late", "other": 1, "more": 2}


def test_a_session_that_is_emptied_keeps_what_has_come_meanwhile(site, visit, db) -> None:
    visit.stores(name="Ann")
    late = read(site, visit)
    visit.stores(more=2)
    late.clear()
    kept(site).transact(late.save)
    assert visit.remembered == {"more": 2}


@pytest.mark.parametrize("end", [
    lambda request: request.session.sign_out(), lambda request: request.session.rotate(),
    lambda request: request.session.sign_in(5)])
@pytest.mark.parametrize("change", [
    lambda session: session.update(name="late"), lambda session: session.rotate(),
    lambda session: session.clear()])
def test_who_stores_into_a_session_that_has_ended_meanwhile_is_told(
    site, visit, db, end, change,
) -> None:
    visit.stores(name="Ann")
    late = read(site, visit)
    visit.writes(end)
    before = db.all("SELECT * FROM session")
    change(late)
    with pytest.raises(Conflict, match="ended or renewed in another window"):
        kept(site).transact(late.save)
    assert db.all("SELECT * FROM session") == before


def test_both_together_must_fit(site, visit, db) -> None:
    visit.stores(a=1)
    late = read(site, visit)
    visit.stores(b="x" * 40_000)
    late["c"] = "x" * 40_000
    with pytest.raises(TooLarge):
        kept(site).transact(late.save)
    assert set(visit.remembered) == {"a", "b"}


def read(site: Config, visit: Visit) -> Session:
    """The session of a POST that has just read it, and is about to be overtaken."""
    cookies = "; ".join(f"{name}={value}" for name, value in visit.cookies.items())
    session = Request({"REQUEST_METHOD": "POST", "HTTP_COOKIE": cookies}, site).session
    assert session.id is not None
    return session
