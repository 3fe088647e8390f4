"""The administration in a browser: its pages without a fault, and the way through the inbox."""
from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from chapbook import mail
from chapbook.db import Database, connect
from chapbook.fields import Upload
from chapbook.testing import Client
from collection import formsettings, guestbook, received, submissions
from collection.received import Field, Received

from tests.browser.pages import Visit
from tests.support.browser import missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.people import People, session
from tests.support.sites import Site

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselbund" * 3


class Desk:
    """The site with something in its inbox, its server, and an administrator's session."""

    def __init__(self, site: Site) -> None:
        self.site = site
        with connect(site.config) as db:
            db.transact(self._fill, db)
        self.token = session(site.config, People(Client, site.config).add("administrator"))
        site.give_away()
        self.gateway: Gateway = start("builtin", site)
        self.address = f"http://{self.gateway.host}:{self.gateway.port}"

    def _fill(self, db: Database) -> None:
        for number in range(30):
            self._add(db, number, f"Visitor {number}", "fast links" if number % 9 == 8 else "")
        self._add(db, 30, LONG, "")
        about = submissions.about(2)
        db.run("UPDATE outbox SET state = 'failed', tries = 9, last_error = :error"
               " WHERE about = :about", error=f"550 {LONG}", about=about)
        for number in range(3):
            guestbook.sign(db, f"{LONG[:78]}{number}", LONG, "Ghent", wait=number > 0)

    def visit(self, page: Page, other: Callable[[], Page] | None = None) -> Visit:
        """A page of a browser that the administrator is signed in with."""
        page.context.add_cookies([{"name": "session", "value": self.token, "url": self.address}])
        return Visit(page, self.address, other)

    def _add(self, db: Database, number: int, name: str, reasons: str) -> None:
        plan = Upload("Plan & more.pdf", "application/pdf", io.BytesIO(b"%PDF"), 4)
        new = Received("booking", [
            Field("name", "Your name", [(name, None)]),
            Field("needs", "Needed", [("stage", "The stage"), ("piano", "The piano, tuned")]),
            Field("notes", "Anything else"), Field("plan", "A plan", uploads=[plan]),
        ])
        new.reasons += reasons.split()
        id = received.store(db, self.site.config, new, f"{number:064}")
        assert id is not None
        mail.queue(db, self.site.config, to="owner@example.org", subject=name, text="Text",
                   about=submissions.about(id), hold=bool(reasons))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """A served site whose inbox is not empty."""
    need(missing())
    site = Site({"site": {"title": "Test site"}, "guestbook": {"moderation": "all"}})
    try:
        made = Desk(site)
        try:
            yield made
        finally:
            made.gateway.stop()
    finally:
        site.remove()


@pytest.fixture
def owner(new_page: Callable[..., Page], desk: Desk) -> Callable[..., Visit]:
    """Opens a page for who is signed in: `owner("/admin/inbox", width=360)`."""
    def opened(path: str, javascript: bool = True, **how: object) -> Visit:
        page = new_page(javascript=javascript, **how)
        made = desk.visit(page, None if javascript else lambda: new_page(**how))
        made.go(path)
        return made
    return opened


@pytest.mark.parametrize("path", [
    "/admin/inbox", "/admin/inbox/list/booking", "/admin/inbox/list/booking?show=spam",
    "/admin/inbox/list/booking?q=no", "/admin/inbox/list/booking?choose=all",
    "/admin/inbox/list/contact", "/admin/inbox/read/1", "/admin/inbox/read/2",
    "/admin/inbox/read/9", "/admin/inbox/read/31", "/admin/inbox/delete?id=31&id=30",
    "/admin/form/booking", "/admin/moderation", "/admin/moderation?show=all",
    "/admin/moderation/delete?id=2", "/admin/outbox", "/admin/outbox?show=failed",
    "/admin/outbox?show=sent", "/admin/outbox?q=owner", "/admin/outbox/read/2",
    "/admin/outbox/discard?id=2&id=3"])
def test_a_page_of_the_administration_has_no_fault(
    owner: Callable[..., Visit], nu: Nu, path: str
) -> None:
    seen = owner(path, width=360)
    assert seen.status == 200
    assert seen.faults(nu) == []


@pytest.mark.parametrize("path", [
    "/admin/inbox/list/booking", "/admin/inbox/read/9", "/admin/outbox"])
def test_nor_has_it_on_a_desk_at_night(owner: Callable[..., Visit], nu: Nu, path: str) -> None:
    assert owner(path, width=1280, scheme="dark").faults(nu) == []


@pytest.mark.parametrize("path, button", [
    ("/admin/inbox/list/booking", "button[value=read]"),
    ("/admin/moderation", "button[value=approve]"), ("/admin/outbox", "button[value=again]")])
def test_a_page_that_is_refused_has_no_fault(
    owner: Callable[..., Visit], nu: Nu, path: str, button: str
) -> None:
    seen = owner(path, width=360)
    seen.send(button)
    assert seen.status == 422 and "Nothing was chosen yet" in seen.html
    assert seen.faults(nu) == []


def test_refused_settings_have_no_fault(owner: Callable[..., Visit], nu: Nu) -> None:
    seen = owner("/admin/form/booking", width=360)
    seen.page.fill("#keep", "a year")
    seen.page.fill("#to", "nobody")
    seen.send(unchecked=True)
    assert seen.status == 422
    assert seen.faults(nu) == []


def test_the_way_through_the_inbox_without_scripts(
    new_page: Callable[..., Page], desk: Desk
) -> None:
    seen = desk.visit(new_page(width=360, javascript=False))
    page = seen.page
    seen.go("/admin/inbox")
    page.click("main table a")
    page.get_by_label("Choose 29: Visitor 28").check()
    page.get_by_label("Choose 28: Visitor 27").check()
    seen.send("button[value=delete]")
    assert "Delete 2 submissions?" in page.inner_text("h1")
    seen.send("button[value=delete]")
    assert page.inner_text("[role=status]") == "Deleted."
    page.fill("#q", "Visitor 25")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=Visitor+25**")
    page.click("table a")
    assert "The piano, tuned" in page.inner_text(".answers")
    with page.expect_download() as saved:
        page.click("text=Plan & more.pdf")
    assert saved.value.suggested_filename == "Plan & more.pdf"
    assert os.path.getsize(saved.value.path()) == 4


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_inbox_refuses_what_it_cannot_do_and_does_the_rest(
    new_page: Callable[..., Page], desk: Desk, nu: Nu, width: int, javascript: bool
) -> None:
    name = f"Ann {width} {javascript}"
    with connect(desk.site.config) as db:
        db.transact(guestbook.sign, db, name, "Words", wait=True)
    seen = desk.visit(new_page(width=width, javascript=javascript),
                      None if javascript else lambda: new_page(width=width))
    page = seen.page
    seen.go("/admin/inbox")

    page.click("main table a")
    for kind in ("read", "new"):
        seen.send(f"button[value={kind}]")
        assert seen.status == 422 and seen.summary() == []
        assert "Nothing was chosen yet" in page.inner_text(".errors")
        page.get_by_label("Choose 20: Visitor 19").check()
        page.get_by_label("Choose 21: Visitor 20").check()
        seen.send(f"button[value={kind}]")
        assert page.inner_text("[role=status]") == f"Marked {kind}."
        assert page.locator("tr", has_text="Visitor 19").locator(".mark").count() == (kind == "new")

    page.click("text=Settings of this form")
    # What a browser would keep back, and what the server alone refuses.
    field, wrong, right = (("keep", "a year", f"{width} d") if javascript
                           else ("aliases", "sales: nobody", f"sales: ann{width}@example.org"))
    page.fill("#subject", name)
    page.fill(f"#{field}", wrong)
    seen.send(unchecked=javascript)
    assert seen.status == 422 and seen.summary() == [field]
    assert page.input_value("#subject") == name and page.input_value(f"#{field}") == wrong
    assert seen.faults(nu, again=False) == []
    page.fill(f"#{field}", right)
    seen.send()
    assert page.inner_text("[role=status]") == "Saved."
    assert seen.faults(nu, again=False) == []
    with connect(desk.site.config) as db:
        assert formsettings.own(db, "booking").items() >= {"subject": name, field: right}.items()

    for show, button in (("waiting", "approve"), ("all", "delete")):
        seen.go(f"/admin/moderation?show={show}")
        page.get_by_label(f"Choose the entry of {name}").check()
        seen.send(f"button[value={button}]")
        if button == "delete":
            seen.send("button[value=delete]")
        said = page.inner_text("[role=status]")
        assert said == ("Deleted." if button == "delete" else
                        "Approved: everybody can read it now.")
        seen.go("/guestbook")
        assert page.get_by_text(name).count() == (button == "approve")
