"""Every page of the site, as phones and desks show it: valid HTML that anybody can use."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.pages import Visit
from tests.support.nu import Nu

each_look = pytest.mark.parametrize("width, scheme", [(360, "light"), (1280, "dark")])


@each_look
@pytest.mark.parametrize("path, status", [
    ("/", 200), ("/guestbook", 200), ("/guestbook?before=1", 200), ("/no-such-page", 404)])
def test_a_page_has_no_fault(visit: Callable[..., Visit], nu: Nu, path: str, status: int,
                             width: int, scheme: str) -> None:
    seen = visit(path, width=width, scheme=scheme)
    assert seen.status == status
    assert seen.faults(nu) == []


@each_look
@pytest.mark.parametrize("javascript", [True, False])
def test_a_refused_guestbook_has_no_fault(visit: Callable[..., Visit], nu: Nu, width: int,
                                          scheme: str, javascript: bool) -> None:
    seen = visit("/guestbook", width=width, scheme=scheme, javascript=javascript)
    seen.page.fill("#place", "Nowhere <&>")
    seen.send(unchecked=True)
    assert seen.status == 422 and seen.page.input_value("#place") == "Nowhere <&>"
    assert seen.faults(nu) == []


def test_the_guestbook_is_signed(visit: Callable[..., Visit], nu: Nu) -> None:
    seen = visit("/guestbook")
    seen.page.fill("#name", "Zoë")
    seen.page.fill("#message", "Grüße")
    seen.send()
    assert seen.status == 200 and "Grüße" in seen.page.inner_text(".entries")
    assert seen.faults(nu) == []


def test_the_judges_find_what_is_wrong(visit: Callable[..., Visit], nu: Nu) -> None:
    seen = visit("/guestbook", width=360)
    seen.html = seen.html.replace("<main", '<main align="center"')
    seen.page.evaluate("document.querySelector('label[for=name]').remove()")
    seen.page.evaluate("document.querySelector('form').style.width = '2000px'")
    nus, axes, width = seen.faults(nu)
    assert "Attribute “align” not allowed on element “main”" in nus
    assert axes.startswith("axe: label: ") and 'name="name"' in axes
    assert width.endswith(" px wide in a window of 360 px")
