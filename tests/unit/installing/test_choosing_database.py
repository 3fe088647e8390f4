"""A database is tried as the site will use it, and each way in which it fails names an answer."""
from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.db import connect
from chapbook.errors import Invalid, Unavailable
from chapbook.installing import database, troubles

from tests.support.mariadb import MariaDB

_numbers = count(1)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site's folder, with the tree's lib/."""
    (tmp_path / "lib").symlink_to(os.path.join(configuration.ROOT, "lib"))
    return configuration.load(None, root=str(tmp_path))


@pytest.fixture
def answers(mariadb: MariaDB) -> Iterator[dict[str, str]]:
    """The answers that lead to an empty database."""
    name = f"choosing_{next(_numbers)}"
    mariadb.root(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield mariadb.settings(name)
    mariadb.root(f"DROP DATABASE {name}")


def refused(config: Config, answers: dict[str, str]) -> dict[str, str]:
    """The sentences by field of what cannot be taken; none of them has the password."""
    with pytest.raises(Invalid) as caught:
        database.taken(config, answers)
    found = caught.value.fields or {"": caught.value.sentence}
    assert not any(answers.get("password", "\0") in text for text in found.values())
    return found


def test_an_empty_database_is_taken_and_stays_empty(
    config: Config, answers: dict[str, str]
) -> None:
    kept = database.taken(config, answers)
    assert kept["name"] == answers["name"] and "adopt" not in kept
    assert database.examined(database.with_database(config, kept)) == (database.EMPTY, [])


def test_a_table_that_was_left_by_a_trial_is_in_nobodys_way(
    config: Config, answers: dict[str, str], mariadb: MariaDB
) -> None:
    mariadb.root(f"CREATE TABLE {answers['name']}.{database.TRIAL} (id INT)")
    assert database.taken(config, answers)


@pytest.mark.parametrize(("changed", "field", "said"), [
    ({"password": "wrong one"}, "password", "set a new password in the control panel"),
    ({"user": "nobody_there"}, "password", "ann_site"),
    ({"port": "1"}, "host", "Nothing listens there"),
    ({"host": "no.such.machine.invalid"}, "host", "No machine has this name"),
    ({"socket": "/nowhere/mysql.sock"}, "socket", "no such socket"),
    ({"tls": "never"}, "", "tls"),
    ({"port": "x"}, "", "port"),
    ({"name": ""}, "name", "control panel"),
    ({"user": ""}, "user", "control panel"),
], ids=["password", "user", "port", "host", "socket", "bad tls", "bad port", "no name", "no user"])
def test_a_wrong_answer_is_named(
    config: Config, answers: dict[str, str], changed: dict[str, str], field: str, said: str
) -> None:
    assert said in refused(config, {**answers, **changed})[field]


def test_a_database_that_is_not_there_is_named(config: Config, mariadb: MariaDB) -> None:
    mariadb.root("CREATE USER IF NOT EXISTS wide@'%' IDENTIFIED BY 'wide open gate'",
                 "GRANT ALL ON *.* TO wide@'%'")
    found = refused(config, mariadb.settings("not_there", user="wide", password="wide open gate"))
    assert "no database of this name" in found["name"]


def test_another_users_database_is_named(config: Config, mariadb: MariaDB) -> None:
    mariadb.root("CREATE DATABASE IF NOT EXISTS others_own",
                 "CREATE USER IF NOT EXISTS narrow@'%' IDENTIFIED BY 'narrow gate 1'")
    found = refused(config, mariadb.settings("others_own", user="narrow",
                                             password="narrow gate 1"))
    assert "may not use this database" in found["user"]


def test_missing_rights_are_named(config: Config, mariadb: MariaDB) -> None:
    mariadb.root("CREATE DATABASE IF NOT EXISTS only_read",
                 "CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY 'reading gate 1'",
                 "GRANT SELECT, INSERT ON only_read.* TO reader@'%'")
    found = refused(config, mariadb.settings("only_read", user="reader",
                                             password="reading gate 1"))
    assert "all privileges" in found["user"]


def test_a_user_without_a_connection_left_is_named(
    config: Config, answers: dict[str, str], mariadb: MariaDB
) -> None:
    mariadb.root("CREATE USER IF NOT EXISTS one@'%' IDENTIFIED BY 'single gate 1'"
                 " WITH MAX_USER_CONNECTIONS 1",
                 f"GRANT ALL ON {answers['name']}.* TO one@'%'")
    given = {**answers, "user": "one", "password": "single gate 1"}
    with connect(database.with_database(config, given)) as db:
        db.value("SELECT 1")
        assert "no connection free" in refused(config, given)["host"]


def test_a_server_that_says_nothing_is_named(
    config: Config, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CONNECT_WITHIN", "1 s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = str(silent.getsockname()[1])
        found = refused(config, {**answers, "port": port})
    assert "hung up, or was silent" in found["host"] or "No answer came" in found["host"]


@pytest.mark.parametrize("said", ["5.6.51", "5.5.5-10.1.48-MariaDB", "10.2.9-MariaDB-log"])
def test_a_server_that_is_too_old_is_named(
    config: Config, answers: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chapbook.db import Database

    value = Database.value
    monkeypatch.setattr(Database, "value", lambda self, sql, **values: (
        said if "VERSION()" in sql else value(self, sql, **values)))
    assert "too old" in refused(config, answers)["host"]


@pytest.mark.parametrize("code", sorted(
    (code for code in troubles._TROUBLES if isinstance(code, int)), key=int))
def test_each_number_of_the_server_names_a_field_of_the_form(code: int, config: Config) -> None:
    import pymysql

    error = Unavailable(detail="as it came")
    error.__cause__ = pymysql.OperationalError(code, "as it came")
    chosen = database.with_database(config, {"engine": "mysql"})
    (field, sentence), = troubles.translated(error, chosen).fields.items()
    assert field in database.OPTIONS and sentence.endswith(".") and "as it came" not in sentence


@pytest.mark.parametrize(("said", "package"), [
    ("'cryptography' package is required for sha256_password", "cryptography"),
    ("'pynacl' package is required for ed25519_password", "ed25519"),
])
def test_a_kind_of_password_that_is_not_known_here_is_explained(
    config: Config, said: str, package: str
) -> None:
    error = Unavailable(detail=said)
    error.__cause__ = RuntimeError(said)
    chosen = database.with_database(config, {"engine": "mysql"})
    (_, sentence), = troubles.translated(error, chosen).fields.items()
    assert package in sentence and "mysql_native_password" in sentence


def test_without_pymysql_the_folder_to_upload_is_named(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(config: Config) -> None:
        raise ModuleNotFoundError("No module named 'pymysql'", name="pymysql")

    monkeypatch.setattr(database, "connect", missing)
    found = refused(config, {"engine": "mysql", "name": "a", "user": "b"})
    assert "upload the folder vendor" in found["engine"]


def test_sqlite_is_tried_and_no_file_is_left(config: Config) -> None:
    assert database.taken(config, {"engine": "sqlite", "password": "x"}) == {"engine": "sqlite"}
    assert not [path for path in Path(config.root, "var").rglob("*") if path.is_file()]


def test_a_file_of_something_else_is_refused(config: Config) -> None:
    path = Path(config.path(config.database.file))
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"no database at all" * 100)
    assert "SQLite cannot be used here" in refused(config, {"engine": "sqlite"})["engine"]


def test_a_database_of_a_changed_schema_is_refused(config: Config) -> None:
    from chapbook import schema

    chosen = database.with_database(config, {"engine": "sqlite"})
    with connect(chosen) as db:
        schema.bring_up(db, chosen)
        with db.transaction():
            db.run("UPDATE schema_step SET checksum = 'x' WHERE number = 1")
    assert "other files than those" in refused(config, {"engine": "sqlite"})["engine"]
