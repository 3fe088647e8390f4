"""A form of a static page through each gateway, on SQLite and on MariaDB."""
from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from chapbook.db import connect
from collection import attachments, formsettings, submissions
from collection.submissions import Submission

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.wire import Answer, multipart

BOOKING = {"name": "Zoë", "email": "zoe@example.net", "phone": "", "day": "2030-05-01",
           "from": "09:15", "guests": "40", "occasion": "A wake", "needs": "piano",
           "tables": "round", "notes": "", "agreed": "on", "_gotcha": ""}


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, engine_gateways: Running) -> Gateway:
    """Each gateway on each engine, of a site whose bookings somebody gets."""
    found = engine_gateways[request.param]
    with connect(found.site.config) as db:
        db.transact(formsettings.change, db, "booking", "to", "owner@example.org")
        db.transact(formsettings.change, db, "booking", "rate", "1000")
    return found


def book(gateway: Gateway, file: bytes, path: str = "/forms/booking", **changed: str) -> Answer:
    """What sending the booking with a plan answers."""
    parts = [(name, None, value.encode()) for name, value in (BOOKING | changed).items()]
    type, body = multipart(*parts, ("plan", "plän.pdf", file))
    return gateway.post(path, body, type)


def stored(gateway: Gateway, notes: str) -> list[Submission]:
    with connect(gateway.site.config) as db:
        return submissions.whole(db, form="booking", words=notes)


def test_a_booking_with_a_file_is_stored_once_and_mailed(gateway: Gateway) -> None:
    notes, plan = uuid.uuid4().hex, b"%PDF" + bytes(range(256)) * 1000
    for _ in range(2):                            # a double click
        answer = book(gateway, plan, notes=notes)
        assert answer.status == 200, answer.text
        assert "What you sent has arrived." in answer.text and "plän.pdf" in answer.text
    one, = stored(gateway, notes)
    assert (one.repeats, one.reply_to) == (1, "zoe@example.net")
    path = Path(attachments.path_of(gateway.site.config, one.files[0].path))
    assert path.read_bytes() == plan and path.stat().st_mode & 0o777 == 0o600
    with connect(gateway.site.config) as db:
        sent, = db.all("SELECT recipient FROM outbox WHERE about = :about ORDER BY id",
                       about=submissions.about(one.id))
    assert sent.recipient == "owner@example.org"


def test_a_booking_that_does_not_fit_its_page_leaves_nothing(gateway: Gateway) -> None:
    notes = uuid.uuid4().hex
    folder = Path(attachments.folder(gateway.site.config))
    before = set(folder.iterdir()) if folder.exists() else set()
    answer = book(gateway, b"x", notes=notes, guests="81")
    assert answer.status == 422 and 'id="guests-error"' in answer.text and notes in answer.text
    assert stored(gateway, notes) == []
    assert before == (set(folder.iterdir()) if folder.exists() else set())


@pytest.mark.parametrize("path, location", [
    ("/forms/booking", "/booking.html"), ("/cgi-bin/forms.py/booking", "/booking.html"),
])
def test_the_address_of_the_form_leads_to_its_page(
    gateway: Gateway, path: str, location: str,
) -> None:
    answer = gateway.get(path)
    assert (answer.status, answer["Location"]) == (303, location)
    assert gateway.get("/forms/nothing").status == gateway.get("/forms/..%2flib").status == 404
