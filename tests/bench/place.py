"""Where the benchmark takes place: a private MariaDB with 10,000 entries, a copy of the site."""
from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from chapbook import db

from tests.support.mariadb import MariaDB
from tests.support.sites import GROUP, USER, Site

ENTRIES = 10_000
FIRST_SIGNED_AT = 1_700_000_000
DATABASE = {"name": "bench", "user": "bench", "password": "bench"}
PHP_CGI = shutil.which("php-cgi")
NAMES = ("Ann", "Ludwika", "Zoë & Émile", "Gutenberg's apprentice", "Björk", "Li Wei", "Tom")
PLACES = ("Ghent", None, "Mainz", "Kraków", None, "under the press")
WORDS = (
    "lovely paper rain book evening penny plain twopence coloured fair grandmother printer ink "
    "<quiet> leaf café & garden read slowly again morning letters set by hand never catch on"
).split()


class Place:
    """The database, the site and the other contenders' files, all gone after `remove`."""

    def __init__(self) -> None:
        self.mariadb = MariaDB()
        try:
            self.mariadb.root(
                "CREATE DATABASE bench CHARACTER SET utf8mb4",
                "CREATE USER bench@'localhost' IDENTIFIED BY 'bench'",
                "GRANT ALL ON bench.* TO bench@'localhost'",
            )
            self.site = Site({"database": {
                "engine": "mysql", "socket": self.mariadb.socket, **DATABASE,
            }})
        except BaseException:
            self.mariadb.remove()
            raise
        self.root = str(self.site.root)
        self.contenders = self.site.root / "contenders"

    def fill(self) -> None:
        """Sign the book 10,000 times, the same in every run; put the contenders in place."""
        dice = random.Random(10_000)
        with db.connect(self.site.config) as database, database.transaction():
            for number in range(ENTRIES):
                database.insert(
                    "INSERT INTO guestbook_entry (name, place, message, signed_at)"
                    " VALUES (:name, :place, :message, :signed_at)",
                    name=dice.choice(NAMES), place=dice.choice(PLACES),
                    message=" ".join(dice.choices(WORDS, k=dice.randint(3, 9))),
                    signed_at=FIRST_SIGNED_AT + number * 4_000,
                )
        self.mariadb.root("ANALYZE TABLE bench.guestbook_entry")
        shutil.copytree(Path(__file__).with_name("contenders"), self.contenders)
        self._write("settings.py", f"DATABASE = {_settings(self.mariadb.socket)!r}\n"
                                   f"ROOT = {self.root!r}\n")
        given = ", ".join(f"'{name}' => '{value}'" for name, value in
                          [*_settings(self.mariadb.socket).items(), ("root", self.root)])
        self._write("settings.php", f"<?php return [{given}];\n")
        # As a CGI the same page needs a first line, which PHP-FPM would send to the visitor.
        page = (self.contenders / "guestbook.php").read_text(encoding="utf-8")
        self._write("guestbook.cgi", f"#!{PHP_CGI} -dcgi.force_redirect=0\n{page}")
        for path in [self.contenders, *self.contenders.iterdir()]:
            path.chmod(0o755)
            if os.geteuid() == 0:
                shutil.chown(path, USER, GROUP)

    def remove(self) -> None:
        """End the database and delete everything."""
        self.site.remove()
        self.mariadb.remove()

    def _write(self, name: str, text: str) -> None:
        (self.contenders / name).write_text(text, encoding="utf-8")


def _settings(socket: str) -> dict[str, str]:
    return {"socket": socket, **DATABASE}
