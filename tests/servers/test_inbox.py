"""The inbox through each gateway, on SQLite and on MariaDB: by a link, in a session, and out."""
from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from chapbook.db import connect
from collection import attachments, doorkeys, submissions
from collection.submissions import Submission

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.letters import BROWSER, PLAN, accept_all, book
from tests.support.sites import GROUP, USER, Site, eventually
from tests.support.wire import Answer


class Owner:
    """Somebody with a browser who has a session, unless `token` is empty."""

    def __init__(self, gateway: Gateway, token: str = "") -> None:
        self.gateway, self.cookie = gateway, f"__Host-inbox={token}"

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
def owner(gateway: Gateway) -> Owner:
    """The owner, signed in."""
    return Owner(gateway, session(gateway.site))


def session(site: Site) -> str:
    """The token of a new session."""
    with connect(site.config) as db:
        token = db.transact(lambda: doorkeys.enter(db, doorkeys.make(db)))
    assert token is not None
    return str(token)


def link(gateway: Gateway) -> str:
    """The link that `./chapbook inbox` prints to who may write the site's files."""
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": USER, "group": GROUP, "extra_groups": []}
    made = subprocess.run(
        [str(Path(sys.prefix) / "bin/python3"), "-P", "-m", "chapbook.cli", "inbox",
         "--url", f"http://{gateway.host}:{gateway.port}"],
        cwd="/", env={"PYTHONPATH": str(gateway.site.root / "lib"), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, **account)
    assert made.returncode == 0, made.stderr
    start, slash, path = made.stdout.strip().partition("/owner/")
    assert start == f"http://{gateway.host}:{gateway.port}"
    return f"{slash}{path}"


def received(gateway: Gateway, notes: str) -> Submission:
    """A new booking with its file."""
    assert book(gateway, notes=notes).status == 200
    with connect(gateway.site.config) as db:
        one, = submissions.whole(db, form="booking", words=notes)
    return one


@pytest.mark.parametrize("name", ["apache-cgi", "wsgi-daemon"])
def test_a_link_opens_the_inbox_once(running: Running, name: str) -> None:
    stranger, address = Owner(running[name]), link(running[name])
    first, second = stranger.get(address), stranger.get(address)
    assert first.status == second.status == 200, "to look at it does not use it up"
    opened = stranger.send(first, do="open")
    assert (opened.status, opened["Location"]) == (303, "/inbox")
    cookie = re.fullmatch(r"__Host-inbox=([\w-]{43}); Path=/; Secure; HttpOnly; SameSite=Lax",
                          opened["Set-Cookie"] or "")
    assert cookie is not None
    again = stranger.send(first, do="open")
    assert (again.status, again["Set-Cookie"]) == (303, None), "a second click opens nothing more"
    assert stranger.send(second, do="open").status == 403
    assert stranger.get(address).status == stranger.get("/inbox").status == 403
    owner = Owner(running[name], cookie[1])
    assert "/inbox/list/booking" in owner.get("/inbox").text
    assert owner.send(owner.get("/owner/door/out"), do="out").status == 303
    assert owner.get("/inbox").status == 403


def test_nobody_else_sees_or_does_anything(gateway: Gateway) -> None:
    one = received(gateway, uuid.uuid4().hex)
    page = Owner(gateway, session(gateway.site)).get(f"/inbox/delete?id={one.id}")
    stranger = Owner(gateway, "x" * 43)
    for target in (f"/inbox/read/{one.id}", f"/owner/take/file/{one.id}/{one.files[0].id}",
                   "/owner/take/csv/booking", "/owner/settings/booking",
                   "/cgi-bin/owner/guestbook.py"):
        answer = stranger.get(target)
        assert answer.status == 403 and answer["Cache-Control"] == "no-store", target
        assert "./chapbook inbox" in answer.text and "zoe@" not in answer.text
    assert stranger.send(page, do="delete").status == 403
    assert gateway.get("/inbox").status == 403
    with connect(gateway.site.config) as db:
        assert submissions.read(db, one.id) is not None


def test_a_file_is_saved_byte_for_byte_and_goes_with_its_submission(owner: Owner) -> None:
    notes = uuid.uuid4().hex
    one = received(owner.gateway, notes)
    assert notes in owner.get(f"/inbox/list/booking?q={notes}").text
    page = owner.get(f"/inbox/read/{one.id}")
    target = re.search(r'href="(/owner/take/file/[^"]+)"', page.text)
    assert target is not None and notes in page.text
    saved = owner.get(target[1])
    assert saved.status == 200 and saved.body == PLAN
    assert saved["Content-Type"] == "application/octet-stream"
    assert (saved["Content-Disposition"] or "").startswith("attachment; ")
    assert (saved["Cache-Control"], saved["X-Content-Type-Options"]) == ("no-store", "nosniff")
    asks = owner.send(page, do="delete")
    done = owner.send(owner.get(asks["Location"] or ""), do="delete")
    assert (done.status, done["Location"]) == (303, "/inbox/list/booking?done=delete")
    assert owner.get(target[1]).status == owner.get(f"/inbox/read/{one.id}").status == 404
    file = attachments.path_of(owner.gateway.site.config, one.files[0].path)
    eventually(lambda: not os.path.exists(file))


def test_the_inbox_stays_at_the_address_in_cgi_bin(owner: Owner) -> None:
    notes = uuid.uuid4().hex
    one = received(owner.gateway, notes)
    page = owner.get(f"/cgi-bin/inbox.py/read/{one.id}")
    for link in ("/cgi-bin/inbox.py/list/booking", "/cgi-bin/owner/door.py/out",
                 f"/cgi-bin/owner/take.py/file/{one.id}/{one.files[0].id}"):
        assert f'href="{link}"' in page.text and owner.get(link).status == 200, link
    marked = owner.send(page, do="read")
    assert marked["Location"] == f"/cgi-bin/inbox.py/read/{one.id}?done=read"
    assert "Marked read." in owner.get(marked["Location"]).text


def test_all_gateways_show_the_same(running: Running) -> None:
    one, token = received(running["builtin"], uuid.uuid4().hex), session(running.site)
    for target in ("/inbox", "/inbox/list/booking", "/inbox/list/contact?show=spam",
                   f"/inbox/read/{one.id}", f"/inbox/delete?id={one.id}", "/owner/door?key=x",
                   "/owner/door/out", "/owner/take/csv/booking",
                   f"/owner/take/file/{one.id}/{one.files[0].id}", "/owner/settings/booking",
                   "/owner/guestbook", "/owner/guestbook?show=all", "/owner/take", "/owner"):
        answers = [Owner(running[name], token).get(target) for name in GATEWAYS]
        for name, answer in zip(GATEWAYS, answers):
            assert answer.status == answers[0].status, (name, target)
            assert answer.ours == answers[0].ours, (name, target)
            assert answer.page == answers[0].page, (name, target)
