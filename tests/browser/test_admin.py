"""Users, events, settings and errors in a browser: without a fault, and without JavaScript."""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from chapbook import log
from chapbook.accounts import accounts, events, tokens
from chapbook.accounts.events import SHELL, Who
from chapbook.db import Database, connect
from chapbook.testing import Client

from tests.browser.pages import Visit
from tests.support.browser import missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.people import PASSWORD, People, session
from tests.support.sites import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüssel"
TRACEBACK = 'Traceback (most recent call last):\n  File "' + LONG * 3 + "\", line 1\nKeyError: 1"


class Office:
    """A served site with people, events and errors, and an administrator's session."""

    def __init__(self, site: Site) -> None:
        self.site = site
        people = People(Client, site.config)
        self.token = session(site.config, people.add("administrator", "ada", PASSWORD))
        with connect(site.config) as db:
            db.transact(self._fill, db)
        for number in range(4):
            log.write(site.config, ("500", "mail", "404")[number % 3], f"{number:012}", TRACEBACK,
                      method="GET", path=f"/{LONG}", error="KeyError", detail=LONG * 3,
                      at="cgi-bin/a.py, line 1")
        site.give_away()
        self.gateway: Gateway = start("builtin", site)
        self.address = f"http://{self.gateway.host}:{self.gateway.port}"

    def _fill(self, db: Database) -> None:
        for number in range(6):
            accounts.create(db, f"{LONG[:50].encode().hex()[:60]}{number}@example.org",
                            f"{LONG[:70]} {number}", None, SHELL, role="editor",
                            state=("active", "waiting", "disabled")[number % 3])
        for number in range(4):
            events.note(db, "sign-in", "wrong", Who(None, "-", f"2001:db8:{number}::1"), 2, LONG)
        tokens.make(db, "invite", about=f"{'invited' * 8}@example.org", role="member")


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """A served site that has something to look after."""
    need(missing())
    site = Site({"site": {"title": "Test site", "owner": "owner@example.org"}})
    try:
        made = Office(site)
        try:
            yield made
        finally:
            made.gateway.stop()
    finally:
        site.remove()


@pytest.fixture
def ada(new_page: Callable[..., Page], office: Office) -> Callable[..., Visit]:
    """Opens a page for the administrator: `ada("/admin/users", width=360)`."""
    def opened(path: str, javascript: bool = True, **how: object) -> Visit:
        page = new_page(javascript=javascript, **how)
        page.context.add_cookies([
            {"name": "session", "value": office.token, "url": office.address}])
        made = Visit(page, office.address, None if javascript else lambda: new_page(**how))
        made.go(path)
        return made
    return opened


@pytest.mark.parametrize("path", [
    "/admin/dashboard", "/admin/users", "/admin/users?show=waiting&choose=all", "/admin/user/1",
    "/admin/user/2", "/admin/user/2/delete", "/admin/invite", "/admin/events?account=2",
    "/admin/settings", "/admin/errors", "/admin/errors?q=nothing", "/admin/errors/000000000000"])
def test_a_page_of_the_administration_has_no_fault(
    ada: Callable[..., Visit], nu: Nu, path: str
) -> None:
    seen = ada(path, width=320)
    assert seen.status == 200
    assert seen.faults(nu) == []


@pytest.mark.parametrize("path", ["/admin/dashboard", "/admin/events", "/admin/settings"])
def test_nor_has_it_on_a_desk_at_night(ada: Callable[..., Visit], nu: Nu, path: str) -> None:
    assert ada(path, width=1280, scheme="dark").faults(nu) == []


def test_somebody_is_made_an_administrator_without_javascript(
    ada: Callable[..., Visit], nu: Nu
) -> None:
    seen = ada("/admin/user/4", javascript=False)
    seen.page.select_option("#role", "administrator")
    seen.send("button[value=role]")
    assert seen.status == 422 and seen.page.input_value("#role") == "administrator"
    assert "This needs your own password." in seen.page.inner_text(".errors")
    assert seen.faults(nu) == []
    seen.page.fill("#own_password", PASSWORD)
    seen.send("button[value=role]")
    assert seen.status == 200 and "The role is administrator now." in seen.page.inner_text("main")
    assert seen.page.locator("#own_password").count() == 0
    assert seen.faults(nu) == []


def test_settings_are_changed_without_javascript_and_hold_at_once(
    ada: Callable[..., Visit], nu: Nu, office: Office
) -> None:
    seen = ada("/admin/settings", javascript=False, width=360)
    seen.page.fill("#session-idle", "1 min")
    seen.send("main form.coupon button")
    assert seen.status == 422 and seen.page.input_value("#session-idle") == "1 min"
    assert seen.faults(nu) == []
    seen.page.fill("#session-idle", "3 h")
    seen.page.fill("#site-title", "Another title")
    seen.send("main form.coupon button")
    assert seen.status == 200 and seen.page.inner_text(".site") == "Another title"
    path = office.site.path("site.ini")
    assert "idle = 3 h" in path.read_text("utf-8") and os.stat(path).st_mode & 0o777 == 0o600


def test_what_was_changed_by_hand_meanwhile_is_told(
    ada: Callable[..., Visit], office: Office
) -> None:
    seen = ada("/admin/settings", javascript=False)
    path = office.site.path("site.ini")
    path.write_text(path.read_text("utf-8") + "# by hand\n", "utf-8")
    seen.page.fill("#site-tagline", "Mine")
    seen.send("main form.coupon button")
    assert seen.status == 409 and "changed in the meantime" in seen.page.inner_text("body")
    assert path.read_text("utf-8").endswith("# by hand\n")
