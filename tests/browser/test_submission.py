"""Which form of a page was sent, and by which button: what a real browser sends says it rightly."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from chapbook.errors import HTTPError
from chapbook.fields import Upload
from chapbook.forms import markup, which
from chapbook.multidict import MultiDict

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

# Pages of several forms; each button with a data-sent is pressed in turn. Its form is the one that
# its data-sent names, and where that ends with "!" it is found as the button, too.
PAGES = {
    "by their fields": (
        "<form id=a method=post><input name=x><input name=y><button data-sent=a>1</button></form>"
        "<form id=b method=post><input name=x><input name=z><button data-sent=b>1</button></form>"
        "<form id=c method=post><input name=x><button data-sent=c>1</button></form>"),
    "by a hidden field": (
        "<form id=a method=post><input type=hidden name=what value=1><input name=x>"
        "<button data-sent=a>1</button></form>"
        "<form id=b method=post><input type=hidden name=what value=2><input name=x>"
        "<button data-sent=b>1</button></form>"),
    "by the button": (
        "<form id=a method=post><input name=x><button name=do value=save data-sent='a!'>1</button>"
        "<button name=do value=drop data-sent='a!'>1</button></form>"
        "<form id=b method=post><input name=x><button name=do value=send data-sent='b!'>1</button>"
        "<input type=image alt=i name=map data-sent='b!'></form>"),
    "by the action": (
        "<form id=a method=post action=one><input name=x><button data-sent=a>1</button></form>"
        "<form id=b method=post action=./two?q=1><input name=x><button data-sent=b>1</button>"
        "</form>"
        "<form id=c method=post action='?q=2#there'><input name=x><button data-sent=c>1</button>"
        "</form><form id=d method=post action=/club/../a%20b/><input name=x>"
        "<button data-sent=d>1</button></form>"
        "<form id=e method=post action='//site.test/é'><input name=x><button data-sent=e>1</button>"
        "</form>"),
    "by what a button says": (
        "<form id=a action=search><input name=q>"
        "<button formmethod=post formaction=save data-sent=a>1</button></form>"
        "<form id=b method=post action=save2><input name=q><button data-sent=b>1</button>"
        "<button name=n value=1 formaction='save3?x=1' data-sent='b!'>1</button></form>"),
    "by choices left open": (
        "<form id=a method=post><input type=checkbox name=x value=1><input type=hidden name=h>"
        "<select name=s><option>1</select><button data-sent=a>1</button></form>"
        "<form id=b method=post><input type=checkbox name=x value=1><input name=t>"
        "<button data-sent=b>1</button></form>"),
    "by form=": (
        "<form id=a method=post></form><form id=b method=post><input name=x>"
        "<input name=y form=a><button form=a data-sent=a>1</button><button data-sent=b>1</button>"
        "</form><button form=b name=late value=1 data-sent='b!'>1</button>"),
    "in spite of soup": (
        "<table><form id=a method=post><tr><td><input name=x><button data-sent=a>1</button></td>"
        "</form></tr></table><p><form id=b method=post><form><input name=y></p><div>"
        "<button data-sent=b>1</button></form><input name=z>"),
    "by fieldsets": (
        "<form id=a method=post><fieldset disabled><input name=x></fieldset><input name=y>"
        "<button data-sent=a>1</button></form><form id=b method=post>"
        "<fieldset disabled><legend><input name=x></legend><input name=y></fieldset>"
        "<button data-sent=b>1</button></form>"),
    "with novalidate": (
        "<form id=a method=post novalidate><input name=x required><button data-sent=a>1</button>"
        "</form><form id=b method=post><input type=email name=z value=no>"
        "<button formnovalidate name=draft value=1 data-sent='b!'>1</button></form>"),
}


@pytest.fixture
def sent(new_page: Callable[..., Page]) -> Iterator[Callable[[str, int], tuple[str, bytes]]]:
    """Presses the button of this number on a page; gives the address and the body of the POST."""
    page = new_page()
    posts: list[tuple[str, bytes]] = []
    html = ""

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            posts.append((route.request.url, route.request.post_data_buffer or b""))
            route.fulfill(status=204)
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    def pressed(text: str, number: int) -> tuple[str, bytes]:
        nonlocal html
        html = text
        page.goto("http://site.test/club/page?here=1")
        with page.expect_request(lambda request: request.method == "POST"):
            page.locator("[data-sent]").nth(number).click()
        [post] = posts
        posts.clear()
        return post

    page.route("**/*", answer)
    yield pressed


@pytest.mark.parametrize("name", PAGES)
def test_the_form_that_was_sent_is_found(
    name: str, sent: Callable[[str, int], tuple[str, bytes]]
) -> None:
    html = f"<!DOCTYPE html><title>{name}</title>{PAGES[name]}"
    document = markup.read(html)
    no_files: MultiDict[Upload] = MultiDict()
    buttons = [tag for tag in markup.tags(html) if "data-sent" in tag.attributes]
    for number, button in enumerate(buttons):
        address, body = sent(html, number)
        fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
        url = urlsplit(address)
        try:
            form = which.submitted(document, unquote(url.path), url.query, fields, no_files,
                                   "/club/page")
        except HTTPError as error:
            pytest.fail(f"button {number} sent {body!r} to {address}: {error.detail}")
        expected = button.attributes["data-sent"]
        assert form.id == expected.rstrip("!"), (number, address, body)
        found = which.submitter(form, fields)
        assert (found is not None) == expected.endswith("!")
        assert found is None or found.tag.start == button.start, (number, address, body)
