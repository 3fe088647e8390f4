"""An upgrade in a browser without JavaScript: its pages, and those of the closed site."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from chapbook.testing import Client

from tests.browser.pages import Visit, axe
from tests.support.browser import missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.people import PASSWORD, People, session
from tests.support.sites import Site
from tests.support.upgrades import ONE, TWO, Upgradable

if TYPE_CHECKING:
    from playwright.sync_api import Page

EDITED = ("private/templates/guestbook.html", "private/lib/chapbook/sql.py")


@pytest.fixture
def served() -> Iterator[tuple[Gateway, str, Upgradable]]:
    """A served site of release one, edited here and there, and its administrator's session."""
    need(missing())
    site = Site({"site": {"title": "Test site", "owner": "owner@example.org"}})
    try:
        people = People(Client, site.config)
        token = session(site.config, people.add("administrator", "ada", PASSWORD))
        own = Upgradable(site.root)
        own.number("private/templates/index.html", ONE)
        own.pack()
        own.zip(site.root / "var/upgrade/two.zip", {
            **own.two(), **{name: own.read(name) + b"\n" for name in EDITED}})
        for name in EDITED:
            own.write(name, own.read(name) + b"\n\n")
        site.give_away()
        gateway = start("builtin", site)
        try:
            yield gateway, token, own
        finally:
            gateway.stop()
    finally:
        site.remove()


def test_an_upgrade_is_made_and_taken_back_by_pages_without_a_fault(
    served: tuple[Gateway, str, Upgradable], new_page: Callable[..., Page], nu: Nu
) -> None:
    gateway, token, own = served
    address = f"http://{gateway.host}:{gateway.port}"
    page = new_page(javascript=False, width=360)
    page.context.add_cookies([{"name": "session", "value": token, "url": address}])
    seen = Visit(page, address, lambda: new_page(width=360))
    seen.go("/admin/upgrade")
    assert seen.faults(nu) == []
    seen.go("/admin/upgrade/zip/two.zip")
    assert "private/templates/guestbook.html" in page.inner_text("fieldset")
    assert seen.faults(nu) == []
    page.fill("#own_password", PASSWORD)
    seen.send()
    assert "The upgrade goes on" in seen.html
    assert nu(seen.html) == []
    assert axe(seen._with_javascript()) == []     # which does not go on
    visitor = Visit(new_page(javascript=False), address, new_page)
    visitor.go("/")
    assert "Back in a moment" in visitor.html and visitor.faults(nu) == []
    page.locator("main", has_text="The upgrade from 0.1.0 to 0.2.0 is done").wait_for()
    seen.html = page.content()
    assert seen.faults(nu) == []
    visitor.go("/")
    assert TWO in visitor.html
    seen.go("/admin/upgrade/back")
    assert seen.faults(nu) == []
    page.locator("main form button").click()
    page.locator("main", has_text="as it was before the upgrade to 0.2.0").wait_for()
    visitor.go("/")
    assert ONE in visitor.html
