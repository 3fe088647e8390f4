"""PyMySQL's connection, but the rows of a result are read in one loop: twice as fast.

For processes that stay; a CGI request would lose more by this import than it gains. Everything but
columns that were seen before and the rows is read by PyMySQL itself; what is read here is the text
protocol of MySQL's manual ("COM_QUERY Response").
"""
from __future__ import annotations

import select

import pymysql
from pymysql.connections import MySQLResult
from pymysql.constants import CR
from pymysql.protocol import EOFPacketWrapper, MysqlPacket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NULL, END, ERROR = 0xFB, 0xFE, 0xFF          # what a value, or a packet, may begin with
WIDTHS = {0xFC: 2, 0xFD: 3, 0xFE: 8}         # the bytes of a long value's length
FULL = 0xFFFFFF                              # a packet of this size goes on in the next one
MOST_KNOWN = 500                             # results whose columns a connection remembers
LOST = "Lost connection to MySQL server during query"


class Connection(pymysql.Connection):
    """A connection whose statements give a `Result`."""

    def __init__(self, **options: Any) -> None:
        self.known: dict[tuple[bytes, ...], tuple[Any, ...]] = {}
        self._silent: Callable[[], None] | None = None
        super().__init__(**options)

    def expect(self, seconds: float, silent: Callable[[], None]) -> None:
        """From now on call `silent` for an answer that takes longer; it raises to give up."""
        self._silent, self._patience = silent, seconds * 1000
        self._answers = select.poll()
        self._answers.register(self._sock, select.POLLIN)  # type: ignore[attr-defined]

    def _read_query_result(self, unbuffered: bool = False) -> Any:
        if self._silent is not None and not self._answers.poll(self._patience):
            try:
                self._silent()
            except BaseException:
                self._force_close()  # type: ignore[attr-defined]
                raise
        if unbuffered:
            return super()._read_query_result(True)  # type: ignore[misc]
        self._result = None
        result: Any = Result(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows


class Result(MySQLResult):
    """What a statement gave."""

    connection: Any
    fields: Any
    converters: Any

    def _get_descriptions(self) -> None:
        connection = self.connection
        packets = tuple([_packet(connection) for _ in range(self.field_count + 1)])
        known = connection.known.get(packets)
        if known is None:
            self.connection = _Again(connection, packets)
            super()._get_descriptions()  # type: ignore[misc]
            self.connection = connection
            if len(connection.known) >= MOST_KNOWN:
                connection.known.clear()
            known = connection.known[packets] = (self.fields, self.converters, self.description)
        self.fields, self.converters, self.description = known

    def _read_rowdata_packet(self) -> None:
        connection, columns = self.connection, self.converters
        rows = []
        data = _packet(connection)
        while not (data[0] == ERROR or data[0] == END and len(data) < 9):
            rows.append(_row(data, columns))
            data = _packet(connection)
        packet = MysqlPacket(data, connection.encoding)
        if data[0] == ERROR:
            packet.raise_for_error()
        end: Any = EOFPacketWrapper(packet)
        self.warning_count, self.has_next = end.warning_count, end.has_next
        self.affected_rows = len(rows)
        self.rows = tuple(rows)


class _Again:
    """A connection that gives packets which were read already."""

    def __init__(self, connection: Any, packets: tuple[bytes, ...]) -> None:
        self._connection = connection
        self._packets = iter(packets)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _read_packet(self, kind: Any = MysqlPacket) -> Any:
        packet = kind(next(self._packets), self._connection.encoding)
        if packet.is_error_packet():
            packet.raise_for_error()
        return packet


def _packet(connection: Any) -> bytes:
    """The payload of the next packet."""
    read, data = connection._rfile.read, b""
    try:
        while True:
            head = read(4)
            if len(head) < 4 or head[3] != connection._next_seq_id:
                raise OSError("it ended" if len(head) < 4 else "a packet is missing")
            connection._next_seq_id = (head[3] + 1) % 256
            size = head[0] | head[1] << 8 | head[2] << 16
            piece: bytes = read(size)
            if len(piece) < size:
                raise OSError("it ended")
            data = data + piece if data else piece
            if size < FULL:
                return data
    except OSError as error:
        connection._force_close()
        raise pymysql.OperationalError(CR.CR_SERVER_LOST, f"{LOST} ({error})") from error
    except BaseException:
        connection._force_close()                 # half a packet may still be on its way
        raise


def _row(data: bytes, columns: list[tuple[str | None, Any]]) -> tuple[Any, ...]:
    """The values of one row, decoded and converted as its columns say."""
    at = 0
    row: list[Any] = []
    for encoding, convert in columns:
        size = data[at]
        at += 1
        if size == NULL:
            row.append(None)
            continue
        if size > NULL:
            width = WIDTHS[size]
            size = int.from_bytes(data[at:at + width], "little")
            at += width
        value: Any = data[at:at + size]
        at += size
        if encoding is not None:
            value = value.decode(encoding)
        row.append(value if convert is None else convert(value))
    return tuple(row)
