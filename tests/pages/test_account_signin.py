"""Sign in: who gets in, what everybody else is told, and what its owner hears of it."""
import time

import pyotp
import pytest

from chapbook import db as database
from chapbook.accounts import accounts, signin, throttle, totp
from chapbook.accounts.events import SHELL
from chapbook.db import connect

from tests.support.people import PASSWORD
from tests.support.postbox import Postbox, fill, quick_hashes, send

WRONG = "Nobody can sign in with this address and this password."
AWAY = "198.51.100.7"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hashes that cost nothing."""
    quick_hashes(monkeypatch)


@pytest.fixture
def postbox(visitor, database_config):
    """The mails of this site."""
    return Postbox(database_config)


@pytest.fixture
def ann(people, postbox):
    """The id of Ann's account."""
    return people.add("member", "ann", PASSWORD)


@pytest.fixture
def codes(ann, database_config):
    """Ann's app, for her second factor, and her recovery codes."""
    with connect(database_config) as db:
        app = pyotp.TOTP(db.transact(totp.begin, db, ann))
        before = int(time.time()) - 90
        made = db.transact(accounts.second_factor_on, db, ann, app.at(before), SHELL, before)
    assert made
    return app, made


def sign_in(client, password=PASSWORD, address="ann@example.org", url="/account/signin", **more):
    return fill(client, url, address=address, password=password, **more)


def is_in(client):
    return "You are signed in as <bdi>Ann</bdi>:" in client.get("/account/signin").text


def test_address_and_password_let_in(visitor, ann):
    answer = sign_in(visitor, address=" Ann@Example.ORG ")
    assert answer.status == 303 and answer["Location"] == "/account/me"
    assert answer["Cache-Control"] == "no-store" and is_in(visitor)


def test_the_fields_are_those_that_a_password_manager_knows(visitor):
    page = visitor.get("/account/signin").text
    assert 'type="email" required maxlength="254" autocomplete="username"' in page
    assert 'type="password" required maxlength="1024" autocomplete="current-password"' in page
    assert "onclick" not in page and "<script" not in page


@pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "waiting", "no password"])
def test_whatever_is_the_matter_the_answer_is_the_same(visitor, people, postbox, case):
    if case != "unknown":
        state = case if case in ("disabled", "waiting") else "active"
        people.add("member", "ann", None if case == "no password" else PASSWORD, state=state)
    answer = sign_in(visitor, "another one" if case == "wrong" else PASSWORD)
    assert answer.status == 422 and WRONG in answer.text
    assert 'value="ann@example.org"' in answer.text and PASSWORD not in answer.text
    assert not is_in(visitor) and postbox.all() == []


@pytest.mark.parametrize(("wanted", "leads"), [
    ("/guestbook?before=3", "/guestbook?before=3"), ("//evil.example/", "/account/me"),
    ("https://evil.example/", "/account/me"), ("/\\evil.example", "/account/me"),
])
def test_it_leads_to_where_they_wanted_to_go_on_this_site_alone(visitor, ann, wanted, leads):
    from urllib.parse import urlencode

    answer = sign_in(visitor, url="/account/signin?" + urlencode({"next": wanted}))
    assert answer["Location"] == leads


@pytest.mark.parametrize("remember", [True, False])
def test_only_who_wants_to_stays_signed_in_when_the_browser_is_closed(visitor, ann, remember):
    answer = sign_in(visitor, **({"remember": "on"} if remember else {}))
    assert ("Max-Age=" in answer["Set-Cookie"]) is remember


def test_a_cookie_from_before_is_worth_nothing_after_signing_in(visitor, people, ann):
    sign_in(visitor)
    first = dict(visitor.cookies)
    sign_in(visitor)
    assert visitor.cookies["session"] != first["session"]
    thief = people.nobody
    thief.cookies.update(first)
    assert not is_in(thief)


def test_too_many_tries_have_to_wait_and_the_owner_is_told_once(visitor, people, ann, postbox):
    answers = [sign_in(visitor, f"wrong {number}", network=AWAY) for number in range(12)]
    assert [answer.status for answer in answers] == [422] * 10 + [429] * 2
    assert 0 < int(answers[-1]["Retry-After"]) <= 120 and "Too many tries" in answers[-1].text
    assert postbox.subjects("ann@example.org") == ["Somebody tries to sign in"]
    assert sign_in(visitor, network=AWAY).status == 429, "not even with the right one"


def test_an_unknown_address_has_to_wait_as_well(visitor, postbox):
    answers = [sign_in(visitor, network=AWAY) for number in range(11)]
    assert [answer.status for answer in answers] == [422] * 10 + [429]
    assert postbox.all() == []


@pytest.mark.parametrize("tries", [2, 10])
def test_who_has_to_wait_is_told_so_by_the_same_work_for_every_address(
    visitor, people, ann, postbox, monkeypatch, tries
):
    people.add("member", "closed", PASSWORD, state="disabled")
    monkeypatch.setattr(throttle, "NETWORK", throttle.Limit("network", 3 * tries, 3600))
    names = ("ann", "nobody", "closed")
    for number in range(tries):
        for name in names:
            sign_in(visitor, "wrong", f"{name}@example.org", network=AWAY)
    for name in names:                            # the first one is mailed about
        assert sign_in(visitor, "wrong", f"{name}@example.org", network=AWAY).status == 429
    monkeypatch.setattr(signin, "SWEPT_BELOW", 0)
    real, asked = database.translated, []
    monkeypatch.setattr(database, "translated", lambda sql: asked.append(sql) or real(sql))
    work = []
    for name in names:
        asked.clear()
        sign_in(visitor, "wrong", f"{name}@example.org", network=AWAY)
        work.append(list(asked))
    assert work[0] == work[1] == work[2] and len(work[0]) > 5


def test_who_signs_in_from_somewhere_new_is_told_by_mail(visitor, people, ann, postbox):
    sign_in(visitor)
    assert postbox.subjects("ann@example.org") == ["Somebody has signed in from somewhere new"]
    assert "From: 127.0.0.1" in postbox.all()[0].body
    sign_in(people.nobody)
    assert len(postbox.all()) == 1, "from there, it is news once"


def test_a_password_that_changes_while_it_is_looked_at_lets_nobody_in(
    visitor, ann, database_config, monkeypatch
):
    real = signin.authenticate

    def overtaken(*given):
        outcome = real(*given)
        with connect(database_config) as db:
            db.transact(accounts.change_password, db, ann, "quite another one", SHELL)
        return outcome

    monkeypatch.setattr(signin, "authenticate", overtaken)
    answer = sign_in(visitor)
    assert answer.status == 422 and WRONG in answer.text and "session" not in visitor.cookies


def test_a_second_factor_is_asked_for_before_anybody_is_in(visitor, ann, codes, postbox):
    app, _ = codes
    answer = sign_in(visitor, url="/account/signin?next=/guestbook", remember="on")
    assert answer.status == 303 and answer["Location"] == "/account/signin/code?next=%2Fguestbook"
    assert not is_in(visitor)
    page = visitor.get("/account/signin/code?next=/guestbook").text
    assert 'autocomplete="one-time-code"' in page
    answer = fill(visitor, "/account/signin/code?next=/guestbook", code=app.now())
    assert answer["Location"] == "/guestbook" and "Max-Age=" in answer["Set-Cookie"]
    assert is_in(visitor)
    assert postbox.subjects("ann@example.org") == ["Somebody has signed in from somewhere new"]


def test_a_password_without_its_code_makes_no_place_one_that_is_known(
    visitor, people, ann, codes, postbox
):
    assert sign_in(visitor, network=AWAY)["Location"] == "/account/signin/code"
    again = people.nobody
    sign_in(again, network=AWAY)
    assert fill(again, "/account/signin/code", network=AWAY, code=codes[0].now()).status == 303
    assert postbox.subjects("ann@example.org") == ["Somebody has signed in from somewhere new"]
    sign_in(visitor, network=AWAY)
    assert fill(visitor, "/account/signin/code", network=AWAY, code=codes[1][0]).status == 303
    assert len(postbox.subjects("ann@example.org")) == 2, "the recovery code, and no new place"


def test_a_recovery_code_opens_once_and_its_owner_is_told(visitor, people, ann, codes, postbox):
    for client, status in ((visitor, 303), (people.nobody, 422)):
        sign_in(client)
        assert fill(client, "/account/signin/code", code=codes[1][0]).status == status
    assert is_in(visitor) and postbox.subjects("ann@example.org") == ["A recovery code was used"]


def test_wrong_codes_are_counted_and_the_owner_is_told(visitor, ann, codes, postbox):
    app, _ = codes
    sign_in(visitor)
    used = app.at(int(time.time()) - 3600)
    answers = [fill(visitor, "/account/signin/code", code=used) for _ in range(6)]
    assert [answer.status for answer in answers] == [422] * 5 + [429]
    assert "This code is not right" in answers[0].text and "wait" in answers[-1].text
    assert postbox.subjects("ann@example.org") == ["Somebody knows your password"]
    assert not is_in(visitor)


def test_who_did_not_give_the_password_gets_no_form_for_a_code(visitor, ann, codes):
    assert visitor.get("/account/signin/code")["Location"] == "/account/signin"
    answer = visitor.post("/account/signin/code", code=codes[0].now())
    assert answer.status == 303 and answer["Location"] == "/account/signin"


def test_a_cookie_from_before_the_password_gives_no_code(visitor, people, ann, codes):
    sign_in(visitor)
    planted = people.nobody
    planted.cookies.update(visitor.cookies)
    sign_in(visitor)
    assert planted.get("/account/signin/code").status == 303
    assert fill(visitor, "/account/signin/code", code=codes[0].now()).status == 303


def test_after_ten_minutes_the_password_has_to_be_given_again(visitor, ann, codes, monkeypatch):
    sign_in(visitor)
    monkeypatch.setattr("collection.entering.LIVES", 0)
    assert visitor.get("/account/signin/code").status == 303
    answer = visitor.post("/account/signin/code", code=codes[0].now())
    assert answer["Location"] == "/account/signin"
    assert "more than ten minutes" in visitor.get("/account/signin").text


def test_who_knew_the_password_before_uses_up_no_codes_of_the_new_one(
    visitor, people, ann, codes, database_config, postbox
):
    thief = people.nobody
    sign_in(thief, network=AWAY)
    page = thief.get("/account/signin/code").text
    token = page.partition('name="_once" value="')[2].partition('"')[0]
    with connect(database_config) as db:
        db.transact(accounts.change_password, db, ann, "quite another one", SHELL)
    for _ in range(8):
        send(thief, "/account/signin/code", {"_once": token, "code": "000000"}, AWAY)
    sign_in(visitor, "quite another one")
    assert fill(visitor, "/account/signin/code", code=codes[0].now()).status == 303
    assert is_in(visitor) and "Somebody knows your password" not in postbox.subjects(
        "ann@example.org")


def test_a_password_that_changes_before_the_code_comes_lets_nobody_in(
    visitor, ann, codes, database_config
):
    sign_in(visitor)
    with connect(database_config) as db:
        db.transact(accounts.change_password, db, ann, "quite another one", SHELL)
    assert fill(visitor, "/account/signin/code", code=codes[0].now())["Location"] == (
        "/account/signin")
    assert not is_in(visitor)
