"""Who runs a site: somebody who is signed in, and what they have in their inbox."""
from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from chapbook import mail
from chapbook.config import Config
from chapbook.db import connect
from chapbook.fields import Upload
from chapbook.testing import Answer, Client
from collection import received, submissions
from collection.received import Field, Received

Pairs = Iterable[tuple[str, Any]]


class Owner:
    """A client that is signed in, and what is in the inbox."""

    def __init__(self, visitor: Client, config: Config) -> None:
        self.visitor, self.config, self.count = visitor, config, 0

    def in_database(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What `work(db, ...)` gives, in a transaction."""
        with connect(self.config) as db:
            return db.transact(work, db, *args, **kwargs)

    def asked(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """What `work(db, ...)` gives that only reads."""
        with connect(self.config) as db:
            return work(db, *args, **kwargs)

    def add(self, name: str = "Ann", reasons: str = "", form: str = "contact",
            files: Iterable[tuple[str, bytes]] = ()) -> Any:
        """Store a submission, spam where there are reasons (words); its id."""
        new = Received(form, [
            Field("name", "Your name", [(name, None)]),
            Field("plan", "A plan", uploads=[
                Upload(file, "text/html", io.BytesIO(content), len(content))
                for file, content in files]),
        ])
        new.reasons += reasons.split()
        self.count += 1
        return self.in_database(received.store, self.config, new, f"{self.count:064}")

    def add_mail(self, id: int, hold: bool = False) -> None:
        """Queue a mail about a submission."""
        self.in_database(mail.queue, self.config, to="ann@example.org", subject="News",
                         text="Text", about=submissions.about(id), hold=hold)

    def read(self, id: int) -> Any:
        """A submission as the database has it now."""
        return self.asked(submissions.read, id)

    def get(self, url: str) -> Answer:
        """A page."""
        return self.visitor.get(url)

    def send(self, url: str, *pairs: tuple[str, Any], **fields: Any) -> Answer:
        """Send the form of a page as its browser would: what it holds, and what was chosen."""
        return send(self.visitor, self.get(url), [*pairs, *fields.items()])


def send(client: Client, page: Answer, fields: Pairs) -> Answer:
    """Post to the first form of a page whose method is POST, with its once-token."""
    action = re.search(r'<form [^>]*method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="_once" value="([^"]+)"', page.text)
    assert action and token, page.text
    return client.request("POST", html.unescape(action[1]),
                          urlencode([("_once", token[1]), *fields]).encode(),
                          "application/x-www-form-urlencoded",
                          headers={"Sec-Fetch-Site": "same-origin"})


def lines(answer: Answer) -> str:
    """The text of a page without its tags, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())
