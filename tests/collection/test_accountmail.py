"""The mails about accounts: who gets them, how often, and what is never in them."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from chapbook import mail
from chapbook.config import Config
from chapbook.db import Database, Row, connect
from chapbook.errors import Unavailable
from chapbook.request import Request
from collection import accountmail

from tests.support import outbox

NOW = 1_800_000_000
ANN = Row(id=7, address="ann@example.org")


class Desk:
    """A request to this site, in a transaction of which notices are sent."""

    def __init__(self, config: Config, db: Database) -> None:
        self.db, self.config = db, config
        self.request = Request({
            "REQUEST_METHOD": "POST", "SCRIPT_NAME": "/shop/account/password", "PATH_INFO": "",
            "REQUEST_URI": "/shop/account/password", "REMOTE_ADDR": "2001:db8::77",
            "chapbook.script": "account/password", "HTTP_HOST": "evil.example",
            "SERVER_NAME": "evil.example", "SERVER_PORT": "8001",
        }, config)
        self.request.__dict__["db"] = db

    def notice(
        self, what: str = "password changed", account: Row = ANN, to: str | None = None,
        at: int = NOW,
    ) -> bool:
        with self.db.transaction():
            return accountmail.notice(self.request, account, what, to=to, now=at)

    def mails(self) -> list[Row]:
        return self.db.all("SELECT recipient, reply_to, subject, body, about FROM outbox"
                           " ORDER BY id")


@pytest.fixture
def desk(database_config: Config, tmp_path: Path) -> Iterator[Desk]:
    config = outbox.site(tmp_path, database_config)
    with connect(config) as db:
        db.transact(mail.note_cron, db)
        yield Desk(config, db)


def test_a_notice_says_what_has_happened_when_from_where_and_what_to_do(desk: Desk) -> None:
    assert desk.notice()
    one, = desk.mails()
    assert (one.recipient, one.reply_to, one.about) == ("ann@example.org", None, "account 7")
    assert one.subject == "You have a new password: Jo's Bakery, Ltd. <fresh>"
    assert one.body == (
        "Your account has a new password.\n\n"
        "Account: ann@example.org\n"
        "When: 15 January 2027, 8:00 (UTC)\n"
        "From: 2001:db8::/64\n\n"
        "If that was not you, set a new password. That signs all browsers out:\n\n"
        "https://bakery.example/shop/account/forgotten\n\n"
        "-- \nJo's Bakery, Ltd. <fresh>, https://bakery.example/shop\n")


@pytest.mark.parametrize("what", accountmail.NOTICES)
def test_each_notice_can_be_mailed(desk: Desk, what: str) -> None:
    assert desk.notice(what)
    one, = desk.mails()
    assert "{" not in one.body and "evil" not in one.body and len(one.subject) < 78


@pytest.mark.parametrize("what", accountmail.LETTERS)
def test_each_letter_can_be_mailed(desk: Desk, what: str) -> None:
    link = accountmail.link(desk.request, "account/confirm", token="x" * 43)
    with desk.db.transaction():
        assert accountmail.letter(desk.request, "eve@example.org", what, link)
    one, = desk.mails()
    assert one.recipient == "eve@example.org" and "{" not in one.body
    wants = {name for _, name, _, _ in Formatter().parse(accountmail.LETTERS[what][1])}
    assert ("https://bakery.example/shop/account/confirm?token=xxx" in one.body) == (
        "link" in wants)


def test_the_same_is_told_once_an_hour_and_another_thing_at_once(desk: Desk) -> None:
    assert desk.notice() and not desk.notice(at=NOW + 3500)
    assert desk.notice("second factor off") and desk.notice(at=NOW + 3600)
    assert desk.notice(account=Row(id=8, address="bob@example.org"))
    assert [one.recipient[:3] for one in desk.mails()] == ["ann", "ann", "ann", "bob"]


def test_an_address_with_braces_is_text(desk: Desk) -> None:
    odd = Row(id=7, address="{owner}{link.x}@example.org")
    assert desk.notice(account=odd)
    assert "Account: {owner}{link.x}@example.org\n" in desk.mails()[0].body


def test_a_notice_can_go_to_the_address_from_before(desk: Desk) -> None:
    assert desk.notice("address changed", to="old@example.org")
    one, = desk.mails()
    assert one.recipient == "old@example.org" and "(jo@bakery.example)" in one.body


def test_an_address_that_no_mail_goes_to_keeps_nobody_from_anything(desk: Desk) -> None:
    assert not desk.notice(account=Row(id=7, address="|rm@example.org"))
    assert desk.mails() == []


def test_where_no_link_can_be_made_notices_name_the_page(desk: Desk) -> None:
    vars(desk.config.site).update(base_url="")
    vars(desk.config.mail).update(via="sendmail")
    with pytest.raises(Unavailable) as caught:
        accountmail.link(desk.request, "account/reset")
    assert "base_url = https://" in caught.value.detail
    assert desk.notice()
    assert "The page “Forgotten password” of the site." in desk.mails()[0].body


def test_while_mails_are_files_links_lead_to_this_machine_and_not_to_the_host_that_was_asked(
    desk: Desk
) -> None:
    vars(desk.config.site).update(base_url="")
    assert accountmail.link(desk.request, "account/reset", token="t") == (
        "http://127.0.0.1:8001/shop/account/reset?token=t")
