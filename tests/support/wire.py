"""HTTP as bytes on a socket: what no well-behaved client would send can be sent too."""
from __future__ import annotations

import http.client
import json
import re
import socket
from dataclasses import dataclass
from typing import Any

TIMEOUT = 20.0
# What the server adds by itself, and what depends on the connection.
NOT_OURS = {"date", "server", "connection", "keep-alive", "transfer-encoding",
            "status", "x-powered-by"}
_ID = re.compile(rb"<code>[0-9a-f]{12}</code>")
_ONCE = re.compile(rb'(?<=name="_once" value=")[\w-]+={0,2}(?=")')


@dataclass
class Answer:
    """A complete answer; `body` is without transfer coding."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str | None:
        values = [value for known, value in self.headers if known.lower() == name.lower()]
        assert len(values) < 2 or name.lower() == "set-cookie", f"{name} was sent twice: {values}"
        return values[0] if values else None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        assert self.status == 200, (self.status, self.body)
        return json.loads(self.body)

    @property
    def ours(self) -> list[tuple[str, str]]:
        """The headers that the site sent, in order of their names."""
        return sorted((name.lower(), value) for name, value in self.headers
                      if name.lower() not in NOT_OURS)

    @property
    def page(self) -> bytes:
        """The body without request id and tokens, which alone differ from answer to answer."""
        return _ONCE.sub(b"token", _ID.sub(b"<code>id</code>", self.body))

    @property
    def once(self) -> str:
        """The token of the first form on the page."""
        found = _ONCE.search(self.body)
        assert found is not None, self.body
        return found[0].decode()


class Connection:
    """One connection to host and port, to send bytes on and read one answer from."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), TIMEOUT)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it, or as much as the server takes before it closes."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def end_sending(self) -> None:
        """Say that nothing more will come, while still reading (a half-closed connection)."""
        self.socket.shutdown(socket.SHUT_WR)

    def answer(self, method: str = "GET") -> Answer:
        """The next answer on the connection."""
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        body = response.read()
        return Answer(response.status, response.reason, response.getheaders(), body)


def request_bytes(
    method: str, target: str | bytes, headers: dict[str, str] | list[tuple[str, str]] = {},
    body: bytes | None = None,
) -> bytes:
    """A request as it goes over the wire; a body brings its Content-Length unless one is given."""
    target = target if isinstance(target, bytes) else target.encode("latin-1")
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    given = {name.lower() for name, _ in pairs}
    if "host" not in given:
        pairs.insert(0, ("Host", "site.example"))
    if body is not None and not given & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    pairs.append(("Connection", "close"))
    head = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in pairs)
    return method.encode() + b" " + target + b" HTTP/1.1\r\n" + head + b"\r\n" + (body or b"")


def multipart(*parts: tuple[str, str | None, bytes]) -> tuple[str, bytes]:
    """Type and body of a form with fields (name, None, value) and files (name, file, data)."""
    boundary = "frontier"
    lines = []
    for name, file, data in parts:
        disposition = f'form-data; name="{name}"'
        if file is not None:
            disposition += f'; filename="{file}"\r\nContent-Type: application/octet-stream'
        lines.append(f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
                     + data + b"\r\n")
    lines.append(f"--{boundary}--\r\n".encode())
    return f"multipart/form-data; boundary={boundary}", b"".join(lines)
