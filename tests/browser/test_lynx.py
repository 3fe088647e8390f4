"""The contact form in a text browser: refused, corrected by the link of the summary, and sent."""
from __future__ import annotations

from pathlib import Path

from tests.browser.shipped import CONTACT
from tests.support import lynx
from tests.support.gateways import start
from tests.support.lynx import DOWN, ENTER, TAB, typed
from tests.support.mariadb import need
from tests.support.sites import Site


def test_the_contact_form_works_in_a_text_browser(tmp_path: Path) -> None:
    need(lynx.missing())
    site = Site({"site": {"owner": "owner@example.org"}, "form": {"min_time": "0 s"}})
    try:
        gateway = start("builtin", site)
        try:
            seen = lynx.walk(f"http://{gateway.host}:{gateway.port}/contact.html", [
                *[TAB] * 7, *typed("Ann of lynx"), TAB, *typed("ann@example.org"), TAB,
                ENTER, DOWN, ENTER, TAB, *typed("Short."), TAB, TAB, ENTER,
                # On the page that comes back, the first link after the navigation.
                *[TAB] * 7, ENTER, *typed(" And now it is long enough."), TAB, TAB, ENTER,
            ], tmp_path)
        finally:
            gateway.stop()
        assert "Your letter must be at least 10 characters long; it is 6 long now." in seen
        assert "Thank you" in seen
        stored, = CONTACT.stored(site, "Ann of lynx")
        assert stored == {
            "name": ["Ann of lynx"], "email": ["ann@example.org"], "about": ["A question"],
            "message": ["Short. And now it is long enough."], "plan": []}
    finally:
        site.remove()
