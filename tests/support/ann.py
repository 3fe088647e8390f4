"""Ann: a member with a password, signed in, and what is known of her account."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chapbook import mail
from chapbook.accounts import accounts, events
from chapbook.db import Row, connect
from chapbook.testing import Answer, Client

from tests.support.people import PASSWORD, People, session, sign_in


class Ann:
    """`ann.get("me")` and `ann.post("password", ...)` are below /account/, by her browser."""

    def __init__(self, people: People, role: str = "member") -> None:
        self.people, self.config = people, people.config
        self.id = people.add(role, "ann", PASSWORD)
        self.write(mail.note_cron)            # which sends the mail, and no page does
        self.client: Client = people.nobody
        sign_in(self.client, self.id)

    def get(self, page: str) -> Answer:
        """One of her pages."""
        return self.client.get(f"/account/{page}")

    def post(self, page: str, /, *, files: Any = None, **fields: str) -> Answer:
        """The answer to a form of one of her pages."""
        return self.client.post(f"/account/{page}", files=files, **fields)

    def proves(self, page: str, /, **fields: str) -> Answer:
        """The same, with her password."""
        return self.post(page, own_password=PASSWORD, **fields)

    def read(self, work: Callable[..., Any], *args: Any) -> Any:
        """What `work(db, ...)` gives."""
        with connect(self.config) as db:
            return work(db, *args)

    def write(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """The same in a transaction."""
        with connect(self.config) as db:
            return db.transact(work, db, *args, **more)

    @property
    def row(self) -> Row:
        """Her account, as it is now."""
        found = self.read(accounts.by_id, self.id)
        assert found is not None
        return found

    @property
    def events(self) -> list[tuple[str, str]]:
        """Kind and outcome of what has happened to it, the newest first."""
        return [(row.what, row.outcome) for row in self.read(events.of, self.id)]

    @property
    def mails(self) -> list[tuple[str, str]]:
        """To whom mails were written, and their subjects without the site, the oldest first."""
        return [(row.recipient, row.subject.partition(":")[0]) for row in self.letters()]

    def letters(self) -> list[Row]:
        """The rows of those mails."""
        def rows(db: Any) -> list[Row]:
            found: list[Row] = db.all("SELECT id, recipient, subject, body FROM outbox ORDER BY id")
            return found
        return list(self.read(rows))

    def other_browser(self) -> Client:
        """Another browser that is signed in to her account."""
        client = self.people.nobody
        client.cookies["session"] = session(self.config, self.id)
        return client


def is_in(client: Client) -> bool:
    """Whether somebody is signed in with a browser."""
    return client.get("/account/me").status == 200
