"""The installer in a browser: every page without a fault, narrow by day or wide by night."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import Visit
from tests.support.browser import missing
from tests.support.gateways import Gateway, start
from tests.support.installation import PASSWORD
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.sites import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A tree that was uploaded, served by the built-in server."""
    need(missing())
    site = Site({"site": {"title": "Not set up"}})
    try:
        (site.root / "site.ini").unlink()
        for file in (site.root / "var").glob("site.sqlite*"):
            file.unlink()
        made = start("builtin", site)
        try:
            yield made
        finally:
            made.stop()
    finally:
        site.remove()


class Walk:
    """An owner who walks through the installer; each page is judged as it is left."""

    def __init__(self, visit: Visit, nu: Nu) -> None:
        self.visit, self._nu = visit, nu
        self.titles: list[str] = []
        self.faults: list[str] = []

    def look(self) -> None:
        """Have the page judged, narrow by day or wide by night in turn."""
        page, is_day = self.visit.page, len(self.titles) % 2
        page.set_viewport_size({"width": 320 if is_day else 1280, "height": 800})
        page.emulate_media(color_scheme="light" if is_day else "dark")
        self.faults += [f"{page.url}: {fault}" for fault in self.visit.faults(self._nu)]
        self.titles.append(page.inner_text("h1"))

    def fill(self, button: str, **fields: str) -> None:
        """Fill these fields in, press a button, and look at what comes."""
        for name, value in fields.items():
            self.visit.page.fill(f"#{name}", value)
        self.visit.send(f"main button:has-text('{button}')", unchecked=True)
        self.look()


def test_every_page_of_it_is_without_a_fault(
    gateway: Gateway, new_page: Callable[..., Page], nu: Nu
) -> None:
    visit = Visit(new_page(), f"http://{gateway.host}:{gateway.port}")
    walk = Walk(visit, nu)
    visit.go("/install")
    walk.look()
    walk.fill("Write the file")
    walk.fill("Go in", code="wrong")
    file, = gateway.site.root.glob("install-code-*.txt")
    walk.fill("Go in", code=file.read_text().partition("\n")[0])
    walk.fill("Go on")
    walk.fill("Go on", title="", owner="nobody")
    walk.fill("Go on", title="The chess club", owner="ann@example.org")
    walk.fill("Look from outside")
    walk.fill("Go on")
    visit.page.check("[value=mysql]")
    walk.fill("Try it", name="club", user="club", port="1")
    visit.page.check("[value=sqlite]")
    walk.fill("Try it")
    walk.fill("Go on", name="Ann", password=PASSWORD, again="something else")
    walk.fill("Go on", password=PASSWORD, again=PASSWORD)
    visit.page.check("[value=smtp]")
    walk.fill("Send a letter", host="127.0.0.1", port="1")
    visit.page.check("[value=folder]")
    walk.fill("Send a letter")
    walk.fill("Set up the site")
    assert walk.titles[-1] == "The site is set up"
    assert walk.faults == []
    with visit.page.expect_navigation():
        visit.page.click("text=Sign in")
    assert visit.page.inner_text("h1") == "Sign in"
