"""The letter of contact.html and the booking of booking.html, sent to a running server."""
from __future__ import annotations

from urllib.parse import urlencode

from chapbook.db import connect
from collection import formsettings

from tests.support.gateways import Gateway
from tests.support.sites import Site
from tests.support.wire import Answer, multipart

OWNER = "owner@example.org"
LETTER = {"name": "Zoë", "email": "zoe@example.net", "about": "A question", "_gotcha": ""}
BOOKING = {"name": "Zoë", "email": "zoe@example.net", "phone": "", "day": "2030-05-01",
           "from": "09:15", "guests": "40", "occasion": "A wake", "needs": "piano",
           "tables": "round", "notes": "", "agreed": "on", "_gotcha": ""}
PLAN = b"%PDF" + bytes(range(256)) * 1000 + b"\r\n--frontie\r\n"
# So many and so fast as tests send them, and to whom.
SETTINGS = {"to": OWNER, "rate": "10000", "daily": "10000", "min_time": "0 s"}
BROWSER = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


def accept_all(site: Site) -> None:
    """Give the forms an owner who is mailed, and let them take whatever a test sends."""
    with connect(site.config) as db:
        for form in ("contact", "booking", "plain"):
            for name, text in SETTINGS.items():
                db.transact(formsettings.change, db, form, name, text)


def write(
    gateway: Gateway, message: str, path: str = "/forms/contact", accept: str = "text/html",
    **changed: str,
) -> Answer:
    """What sending the letter answers."""
    body = urlencode({**LETTER, "message": message, **changed}).encode()
    return gateway.ask("POST", path, {**BROWSER, "Accept": accept}, body)


def book(
    gateway: Gateway, file: bytes = PLAN, path: str = "/forms/booking", **changed: str
) -> Answer:
    """What sending the booking with a plan answers."""
    parts = [(name, None, value.encode()) for name, value in (BOOKING | changed).items()]
    kind, body = multipart(*parts, ("plan", "plän.pdf", file))
    return gateway.ask("POST", path, {**BROWSER, "Content-Type": kind}, body)
