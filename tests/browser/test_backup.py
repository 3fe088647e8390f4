"""A backup made, and a site put back to it, in a browser without JavaScript; it waits by itself."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from chapbook.db import connect
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


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Gateway, str]]:
    """A served site, and the token of its administrator's session."""
    need(missing())
    site = Site({"site": {"title": "Test site", "owner": "owner@example.org"}})
    try:
        people = People(Client, site.config)
        token = session(site.config, people.add("administrator", "ada", PASSWORD))
        site.give_away()
        gateway = start("builtin", site)
        try:
            yield gateway, token
        finally:
            gateway.stop()
    finally:
        site.remove()


def test_a_backup_is_made_and_put_back_by_pages_without_a_fault(
    served: tuple[Gateway, str], new_page: Callable[..., Page], nu: Nu
) -> None:
    gateway, token = served
    address = f"http://{gateway.host}:{gateway.port}"
    page = new_page(javascript=False, width=360)
    page.context.add_cookies([{"name": "session", "value": token, "url": address}])
    seen = Visit(page, address, lambda: new_page(width=360))
    seen.go("/admin/backup")
    assert seen.faults(nu) == []
    seen.send("button[value=make]")
    page.locator("h1", has_text="The backup is made").wait_for()
    seen.html = page.content()
    assert seen.faults(nu) == []
    with connect(gateway.site.config) as db, db.transaction():
        db.run("INSERT INTO guestbook_entry (name, message, signed_at) VALUES ('Ann', 'late', 1)")
    seen.go(page.locator("main p a").first.get_attribute("href") or "")
    assert seen.faults(nu) == []
    seen.go(page.locator("main a", has_text="Put the site back").get_attribute("href") or "")
    assert seen.faults(nu) == []
    page.check("input[name=settings]")
    page.fill("#own_password", PASSWORD)
    page.locator("main form button").click()
    page.locator("h1", has_text="The site is back").wait_for()
    seen.html = page.content()
    assert seen.faults(nu) == []
    seen.go("/guestbook")
    assert "late" not in page.inner_text("main")
    seen.go("/admin/backup")
    assert "Sign in" in page.inner_text("h1")
