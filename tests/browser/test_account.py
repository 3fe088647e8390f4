"""The life of an account, in a browser without JavaScript: by each server, on each database."""
from __future__ import annotations

import os
import json
import re
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING

import pyotp
import pytest

from chapbook import mail
from chapbook.db import connect

from tests.browser.pages import Visit
from tests.browser.shipped import PNG
from tests.support.browser import missing
from tests.support.gateways import Gateway, start
from tests.support.mariadb import need
from tests.support.nu import Nu
from tests.support.postbox import Postbox
from tests.support.sites import Site

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

ZOE, NEW = "zoe@example.org", "zoe.smith@example.net"
FIRST, SECOND, THIRD = "three green kites", "four grey herons", "five blue barges"
# Each server and each database; with LIVES=4 in the environment, each server with each database.
SERVERS = [("apache-cgi", "sqlite"), ("wsgi-daemon", "mysql"), ("apache-cgi", "mysql"),
           ("wsgi-daemon", "sqlite")][:int(os.environ.get("LIVES", "2"))]
_numbers = count(1)


class Life:
    """One person with a browser, their app for codes, and their mail."""

    def __init__(self, visit: Visit, gateway: Gateway, nu: Nu | None) -> None:
        self.visit, self.nu = visit, nu
        self.postbox = Postbox(gateway.site.config)
        self.app: pyotp.TOTP | None = None
        self.steps = 0                       # of the app: each code is good once
        self.faults: list[str] = []

    @property
    def page(self) -> Page:
        return self.visit.page

    def go(self, path: str, heading: str) -> None:
        """Open a page, which has this heading."""
        self.visit.go(path)
        self.look(heading)

    def fill(self, button: str = "main form button", /, **fields: str | bool) -> None:
        """Fill in the form whose button this is, and send it."""
        form = self.page.locator(button).locator("xpath=ancestor::form")
        for name, value in fields.items():
            field = form.locator(f"[name={name}]")
            if value is True:
                field.check()
            elif field.evaluate("field => field.localName") == "select":
                field.select_option(str(value))
            else:
                field.fill(str(value))
        self.visit.send(button)

    def look(self, heading: str) -> None:
        """See that the page has this heading, and let the judges look at it."""
        shown = self.page.locator("main h1").inner_text()
        assert shown == heading, f"{shown}: {self.page.locator('main').inner_text()}"
        if self.nu is not None:
            self.faults += [f"{self.page.url}: {fault}" for fault in self.visit.faults(self.nu)]

    def says(self, text: str) -> None:
        """See that the page says this."""
        assert text in self.page.locator("main").inner_text()

    def sign_in(self, address: str, password: str, code: str = "", heading: str = "Zoë") -> None:
        """Sign in, with a code where one is asked for."""
        self.go("/account/signin", "Sign in")
        self.fill(address=address, password=password)
        if code:
            self.look("The second factor")
            self.fill(code=code)
        self.look(heading)

    def sign_out(self) -> None:
        self.go("/account/signout", "Sign out")
        self.fill()
        self.says("You are signed out.")

    def code(self) -> str:
        """The code of the app; each time one that was not given before."""
        assert self.app is not None
        self.steps += 1
        return str(self.app.at(int(time.time()) + 30 * (self.steps - 2)))


@pytest.fixture(params=SERVERS, ids=lambda pair: "-".join(pair))
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A server with a site of its own, at which everybody may make an account."""
    need(missing())
    server, engine = request.param
    settings = {"site": {"title": "Rowing club"}, "accounts": {"registration": "open"}}
    if engine == "mysql":
        mariadb = request.getfixturevalue("mariadb")
        name = f"life_{next(_numbers)}"
        mariadb.root(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        settings["database"] = mariadb.settings(name)
    site = Site(settings)
    try:
        with connect(site.config) as db:
            db.transact(mail.note_cron, db)       # else each answer would send some
        site.give_away()
        started = start(server, site)
        try:
            site.edit("site.ini", "[site]\n",
                      f"[site]\nbase_url = http://{started.host}:{started.port}\n")
            yield started
        finally:
            started.stop()
    finally:
        site.remove()


@pytest.fixture
def life(
    request: pytest.FixtureRequest, new_page: Callable[..., Page], gateway: Gateway
) -> Life:
    """Somebody at this server; one of the four has the judges with them, and a small screen."""
    judged = request.node.callspec.id == "wsgi-daemon-mysql"
    how = {"width": 360 if judged else 1280}
    page = new_page(javascript=False, **how)
    page.set_default_timeout(15_000)
    visit = Visit(page, f"http://{gateway.host}:{gateway.port}", lambda: new_page(**how))
    return Life(visit, gateway, request.getfixturevalue("nu") if judged else None)


def test_the_life_of_an_account(life: Life, gateway: Gateway, tmp_path: Path) -> None:
    registers(life)
    describes_herself(life, tmp_path)
    codes = switches_the_second_factor_on(life)
    forgets_the_password(life, codes)
    moves(life)
    takes_her_data(life)
    goes(life)
    assert life.faults == []
    assert gateway.site.log() == ""


def registers(life: Life) -> None:
    life.go("/account/register", "Make an account")
    life.fill(address=ZOE)
    life.look("Look into your mail")
    life.go(life.postbox.link(ZOE), "Make your account")
    life.fill(name="Zoë", password="password1")
    life.says("Password")                    # refused: everybody has that one
    assert life.visit.status == 422
    life.fill(name="Zoë", password=FIRST)
    if life.page.locator("main h1").inner_text() != "Zoë":
        life.sign_in(ZOE, FIRST)
    life.go("/account/me", "Zoë")


def describes_herself(life: Life, folder: Path) -> None:
    life.go("/account/details", "Name and picture")
    life.fill("button[value=save]", name="Zoë Smith", timezone="Pacific/Auckland")
    life.says("It is changed.")
    (folder / "me.png").write_bytes(PNG)
    life.page.set_input_files("[name=picture]", folder / "me.png")
    life.visit.send("button[value=picture]")
    life.look("Name and picture")
    shown = life.page.locator("main img")
    assert life.page.request.get(life.visit.address + str(shown.get_attribute("src"))).ok
    life.go("/account/me", "Zoë Smith")
    life.says("Pacific/Auckland")


def switches_the_second_factor_on(life: Life) -> list[str]:
    life.go("/account/twofactor", "Second factor")
    life.fill("button[value=on]", own_password=FIRST)
    life.look("Switch the second factor on")
    picture = str(life.page.locator(".qr img").get_attribute("src"))
    assert picture.startswith("data:image/svg+xml")
    life.app = pyotp.TOTP(life.page.locator("code.key").inner_text().replace(" ", ""))
    life.fill(code=life.code())
    life.look("Your recovery codes")
    codes = life.page.locator("code.key").all_inner_texts()
    assert len(set(codes)) == 10
    life.sign_out()
    life.sign_in(ZOE, FIRST, life.code(), "Zoë Smith")
    life.sign_out()
    return codes


def forgets_the_password(life: Life, codes: list[str]) -> None:
    life.go("/account/forgotten", "Forgotten password")
    life.fill(address="ZOE@Example.org")
    life.look("Look into your mail")
    life.go(life.postbox.link(ZOE), "Set a new password")
    life.fill(password=SECOND)
    life.go("/account/signin", "Sign in")
    life.fill(address=ZOE, password=FIRST)
    assert life.visit.status == 422
    life.sign_in(ZOE, SECOND, codes[0], "Zoë Smith")
    life.go("/account/password", "Change your password")
    life.fill(own_password=SECOND, password=THIRD)
    life.go("/account/sessions", "Where you are signed in")


def moves(life: Life) -> None:
    life.go("/account/address", "Change your address")
    life.fill("button[value=ask]", address=NEW, own_password=THIRD)
    life.look("Change your address")
    for address, heading in ((NEW, "Confirm your new address"), (ZOE, "Allow the new address")):
        life.go(life.postbox.link(address), heading)
        life.fill()
        life.look("Change your address")
    life.says(NEW)
    life.sign_out()
    life.sign_in(NEW, THIRD, life.code(), "Zoë Smith")


def takes_her_data(life: Life) -> None:
    life.go("/account/export", "Your data")
    life.page.fill("[name=own_password]", THIRD)
    with life.page.expect_download() as download:
        life.page.click("main form button")
    data = json.loads(download.value.path().read_text("utf-8"))
    text = json.dumps(data)
    assert NEW in text and "Pacific/Auckland" in text
    assert life.app is not None and life.app.secret not in text and "argon2" not in text


def goes(life: Life) -> None:
    life.go("/account/delete", "Delete your account")
    life.fill(own_password=THIRD, sure=True)
    assert life.visit.status == 200
    life.go("/account/me", "Sign in")
    life.fill(address=NEW, password=THIRD)
    assert life.visit.status == 422
    assert re.search("delete", " ".join(life.postbox.subjects(NEW)), re.IGNORECASE)
