"""FastCGI as bytes: what a web server sends, and what comes back, for a responder in a process."""
from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, VALUES, UNKNOWN = range(1, 12)
TIMEOUT = 10.0


def record(kind: int, number: int, content: bytes = b"", padding: int = 0) -> bytes:
    """One record."""
    return struct.pack("!BBHHBx", 1, kind, number, len(content), padding) + content + bytes(
        padding)


def begin(number: int = 1, role: int = 1, keep: bool = False) -> bytes:
    """The record that begins a request."""
    return record(BEGIN, number, struct.pack("!HB5x", role, keep))


def pairs(variables: dict[str, str]) -> bytes:
    """Names and values, each with its length in one byte, or in four where it is long."""
    out = b""
    for name, value in variables.items():
        parts = [part.encode("latin-1") for part in (name, value)]
        out += b"".join(bytes([len(part)]) if len(part) < 128
                        else struct.pack("!L", len(part) | 1 << 31) for part in parts)
        out += b"".join(parts)
    return out


def request(
    path: str = "/", body: bytes = b"", method: str = "GET", number: int = 1, keep: bool = False,
    **more: str,
) -> bytes:
    """All records of one request."""
    variables = {"REQUEST_METHOD": method, "REQUEST_URI": path, "PATH_INFO": path,
                 "CONTENT_LENGTH": str(len(body)) if body else "", "HTTP_HOST": "site.example",
                 **more}
    parts = [body[start:start + 60_000] for start in range(0, len(body), 60_000)]
    return (begin(number, keep=keep) + record(PARAMS, number, pairs(variables))
            + record(PARAMS, number)
            + b"".join(record(STDIN, number, part) for part in parts) + record(STDIN, number))


class Line:
    """A connection to a responder."""

    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *exception: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self.socket.sendall(data)

    def records(self) -> Iterator[tuple[int, int, bytes]]:
        """What comes: type, request and content, until the responder closes the connection."""
        while head := self.file.read(8):
            _, kind, number, length, padding = struct.unpack("!BBHHBx", head)
            yield kind, number, self.file.read(length + padding)[:length]

    def answer(self, number: int = 1) -> tuple[bytes, bytes, int]:
        """Standard output, error output, and the protocol status of one request."""
        found = {STDOUT: b"", STDERR: b""}
        for kind, its, content in self.records():
            assert its == number
            if kind == END:
                return found[STDOUT], found[STDERR], content[4]
            found[kind] += content
        raise AssertionError(f"the connection was closed after {found}")


class Process:
    """A script that answers by FastCGI on a socket of its own, as mod_fcgid would start it."""

    def __init__(self, folder: Path, command: list[str], **environ: str) -> None:
        self.path = folder / "s"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(32)
        self.errors = folder / "errors"
        with open(self.errors, "ab") as errors:
            self.process: Any = subprocess.Popen(
                command, stdin=self.listener.fileno(), stdout=subprocess.DEVNULL, stderr=errors,
                cwd="/", start_new_session=True,
                env={"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", **environ})

    def ask(self, path: str = "/", **more: Any) -> tuple[bytes, bytes, int]:
        """The answer to one request on a connection of its own."""
        with self.line() as line:
            line.send(request(path, **more))
            return line.answer()

    def line(self) -> Line:
        """A new connection."""
        return Line(self.path)

    def said(self) -> str:
        """What it has said on standard error."""
        return self.errors.read_text("utf-8", "replace")

    def stop(self) -> None:
        """End it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.listener.close()
