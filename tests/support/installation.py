"""An installation that is uploaded and not set up yet, and a visitor who sets it up."""
from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.testing import Answer, Client

TREE = Path(__file__).resolve().parents[2]
PASSWORD = "quiet river 42"
ADMINISTRATOR = {"name": "Ann", "address": "ann@example.org", "password": PASSWORD,
                 "again": PASSWORD}
SITE = {"title": "The chess club", "tagline": "", "base_url": "https://club.example",
        "owner": "ann@example.org", "timezone": "Europe/Paris", "language": "en"}
MAIL = {"via": "folder", "sender": "", "sendmail": "", "host": "", "port": "587",
        "tls": "starttls", "user": "", "password": "", "to": "ann@example.org", "do": "go"}
SQLITE = {"engine": "sqlite", "name": "", "user": "", "password": "", "host": "localhost",
          "port": "3306", "socket": "", "tls": "auto"}


class Installation:
    """The tree in a folder of its own: `root`, the settings without site.ini, and its database.

    `database` is the answer to the step of the database, as the form has it.
    """

    def __init__(self, root: Path, database: Mapping[str, object] = {}) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        root.chmod(0o755)
        for name in ("lib", "templates", "cgi-bin", "apache"):
            (root / name).symlink_to(TREE / name)
        shutil.copytree(TREE / "htdocs", root / "htdocs")
        self.database = {**SQLITE, **{name: str(value) for name, value in database.items()}}

    @property
    def config(self) -> Config:
        """The settings that there are without a site.ini."""
        return configuration.load(None, root=str(self.root))

    @property
    def settings(self) -> Config:
        """The settings of the site that was set up."""
        return configuration.load(str(self.root / "site.ini"), root=str(self.root))

    def visitor(self, admitted: bool = True) -> Visitor:
        """Somebody who comes to the installer, with the code or without."""
        visitor = Visitor(self)
        if admitted:
            assert visitor.post("/install", do="file").status == 303
            assert visitor.post("/install", code=self.code).status == 303
        return visitor

    @property
    def code(self) -> str:
        """The code in the newest file."""
        newest = max(self.root.glob("install-code-*.txt"), key=lambda path: path.stat().st_mtime)
        return newest.read_text("utf-8").partition("\n")[0]

    @property
    def state(self) -> Path:
        """The file in which answers are kept."""
        return self.root / "var/install/state.json"


class Visitor(Client):
    """A browser at the installer; `send` takes a step, `take` all of them up to one."""

    def __init__(self, installation: Installation) -> None:
        super().__init__(None, installation.config)
        self.installation = installation
        self.answers: dict[str, dict[str, str]] = {
            "requirements": {"do": "go"}, "site": SITE, "outside": {"do": "go"},
            "database": installation.database, "administrator": ADMINISTRATOR, "mail": MAIL,
            "finish": {}}

    def send(self, step: str, **changed: str) -> Answer:
        """Send the form of a step, filled in as usual but for what is changed."""
        return self.post(f"/install/{step}", **{**self.answers[step], **changed})

    def take(self, last: str = "mail") -> None:
        """Take the steps in order, up to this one. Nobody looks from outside: that is noted as
        done, for there is no server."""
        from chapbook.installing import probing, state

        for step in self.answers:
            if step == "outside":
                config = self.installation.config
                seen = probing.Seen(SITE["base_url"], [])
                state.keep(config, step, {**seen.kept(), "passed": SITE["base_url"]})
                answer = self.get("/install/database")
                assert answer.status == 200, answer.text
            else:
                answer = self.send(step)
                assert answer.status == 303, (step, answer.text)
            if step == last:
                return
