"""What people are mailed, and forms sent as by a browser: the whole page, its token too."""
from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from chapbook import mail
from chapbook.accounts import passwords
from chapbook.config import Config
from chapbook.db import Row, connect
from chapbook.signing import blake2b
from chapbook.testing import Answer, Client

LINK = re.compile(r"^http://[^/]+(/\S+)$", re.MULTILINE)


class Postbox:
    """The mails of a site, none of which is sent."""

    def __init__(self, config: Config) -> None:
        self.config = config
        with connect(config) as db:
            db.transact(mail.note_cron, db)       # else each answer would send some

    def all(self) -> list[Row]:
        """Every mail, oldest first: recipient, subject, body."""
        with connect(self.config) as db:
            return db.all("SELECT recipient, subject, body FROM outbox ORDER BY id")

    def subjects(self, address: str) -> list[str]:
        """What an address was mailed, without the name of the site."""
        return [row.subject.partition(":")[0] for row in self.all() if row.recipient == address]

    def link(self, address: str) -> str:
        """The path of the first link in the newest mail to an address."""
        body = [row.body for row in self.all() if row.recipient == address][-1]
        found = LINK.search(body)
        assert found, body
        return found[1]


def fill(client: Client, url: str, /, network: str = "127.0.0.1", **fields: Any) -> Answer:
    """The answer to the form of a page, sent to the page's own address."""
    page = client.get(url)
    assert page.status == 200, f"{page.status}: {page.text}"
    token = re.search(r'name="_once" value="([^"]+)"', page.text)
    assert token, page.text
    return send(client, url, {"_once": token[1], **fields}, network)


def send(client: Client, url: str, fields: dict[str, str], network: str = "127.0.0.1") -> Answer:
    """The answer to fields that are posted from a network."""
    return client.request(
        "POST", url, urlencode(fields).encode(), "application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"}, environ={"REMOTE_ADDR": network})


def quick_hashes(patch: pytest.MonkeyPatch) -> None:
    """Hashes of passwords that cost nothing, for tests that are about something else."""
    def digest(kind: str, data: bytes, salt: bytes, size: int) -> bytes:
        return blake2b(data, salt=salt[:16], digest_size=size).digest()

    patch.setattr(passwords, "_digest", digest)
