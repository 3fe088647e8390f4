"""Every form of the site: refused from elsewhere, done once, and nothing but its own fields."""
from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.forms import markup
from chapbook.forms.controls import Control, Form
from chapbook.testing import Answer, Client

from tests.support.crawl import crawl, missing_headers, pages
from tests.support.forms import NEW_PASSWORD, Fields, filled, sent, target
from tests.support.people import PASSWORD
from tests.support.world import FAILED, World

# Who has the form, the address of its page, the form, one of its buttons.
Found = tuple[str, str, Form, Control | None]
Changes = dict[str, list[tuple[str, dict[str, Any]]]]

FROM_ELSEWHERE: dict[str, dict[str, str]] = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    "foreign": {"Origin": "https://evil.example"},
    "null": {"Origin": "null"},
    "another port": {"Origin": "http://localhost:8080"},
}
# What is other each time that the same is done.
NEW = re.compile(r"(secret|_at|_id|^id|hash|token|salt|path|key|claim|version|data|picture|body"
                 r"|kind|day|last_error|period|about)$")
# These pages do what was asked a second time, and why that does no harm.
TWICE = {
    "account/signin": "its answer carries a cookie; a second session is one's own",
    "admin/invite": "a wrong password must be counted; the second link spoils the first",
    "account/address": "a wrong password must be counted; the second link spoils the first",
    "account/delete": "a wrong password must be counted; what is gone is gone",
    "account/details": "a picture is drawn before anything is written; it is the same again",
    "account/export": "a wrong password must be counted; nothing is changed",
    "account/password": "a wrong password must be counted; the old one is no longer right",
    "account/twofactor": "a wrong code must be counted; a code is taken once",
    "admin/backup": "a wrong password must be counted; what is under way is refused",
    "admin/upgrade": "a wrong password must be counted; of two upgrades one is refused",
    "admin/user": "a wrong password must be counted; to set the same again changes nothing",
}


@pytest.fixture(scope="module")
def forms(world: World) -> list[Found]:
    """Each form with each of its buttons, of the one who sees most."""
    found: dict[object, Found] = {}
    for who in ("administrator", "nobody"):
        for url, answer in crawl(world, who).found:
            if answer.status != 200 or "text/html" not in answer["Content-Type"]:
                continue
            for form in markup.read(answer.text).forms:
                for button in [each for each in form.controls if each.is_submitter] or [None]:
                    if form.method == "post":
                        found.setdefault(_kind(url, form, button), (who, url, form, button))
    return list(found.values())


def _kind(url: str, form: Form, button: Control | None) -> object:
    """What two forms have in common that do the same to different things."""
    way = re.sub(r"\d+", "0", target(url, form, button)).partition("?")[0]
    names = {each.name for each in form.controls}
    return way, frozenset(names), button is not None and (button.name, button.default)


@pytest.fixture
def senders(world: World) -> Iterator[dict[str, Client]]:
    """The visitors of the site, each from one address; it is put back afterwards."""
    for client in world.clients.values():
        vars(client)["address"] = "192.0.2.1"
    yield world.clients
    for client in world.clients.values():
        vars(client)["address"] = ""
    world.restore()


def test_there_are_forms_of_all_kinds(forms: list[Found]) -> None:
    ways = {target(url, form, button).partition("?")[0] for _, url, form, button in forms}
    assert {"/guestbook", "/forms/contact", "/forms/booking", "/account/signin"} <= ways


@pytest.mark.parametrize("way", FROM_ELSEWHERE)
def test_a_form_that_another_site_sends_is_refused(
    way: str, forms: list[Found], senders: dict[str, Client], world: World
) -> None:
    for who, url, form, button in forms:
        answer = sent(senders[who], url, form, filled(form, button), button, **FROM_ELSEWHERE[way])
        assert answer.status == 403, (way, url)
        assert "Set-Cookie" not in answer, (way, url)
    assert not world.changes() and not world.new_files()


def test_a_form_that_is_sent_twice_is_done_once_and_has_no_field_but_its_own(
    forms: list[Found], senders: dict[str, Client], world: World
) -> None:
    columns = {name: "1" for rows in world.rows().values() for row in rows[:1] for name in row}
    idle = []
    for who, url, form, button in forms:
        client, fields = senders[who], filled(form, button)
        cookies = dict(client.cookies)

        def post(fields: Fields, client: Client = client, url: str = url, form: Form = form,
                 button: Control | None = button) -> Answer:
            return sent(client, url, form, fields, button)

        first = post(fields)
        if first.status == 422:                   # not any text will do
            fields = filled(form, button, least=True)
            first = post(fields)
        assert first.status < 500 and not missing_headers(first), (url, first)
        assert not wrong_cookies(first), (url, first.headers)
        done, files = world.changes(), world.new_files()
        assert not any(secret in repr(done) for secret in (PASSWORD, NEW_PASSWORD)), url
        if not done and not files:
            idle.append((url, button and button.default, first.status))
        second = post(fields)
        if not _script(url, form, button).startswith(tuple(TWICE)):
            assert _uncounted(world.changes()) == _uncounted(done), (url, "sent twice")
            assert world.new_files() == files, url
            assert (second.status, _place(second)) == (first.status, _place(first)), url
        else:
            assert _masked(world.changes(), without=("session", "security_event", "outbox")) == (
                _masked(done, without=("session", "security_event", "outbox"))), url
        world.restore()
        client.cookies = dict(cookies)
        own = {control.name for control in form.controls}
        post([*fields, *((name, text) for name, text in columns.items() if name not in own)])
        # A letter with fields that its form does not have is taken for spam: that much is seen.
        judged = ("submission", "outbox") if _script(url, form, button)[:6] == "forms/" else ()
        more = _masked(world.changes(), judged)
        assert not more or not _other(more, _masked(done, judged)), (url, "with more fields")
        world.restore()
        client.cookies = cookies
    assert len(idle) < len(forms) / 3, idle


def test_nothing_of_a_password_or_a_mailed_link_is_in_the_log(world: World) -> None:
    path = Path(world.config.path(world.config.paths.log, "chapbook.log"))
    text = path.read_text("ascii")
    assert FAILED in text                         # the fault that the site was filled with
    for secret in (PASSWORD, NEW_PASSWORD, *world.secrets, *world.ids["tokens"].values()):
        assert secret not in text


def test_just_the_pages_that_are_known_do_a_thing_twice() -> None:
    assert {script for script, _, page in pages() if not page._once} == set(TWICE)


def wrong_cookies(answer: Answer) -> list[str]:
    """The cookies of an answer that scripts, other sites or caches could get hold of."""
    given = [value.lower() for name, value in answer.headers if name == "Set-Cookie"]
    kept = "Cache-Control" in answer and "no-store" in answer["Cache-Control"]
    return [text for text in given if not kept or not all(
        attribute in text for attribute in ("; httponly", "; samesite=lax", "; path=/"))]


def _other(one: dict[str, list[str]], two: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The rows that are in one of two, with their tables."""
    return [(table, row) for table in {*one, *two}
            for row in {*one.get(table, ())} ^ {*two.get(table, ())}]


def _script(url: str, form: Form, button: Control | None) -> str:
    return target(url, form, button).partition("?")[0].strip("/")


def _place(answer: Answer) -> str:
    return answer["Location"] if "Location" in answer else ""


def _uncounted(changes: Changes) -> Changes:
    """Changes without how often something came: that of a form without a token is counted."""
    return {table: [(how, {**row, "repeats": 0}) for how, row in rows]
            for table, rows in changes.items() if table != "form_count"}


def _masked(
    changes: Changes, without: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    """Changes without what is other each time that the same is done."""
    return {table: sorted(
        repr((how, {name: value for name, value in row.items() if not NEW.search(name)}))
        for how, row in rows)
        for table, rows in changes.items() if table not in ("form_answer", "form_count", *without)}
