"""MySQL and MariaDB: the session's settings, and every way in which it can refuse one."""
from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest

from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.engines import advice, mysql, places
from chapbook.errors import DatabaseError, Unavailable

from tests.support.mariadb import MariaDB, need
from tests.support.mysql import changed, gone, refusal
from tests.support.tables import THING, count, make


@pytest.fixture
def db(mysql_config: Config) -> Iterator[Database]:
    with connect(mysql_config) as database:
        make(database, THING)
        yield database


def add(db: Database, name: str, number: int = 0) -> int:
    return db.insert("INSERT INTO thing (name, number) VALUES (:name, :number)",
                     name=name, number=number)


def test_every_connection_has_our_settings(db: Database) -> None:
    assert db.one(
        "SELECT @@time_zone AS zone, @@innodb_lock_wait_timeout AS wait, @@autocommit AS auto,"
        " @@character_set_client AS client, @@character_set_connection AS connection,"
        " @@character_set_results AS results, @@max_statement_time AS limit_, @@tx_read_only AS ro"
    ) == {"zone": "+00:00", "wait": 3, "auto": 1, "client": "utf8mb4", "connection": "utf8mb4",
          "results": "utf8mb4", "limit_": 5.0, "ro": 1}
    modes = set(str(db.value("SELECT @@sql_mode")).split(","))
    assert modes == set(mysql.SQL_MODE.split(","))
    assert {"STRICT_ALL_TABLES", "ONLY_FULL_GROUP_BY", "NO_BACKSLASH_ESCAPES"} <= modes


def test_what_does_not_fit_is_refused_and_never_cut(db: Database) -> None:
    for write in ("INSERT INTO thing (name) VALUES (REPEAT('x', 81))",
                  "INSERT INTO thing (name, number) VALUES ('a', 99999999999999999999)",
                  "INSERT INTO thing (name, number) VALUES ('a', 'b')",
                  "INSERT INTO thing (name, day) VALUES ('a', '2026-02-30')",
                  "INSERT INTO thing (name, day) VALUES ('a', '0000-00-00')"):
        with pytest.raises(DatabaseError):
            db.transact(db.run, write)
    with pytest.raises(DatabaseError):
        db.all("SELECT name, COUNT(*) FROM thing GROUP BY number")
    assert count(db) == 0


def test_a_file_of_this_machine_is_never_sent(db: Database, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with pytest.raises(DatabaseError):
        db.transact(db.run, f"LOAD DATA LOCAL INFILE '{tmp_path}/secret' INTO TABLE thing (name)")
    assert count(db) == 0


def test_a_local_connection_builds_no_tls_context(
    db: Database, mariadb: MariaDB, mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a TLS context was made")

    monkeypatch.setattr(ssl, "create_default_context", refuse)
    monkeypatch.setattr(ssl, "SSLContext", refuse)
    mysql._tls_context.cache_clear()
    for option in (
        {"host": "127.0.0.1"}, {"host": "localhost"}, {"host": "0.0.0.0", "tls": "off"},
        {"socket": mariadb.socket}, {"socket": mariadb.socket, "tls": "required"},
    ):
        with connect(changed(mysql_config, **option)) as own:
            assert own.value("SHOW STATUS LIKE 'Ssl_cipher'") == "Ssl_cipher"
    with connect(changed(mysql_config, tls="required")) as own:
        with pytest.raises(AssertionError):
            own.value("SELECT 1")


def test_a_remote_server_is_spoken_to_through_one_tls_context(
    mariadb: MariaDB, mysql_config: Config
) -> None:
    # 0.0.0.0 is this machine by an address that does not look like it.
    need(None if mariadb.has_tls else "openssl is not installed")
    mysql._tls_context.cache_clear()
    for option in (
        {"host": "0.0.0.0"}, {"host": "0.0.0.0", "tls": "required"}, {"tls": "required"},
    ):
        with connect(changed(mysql_config, **option)) as db:
            row = db.one("SHOW STATUS LIKE 'Ssl_cipher'")
            assert row is not None and row.Value.startswith("TLS")
    assert mysql._tls_context.cache_info().misses == 1


def test_a_server_without_tls_is_spoken_to_plainly_unless_tls_is_required(
    mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: Any = mysql.Connection

    def without_tls(**options: object) -> Any:
        if "ssl" in options:
            raise pymysql.OperationalError(2026, "SSL is required but not supported")
        return dialled(**options)

    monkeypatch.setattr(mysql, "Connection", without_tls)
    with connect(changed(mysql_config, host="0.0.0.0")) as db:
        assert db.value("SELECT 1") == 1
    assert "set tls = auto" in refusal(changed(mysql_config, tls="required"))


def test_localhost_means_the_usual_socket_and_then_tcp(
    mariadb: MariaDB, mysql_config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stale = str(tmp_path / "stale.sock")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(stale)
    monkeypatch.setattr(places, "SOCKETS", (str(tmp_path / "none.sock"), stale, mariadb.socket))
    with connect(changed(mysql_config, host="localhost", port=3306)) as db:
        assert db.value("SELECT SUBSTRING_INDEX(USER(), '@', -1)") == "localhost"
    with connect(changed(mysql_config, host="localhost")) as db:
        assert db.value("SELECT SUBSTRING_INDEX(USER(), '@', -1)") == "127.0.0.1"


def test_a_refusal_says_where_why_and_what_to_do(
    mariadb: MariaDB, mysql_config: Config, tmp_path: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        free = listener.getsockname()[1]
    for option, words in (
        ({"port": free}, [f"127.0.0.1:{free}", "start the server"]),
        ({"socket": str(tmp_path / "x.sock")}, ["x.sock", "no such socket"]),
        ({"host": "no-such-machine.invalid"}, ["no-such-machine.invalid", "correct host"]),
        ({"password": "s3cret"}, ["1045", "'chapbook'", "user and password"]),
        ({"user": "ünknown", "password": "😀"}, ["1045", "'ünknown'"]),
        ({"name": "no_such_database"}, ["1049", "'no_such_database'", "create it"]),
    ):
        detail = refusal(changed(mysql_config, **option))
        assert all(word in detail for word in words), detail


@pytest.mark.parametrize("code", [code for code in advice.CONNECTION if isinstance(code, int)])
def test_each_known_refusal_has_its_advice(
    code: int, mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: object) -> None:
        raise pymysql.OperationalError(code, "the server's words")

    monkeypatch.setattr(mysql, "Connection", refuse)
    detail = refusal(mysql_config)
    assert str(code) in detail and "the server's words" in detail
    assert advice.CONNECTION[code] in detail


@pytest.mark.parametrize(("package", "words"), [
    ("'cryptography' package is required for sha256_password", "pip install cryptography"),
    ("'pynacl' package is required for ed25519_password", "pip install pynacl"),
])
def test_a_missing_package_is_named(
    package: str, words: str, mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**options: object) -> None:
        raise RuntimeError(package)

    monkeypatch.setattr(mysql, "Connection", refuse)
    assert words in refusal(mysql_config)


def test_without_cryptography_the_password_goes_through_tls(
    mariadb: MariaDB, mysql_config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    need(None if mariadb.has_tls else "openssl is not installed")
    dialled: Any = mysql.Connection

    def wants_it_hidden(**options: object) -> Any:
        if "ssl" not in options:
            raise RuntimeError("'cryptography' package is required")
        return dialled(**options)

    monkeypatch.setattr(mysql, "Connection", wants_it_hidden)
    with connect(mysql_config) as db:
        row = db.one("SHOW STATUS LIKE 'Ssl_cipher'")
        assert row is not None and row.Value
    assert "pip install cryptography" in refusal(changed(mysql_config, tls="off"))


def test_too_many_connections_are_a_503_with_advice(mariadb: MariaDB, mysql_config: Config) -> None:
    mariadb.root(
        "CREATE OR REPLACE USER few@'%' IDENTIFIED BY 's3cret' WITH MAX_USER_CONNECTIONS 1",
        "GRANT ALL ON *.* TO few@'%'",
    )
    few = changed(mysql_config, user="few", password="s3cret")
    with connect(few) as first:
        number = first.value("SELECT CONNECTION_ID()")
        assert "fewer processes" in refusal(few)
        assert first.value("SELECT 1") == 1
    gone(mariadb, number)
    with connect(few) as again:
        assert again.value("SELECT 1") == 1


def test_a_read_only_server_still_answers_reads(mariadb: MariaDB, db: Database) -> None:
    mariadb.root("CREATE OR REPLACE USER plain@'%' IDENTIFIED BY 's3cret'",
                 "GRANT SELECT, INSERT ON *.* TO plain@'%'", "SET GLOBAL read_only = 1")
    try:
        with connect(changed(db.config, user="plain", password="s3cret")) as plain:
            with pytest.raises(Unavailable) as caught:
                plain.transact(add, plain, "a")
            assert "takes no writes" in caught.value.detail
            assert count(plain) == 0
    finally:
        mariadb.root("SET GLOBAL read_only = 0")
