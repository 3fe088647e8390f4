"""request.session: a row and a cookie once there is something to remember, on both engines."""
from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest

from chapbook import Request
from chapbook.db import Database
from chapbook.session import rows

from tests.support.visits import Visit, count, set_cookies

TOKEN = re.compile(r"[\w-]{43}")


# Laziness

def test_a_visit_of_which_nothing_is_stored_has_no_row_and_no_cookie(visit, db) -> None:
    for work in (lambda request: request.session.get("x"), lambda request: len(request.session),
                 lambda request: request.session.account_id):
        assert set_cookies(visit.reads(work)) == set_cookies(visit.writes(work)) == []
    assert visit.writes(lambda request: request.session.clear()).status == 200
    assert visit.writes(lambda request: request.session.sign_out()).status == 200
    assert visit.writes(lambda request: request.session.rotate()).status == 200
    assert not visit.cookies and count(db) == 0


def test_no_query_is_made_before_the_first_use_and_one_then(visit, monkeypatch) -> None:
    visit.stores(name="Ann")
    asked = []
    real = Database.one
    monkeypatch.setattr(Database, "one", lambda self, sql, /, **values: (
        asked.append(sql), real(self, sql, **values))[1])
    visit.reads(lambda request: bool(request.session is not None))
    assert asked == []
    visit.reads(lambda request: (request.session["name"], "name" in request.session,
                                 list(request.session), request.session.account_id))
    assert len(asked) == 1


def test_a_foreign_cookie_of_our_name_is_not_even_looked_up(visit, monkeypatch) -> None:
    visit.cookies["session"] = "eyJfaWQiOjF9.Zx.of-another-program"
    monkeypatch.setattr(rows, "find", lambda *given: pytest.fail("it was looked up"))
    assert visit.remembered == {}


# The mapping

def test_what_is_stored_is_there_at_the_next_visit_as_it_was(visit, db) -> None:
    values = {"text": "Zoë \"\n\0 🖋", "n": -(2**80), "x": 0.1, "yes": True, "none": None, "": "",
              "list": [1, [2.5, {"a": {}}]], "dict": {"ключ": ["é"]}, "one": 1}
    assert visit.stores(**values).status == 200
    found = visit.remembered
    assert found == values and list(map(type, found.values())) == list(map(type, values.values()))
    assert Visit(visit.config, visit.cookies).remembered == values
    assert Visit(visit.config).remembered == {}
    assert count(db) == 1


def test_it_does_what_a_dict_does(visit) -> None:
    def work(request: Request) -> list[Any]:
        session = request.session
        session["a"] = 1
        session["b"] = [2]
        session["b"].append(3)
        session.setdefault("c", {})["d"] = 4
        assert session.pop("a") == 1 and session.pop("a", None) is None
        del session["c"]
        with pytest.raises(KeyError):
            del session["c"]
        with pytest.raises(KeyError):
            session["c"]
        assert "b" in session and len(session) == 1 and session == {"b": [2, 3]} and session
        return list(session.items())
    assert visit.writes(work).json() == [["b", [2, 3]]]
    assert visit.remembered == {"b": [2, 3]}


def test_a_list_that_is_changed_in_place_is_stored(visit) -> None:
    visit.stores(cart=["tea"], flag=1)
    visit.writes(lambda request: request.session["cart"].append("milk"))
    visit.writes(lambda request: request.session.update(flag=True))
    assert visit.remembered == {"cart": ["tea", "milk"], "flag": True}
    assert visit.remembered["flag"] is True


@pytest.mark.parametrize("value", [
    (1, 2), {1}, b"x", float("nan"), float("inf"), datetime.date(2026, 11, 22), Decimal("1.5"),
    {1: "x"}, [[{"a": object()}]], "\ud800", 10**5000], ids=lambda value: type(value).__name__)
def test_what_would_not_come_back_as_it_was_is_refused(visit, db, value, log_of) -> None:
    assert visit.stores(name=value).status == 500
    assert "request.session['name']" in log_of(visit.config)
    assert count(db) == 0 and not visit.cookies


def test_what_refers_to_itself_and_names_that_are_no_text_are_refused(visit, log_of) -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert visit.stores(name=endless).status == 500
    assert "more than 50 lists or dicts deep" in log_of(visit.config)

    def number(request: Request) -> None:
        request.session[1] = "x"
    assert visit.writes(number).status == 500
    assert "names are text" in log_of(visit.config)


def test_what_is_changed_in_place_into_something_else_is_refused(visit, log_of) -> None:
    visit.stores(cart=[])
    answer = visit.writes(lambda request: request.session["cart"].append(Decimal(1)))
    assert answer.status == 500 and "a Decimal cannot be stored" in log_of(visit.config)
    assert visit.remembered == {"cart": []}


@pytest.mark.parametrize("letter", ["x", "é"])
def test_64_kib_are_kept_and_one_byte_more_is_refused(visit, letter, log_of) -> None:
    size = len(letter.encode())
    room = (65_536 - len('{"text":""}')) // size
    assert visit.stores(text=letter * room).status == 200
    answer = visit.stores(text=letter * room + letter)
    assert answer.status == 413 and "more than the site can remember" in answer.text
    assert "65536 are kept (text 6" in log_of(visit.config)
    assert visit.stores(more="x" * 20).status == 413
    assert visit.remembered == {"text": letter * room}


# The cookie

def test_over_http_the_cookie_belongs_to_the_folder_of_the_site(visit) -> None:
    cookie, = set_cookies(visit.stores(name="Ann"))
    assert re.fullmatch(r"session=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)
    visit.cookies.clear()
    cookie, = set_cookies(visit.writes(lambda request: request.session.update(a=1),
                                       PATH_INFO="", SCRIPT_NAME="/club/x",
                                       REQUEST_URI="/club/x", **{"chapbook.script": "x"}))
    assert "; Path=/club/;" in cookie


def test_over_https_the_cookie_is_bound_to_the_host(site, visit) -> None:
    expected = r"__Host-session=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax"
    https = {"wsgi.url_scheme": "https", "HTTPS": "on"}
    visit._work = lambda request: request.session.update(name="Ann")
    cookie, = set_cookies(visit.request("POST", "/", environ=https))
    assert re.fullmatch(expected, cookie)
    site.site.base_url = "https://example.org/club"
    behind_a_proxy = Visit(site)
    cookie, = set_cookies(behind_a_proxy.stores(name="Ann"))
    assert re.fullmatch(expected, cookie)
    assert behind_a_proxy.remembered == {"name": "Ann"}


def test_a_cookie_of_the_name_for_http_opens_nothing_over_https(site, visit) -> None:
    visit.stores(name="Ann")
    site.site.base_url = "https://example.org"
    assert visit.remembered == {}


def test_the_database_has_the_hash_of_the_token_alone(visit, db) -> None:
    import hashlib

    visit.stores(name="Ann")
    token = visit.cookies["session"]
    row = db.one("SELECT * FROM session")
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(row)


def test_tokens_are_256_random_bits() -> None:
    tokens = {rows.new_token() for _ in range(1000)}
    assert len(tokens) == 1000 and all(map(TOKEN.fullmatch, tokens))
    assert all(map(rows.is_token, tokens))
    assert all(len(set(token[i:i + 8] for i in range(36))) == 36 for token in tokens)
    assert not rows.is_token("x" * 42) and not rows.is_token("x" * 44)
    assert not rows.is_token("") and not rows.is_token("é" * 43) and not rows.is_token("=" * 43)


def test_a_session_that_goes_on_gets_no_new_cookie(visit) -> None:
    visit.stores(name="Ann")
    assert set_cookies(visit.stores(name="Zoë")) == []
    assert visit.remembered == {"name": "Zoë"}


@pytest.mark.parametrize("empty", [
    lambda request: request.session.clear(), lambda request: request.session.pop("name"),
    lambda request: request.session.sign_out()])
def test_a_session_that_is_emptied_is_deleted_with_its_cookie(visit, db, empty) -> None:
    visit.stores(name="Ann")
    cookie, = set_cookies(visit.writes(empty))
    assert cookie == "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    assert count(db) == 0 and not visit.cookies


def test_a_token_that_we_did_not_make_is_nobodys_and_is_not_adopted(visit, db) -> None:
    planted = visit.cookies["session"] = rows.new_token()
    assert visit.remembered == {} and set_cookies(visit.writes(lambda request: None)) == []
    visit.stores(name="Ann")
    assert visit.cookies["session"] != planted
    assert Visit(visit.config, {"session": planted}).remembered == {}
    assert count(db) == 1


def test_who_comes_with_two_different_cookies_is_nobody(visit) -> None:
    visit.stores(name="Ann")
    mine, planted = visit.cookies.pop("session"), rows.new_token()
    for two in (f"session={mine}; session={planted}", f"session={planted}; session={mine}"):
        answer = visit.reads(lambda request: dict(request.session), HTTP_COOKIE=two)
        assert answer.json() == {}
    same = f"session={mine}; a[]=1; session={mine}"
    assert visit.reads(lambda request: dict(request.session), HTTP_COOKIE=same).json()
