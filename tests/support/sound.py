"""A sound site for the doctor: nothing is wrong with it, until a test breaks it in one way."""
from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

from chapbook import config as configuration, doctor, schema
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.doctor import Finding

SETTINGS: dict[str, dict[str, str]] = {
    "site": {"base_url": "https://www.club.example", "owner": "ann@club.example"},
    "mail": {"via": "sendmail", "sendmail": "/bin/true", "sender": "site@club.example"},
    "accounts": {"registration": "closed"},
}
SCRIPT = "#!/usr/bin/env python3\nprint('Content-Type: text/plain\\n\\nHello')\n"
FILES = {
    "cgi-bin/index.py": SCRIPT, "cgi-bin/guestbook.py": SCRIPT, "cgi-bin/account/me.py": SCRIPT,
    "lib/chapbook/__init__.py": "\"\"\"The toolkit, by way of example.\"\"\"\n",
    "lib/chapbook/defaults.ini": "; nothing\n",
    "templates/base.html": "<!doctype html>\n<title>{{ title }}</title>\n",
    "htdocs/style.css": "body { color: black }\n", "apache/chapbook.conf": "# nothing\n",
}


class Sound:
    """The site in `root`, and what the doctor finds there."""

    def __init__(self, root: Path, database: Mapping[str, str]) -> None:
        self.root = root
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
            path.write_text(text, "utf-8")
            path.chmod(0o755 if name.startswith("cgi-bin") else 0o644)
        (root / "lib/collection/schema").mkdir(parents=True)
        for path in [root, *root.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        for name in ("var", "var/log", "var/cache", "var/cache/templates-x", "var/uploads"):
            (root / name).mkdir(mode=0o700)
        self.write("var/secret", os.urandom(32))
        self.write("var/log/chapbook.log", b"2026-11-22T09:06:00Z - 400 method=GET\n")
        self.write("var/uploads/a1b2c3", b"a photograph")
        self.settings(database=database)
        with connect(self.config) as db:
            settle(db, self.config)

    @property
    def config(self) -> Config:
        """Its settings as they are now."""
        return configuration.load(str(self.root / "site.ini"), root=str(self.root))

    def settings(self, **sections: Mapping[str, str]) -> None:
        """Write site.ini: the sound settings, and these beside or in the place of them."""
        self._database = sections.pop("database", getattr(self, "_database", {}))
        known = {**SETTINGS, "database": dict(self._database)}
        for name, options in sections.items():
            known[name] = {**known.get(name, {}), **options}
        text = "".join(
            f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
            for section, options in known.items())
        self.write("site.ini", text.encode())

    def write(self, name: str, content: bytes, mode: int = 0o600) -> Path:
        """Write a file of the site."""
        path = self.root / name
        path.write_bytes(content)
        path.chmod(mode)
        return path

    def findings(self, db: Database | None = None, now: float | None = None) -> list[Finding]:
        """What the doctor finds, the running site apart."""
        return doctor.examine(str(self.root), deploy=True, offline=True, db=db, now=now)

    def names(self, db: Database | None = None, now: float | None = None) -> list[str]:
        """The names of what the doctor finds."""
        return [finding.name for finding in self.findings(db, now)]

    def finding(self) -> Finding:
        """What the doctor finds, which is one thing and no other."""
        found = self.findings()
        assert len(found) == 1, found
        return found[0]

    def copy(self, root: Path) -> Sound:
        """The same site in another folder."""
        shutil.copytree(self.root, root, symlinks=True)
        made = object.__new__(Sound)
        made.root, made._database = root, self._database
        return made


def settle(db: Database, config: Config) -> None:
    """Give a database its tables, an administrator with a second factor, and a cron that comes."""
    schema.bring_up(db, config)
    now = int(time.time())
    with db.transaction():
        db.run(
            "INSERT INTO account (address, address_key, name, role, state, created_at,"
            " totp_secret, totp_at) VALUES (:address, :address, 'Ann', 'administrator', 'active',"
            " :now, 'GEZDGNBVGY3TQOJQ', :now)", address="ann@club.example", now=now)
        db.run("UPDATE cron_seen SET seen_at = :now WHERE job = 'cron'", now=now)
