"""Who may what: every role at every address, by every method, as the table of permissions says."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chapbook.forms import markup
from chapbook.forms.controls import Form
from chapbook.forms.which import NOT_HERE
from chapbook.permissions import EVERYONE, Permission
from chapbook.testing import Answer
from chapbook.user import ROLES as RANKS
from collection import permissions

from tests.support.crawl import PLACES, address, pages
from tests.support.forms import NEW_PASSWORD, filled, sent, target
from tests.support.people import PASSWORD
from tests.support.world import World

PAGES = pages()
PURPOSES = {place: purpose for purpose, place in PLACES.items()}
# Whoever asks; the account of the last two is not active, so they are nobody.
ASKING = {"nobody": "", "member": "member", "editor": "editor", "administrator": "administrator",
          "waiting": "", "disabled": ""}
ADMITTED = {EVERYONE: set(ASKING), **{rank: {
    name for name, role in ASKING.items() if role and RANKS.index(role) >= RANKS.index(rank)
} for rank in RANKS}}

# What is said to who may send forms to a page, and has sent none of its own.
NO_FORM = (NOT_HERE, "Please open its page again and look.")
# Pages for members whose address names a thing: whose it may be. "own" is for its owner alone.
THINGS = {("account/sessions", "/{id:int}"): "own", ("account/picture", "/{name}"): "all"}

# Who may is decided in Python, the same on both databases; all pages are read on both elsewhere.
pytestmark = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
each_page = pytest.mark.parametrize(
    ("script", "pattern", "page"), PAGES, ids=[script + pattern for script, pattern, _ in PAGES])


@pytest.fixture(scope="module")
def forms(world: World) -> dict[str, tuple[Form, str]]:
    """By address, a form that is sent there, with the address of its page, as one sees who may all.
    """
    found: dict[str, tuple[Form, str]] = {}
    client = world.clients["administrator"]
    for script, pattern, page in PAGES:
        url = address(world, script, pattern)
        purpose = PURPOSES.get(url.removeprefix("/account/"))
        if purpose:
            tokens = world.ids["tokens"]
            url += "?token=" + (tokens.get(purpose) or tokens[f"{purpose} of administrator"])
        answer = client.get(url)
        for form in markup.read(answer.text).forms if answer.status == 200 and (
                "text/html" in answer["Content-Type"]) else ():
            if form.method == "post":
                found.setdefault(target(url, form).partition("?")[0], (form, url))
    return found


@pytest.fixture(autouse=True)
def as_it_was(world: World) -> Iterator[None]:
    """The visitors have the sessions that they began with, and the site is put back."""
    cookies = {who: dict(client.cookies) for who, client in world.clients.items()}
    yield
    for who, client in world.clients.items():
        client.cookies = cookies[who]
    world.restore()


def who_may(page: Any, method: str) -> str:
    """The word of the table for a page and a method."""
    rule = page.rules.get(method, EVERYONE)
    return rule.who if isinstance(rule, Permission) else rule


def is_admitted(answer: Answer) -> bool:
    """Whether somebody got past the door, whatever they found behind it."""
    if answer.status == 403:
        return any(sentence in answer.text for sentence in NO_FORM)
    return not _is_way_in(answer)


def is_refused(who: str, answer: Answer) -> bool:
    """Whether somebody was refused in the way that is right for them."""
    return answer.status == 403 if ASKING[who] else _is_way_in(answer)


def _is_way_in(answer: Answer) -> bool:
    return answer.status == 303 and answer["Location"].startswith("/account/signin?next=")


@each_page
def test_a_page_says_who_may(script: str, pattern: str, page: Any, world: World) -> None:
    for method in page.allowed:
        if method in ("HEAD", "OPTIONS"):
            continue
        assert who_may(page, method) in ADMITTED, "a function: write who may into ADMITTED"
        if script.startswith(("admin/", "account/")):
            assert method in page.rules, f"/{script}{pattern} does not say who may {method}"
        if script.startswith("admin/"):
            assert isinstance(page.rules[method], Permission) and who_may(
                page, method) in ("editor", "administrator")


@each_page
def test_who_may_look_gets_in_and_nobody_else(
    script: str, pattern: str, page: Any, world: World
) -> None:
    if "GET" not in page.allowed:
        return
    for who, client in world.clients.items():
        may = who in ADMITTED[who_may(page, "GET")]
        mine = ASKING[who] and {"session": world.ids["sessions"][world.ids[who]]} or {}
        url = address(world, script, pattern, **mine)
        for method in ("GET", "HEAD"):
            answer = client.request(method, url)
            assert is_admitted(answer) if may else is_refused(who, answer), (who, method, answer)
        if not may:
            answer = client.get(url, Accept="application/json")
            assert answer.status == 403 and "detail" not in answer.text, who


@each_page
def test_who_may_change_something_gets_in_and_nobody_else(
    script: str, pattern: str, page: Any, world: World, forms: dict[str, tuple[Form, str]]
) -> None:
    url = address(world, script, pattern)
    for method in {*page.allowed} - {"GET", "HEAD", "OPTIONS"}:
        assert method == "POST"
        form, place = forms.get(url, (Form(next(markup.tags("<form method=post>")), 0), url))
        for who, client in world.clients.items():
            may, cookies = who in ADMITTED[who_may(page, method)], dict(client.cookies)
            answer = sent(client, place, form, filled(form)) if url in forms else client.post(url)
            client.cookies = cookies
            if may:
                assert is_admitted(answer), (who, answer.text)
            else:
                assert is_refused(who, answer), (who, answer)
                changed = world.changes()         # what nobody sent is kept until they sign in
                assert set(changed) <= (set() if ASKING[who] else {"session"}), (who, changed)
                assert PASSWORD not in repr(changed) and NEW_PASSWORD not in repr(changed)
                assert all(row["account_id"] in (None, world.ids.get(who))
                           for _, row in changed.get("session", ())), who
                world.restore()
                program = sent(client, place, form, filled(form), Accept="application/json",
                               Sec_Fetch_Site="same-origin")
                assert program.status == 403 and not world.changes(), who
            world.restore()


@each_page
def test_a_method_that_a_page_does_not_have_is_a_405(
    script: str, pattern: str, page: Any, world: World
) -> None:
    for method in {"POST", "PUT", "PATCH", "DELETE"} - {*page.allowed}:
        answer = world.clients["administrator"].request(
            method, address(world, script, pattern), headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status == 405 and answer["Allow"] == ", ".join(page.allowed)


@each_page
def test_an_address_below_a_page_is_a_404_where_it_declares_none(
    script: str, pattern: str, page: Any, world: World
) -> None:
    rest = "/0/nothing/of/the/kind"
    takes_all = "/{name:path}" in [other for name, other, _ in PAGES if name == script]
    if script != "index" and not takes_all and not pattern.endswith(":path}"):
        for client in (world.clients["nobody"], world.clients["administrator"]):
            assert client.get(address(world, script, pattern) + rest).status in (303, 404)
            assert client.request("DELETE", address(world, script, pattern) + rest).status == 404


@each_page
def test_what_is_somebodys_own_is_for_them_alone(
    script: str, pattern: str, page: Any, world: World, forms: dict[str, tuple[Form, str]]
) -> None:
    if who_may(page, page.allowed[0]) != "member" or "{" not in pattern:
        return
    assert (script, pattern) in THINGS, "write into THINGS whose this may be"
    if THINGS[script, pattern] == "all":
        return
    form, _ = forms[address(world, script, pattern)]
    form.action = None                            # to the very address that is tried
    for who, client in world.clients.items():
        if not ASKING[who]:
            continue
        for whose in ("member", "editor", "administrator", "other"):
            url = address(world, script, pattern,
                          session=world.ids["sessions"][world.ids[whose]])
            cookies = dict(client.cookies)
            looked = client.get(url)
            answer = sent(client, url, form, filled(form))
            client.cookies = cookies
            if whose == who:
                assert (looked.status, answer.status) == (200, 303), (who, answer)
                assert world.changes()
            else:
                assert (looked.status, answer.status) == (404, 404), (who, whose, answer)
                assert not world.changes(), (who, whose)
            world.restore()


@pytest.mark.parametrize("purpose", ["change", "allow"])
def test_a_link_that_was_mailed_to_somebody_else_opens_nothing(
    purpose: str, world: World
) -> None:
    place = {"change": "/account/address/new", "allow": "/account/address/old"}[purpose]
    url = f"{place}?token={world.ids['tokens'][f'{purpose} of administrator']}"
    found = markup.read(world.clients["administrator"].get(url).text).forms
    form = next(form for form in found if form.method == "post")
    answer = sent(world.clients["member"], url, form, filled(form))
    changed = {table: rows for table, rows in world.changes().items()
               if table not in ("security_event", "form_answer")}
    assert answer.status in (303, 403, 404, 409, 422) and not changed
    own = sent(world.clients["administrator"], url, form, filled(form))
    assert own.status == 303 and {"account_token", "account"} & set(world.changes())


def test_every_permission_of_the_table_is_that_of_a_page(world: World) -> None:
    used = {rule for _, _, page in PAGES for rule in page.rules.values()}
    for name, permission in vars(permissions).items():
        if isinstance(permission, Permission):
            assert permission in used, name


def test_whoever_has_a_role_may_all_that_those_before_it_may(world: World) -> None:
    assert ADMITTED["administrator"] < ADMITTED["editor"] < ADMITTED["member"] < ADMITTED[EVERYONE]
