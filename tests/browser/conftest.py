"""What the tests in a browser share: Chromium, the checker of HTML, and this site being served."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.browser.pages import Visit
from tests.support.browser import chromium, missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.sites import Site

TYPE_CHECKING = False
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTINGS = {"site": {"title": "Test site"}}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium, up since the first test that needs it."""
    need(missing())
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def nu() -> Iterator[Nu]:
    """The Nu HTML checker, up since the first test that needs it: `nu(html)` gives its errors."""
    need(missing())
    with Nu() as started:
        yield started


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an empty page for a visitor of its own: `new_page(width=360, scheme="dark")`."""
    contexts = []

    def opened(width: int = 1280, scheme: str = "light", javascript: bool = True) -> Page:
        contexts.append(browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme,
            java_script_enabled=javascript))
        return contexts[-1].new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="package")
def served() -> Iterator[Gateway]:
    """This site with an empty database, served by the built-in server."""
    need(missing())
    site = Site(SETTINGS)
    try:
        gateway = start("builtin", site)
        try:
            yield gateway
        finally:
            gateway.stop()
    finally:
        site.remove()


@pytest.fixture
def visit(new_page: Callable[..., Page], served: Gateway) -> Callable[..., Visit]:
    """Opens a page of this site: `visit("/guestbook", width=360)`."""
    def visited(path: str, javascript: bool = True, **how: object) -> Visit:
        page = new_page(javascript=javascript, **how)
        made = Visit(page, f"http://{served.host}:{served.port}",
                     None if javascript else lambda: new_page(**how))
        made.go(path)
        return made
    return visited
