"""PyMySQL imported the short way is PyMySQL, and what was left out is there for who asks for it."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from chapbook.config import ROOT
from chapbook.engines import lean

from tests.support.mariadb import MariaDB

DRIVER = r'''
import json, sys
from chapbook.engines import lean
before = json.loads(sys.argv[1])
for name in before["first"]:
    __import__(name)
lean.import_pymysql(by_socket="unix_socket" in before["place"])
loaded = {name for name in ("_hashlib", "_ssl", "hashlib", "getpass", "cryptography")
          if sys.modules.get(name)}
import pymysql
options = dict(before["place"], user="chapbook", password=before["password"].encode())
with pymysql.connect(**options, ssl_disabled=True) as connection, connection.cursor() as cursor:
    cursor.execute("SELECT 'Zo\u00eb', %s", ("it's",))
    rows = cursor.fetchall()
import getpass, hashlib
print(json.dumps({
    "loaded": sorted(loaded), "rows": rows, "user": bool(getpass.getuser),
    "hash": hashlib.new("sha512", b"x").hexdigest()[:8], "openssl": hasattr(hashlib, "scrypt"),
}))
'''


def driven(server: MariaDB, place: dict[str, Any], first: tuple[str, ...] = ()) -> dict[str, Any]:
    given = json.dumps({"place": place, "password": server.password, "first": first})
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, given], capture_output=True, text=True,
        env={"PYTHONPATH": os.path.join(ROOT, "lib")})
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(params=["socket", "tcp"])
def place(request: pytest.FixtureRequest, mariadb: MariaDB) -> dict[str, Any]:
    """Each way to a server."""
    if request.param == "socket":
        return {"unix_socket": mariadb.socket}
    return {"host": "127.0.0.1", "port": mariadb.port}


def test_it_connects_with_a_password_and_finds_rows(
    mariadb: MariaDB, place: dict[str, Any]
) -> None:
    found = driven(mariadb, place)
    assert found["rows"] == [["Zoë", "it's"]]
    assert "_ssl" not in found["loaded"] and "getpass" not in found["loaded"]
    assert not lean.HASHES or "_hashlib" not in found["loaded"]


def test_who_imports_what_was_left_out_gets_all_of_it(
    mariadb: MariaDB, place: dict[str, Any]
) -> None:
    found = driven(mariadb, place)
    assert (found["hash"], found["openssl"], found["user"]) == ("a4abd444", True, True)


def test_a_hashlib_that_was_there_before_stays(mariadb: MariaDB, place: dict[str, Any]) -> None:
    found = driven(mariadb, place, first=("hashlib",))
    assert {"_hashlib", "hashlib"} <= set(found["loaded"])
    assert found["rows"] == [["Zoë", "it's"]]
