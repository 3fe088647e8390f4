"""A visitor with a browser on this site, and what two judges say of the page before them."""
from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Response

    from tests.support.nu import Nu


class Visit:
    """A visitor's page: `page` is playwright's, `html` and `status` what the server answered.

    `other` opens an empty page like it, but with JavaScript, for a visitor who has that off: axe
    would never come to an end there.
    """

    def __init__(self, page: Page, address: str, other: Callable[[], Page] | None = None) -> None:
        self.page, self.address, self._other = page, address, other
        self.html, self.status = "", 0

    def go(self, path: str) -> None:
        """Open a page of the site by its path."""
        self._keep(self.page.goto(self.address + path))

    def send(self, button: str = "main form button", *, unchecked: bool = False) -> None:
        """Press the button that a CSS selector names, and wait for the answer to the form.

        With `unchecked` the browser lets pass whatever is in the fields, so that the server judges.
        """
        if unchecked:
            self.page.locator(button).evaluate("button => { button.form.noValidate = true }")
        with self.page.expect_navigation() as answer:
            self.page.locator(button).click()
        self._keep(answer.value)

    def faults(self, nu: Nu, again: bool = True) -> list[str]:
        """What is wrong with the page: by the Nu HTML checker, by axe, and in its width.

        Without `again`, axe looks at it only if the visitor has JavaScript.
        """
        found = [f"Nu: {error}" for error in nu(self.html)]
        if again or self._other is None:
            found += [f"axe: {violation}" for violation in axe(self._with_javascript())]
        wide = self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        if wide[0] > wide[1]:
            found.append(f"the page is {wide[0]} px wide in a window of {wide[1]} px")
        return found

    def summary(self) -> list[str]:
        """The names of the fields that the summary of a refused form leads to.

        It has the focus, and its links bring that to the fields, with their labels in sight.
        """
        page = self.page
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate("document.activeElement.className") == "errors"
        names = []
        for link in page.locator(".errors li a").all():
            link.click()
            name, seen = page.evaluate("""() => {
                const field = document.activeElement
                const group = field.type == "radio" && field.closest("fieldset")
                const label = group ? group.querySelector("legend") : field.labels?.[0]
                const at = label?.getBoundingClientRect()
                return [field.name, at?.top >= 0 && at?.bottom <= innerHeight]
            }""")
            assert seen, f"the label of {name} is out of sight"
            names.append(name)
        return names

    def _with_javascript(self) -> Page:
        if self._other is None:
            return self.page
        page = self._other()
        page.route(self.page.url, lambda route: route.fulfill(body=self.html, status=self.status,
                                                              content_type="text/html"))
        page.goto(self.page.url)
        return page

    def _keep(self, answer: Response | None) -> None:
        assert answer is not None
        self.html, self.status = answer.text(), answer.status


def axe(page: Page) -> list[str]:
    """The violations that axe-core finds on a page as it is now, each with where and why."""
    page.evaluate(_axe())        # which the page's Content-Security-Policy does not reach
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{violation['id']}: {violation['help']}: {node['html']} ({node['failureSummary']})"
            for violation in found["violations"] for node in violation["nodes"]]


@cache
def _axe() -> str:
    import axe_playwright_python

    assert axe_playwright_python.__file__
    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
