"""What is not for a stranger is in no answer: of broken databases, of what waits, of who is who."""
from __future__ import annotations

from pathlib import Path

import pytest

from chapbook import mail
from chapbook.accounts import accounts
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import close_kept, connect
from chapbook.testing import Client, site
from collection import guestbook

from tests.security.conftest import PAGES, ROOT

CANARY = "canaryword"
TELLTALE = (b"Traceback", b"sqlite", b"pymysql", b"SELECT ", b"password-of", str(ROOT).encode(),
            b"site.ini", b"line ", b"127.0.0.1", b".py")


def broken(kind: str, tmp_path: Path) -> Config:
    """Settings with a database that cannot be used."""
    file = tmp_path / "secret-name.sqlite"
    if kind == "garbage":
        file.write_bytes(b"no database at all" * 500)
    elif kind == "without tables":
        file.touch()
    elif kind == "a folder":
        file.mkdir()
    database = {"engine": "sqlite", "file": str(file)}
    if kind == "no server":
        database = {"engine": "mysql", "host": "127.0.0.1", "port": "1", "name": "secret-name",
                    "user": "secret-name", "password": "password-of-the-site"}
    found = site(str(ROOT), database=database)
    vars(found.paths).update(log=str(tmp_path / "log"))
    return found


@pytest.mark.parametrize("kind", ["garbage", "without tables", "a folder", "no server"])
def test_a_broken_database_tells_visitors_nothing_of_itself(kind: str, tmp_path: Path) -> None:
    config = broken(kind, tmp_path)
    client = Client(config=config)
    failed = 0
    try:
        for page in PAGES:
            for answer in (client.get(page), client.post(page, name="Ann", message="Hello")):
                failed += answer.status >= 500
                for word in (*TELLTALE, b"secret-name"):
                    assert word not in answer.body, (page, word)
    finally:
        close_kept()
    assert failed > 3
    assert "secret-name" in (tmp_path / "log/chapbook.log").read_text("ascii")


def test_what_is_not_public_is_on_no_page_that_strangers_can_ask_for(stranger: Client) -> None:
    with connect(stranger.config) as db, db.transaction():
        guestbook.sign(db, "Ann", "This is for everybody.", wait=False)
        guestbook.sign(db, CANARY, CANARY, place=CANARY, wait=True)
        who = Who(None, "-")
        accounts.create(db, f"{CANARY}@example.org", CANARY, "correct horse battery", who)
        mail.queue(db, stranger.config, to=f"{CANARY}@example.org", subject=CANARY, text=CANARY)
    letter = {"name": CANARY, "email": f"{CANARY}@example.org", "about": "A question",
              "message": f"{CANARY} {CANARY}"}
    assert stranger.post("/forms/contact", **letter).status in (200, 303)
    for page in PAGES:
        for query in ("", f"?q={CANARY[:5]}", "?state=waiting", "?before=999999999", "?id=1&form=x",
                      "?user=1", "?all=yes&draft=1&preview=1", "?format=json", "/1", "/contact/1"):
            for kind in ("text/html", "application/json"):
                answer = stranger.get(page.rstrip("/") + query, Accept=kind)
                assert CANARY.encode() not in answer.body, (page, query)
    assert "This is for everybody." in stranger.get("/guestbook").text
