"""The forms that are shipped, answers to each of them, and how a visitor puts those in."""
from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from chapbook.db import connect
from collection import moderation, submissions

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.sites import Site

    Answers = dict[str, Any]

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg==")
PLAN = {"name": "Plan & more.png", "buffer": PNG}
LARGE = {**PLAN, "buffer": PNG + bytes(2 << 20)}


class Shipped:
    """A form: answers that are `right`, and two sets that are refused.

    A browser would keep the `wrong` ones back; the `sly` ones it lets pass, and the server alone
    refuses them. With each come the names of the fields at fault, and of those that have to be
    filled in again for no fault of theirs. A name is at fault in both.
    """

    def __init__(self, path: str, right: Answers, wrong: tuple[Answers, str, str],
                 sly: tuple[Answers, str, str]) -> None:
        self.path, self.right, self.wrong, self.sly = path, right, wrong, sly

    def stored(self, site: Site, name: str) -> list[dict[str, list[str]]]:
        """What the site has from a visitor of this name: the texts of each field."""
        with connect(site.config) as db:
            if self.path == "/guestbook":
                rows = moderation.found(db, "waiting", limit=1000)
                return [{"name": [row.name], "place": [row.place], "message": [row.message]}
                        for row in rows if row.name == name]
            found = [
                {field.name: [answer.value for answer in field.answers] for field in one.fields}
                | {"plan": [file.filename for file in one.files]}
                for one in submissions.whole(db, form=self.path.strip("/").removesuffix(".html"))]
        return [values for values in found if values["name"] == [name]]


GUESTBOOK = Shipped(
    "/guestbook",
    {"name": "", "place": "Gent", "message": "Grüße aus\n\nKöln 😀"},
    ({"name": "", "place": "Nowhere <&>", "message": ""}, "name message", ""),
    ({"name": "   ", "place": "“Nowhere”", "message": " \n "}, "name message", ""))
CONTACT = Shipped(
    "/contact.html",
    {"name": "", "email": "zoe@example.org", "about": "Becoming a member",
     "message": "A letter\nthat is long enough"},
    ({"name": "", "email": "nobody", "message": "Too <b>"}, "name email about message", ""),
    ({"name": " ", "email": "zoe@example.org", "about": "Something else",
      "message": "               ."}, "name message", ""))
BOOKING = Shipped(
    "/booking.html",
    {"name": "", "email": "zoe@example.org", "phone": "+31 20 1234567", "day": "2030-05-05",
     "from": "10:15", "guests": "12", "occasion": "A wake", "needs": ["kitchen", "piano"],
     "tables": "round", "plan": PLAN, "notes": "Nothing else,\nreally", "agreed": True},
    ({"name": "", "email": "zoe@", "phone": "none", "day": "2036-01-01", "from": "10:10",
      "guests": "99", "needs": ["stage"], "plan": PLAN, "notes": "</textarea>"},
     "name email phone day from guests occasion tables agreed", "plan"),
    ({"name": " ", "email": "zoe@example.org", "day": "2035-12-31", "from": "08:00", "guests": "80",
      "occasion": "A market", "needs": ["kitchen", "stage"], "tables": "rows", "plan": LARGE,
      "agreed": True}, "name plan", ""))


def fill(page: Page, answers: Answers, folder: Path) -> None:
    """Fill in fields: by a text, a list of what to tick, True for one to tick, or a file.

    Files are put into a folder first, for the browser to take them from.
    """
    for name, answer in answers.items():
        fields = page.locator(f"main form.coupon [name={name}]")
        kind = fields.first.evaluate("field => field.type")
        if kind == "file":
            path = folder / answer["name"]
            path.write_bytes(answer["buffer"])
            fields.set_input_files(path)
        elif kind == "radio":
            page.check(f"[name={name}][value={answer}]")
        elif kind == "select-one":
            fields.select_option(answer)
        elif answer is True:
            fields.check()
        elif isinstance(answer, list):
            for box in fields.all():
                box.set_checked(box.get_attribute("value") in answer)
        else:
            fields.fill(answer)


def held(page: Page) -> dict[str, list[str]]:
    """What is in the fields: that which would be sent, texts by name."""
    found: dict[str, list[str]] = page.evaluate("""() => {
        const held = {}
        for (const [name, value] of new FormData(document.querySelector("main form.coupon")))
            (held[name] ??= []).push(value instanceof File ? value.name : value)
        return held
    }""")
    return found


def texts(answer: Any, ticked: str = "on") -> list[str]:
    """An answer as a form sends it, or else with the word that is stored for a lone tick."""
    if isinstance(answer, dict):
        return [answer["name"]]
    return answer if isinstance(answer, list) else [ticked if answer is True else answer]
