"""The servers that the contract holds for, each started on a site and asked over its socket."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from chapbook.cli.apache import Apache

from tests.support.sites import GROUP, USER, Site
from tests.support.wire import Answer, Connection, request_bytes

GATEWAYS = ("builtin", "apache-cgi", "wsgi-daemon", "wsgi-embedded")
_MODES = {"apache-cgi": "cgi", "wsgi-daemon": "wsgi", "wsgi-embedded": "embedded"}


class Gateway:
    """One running server."""

    name: str
    host = "127.0.0.1"
    port: int

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

    def stop(self) -> None:
        """End the server."""
        raise NotImplementedError


class ApacheGateway(Gateway):
    """A private Apache."""

    def __init__(self, name: str, site: Site, configuration: str | None = None) -> None:
        super().__init__(site)
        self.name = name
        self.server = Apache(str(site.root), _MODES[name], configuration=configuration)
        self.server.start()
        self.port = self.server.port

    def stop(self) -> None:
        self.server.stop()


class BuiltinGateway(Gateway):
    """The built-in server, as a process of its own."""

    name = "builtin"

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = {"user": USER, "group": GROUP, "extra_groups": []}
        python = str(Path(sys.prefix) / "bin/python3")
        self._errors = open(site.root.parent / "builtin.log", "ab")
        try:
            self._process = subprocess.Popen(
                [python, "-m", "chapbook.server.builtin", str(site.root), "--port", "0"], cwd="/",
                env={"PYTHONPATH": str(site.root / "lib"), "PATH": "/usr/bin:/bin"}, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
                start_new_session=True, **account)
        except PermissionError as error:
            raise RuntimeError(f"the user {USER} may not run {os.path.realpath(python)}: make the "
                               "environment of the tests from /usr/bin/python3") from error
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        assert first.startswith("http://"), (site.root.parent / "builtin.log").read_text()
        self.port = int(first.rpartition(":")[2])
        self._drain = subprocess.Popen(
            ["cat"], stdin=self._process.stdout, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._drain.wait()
        self._errors.close()


def start(name: str, site: Site) -> Gateway:
    """Start a gateway by its name."""
    return BuiltinGateway(site) if name == "builtin" else ApacheGateway(name, site)
