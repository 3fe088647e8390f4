"""The inbox through each gateway, on SQLite and on MariaDB: who is signed in, and who is not."""
from __future__ import annotations

import html
import os
import re
import uuid
from urllib.parse import urlencode

import pytest

from chapbook.db import connect
from chapbook.testing import Client
from collection import attachments, submissions
from collection.submissions import Submission

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.letters import BROWSER, PLAN, accept_all, book
from tests.support.people import People, session
from tests.support.sites import Site, eventually
from tests.support.wire import Answer


class Owner:
    """Somebody with a browser who has the cookie of a session."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self.gateway, self.cookie = gateway, f"__Host-session={token}"

    def get(self, target: str) -> Answer:
        """A page of the inbox."""
        return self.gateway.get(target, Cookie=self.cookie)

    def send(self, page: Answer, **fields: object) -> Answer:
        """Send the first POST form of a page."""
        action = re.search(r'<form [^>]*method="post" action="([^"]+)"', page.text)
        assert action is not None
        body = urlencode({"_once": page.once, **fields}).encode()
        return self.gateway.ask("POST", html.unescape(action[1]),
                                {**BROWSER, "Cookie": self.cookie}, body)


@pytest.fixture
def running(engine_gateways: Running) -> Running:
    """The gateways on each engine."""
    accept_all(engine_gateways.site)
    return engine_gateways


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, running: Running) -> Gateway:
    """Each gateway on each engine."""
    return running[request.param]


@pytest.fixture
def owner(gateway: Gateway, token: str) -> Owner:
    """An administrator, signed in."""
    return Owner(gateway, token)


@pytest.fixture
def token(running: Running) -> str:
    """The token of an administrator's session."""
    return token_of(running.site, "administrator")


def token_of(site: Site, role: str) -> str:
    """The token of the session of somebody new with a role."""
    return session(site.config, People(Client, site.config).add(role, uuid.uuid4().hex))


def received(gateway: Gateway, notes: str) -> Submission:
    """A new booking with its file."""
    assert book(gateway, notes=notes).status == 200
    with connect(gateway.site.config) as db:
        one, = submissions.whole(db, form="booking", words=notes)
    return one


def test_nobody_else_sees_or_does_anything(gateway: Gateway, owner: Owner) -> None:
    one = received(gateway, uuid.uuid4().hex)
    page = owner.get(f"/admin/inbox/delete?id={one.id}")
    stranger, member = Owner(gateway, "x" * 43), Owner(gateway, token_of(gateway.site, "member"))
    for target in (f"/admin/inbox/read/{one.id}",
                   f"/admin/take/file/{one.id}/{one.files[0].id}",
                   "/admin/take/csv/booking", "/admin/form/booking", "/admin/outbox/csv",
                   "/cgi-bin/admin/moderation.py"):
        answers = stranger.get(target), member.get(target)
        assert [answer.status for answer in answers] == [303, 403], target
        for answer in answers:
            assert answer["Cache-Control"] == "no-store" and "zoe@" not in answer.text, target
    assert stranger.send(page, do="delete").status == 303
    assert member.send(page, do="delete").status == 403
    with connect(gateway.site.config) as db:
        assert submissions.read(db, one.id) is not None


def test_a_file_is_saved_byte_for_byte_and_goes_with_its_submission(owner: Owner) -> None:
    notes = uuid.uuid4().hex
    one = received(owner.gateway, notes)
    assert notes in owner.get(f"/admin/inbox/list/booking?q={notes}").text
    page = owner.get(f"/admin/inbox/read/{one.id}")
    target = re.search(r'href="(/admin/take/file/[^"]+)"', page.text)
    assert target is not None and notes in page.text
    saved = owner.get(target[1])
    assert saved.status == 200 and saved.body == PLAN
    assert saved["Content-Type"] == "application/octet-stream"
    assert (saved["Content-Disposition"] or "").startswith("attachment; ")
    assert (saved["Cache-Control"], saved["X-Content-Type-Options"]) == ("no-store", "nosniff")
    asks = owner.send(page, do="delete")
    done = owner.send(owner.get(asks["Location"] or ""), do="delete")
    assert (done.status, done["Location"]) == (303, "/admin/inbox/list/booking?done=delete")
    assert owner.get(target[1]).status == owner.get(f"/admin/inbox/read/{one.id}").status == 404
    file = attachments.path_of(owner.gateway.site.config, one.files[0].path)
    eventually(lambda: not os.path.exists(file))


def test_the_inbox_stays_at_the_address_in_cgi_bin(owner: Owner) -> None:
    notes = uuid.uuid4().hex
    one = received(owner.gateway, notes)
    page = owner.get(f"/cgi-bin/admin/inbox.py/read/{one.id}")
    for link in ("/cgi-bin/admin/inbox.py/list/booking", "/cgi-bin/admin/moderation.py",
                 f"/cgi-bin/admin/take.py/file/{one.id}/{one.files[0].id}"):
        assert f'href="{link}"' in page.text and owner.get(link).status == 200, link
    marked = owner.send(page, do="read")
    assert marked["Location"] == f"/cgi-bin/admin/inbox.py/read/{one.id}?done=read"
    assert "Marked read." in owner.get(marked["Location"]).text


def test_all_gateways_show_the_same(running: Running, token: str) -> None:
    one = received(running["builtin"], uuid.uuid4().hex)
    with connect(running.site.config) as db:
        letter = db.value("SELECT MAX(id) FROM outbox")
    for target in ("/admin/inbox", "/admin/inbox/list/booking",
                   "/admin/inbox/list/contact?show=spam", f"/admin/inbox/read/{one.id}",
                   f"/admin/inbox/delete?id={one.id}", "/admin/take/csv/booking",
                   f"/admin/take/file/{one.id}/{one.files[0].id}", "/admin/form/booking",
                   "/admin/moderation", "/admin/moderation?show=all", "/admin/outbox?show=failed",
                   f"/admin/outbox/read/{letter}", "/admin/take", "/admin"):
        answers = [Owner(running[name], token).get(target) for name in GATEWAYS]
        for name, answer in zip(GATEWAYS, answers):
            assert answer.status == answers[0].status, (name, target)
            assert answer.ours == answers[0].ours, (name, target)
            assert answer.page == answers[0].page, (name, target)
