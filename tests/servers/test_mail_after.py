"""A mail that a page queues leaves after the answer, from every gateway, without cron."""
from __future__ import annotations

import time
import urllib.parse

import pytest

from chapbook import mail
from chapbook.db import connect

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.sites import eventually

PAGE = '''
from chapbook import mail


def post(request):
    fields = request.form
    mail.queue(request.db, request.config, to="ann@example.org", subject=fields["about"],
               text="A text.", about=fields["about"])
    if "fail" in fields:
        raise errors.Conflict("No.")
    mail.send_soon(request)
    return Response.text("queued")


application = Page(post=post, form=None)
'''


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, engine_gateways: Running) -> Gateway:
    """Each gateway on each engine, of a site with a page that mails."""
    engine_gateways.site.script("mailer", PAGE)
    return engine_gateways[request.param]


def states(gateway: Gateway, about: str) -> list[str]:
    with connect(gateway.site.config) as db:
        return [found.state for found in mail.state(db, about)]


def test_a_mail_is_sent_after_the_answer(gateway: Gateway) -> None:
    about = f"{gateway.name} {time.time()}"
    body = urllib.parse.urlencode({"about": about}).encode()
    begun = time.monotonic()
    answer = gateway.post("/mailer", body)
    assert (answer.status, answer.text) == (200, "queued")
    assert time.monotonic() - begun < 5
    assert states(gateway, about) in (["waiting"], ["sent"])
    eventually(lambda: states(gateway, about) == ["sent"])
    found = [file.read_text() for file in (gateway.site.root / "var/mail").glob("*.eml")]
    assert sum(f"Subject: {about}\n" in text for text in found) == 1


def test_a_handler_that_fails_has_queued_nothing(gateway: Gateway) -> None:
    about = f"{gateway.name} {time.time()}"
    body = urllib.parse.urlencode({"about": about, "fail": "1"}).encode()
    assert gateway.post("/mailer", body).status == 409
    assert states(gateway, about) == []
