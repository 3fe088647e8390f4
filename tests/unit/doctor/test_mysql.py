"""A MySQL database: each fault is found, and nothing else with it."""
from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.engines import mysql

from tests.support.mariadb import MariaDB
from tests.support.sound import Sound

USER = "doctored"
PASSWORD = "only for tests"


@pytest.fixture(scope="module")
def server(mariadb: MariaDB) -> Iterator[MariaDB]:
    """A server that keeps what it commits, with a user who may use one database."""
    mariadb.root(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
        "CREATE DATABASE doctored CHARACTER SET utf8mb4",
        f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON doctored.* TO {USER}@'%'")
    yield mariadb
    mariadb.root(
        "SET GLOBAL innodb_flush_log_at_trx_commit = 2", "DROP DATABASE doctored",
        f"DROP USER {USER}@'%'")


@pytest.fixture(scope="module")
def sound(server: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """A sound site on that server; what a test breaks there it mends."""
    return Sound(tmp_path_factory.mktemp("doctor") / "site",
                 server.settings("doctored", user=USER, password=PASSWORD))


@pytest.fixture
def config(sound: Sound) -> Config:
    """Its settings."""
    return sound.config


@pytest.fixture
def db(config: Config) -> Iterator[Database]:
    """A connection of the site, whose session a test may spoil."""
    with connect(config) as database:
        yield database


def test_a_sound_site_has_nothing_wrong(sound: Sound) -> None:
    assert sound.findings() == []


@pytest.mark.parametrize(("statement", "name", "told"), [
    ("SET SESSION sql_mode = 'ANSI_QUOTES'", "sql-mode", "STRICT_ALL_TABLES"),
    ("SET SESSION time_zone = '+02:00'", "session-time-zone", "+02:00"),
    ("SET NAMES latin1", "session-charset", "latin1"),
])
def test_a_proxy_that_undoes_what_a_connection_asks_for(
    sound: Sound, db: Database, statement: str, name: str, told: str
) -> None:
    db.all(statement)
    [finding] = sound.findings(db)
    assert finding.name == name and told in finding.sentence


def test_a_clock_that_is_wrong(sound: Sound, db: Database) -> None:
    db.all("SET SESSION timestamp = :then", then=int(time.time()) - 7200)
    [finding] = sound.findings(db)
    assert finding.name == "database-clock" and "differ by 7" in finding.sentence


def test_long_texts_that_are_refused(sound: Sound, server: MariaDB) -> None:
    [[before]] = server.root("SELECT @@GLOBAL.max_allowed_packet")
    server.root("SET GLOBAL max_allowed_packet = 1048576")
    try:
        assert sound.names() == ["packet-small"]
    finally:
        server.root(f"SET GLOBAL max_allowed_packet = {before}")


def test_commits_that_a_power_cut_undoes(sound: Sound, server: MariaDB) -> None:
    server.root("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    try:
        assert sound.names() == ["commit-not-flushed"]
    finally:
        server.root("SET GLOBAL innodb_flush_log_at_trx_commit = 1")


@pytest.mark.parametrize(("change", "name"), [
    ("ENGINE=MyISAM", "table-engine"),
    ("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "table-collation"),
    ("CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin", "table-collation"),
])
def test_a_table_of_another_kind(sound: Sound, server: MariaDB, change: str, name: str) -> None:
    server.root(f"ALTER TABLE doctored.throttle {change}")
    try:
        assert sound.finding().name == name
        assert "throttle" in sound.finding().sentence
        assert "`throttle`" in sound.finding().remedy
    finally:
        server.root("ALTER TABLE doctored.throttle ENGINE=InnoDB,"
                    " CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


def test_the_tables_of_other_programs_are_left_alone(sound: Sound, server: MariaDB) -> None:
    server.root("CREATE TABLE doctored.wp_posts (title VARCHAR(20)) ENGINE=MyISAM"
                " CHARACTER SET latin1")
    try:
        assert sound.names() == []
    finally:
        server.root("DROP TABLE doctored.wp_posts")


@pytest.mark.parametrize("right", ["ALL PRIVILEGES", "FILE", "SELECT, SUPER"])
def test_a_user_who_may_too_much(sound: Sound, server: MariaDB, right: str) -> None:
    server.root(f"GRANT {right} ON *.* TO {USER}@'%'")
    try:
        assert sound.finding().name == "database-rights"
        assert right.partition(",")[0] in sound.finding().sentence
    finally:
        server.root(f"REVOKE {right} ON *.* FROM {USER}@'%'")


def test_a_password_that_is_wrong(sound: Sound, server: MariaDB, tmp_path: Path) -> None:
    copy = sound.copy(tmp_path / "site")
    copy.settings(database=server.settings("doctored", user=USER, password="another"))
    assert copy.finding().name == "mysql-access"
    assert "User or password is wrong" in copy.finding().sentence
    assert "another" not in copy.finding().sentence


@pytest.mark.parametrize(("changed", "name"), [
    ({"socket": "/run/nowhere/mysqld.sock"}, "mysql-socket"),
    ({"host": "127.0.0.1", "port": "1"}, "mysql-host"),
    ({"host": "nowhere.invalid"}, "mysql-host"),
    ({"name": "not_there"}, "mysql-database"),
    ({"user": "nobody_known"}, "mysql-access"),
])
def test_settings_by_which_nobody_gets_in(
    sound: Sound, server: MariaDB, tmp_path: Path, changed: dict[str, str], name: str
) -> None:
    copy = sound.copy(tmp_path / "site")
    settings = server.settings("doctored", user=USER, password=PASSWORD)
    copy.settings(database={**settings, **changed})
    assert copy.finding().name == name
    assert PASSWORD not in copy.finding().sentence + copy.finding().remedy


def test_a_database_that_does_not_exist(
    sound: Sound, server: MariaDB, tmp_path: Path
) -> None:
    """The server says so only to who may use it."""
    copy = sound.copy(tmp_path / "site")
    server.root(f"GRANT ALL ON nothing_there.* TO {USER}@'%'")
    try:
        copy.settings(database=server.settings("nothing_there", user=USER, password=PASSWORD))
        assert copy.finding().name == "mysql-database"
        assert "There is no such database" in copy.finding().sentence
    finally:
        server.root(f"REVOKE ALL ON nothing_there.* FROM {USER}@'%'")


def test_a_kind_of_password_that_needs_a_package(
    sound: Sound, server: MariaDB, tmp_path: Path
) -> None:
    server.root("INSTALL SONAME 'auth_ed25519'",
                "CREATE USER keyed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('only for tests')",
                "GRANT ALL ON doctored.* TO keyed@'%'")
    try:
        copy = sound.copy(tmp_path / "site")
        copy.settings(database=server.settings("doctored", user="keyed", password=PASSWORD))
        assert copy.finding().name == "mysql-plugin"
        assert "pynacl" in copy.finding().sentence
    finally:
        server.root("DROP USER keyed@'%'", "UNINSTALL SONAME 'auth_ed25519'")


def test_a_user_who_has_all_the_connections_there_are(sound: Sound, server: MariaDB) -> None:
    server.root(f"ALTER USER {USER}@'%' WITH MAX_USER_CONNECTIONS 1")
    try:
        with connect(sound.config) as other:
            other.value("SELECT 1")
            assert sound.finding().name == "mysql-connections"
        assert sound.names() == []
    finally:
        server.root(f"ALTER USER {USER}@'%' WITH MAX_USER_CONNECTIONS 0")


@pytest.mark.parametrize(("error", "name"), [
    (RuntimeError("'cryptography' package is required for sha256_password"), "mysql-plugin"),
    (pymysql.OperationalError(2026, "SSL is required, but the server does not have it"),
     "mysql-tls"),
    (pymysql.OperationalError(3159, "Connections must use TLS"), "mysql-tls"),
    (pymysql.OperationalError(1040, "Too many connections"), "mysql-connections"),
    (pymysql.OperationalError(1234, "What nobody has met before"), "database-unreachable"),
])
def test_what_other_servers_say(
    sound: Sound, monkeypatch: pytest.MonkeyPatch, error: Exception, name: str
) -> None:
    """Those of MySQL 8, which does not run here."""
    def refuse(**options: object) -> None:
        raise error

    monkeypatch.setattr(mysql, "Connection", refuse)
    assert sound.finding().name == name


def test_a_table_that_was_deleted(sound: Sound, server: MariaDB) -> None:
    server.root("RENAME TABLE doctored.cron_seen TO doctored.cron_hidden")
    try:
        assert sound.finding().name == "database-unreachable"
        assert "cron_seen" in sound.finding().sentence
    finally:
        server.root("RENAME TABLE doctored.cron_hidden TO doctored.cron_seen")
