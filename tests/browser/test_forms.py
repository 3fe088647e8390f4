"""Each shipped form in a browser: filled in, refused, corrected, sent, and stored once."""
from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chapbook.cli import packages

from tests.browser import shipped
from tests.browser.pages import Visit
from tests.browser.shipped import BOOKING, CONTACT, GUESTBOOK, Shipped, held, texts
from tests.support.browser import FLAGS, missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.sites import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.shipped import Answers

    Fill = Callable[[Page, Answers], None]

SETTINGS = {
    "site": {"title": "Test site", "owner": "owner@example.org"},
    "form": {"rate": "0", "min_time": "0 s"},                # all of it comes from one machine
    "guestbook": {"moderation": "all"},
}
each_form = pytest.mark.parametrize(
    "form", [GUESTBOOK, CONTACT, BOOKING], ids=["guestbook", "contact", "booking"])
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site that takes as much as comes."""
    need(missing())
    made = Site(SETTINGS)
    yield made
    made.remove()


@pytest.fixture(scope="module")
def served(site: Site) -> Iterator[Gateway]:
    """Its server."""
    gateway = start("builtin", site)
    yield gateway
    gateway.stop()


@pytest.fixture
def name() -> str:
    """A name that no other test has filled in."""
    return f"Zoë {next(numbers)}"


@pytest.fixture
def fill(tmp_path: Path) -> Fill:
    """Fills in the fields of a page."""
    def filled(page: Page, answers: Answers) -> None:
        shipped.fill(page, answers, tmp_path)
    return filled


@each_form
@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width, scheme", [(360, "dark"), (1280, "light")])
def test_a_form_is_refused_and_corrected_and_sent(
    visit: Callable[..., Visit], fill: Fill, nu: Nu, site: Site, name: str, form: Shipped,
    width: int, scheme: str, javascript: bool,
) -> None:
    seen = visit(form.path, width=width, scheme=scheme, javascript=javascript)
    page = seen.page
    assert seen.faults(nu, again=False) == []

    answers, faulty, lost = form.wrong if javascript else form.sly
    fill(page, answers)
    seen.send(unchecked=javascript)
    assert seen.status == 422
    assert seen.faults(nu) == []
    assert seen.summary() == faulty.split() + lost.split()
    kept = {field: texts(answer) for field, answer in answers.items()
            if not isinstance(answer, dict)}
    assert {field: held(page).get(field) for field in kept} == kept
    assert form.stored(site, name) == []

    again = [*faulty.split(), *lost.split()]
    left = {field: answer for field, answer in answers.items() if field not in again}
    right = {**form.right, "name": name, **left}
    fill(page, {field: answer for field, answer in right.items() if field not in left})
    seen.send()
    assert seen.status == 200 and "Thank you" in page.inner_text("main")
    assert seen.faults(nu, again=False) == []
    stored, = form.stored(site, name)
    assert {field: stored[field] for field in right} == {
        field: texts(answer, ticked="yes") for field, answer in right.items()}
    assert page.context.cookies() == []


@each_form
def test_a_double_click_is_one(
    visit: Callable[..., Visit], fill: Fill, site: Site, name: str, form: Shipped
) -> None:
    seen = visit(form.path)
    fill(seen.page, {**form.right, "name": name})
    seen.page.dblclick("main form.coupon button")
    seen.page.get_by_text("Thank you").wait_for()
    assert len(form.stored(site, name)) == 1


@each_form
def test_two_at_once_are_one(
    visit: Callable[..., Visit], fill: Fill, site: Site, name: str, form: Shipped
) -> None:
    seen = visit(form.path)
    fill(seen.page, {**form.right, "name": name})
    answers = seen.page.evaluate("""() => {
        const form = document.querySelector("main form.coupon")
        const send = () => fetch(form.action, {
            method: "post",
            body: form.enctype.startsWith("multipart") ? new FormData(form)
                : new URLSearchParams(new FormData(form)),
        }).then(async answer => [answer.status, (await answer.text()).includes("Thank you")])
        return Promise.all([send(), send(), send()])
    }""")
    assert answers == [[200, True]] * 3
    assert len(form.stored(site, name)) == 1


@each_form
def test_what_is_sent_again_after_going_back_is_stored_once(
    visit: Callable[..., Visit], fill: Fill, site: Site, name: str, form: Shipped
) -> None:
    seen = visit(form.path)
    fill(seen.page, {**form.right, "name": name})
    seen.send()
    seen.page.go_back(wait_until="commit")
    assert held(seen.page)["name"] == [name]             # as the browser has kept it
    seen.send()
    assert seen.status == 200 and "Thank you" in seen.page.inner_text("main")
    assert len(form.stored(site, name)) == 1


@each_form
def test_the_answer_can_be_loaded_again(
    visit: Callable[..., Visit], fill: Fill, site: Site, name: str, form: Shipped
) -> None:
    seen = visit(form.path)
    fill(seen.page, {**form.right, "name": name})
    seen.send()
    answer = seen.page.reload()
    assert answer and answer.status == 200 and "Thank you" in seen.page.inner_text("main")
    assert len(form.stored(site, name)) == 1


def test_a_script_of_a_static_page_gets_its_answers_as_json(
    visit: Callable[..., Visit], fill: Fill, site: Site, name: str
) -> None:
    page = visit(BOOKING.path).page
    fetched = """async () => {
        const form = document.querySelector("main form")
        const answer = await fetch(form.action, {
            method: "post", headers: {Accept: "application/json"}, body: new FormData(form)})
        return [answer.status, answer.headers.get("content-type"), await answer.json()]
    }"""
    answers, faulty, _ = BOOKING.wrong
    fill(page, answers)
    status, type, told = page.evaluate(fetched)
    assert (status, type) == (422, "application/json")
    assert list(told["errors"]) == faulty.split()
    assert told["errors"]["guests"] == "“How many guests” must be at most 80."
    assert told["errors"]["agreed"].endswith("leave it as we found it”.")
    assert BOOKING.stored(site, name) == []
    fill(page, {**BOOKING.right, "name": name})
    status, _, told = page.evaluate(fetched)
    assert status == 200 and told["sentence"] == "What you sent has arrived."
    assert {"name": "tables", "label": "How the tables stand", "text": "In a round"
            } in told["received"]
    assert len(BOOKING.stored(site, name)) == 1


@pytest.fixture
def wary(browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose owner blocks all cookies."""
    settings = tmp_path / "profile/Default/Preferences"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(
        {"profile": {"default_content_setting_values": {"cookies": 2}}}), encoding="ascii")
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=packages.program(*packages.CHROMIUM),
        args=list(FLAGS))
    yield context
    context.close()


def test_forms_need_no_cookies(
    wary: BrowserContext, fill: Fill, served: Gateway, site: Site, name: str
) -> None:
    seen = Visit(wary.new_page(), f"http://{served.host}:{served.port}")
    for form in (GUESTBOOK, CONTACT, BOOKING):
        seen.go(form.path)
        fill(seen.page, form.right)
        seen.send(unchecked=True)
        assert seen.status == 422
        fill(seen.page, {**form.right, "name": name})
        seen.send()
        assert seen.status == 200 and len(form.stored(site, name)) == 1
