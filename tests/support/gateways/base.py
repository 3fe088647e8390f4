"""What every gateway of the tests is: one running server, asked over its socket."""
from __future__ import annotations

from typing import Any

from tests.support.sites import Site
from tests.support.wire import Answer, Connection, request_bytes


class Gateway:
    """One running server."""

    name: str
    host = "127.0.0.1"
    port: int
    cut_off = 400             # what a body is answered with that ends early; 0 where nothing is
    of_one_request = False    # whether each request has a process of its own
    own_reasons = False       # whether it has words of its own for "Content Too Large" and the like

    def __init__(self, site: Site) -> None:
        self.site = site

    def ask(
        self, method: str, target: str | bytes, headers: Any = {}, body: bytes | None = None
    ) -> Answer:
        """The answer to one request on a connection of its own."""
        with self.connect() as connection:
            connection.send(request_bytes(method, target, headers, body))
            return connection.answer(method)

    def get(self, target: str | bytes, **headers: str) -> Answer:
        """The answer to a GET; `If_None_Match="x"` sends If-None-Match."""
        return self.ask("GET", target, {
            name.replace("_", "-"): value for name, value in headers.items()})

    def post(
        self, target: str, body: bytes, type: str = "application/x-www-form-urlencoded"
    ) -> Answer:
        """The answer to a POST."""
        return self.ask("POST", target, {"Content-Type": type}, body)

    def raw(self, data: bytes, method: str = "GET") -> Answer:
        """The answer to these bytes, after which the sender is silent but still listens."""
        with self.connect() as connection:
            connection.send(data)
            connection.end_sending()
            return connection.answer(method)

    def connect(self) -> Connection:
        """A new connection."""
        return Connection(self.host, self.port)

    def graceful(self) -> None:
        """Have it read its configuration again, where it can; nothing happens where it cannot."""

    def stop(self) -> None:
        """End the server."""
        raise NotImplementedError
