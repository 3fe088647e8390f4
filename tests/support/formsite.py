"""A site of its own for forms of static pages: its htdocs/, settings, mails and submissions."""
from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from chapbook import mail
from chapbook.config import ROOT, Config
from chapbook.db import Row, connect
from chapbook.testing import Answer, Client
from collection import formsettings, submissions

OWNER = "owner@example.org"


class FormSite:
    """The shipped site with pages of the test's own, and a visitor who sends forms."""

    def __init__(self, visitor: Client, root: Path) -> None:
        self.visitor, self.root = visitor, root
        self.config: Config = visitor.config
        for folder in ("cgi-bin", "lib", "templates"):
            (root / folder).symlink_to(os.path.join(ROOT, folder))
        shutil.copytree(os.path.join(ROOT, "htdocs"), root / "htdocs")
        self.config.root = str(root)
        vars(self.config.site).update(owner=OWNER, base_url="https://example.org")
        self.do(mail.note_cron)                # so that nothing is sent behind the test's back

    def do(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        """What a function of the database gives, in a transaction of its own."""
        with connect(self.config) as db:
            return db.transact(work, db, *args, **kwargs)

    def page(self, name: str, inside: str, action: str = "", more: str = "") -> None:
        """Write htdocs/NAME.html with a form of these controls."""
        path = self.root / "htdocs" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        form = f'<form method="post" action="{action or "/forms/" + name}"{more}>{inside}</form>'
        path.write_text(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title></head>'
            f"<body>\n{form}\n</body></html>", "utf-8")

    def set(self, form: str, **texts: str) -> None:
        """Set settings of a form, as the inbox does."""
        for name, text in texts.items():
            self.do(formsettings.change, form, name, text)

    def send(self, form: str, files: Any = None, **fields: str) -> Answer:
        """Fill in a form and send it."""
        return self.visitor.post(f"/forms/{form}", files=files, **fields)

    def send_as(
        self, form: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None,
        **environ: str,
    ) -> Answer:
        """Send a form with other headers, or from another address."""
        return self.visitor.request(
            "POST", f"/forms/{form}", urlencode(fields).encode(),
            "application/x-www-form-urlencoded",
            headers={"Sec-Fetch-Site": "same-origin", **(headers or {})}, environ=environ)

    def stored(self, form: str | None = None) -> list[submissions.Submission]:
        """What has been stored, newest first, with its answers."""
        with connect(self.config) as db:
            return list(submissions.whole(db, form=form, limit=5000))

    def only(self) -> dict[str, Any]:
        """The one submission that there is, its answers by name."""
        one, = self.stored()
        return {field.name: [answer.value for answer in field.answers] for field in one.fields}

    def mails(self) -> list[Row]:
        """All mails, in the order in which they were queued."""
        with connect(self.config) as db:
            return db.all("SELECT recipient, reply_to, subject, body, state, about FROM outbox"
                          " ORDER BY id")

    def log(self) -> str:
        """What the log has."""
        path = self.root / "var/log/chapbook.log"
        return path.read_text() if path.exists() else ""
