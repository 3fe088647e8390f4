"""The records of FastCGI (specification 1.0, 1996), and one request at a time on a connection.

The peer is a web server on this machine. What it says is believed, but kept within limits.
"""
from __future__ import annotations

import io
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any

BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA = range(1, 9)
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(9, 12)
RESPONDER = 1
KEEP_CONN = 1
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = range(4)
ABOUT_US = {b"FCGI_MAX_CONNS": b"1", b"FCGI_MAX_REQS": b"1", b"FCGI_MPXS_CONNS": b"0"}

MOST_CONTENT = 65_528       # bytes of a record that we write: the most there can be, by eights
MOST_PARAMS = 1 << 20       # bytes; Apache takes heads of 100 lines with 8190 characters
MOST_ERRORS = 64 << 10      # characters kept until the answer; mod_fcgid reads nothing before
PATIENCE = 60.0             # seconds in which the web server must send, or take 64 KiB

_HEADER = struct.Struct("!BBHHBx")
_BEGIN = struct.Struct("!HB5x")
_END = struct.Struct("!LB3x")


class Broken(OSError):
    """What came cannot be FastCGI, or it takes too long."""


class Gone(Broken):
    """The web server has closed the connection: mostly, because the visitor has left."""


class Connection:
    """A connection from the web server, over which requests come one after another."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        self._socket = sock
        self._came = bytearray()
        self._leaves = bytearray()

    def fileno(self) -> int:
        """For poll()."""
        return self._socket.fileno()

    @property
    def has_more(self) -> bool:
        """Whether something was read that is not used yet, and that poll() cannot know of."""
        return bool(self._came)

    def close(self) -> None:
        """Close it; this cannot fail."""
        self._socket.close()

    def begin(self) -> Exchange | None:
        """The next request, once its variables are complete; None where no more come.

        Broken where that is not orderly.
        """
        exchange, params = None, bytearray()
        while True:
            if exchange is None and not self._came and not self._receive():
                return None
            kind, number, content = self.record()
            if kind == BEGIN_REQUEST and exchange is None:
                role, flags = _BEGIN.unpack(content.ljust(8, b"\0")[:8])
                if role == RESPONDER:
                    exchange, params = Exchange(self, number, bool(flags & KEEP_CONN)), bytearray()
                else:
                    self.end(number, UNKNOWN_ROLE)
            elif kind == BEGIN_REQUEST:
                self.end(number, CANT_MPX_CONN)
            elif exchange is None or number != exchange.number:
                pass                               # of a request that was refused or is over
            elif kind == ABORT_REQUEST:
                self.end(number, REQUEST_COMPLETE)
                if not exchange.keeps:
                    return None
                exchange = None
            elif kind == PARAMS and content:
                params += content
                if len(params) > MOST_PARAMS:
                    raise Broken(f"the variables of a request are more than {MOST_PARAMS} bytes")
            elif kind == PARAMS:
                exchange.variables = pairs(bytes(params))
                return exchange

    def record(self) -> tuple[int, int, bytes]:
        """Type, request and content of the next record; those about us are answered on the way."""
        while True:
            version, kind, number, length, padding = _HEADER.unpack(self._take(_HEADER.size))
            if version != 1:
                raise Broken(f"a record of version {version}")
            content = self._take(length + padding)[:length]
            if number:
                return kind, number, content
            if kind == GET_VALUES:
                asked = pairs(content)
                told = {name: value for name, value in ABOUT_US.items() if name in asked}
                self.write(GET_VALUES_RESULT, 0, b"".join(
                    bytes((len(name), len(value))) + name + value for name, value in told.items()))
            else:
                self.write(UNKNOWN_TYPE, 0, bytes((kind,)) + bytes(7))
            self.flush()

    def write(self, kind: int, number: int, content: bytes | memoryview) -> None:
        """A record, on its way with the next ones."""
        self._leaves += _HEADER.pack(1, kind, number, len(content), 0)
        self._leaves += content
        if len(self._leaves) > MOST_CONTENT:
            self.flush()

    def flush(self) -> None:
        """Send what was written."""
        leaves, self._leaves = self._leaves, bytearray()
        try:
            self._socket.sendall(leaves)
        except ConnectionError as error:
            raise Gone(str(error)) from error
        except OSError as error:
            raise Broken(f"the answer was not taken: {error}") from error

    def end(self, number: int, status: int) -> None:
        """Say that a request is over."""
        self.write(END_REQUEST, number, _END.pack(0, status))
        self.flush()

    def _take(self, count: int) -> bytes:
        while len(self._came) < count:
            if not self._receive():
                raise Gone("the web server has closed the connection")
        taken = bytes(self._came[:count])
        del self._came[:count]
        return taken

    def _receive(self) -> int:
        try:
            data = self._socket.recv(65_536)
        except ConnectionError as error:
            raise Gone(str(error)) from error
        except OSError as error:
            raise Broken(f"the request did not come: {error}") from error
        self._came += data
        return len(data)


class Exchange:
    """One request: its `variables`, its body as `stdin`, and the way out for its answer."""

    variables: dict[bytes, bytes]

    def __init__(self, connection: Connection, number: int, keeps: bool) -> None:
        self._connection, self.number, self.keeps = connection, number, keeps
        self.errors = Errors()
        self.stdin = io.BufferedReader(_Stdin(self), MOST_CONTENT)
        self._more = True

    def next_of_body(self) -> bytes:
        """The next part of the body; b"" at its end, and where the visitor has gone away."""
        while self._more:
            try:
                kind, number, content = self._connection.record()
            except Broken:
                self._more = False
                raise
            if kind == BEGIN_REQUEST:
                self._connection.end(number, CANT_MPX_CONN)
            elif number == self.number and kind == ABORT_REQUEST:
                self._more = False
            elif number == self.number and kind == STDIN:
                self._more = bool(content)
                return content
        return b""

    def write(self, data: bytes) -> None:
        """A part of the answer. First, what is left of the body is read and forgotten.

        mod_fcgid takes in nothing of the answer until all of the body is sent.
        """
        while self._more:
            self.next_of_body()
        whole = memoryview(data)
        for start in range(0, len(data), MOST_CONTENT):
            self._connection.write(STDOUT, self.number, whole[start:start + MOST_CONTENT])

    def end(self) -> None:
        """The answer is complete; the visitor has it then."""
        self.write(b"")
        said = memoryview(self.errors.taken())
        for start in range(0, len(said), MOST_CONTENT):
            self._connection.write(STDERR, self.number, said[start:start + MOST_CONTENT])
        if said:
            self._connection.write(STDERR, self.number, b"")
        self._connection.write(STDOUT, self.number, b"")
        self._connection.end(self.number, REQUEST_COMPLETE)


class _Stdin(io.RawIOBase):
    """The body of a request as a raw stream, for a BufferedReader."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange, self._left = exchange, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._left or self._exchange.next_of_body()
        count = min(len(part), len(buffer))
        buffer[:count] = part[:count]
        self._left = part[count:]
        return count


class Errors(io.TextIOBase):
    """The error stream of a request, for the web server's log; afterwards, standard error."""

    def __init__(self) -> None:
        self._kept: list[str] | None = []
        self._size = 0

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Keep it for the web server; what is too much for that goes to standard error."""
        self._size += len(text)
        if self._kept is not None and self._size <= MOST_ERRORS:
            self._kept.append(text)
        else:
            os.write(2, _bytes(text))
        return len(text)

    def taken(self) -> bytes:
        """All that was written so far. What comes later goes to standard error."""
        kept, self._kept = self._kept or [], None
        return _bytes("".join(kept))


def pairs(content: bytes) -> dict[bytes, bytes]:
    """Names and values (specification 3.4); Broken where a length leads beyond the end.

    A header that was sent twice comes twice from nginx before 1.23; Apache joins its values, and so
    does this.
    """
    found: dict[bytes, bytes] = {}
    place = 0
    while place < len(content):
        lengths = []
        for _ in range(2):
            size = 4 if content[place:place + 1] > b"\x7f" else 1
            lengths.append(int.from_bytes(content[place:place + size], "big") & 0x7FFFFFFF)
            place += size
        middle, end = place + lengths[0], place + lengths[0] + lengths[1]
        if end > len(content):
            raise Broken("a variable is longer than the record that it came in")
        name, value = content[place:middle], content[middle:end]
        if name in found and name.startswith(b"HTTP_"):
            value = found[name] + (b"; " if name == b"HTTP_COOKIE" else b", ") + value
        found[name] = value
        place = end
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
