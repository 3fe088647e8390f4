"""Rows read in one loop are the rows that PyMySQL reads."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest

from chapbook.config import Config
from chapbook.engines.wire import Connection

from tests.support.mariadb import MariaDB

STATEMENTS = [
    "SELECT 1",
    "SELECT 1 AS a, 'x' AS b, NULL AS c, -5 AS d, 1.5 AS e, 2e3 AS f, X'00FF' AS g, TRUE AS h",
    "SELECT NULL", "SELECT NULL, NULL", "SELECT ''", "SELECT '', NULL, ''",
    "SELECT 'Zoë ฅ^•ﻌ•^ฅ 𝄞' AS `naïve`",
    "SELECT DATE '2026-11-22', TIMESTAMP '2026-11-22 08:15:00', TIME '08:15:00', NOW(6) IS NULL",
    "SELECT 1 FROM DUAL WHERE 1 = 0", "SELECT 1 AS a, 2 AS a",
    "SELECT seq, IF(seq % 3, REPEAT('x', seq), NULL) FROM seq_1_to_700",
    "SHOW VARIABLES LIKE 'character_set%'", "SELECT JSON_OBJECT('a', 1)",
    "SET @x = 1", "DO 1", "SELECT 1; SELECT 2",
    *(f"SELECT REPEAT('x', {size})" for size in (250, 251, 252, 65535, 65536, 16777215)),
    *(f"SELECT REPEAT('x', {size}), 'y', NULL" for size in (16777205, 16777211, 33554500)),
]


@pytest.fixture
def pair(mariadb: MariaDB, mysql_config: Config) -> Iterator[list[Any]]:
    """PyMySQL's own connection to a server that sends large rows, and ours."""
    (before,), = mariadb.root("SELECT @@GLOBAL.max_allowed_packet")
    mariadb.root("SET GLOBAL max_allowed_packet = 67108864")
    settings: Any = mysql_config.database
    made = [
        kind(host="127.0.0.1", port=settings.port, user=settings.user, ssl_disabled=True,
             password=settings.password.encode(), database=settings.name, charset="utf8mb4",
             client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)
        for kind in (pymysql.Connection, Connection)
    ]
    yield made
    for connection in made:
        if connection.open:
            connection.close()
    mariadb.root(f"SET GLOBAL max_allowed_packet = {before}")


def told(connection: Any, statement: str) -> list[Any]:
    """All that a statement gives: rows, columns and counts of each of its results."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(statement)
        while True:
            found.append((cursor.fetchall(), cursor.description, cursor.rowcount,
                          cursor.lastrowid, connection.server_status))
            if not cursor.nextset():
                return found


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_result_is_the_one_that_pymysql_reads(pair: list[Any], statement: str) -> None:
    theirs, ours = pair
    expected = told(theirs, statement)
    assert told(ours, statement) == expected
    assert told(ours, statement) == expected, "the second time, its columns are known"


def test_columns_are_those_of_the_table_as_it_is_now(pair: list[Any]) -> None:
    connection = pair[1]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE leaf (a INT)")
        cursor.execute("INSERT INTO leaf VALUES (7)")
        cursor.execute("SELECT * FROM leaf")
        assert cursor.fetchall() == ((7,),)
        cursor.execute("ALTER TABLE leaf MODIFY a VARCHAR(9)")
        cursor.execute("SELECT * FROM leaf")
        assert cursor.fetchall() == (("7",),)
        cursor.execute("ALTER TABLE leaf CHANGE a b VARCHAR(9)")
        cursor.execute("SELECT * FROM leaf")
        assert [column[0] for column in cursor.description] == ["b"]


def test_no_more_columns_are_remembered_than_it_should(pair: list[Any]) -> None:
    connection = pair[1]
    with connection.cursor() as cursor:
        for number in range(1001):
            cursor.execute(f"SELECT 1 AS c{number}")
    assert 0 < len(connection.known) <= 500


def test_an_error_among_the_rows_leaves_a_connection_that_works(pair: list[Any]) -> None:
    connection = pair[1]
    with connection.cursor() as cursor:
        with pytest.raises(pymysql.MySQLError) as caught:
            cursor.execute("SELECT seq, (SELECT 1 UNION SELECT IF(seq > 900, 2, 1))"
                           " FROM seq_1_to_1000")
        assert caught.value.args[0] == 1242      # Subquery returns more than 1 row
        cursor.execute("SELECT 3")
        assert cursor.fetchall() == ((3,),)


@pytest.mark.parametrize("sent", [
    b"", b"\x01", b"\x05\x00\x00\x02", b"\x02\x00\x00\x02\x01", b"\x02\x00\x00\x09\x011",
])
def test_a_stream_that_breaks_off_is_a_lost_connection(pair: list[Any], sent: bytes) -> None:
    connection = pair[1]

    class Stream:
        def __init__(self) -> None:
            self.left = b"\x01\x00\x00\x01\x01" + sent

        def read(self, size: int) -> bytes:
            data, self.left = self.left[:size], self.left[size:]
            return data

        def close(self) -> None:
            pass

    connection._rfile.close()
    connection._rfile = Stream()
    with pytest.raises(pymysql.OperationalError) as caught:
        connection.query("SELECT 1")
    assert caught.value.args[0] == 2013
    assert not connection.open
