"""Signing in on a page: what is counted stays counted, in whichever way the page refuses."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chapbook import Invalid, Page, Request, Response, redirect
from chapbook.accounts import signin
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import Database, close_kept
from chapbook.errors import TooManyRequests
from chapbook.testing import Answer, Client

PASSWORD = "a rather good one"
FORM = """<!doctype html><title>Sign in</title><form method="post" action="/">
<label>Address <input name="address" type="email" required></label>
<label>Password <input name="password" type="password" required></label><button>Sign in</button>
</form>"""


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Lets go of the database that the page has used."""
    yield
    close_kept()


def show(request: Request) -> Response:
    return Response.html(FORM)


def outcome(request: Request) -> signin.Outcome:
    who = Who(request.session.account_id, request.id, request.remote_address)
    return signin.authenticate(request.db, request.form["address"], request.form["password"], who)


def refusing(request: Request) -> Response:
    """Refuses as pages do, with an answer that undoes what they wrote."""
    found = outcome(request)
    if found.retry_after:
        raise TooManyRequests(retry_after=found.retry_after)
    if found.account is None:
        raise Invalid("That is not right.")
    request.session.sign_in(found.account.id)
    return redirect("/in")


def showing_again(request: Request) -> Response:
    """Refuses with a page like any other."""
    found = outcome(request)
    if found.account is None:
        return Response.html(f"{FORM} {found.retry_after}")
    request.session.sign_in(found.account.id)
    return redirect("/in")


def send(visitor: Client, password: str) -> Answer:
    """Fills in the form as a browser does, its token too."""
    page = visitor.get("/").text
    token = page.partition('name="_once" value="')[2].partition('"')[0]
    more = {"_once": token} if token else {}
    return visitor.post("/", address="ann@example.org", password=password, **more)


def tries(box: Database) -> list[str]:
    return [row.outcome for row in
            box.all("SELECT outcome FROM security_event WHERE what = 'sign-in' ORDER BY id")]


def test_a_handler_that_has_not_begun_to_write_may_refuse_as_it_likes(
    box: Database, site: Config, person: Callable[..., int]
) -> None:
    person("ann")
    visitor = Client(Page(post=refusing, form=None), site)
    answers = [visitor.post("/", address="ann@example.org", password=f"guess {number}")
               for number in range(12)]
    assert [answer.status for answer in answers] == [422] * 10 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert tries(box) == ["wrong"] * 10 + ["throttled"]


def test_a_form_with_a_token_counts_where_the_page_is_shown_again(
    box: Database, site: Config, person: Callable[..., int]
) -> None:
    person("ann")
    visitor = Client(Page(get=show, post=showing_again), site)
    for number in range(12):
        assert send(visitor, f"guess {number}").status == 200
    assert tries(box) == ["wrong"] * 10 + ["throttled"]


@pytest.mark.parametrize("page", [
    Page(get=show, post=showing_again), Page(get=show, post=refusing, form=None),
], ids=["form", "no form"])
def test_the_right_password_signs_in(
    box: Database, site: Config, person: Callable[..., int], page: Page
) -> None:
    id = person("ann")
    visitor = Client(page, site)
    answer = send(visitor, PASSWORD)
    assert (answer.status, answer["Location"]) == (303, "/in")
    assert box.value("SELECT account_id FROM session") == id
    assert tries(box) == ["good"]
