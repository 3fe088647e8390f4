"""A site with people, entries, submissions and mails, which can be put back as it was filled.

Every text that somebody wrote holds MARKUP, and each kind of what is not for all a word of its own.
"""
from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from typing import Any

from chapbook import Page, config as configuration, mail, schema
from chapbook.accounts import accounts, identity, tokens, totp
from chapbook.accounts.events import SHELL
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.server.dispatch import Dispatcher
from chapbook.server.static import Static
from chapbook.session import rows
from chapbook.testing import Answer, Client
from collection import guestbook, pictures

from tests.support import people
from tests.support.forms import PICTURE

ROOT = Path(__file__).resolve().parents[2]
MARKUP = """<x-mark>" x-broken="1' x-broken='2&{{7919*7907}}"""
WAITS, SUBMITTED, PRIVATE, MAILED, FAILED = (
    "waitingword", "submittedword", "privateword", "mailedword", "failedword")
ROLES = ("nobody", "member", "editor", "administrator")
# What every request may change: how often somebody has tried, and when a session was last used.
FREE = {"throttle": None, "session": ("seen_at", "ends_at", "version")}
_ADDRESSES = count(1)


class World:
    """The site; `clients` by role, `ids` of what there is by name, `secrets` that no page may show.

    `texts` has, by who may see it, the words that are not for the others.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: dict[str, Any] = {}
        self._tables: list[str] = []
        self.secrets: set[str] = set()
        self.clients: dict[str, Visitor] = {}
        self.db = connect(config)
        schema.bring_up(self.db, config)
        self._fill()
        self._filled = self.rows()
        self._files = self.files()
        self._cookies = {role: dict(client.cookies) for role, client in self.clients.items()}

    def client(self) -> Visitor:
        """A visitor of the whole site, as the built-in server has it."""
        application = Static(str(ROOT / "htdocs"), Dispatcher(str(ROOT)))
        return Visitor(application, self.config)

    def _fill(self) -> None:
        self.db.transact(self._fill_tables, self.db)
        for role in ROLES:
            self.clients[role] = self.client()
            if role != "nobody":
                people.sign_in(self.clients[role], self.ids[role])
        for state in ("waiting", "disabled"):
            self.clients[state] = self.client()
            people.sign_in(self.clients[state], self.ids[state])
        self._send_forms()
        self._keep_picture()
        self._fail()

    def _fill_tables(self, db: Database) -> None:
        for role in ROLES[1:]:
            self.ids[role] = self._account(db, role, role=role)
        self.ids["other"] = self._account(db, f"other{PRIVATE}")
        self.ids["waiting"] = self._account(db, "waiting", state="waiting")
        self.ids["disabled"] = self._account(db, "disabled", state="disabled")
        secret = totp.begin(db, self.ids["other"])
        codes = accounts.second_factor_on(db, self.ids["other"], totp_code(secret), SHELL)
        self.secrets |= {secret, *(codes or ())}
        for number in range(23):
            guestbook.sign(db, f"Ann {number} {MARKUP}", f"Hello {MARKUP}", MARKUP, wait=False)
        self.ids["entry"] = guestbook.sign(db, f"Bob {MARKUP}", f"{WAITS} {MARKUP}", wait=True)
        self.ids["tokens"] = {
            "reset": tokens.make(db, "reset", account_id=self.ids["other"]),
            "confirm": tokens.make(db, "confirm", about=identity.key("new@example.org")),
            "invite": tokens.make(db, "invite", about=identity.key("guest@example.org"),
                                  role="editor"),
        }
        for role in ("administrator", "other"):
            self.ids["tokens"] |= {f"{purpose} of {role}": tokens.make(
                db, purpose, account_id=self.ids[role], about=identity.key(f"{role}2@example.org"))
                for purpose in ("change", "allow")}
        for kind, token in self.ids["tokens"].items():
            mail.queue(db, self.config, to="somebody@example.org", subject=f"A link {MAILED}",
                       text=f"The link to {kind}: http://localhost/?token={token}", hold=True)
        self.ids["sessions"] = {row.account_id: row.id for row in db.all(
            "SELECT account_id, MIN(id) AS id FROM session GROUP BY account_id")}
        self.ids["session"] = self.ids["sessions"][self.ids["administrator"]]
        self.ids["picture"] = f"{1:032x}.png"
        accounts.change_picture(db, self.ids["other"], self.ids["picture"], SHELL)

    def _account(self, db: Database, name: str, **more: Any) -> int:
        id = accounts.create(db, f"{name}@example.org", f"{name} {MARKUP}", people.PASSWORD, SHELL,
                             confirmed=True, **more)
        for number in range(2):
            rows.insert(db, rows.new_token(), "{}", id, False, f"Browser {number} {MARKUP}")
        return int(id)

    def _send_forms(self) -> None:
        """A booking with a plan, a letter, and one that a trap has caught."""
        visitor, text = self.client(), f"{SUBMITTED} {MARKUP}"
        visitor.get("/guestbook")                 # the site's secret is made at its first form
        booking = {"name": text, "email": "eve@example.org", "day": "2030-01-01", "from": "10:00",
                   "guests": "5", "occasion": "A concert", "tables": "rows", "agreed": "on",
                   "notes": text, "phone": "", "_gotcha": ""}
        plan = {"plan": (f"{SUBMITTED} {MARKUP}.pdf", b"%PDF-1.4\n%%EOF\n")}
        letter = {"name": text, "email": "eve@example.org", "about": "A question",
                  "message": f"{text} and more"}
        for sent in (visitor.post("/forms/booking", files=plan, **booking),
                     visitor.post("/forms/contact", _gotcha="", **letter),
                     visitor.post("/forms/contact", _gotcha="", **{
                         **letter, "name": "=1+2", "message": "@SUM(1, 2), a formula"}),
                     visitor.post("/forms/contact", _gotcha="trapped", **letter)):
            assert sent.status == 303 or b"hank" in sent.body, sent.text
        self.ids["submission"] = self.db.value("SELECT MIN(id) FROM submission")
        self.ids["file"] = self.db.value("SELECT MIN(id) FROM submission_file")

    def _keep_picture(self) -> None:
        path = Path(pictures.path_of(self.config, self.ids["picture"]))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PICTURE)

    def _fail(self) -> None:
        """A fault of ours, which is in the log."""
        def show(request: Any) -> Any:
            raise ZeroDivisionError(f"{FAILED} {MARKUP}")

        answer = Client(Page(get=show), self.config).request(
            "GET", "/", environ={"chapbook.request_id": "0123456789ab"})
        assert answer.status == 500
        self.ids["request"] = "0123456789ab"

    # What there is

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, but for what every request may change."""
        if not self._tables:
            self._tables = [name for name in _tables(self.db) if FREE.get(name, ()) is not None]
        return {table: _rows(self.db, table) for table in self._tables}

    def changes(self) -> dict[str, list[tuple[str, dict[str, Any]]]]:
        """What is other in the tables than it was when the site was filled."""
        found = {}
        for table, now in self.rows().items():
            before = self._filled[table]
            changed = ([("gone", row) for row in before if row not in now]
                       + [("new", row) for row in now if row not in before])
            if changed:
                found[table] = changed
        return found

    def files(self) -> dict[str, bytes]:
        """The site's own files, named from its folder: without pages, the log and the database."""
        root = Path(self.config.root)
        found = [path for path in root.iterdir() if not path.is_symlink()]
        found += (root / "var").rglob("*")
        return {str(path.relative_to(root)): path.read_bytes() for path in found
                if path.is_file() and "site.sqlite" not in path.name
                and path.name != "chapbook.log"}

    def new_files(self) -> list[str]:
        """The names of the files that were made, changed or removed since the site was filled."""
        now = self.files()
        return [name for name in sorted({*now, *self._files})
                if now.get(name) != self._files.get(name)]

    def restore(self) -> None:
        """Put all tables, files and cookies back as they were, and forget what was tried."""
        for role, client in self.clients.items():
            client.cookies = dict(self._cookies[role])
        db, now = self.db, self.rows()
        if db.engine == "mysql":                  # no rows of other tables go with these
            db.run("SET SESSION foreign_key_checks = 0")
        with db.transaction():
            if db.engine == "sqlite":
                db.run("PRAGMA defer_foreign_keys = ON")
            db.run("DELETE FROM throttle")
            for table, before in self._filled.items():
                if now[table] != before:
                    db.run(f"DELETE FROM {table}")
            for table, before in self._filled.items():
                left = now[table] if now[table] == before and db.engine == "mysql" else _rows(
                    db, table)
                for row in before:
                    if row not in left:
                        _insert(db, table, row)
        for name in self.new_files():
            path = Path(self.config.root, name)
            if name in self._files:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._files[name])
            else:
                path.unlink()


class Visitor(Client):
    """A client that asks from its `address`; "" is another one each time, whom no limit stops."""

    address = ""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Answer:
        number = next(_ADDRESSES)
        address = self.address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        kwargs["environ"] = {"REMOTE_ADDR": address, **(kwargs.get("environ") or {})}
        return super().request(method, url, *args, **kwargs)


def totp_code(secret: str) -> str:
    """The code that an app shows now."""
    import pyotp

    return str(pyotp.TOTP(secret).now())


def settings(folder: Path, database: dict[str, str]) -> Config:
    """The settings of a site in a folder of its own, whose pages are those of this one."""
    for name in ("cgi-bin", "lib", "templates", "htdocs"):
        (folder / name).symlink_to(ROOT / name)
    paths = {name: str(folder / "var" / name) for name in ("log", "cache", "uploads")}
    return configuration.load(None, {
        "site": {"base_url": "http://localhost", "owner": "owner@example.org"},
        "database": database, "paths": {"var": str(folder / "var"), **paths},
        "mail": {"folder": str(folder / "var/mail")}, "accounts": {"registration": "open"},
    }, str(folder))


def _tables(db: Database) -> list[str]:
    if db.engine == "mysql":
        found = db.all("SELECT table_name AS name FROM information_schema.tables"
                       " WHERE table_schema = DATABASE() ORDER BY table_name")
    else:
        found = db.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [row.name for row in found if not row.name.startswith("sqlite_")]


def _rows(db: Database, table: str) -> list[dict[str, Any]]:
    free = FREE.get(table) or ()
    found = [{name: value for name, value in row.items() if name not in free}
             for row in db.all(f"SELECT * FROM {table}")]
    return sorted(found, key=lambda row: repr(sorted(row.items())))


def _insert(db: Database, table: str, row: dict[str, Any]) -> None:
    row = {**row, **dict.fromkeys(FREE.get(table) or (), 0)}
    if table == "session":
        row |= {"seen_at": rows.now(), "ends_at": rows.now() + 7200, "version": 0}
    names = ", ".join(f'"{name}"' for name in row)
    db.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in row)})",
           **{re.sub(r"\W", "", name): value for name, value in row.items()})
