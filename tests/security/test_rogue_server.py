"""A MySQL server that asks for a file of this machine, as a rogue one may at any query."""
from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

import pytest

from chapbook.db import connect
from chapbook.errors import DatabaseError, HTTPError
from chapbook.testing import site

CAPABILITIES = 0x0000F7FF | 0x000A8000 | 0x00080000       # LOCAL FILES too, no TLS
OK = b"\x00\x00\x00\x02\x00\x00\x00"


class Rogue:
    """A server that lets everybody in; after some polite answers it asks for a file."""

    def __init__(self, path: str, polite: int) -> None:
        self.path, self.polite = path, polite
        self.got = b""
        self.asked = 0
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self.door.accept()
            except OSError:
                return
            with visitor:
                visitor.settimeout(5)
                try:
                    self._talk(visitor)
                except OSError:
                    pass

    def _talk(self, visitor: socket.socket) -> None:
        salt = b"12345678", b"123456789012\0"
        hello = (b"\x0a8.0.30\0" + struct.pack("<I", 7) + salt[0] + b"\0"
                 + struct.pack("<HBHHB", CAPABILITIES & 0xFFFF, 45, 2, CAPABILITIES >> 16, 21)
                 + bytes(10) + salt[1] + b"mysql_native_password\0")
        self._send(visitor, 0, hello)
        visitor.recv(65_536)
        self._send(visitor, 2, OK)
        while data := visitor.recv(65_536):
            self.got += data
            self.asked += 1
            if self.asked > self.polite:
                self._send(visitor, 1, b"\xfb" + self.path.encode())
            else:
                self._send(visitor, 1, OK)

    def _send(self, visitor: socket.socket, number: int, payload: bytes) -> None:
        visitor.sendall(struct.pack("<I", len(payload))[:3] + bytes([number]) + payload)


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("polite", range(4))
def test_a_server_that_asks_for_a_file_gets_none(
    polite: int, reads: bool, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canaryword")
    rogue = Rogue(str(secret), polite)
    config = site(str(tmp_path), database={
        "engine": "mysql", "host": "127.0.0.1", "port": str(rogue.port), "tls": "off"})
    try:
        with connect(config) as db, pytest.raises((DatabaseError, HTTPError, RuntimeError)):
            for _ in range(8):
                if reads:
                    db.all("SELECT name FROM thing")
                else:
                    db.transact(db.run, "UPDATE thing SET name = :name", name="x")
        assert rogue.asked > polite
    finally:
        rogue.door.close()
    assert b"canaryword" not in rogue.got
