"""Sessions through each gateway, on both engines: begun in one, gone on with in another."""
from __future__ import annotations

import re
from typing import Any

import pytest

from chapbook.db import connect

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.sites import eventually
from tests.support.threads import together
from tests.support.wire import Answer

FORM = "application/x-www-form-urlencoded"
SESSION = re.compile(
    r"__Host-session=([\w-]{43}); Path=/; Secure; HttpOnly; SameSite=Lax")      # base_url is https


class Browser:
    """Asks any of the gateways, and keeps the cookies."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}

    def ask(self, gateway: Gateway, method: str, query: str = "", body: str = "") -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={text}" for name, text in self.cookies.items())}
        if method == "POST":
            headers["Content-Type"] = FORM
        answer = gateway.ask(method, f"/visits{query}", headers,
                             body.encode() if method == "POST" else None)
        for cookie in set_cookies(answer):
            name, _, text = cookie.partition(";")[0].partition("=")
            self.cookies[name] = text
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return answer

    def visit(self, gateway: Gateway, do: str = "") -> Answer:
        """The answer to one visit more."""
        return self.ask(gateway, "POST", body=f"do={do}")

    def sees(self, gateway: Gateway) -> Any:
        """What the page shows."""
        answer = self.ask(gateway, "GET")
        assert answer.status == 200
        return answer.json


def set_cookies(answer: Answer) -> list[str]:
    return [value for name, value in answer.headers if name.lower() == "set-cookie"]


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, engine_gateways: Running) -> Gateway:
    """Each gateway on each engine."""
    return engine_gateways[request.param]


def test_a_session_is_the_same_through_every_gateway(
    gateway: Gateway, engine_gateways: Running,
) -> None:
    browser = Browser()
    first = browser.visit(gateway)
    assert first.status == 303
    assert len([cookie for cookie in set_cookies(first) if SESSION.fullmatch(cookie)]) == 1
    assert browser.sees(gateway) == {"visits": 1, "account": None, "notes": ["Visit № 1"]}
    for number, name in enumerate(GATEWAYS, 2):
        assert browser.visit(engine_gateways[name]).status == 303
        assert browser.sees(gateway) == {
            "visits": number, "account": None, "notes": [f"Visit № {number}"]}
    assert browser.sees(gateway)["notes"] == []
    assert Browser().sees(gateway) == {"visits": None, "account": None, "notes": []}


def test_signing_in_and_out_changes_the_token(gateway: Gateway) -> None:
    browser, fixed = Browser(), Browser()
    browser.visit(gateway)
    fixed.cookies.update(browser.cookies)
    assert SESSION.search("\n".join(set_cookies(browser.visit(gateway, "enter"))))
    assert browser.sees(gateway)["account"] == 7
    assert fixed.sees(gateway)["visits"] is None
    fixed.cookies = dict(browser.cookies)
    browser.visit(gateway, "leave")
    assert "__Host-session" not in browser.cookies
    assert fixed.sees(gateway)["account"] is None


def test_what_fails_and_what_only_reads_stores_nothing(gateway: Gateway) -> None:
    browser = Browser()
    failed = browser.visit(gateway, "fail")
    assert failed.status == 403 and set_cookies(failed) == [] and not browser.cookies
    browser.visit(gateway)
    assert browser.visit(gateway, "fail").status == 403
    assert browser.ask(gateway, "GET", "?write=1").status == 500
    assert browser.sees(gateway)["visits"] == 1
    head = browser.ask(gateway, "HEAD")
    assert (head.status, head["Cache-Control"]) == (200, "no-store") and not set_cookies(head)


def test_visits_at_once_are_all_answered_and_what_one_stores_stays(
    engine_gateways: Running,
) -> None:
    browser = Browser()
    browser.visit(engine_gateways["builtin"])
    begun = dict(browser.cookies)

    def visit(name: str) -> int:
        other = Browser()
        other.cookies = dict(begun)
        return other.visit(engine_gateways[name]).status
    assert together(*[lambda name=name: visit(name) for name in GATEWAYS * 2]) == [303] * 8
    assert 2 <= browser.sees(engine_gateways["builtin"])["visits"] <= 9


def test_that_it_is_in_use_is_noted_after_the_answer(gateway: Gateway) -> None:
    import hashlib

    browser = Browser()
    browser.visit(gateway)
    token = hashlib.sha256(browser.cookies["__Host-session"].encode()).hexdigest()
    with connect(gateway.site.config) as db:
        with db.transaction():
            db.run("UPDATE session SET seen_at = seen_at - 1000 WHERE token_hash = :hash",
                   hash=token)
        was = db.value("SELECT seen_at FROM session WHERE token_hash = :hash", hash=token)
        browser.sees(gateway)
        assert eventually(lambda: db.value(
            "SELECT seen_at FROM session WHERE token_hash = :hash", hash=token) >= was + 1000)
