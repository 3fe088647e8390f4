"""A real SMTP server for tests, in a thread, which does what it is told at each stage."""
from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Reply = str | list[str]


class Received:
    """One message as it came in."""

    def __init__(self, server: SMTP, session: Session, envelope: Envelope) -> None:
        self.sender = envelope.mail_from
        self.to = list(envelope.rcpt_tos)
        content = envelope.original_content
        assert isinstance(content, bytes)
        self.content = content
        assert server.transport is not None
        self.by_tls = server.transport.get_extra_info("sslcontext") is not None
        self.user = session.auth_data
        self.helo = session.host_name


class Server:
    """The server at `port` of this machine: `received` are the messages that it has taken.

    `say["RCPT"] = "450 Later"` answers so instead; "stall" is silent, "die" ends the connection;
    of a list each item is used once, and then everything is well. "DATA" speaks of the whole
    message, "late DATA" does the same after the message has been taken.
    """

    def __init__(self, say: dict[str, Reply] | None = None, **options: Any) -> None:
        self.say = say or {}
        self.received: list[Received] = []
        self.connections = 0
        self.released = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        options = {"auth_require_tls": False, "authenticator": self._authenticate, **options}
        self._controller = _Controller(self, hostname="127.0.0.1", port=self.port, **options)

    def __enter__(self) -> Server:
        self._controller.start()
        self.connections = 0                  # it has asked itself whether it answers
        return self

    def __exit__(self, *error: object) -> None:
        self.released.set()
        self._controller.hang_up()
        self._controller.stop()

    async def answer(self, stage: str, smtp: SMTP, well: str = "250 OK") -> str:
        """What to say at this stage, after doing what goes with it."""
        told = self.say.get(stage, well)
        if isinstance(told, list):
            told = told.pop(0) if told else well
        if told == "die":
            assert smtp.transport is not None
            smtp.transport.abort()
            return "421 Gone"
        while told == "stall" and not self.released.is_set():
            await asyncio.sleep(0.02)
        return well if told == "stall" else told

    async def handle_EHLO(self, server: SMTP, session: Session, envelope: Envelope, hostname: str,
                          responses: list[str]) -> list[str]:
        """The greeting."""
        session.host_name = hostname
        told = await self.answer("EHLO", server, "")
        return [told] if told else responses

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        """The sender."""
        envelope.mail_from = address
        return await self.answer("MAIL", server)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str,
                          options: list[str]) -> str:
        """The recipient; "RCPT bob@..." speaks of one alone."""
        stage = f"RCPT {address}"
        told = await self.answer(stage if stage in self.say else "RCPT", server)
        if told.startswith("2"):
            envelope.rcpt_tos.append(address)
        return told

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Between two messages."""
        return await self.answer("RSET", server)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """The message."""
        told = await self.answer("DATA", server)
        if told.startswith("2"):
            self.received.append(Received(server, session, envelope))
            told = await self.answer("late DATA", server)
        return told

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str,
                      data: object) -> AuthResult:
        """Whether this is the user "jo" with the password "sécret"."""
        assert isinstance(data, LoginPassword)
        good = data.login == b"jo" and data.password in ("sécret".encode(), b"secret")
        return AuthResult(success=good, handled=False, auth_data=data.login.decode())


class _Controller(Controller):
    """Counts connections, which the handler is not told of."""

    def __init__(self, told: Server, **options: Any) -> None:
        self._told = told
        self._sessions: list[SMTP] = []
        super().__init__(told, **options)

    def factory(self) -> SMTP:
        self._told.connections += 1
        with warnings.catch_warnings():       # of a password in the open, which tests are about
            warnings.simplefilter("ignore", UserWarning)
            self._sessions.append(super().factory())
        return self._sessions[-1]

    def hang_up(self) -> None:
        """End every connection for good, which stopping the server does not."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(20)

    async def _hang_up(self) -> None:
        for session in self._sessions:
            for transport in (session.transport, session._original_transport):
                if isinstance(transport, asyncio.WriteTransport):
                    transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=10)
        await asyncio.sleep(0.01)             # what they have scheduled to be closed


class Raw:
    """A server of our own at `port`: each connection is a call of `talk` in a thread."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Raw:
        self._threads[0].start()
        return self

    def __exit__(self, *error: object) -> None:
        self.over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(20)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            thread = threading.Thread(target=self._one, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._talk(connection)
            except OSError:
                pass


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """A server's side of TLS with a certificate that it has signed itself, and the file of that."""
    key, file = folder / "key.pem", folder / f"{name}.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", file, "-days", "2", "-subj", f"/CN={name}",
         "-addext", f"subjectAltName=DNS:{name}"], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file, key)
    return context, str(file)
