"""Visitors of a page with a session, whose handlers a test gives on the way."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chapbook import Page, Request, Response
from chapbook.config import Config
from chapbook.db import Database
from chapbook.testing import Answer, Client


class Visit(Client):
    """A visitor of a page that does what it is told, and answers with what that gives."""

    def __init__(self, site: Config, cookies: dict[str, str] | None = None) -> None:
        def handle(request: Request) -> Response:
            given = self._work(request)
            return given if isinstance(given, Response) else Response.json(given)
        super().__init__(Page(get=handle, post=handle, form=None), site)
        self.cookies = dict(cookies or {})
        self._work: Callable[[Request], Any] = lambda request: None

    def reads(self, work: Callable[[Request], Any], method: str = "GET", **environ: str) -> Any:
        """What the work gives when it answers a GET."""
        self._work = work
        return self.request(method, "/", environ=environ)

    def writes(self, work: Callable[[Request], Any], **environ: str) -> Answer:
        """The answer to a POST that does the work."""
        self._work = work
        return self.request("POST", "/", environ=environ)

    def stores(self, **values: Any) -> Answer:
        """The answer to a POST that stores these values."""
        return self.writes(lambda request: request.session.update(values))

    @property
    def remembered(self) -> dict[str, Any]:
        """All that its session has."""
        answer = self.reads(lambda request: dict(request.session))
        assert answer.status == 200
        return answer.json()  # type: ignore[no-any-return]


def set_cookies(answer: Answer) -> list[str]:
    """The cookies that an answer sets."""
    return [value for name, value in answer.headers if name == "Set-Cookie"]


def count(db: Database) -> int:
    """How many sessions there are."""
    return int(db.value("SELECT COUNT(*) FROM session"))
