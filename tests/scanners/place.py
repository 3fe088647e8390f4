"""A filled site under a private Apache, on a private MariaDB, for scanners to break into."""
from __future__ import annotations

import hashlib
import re
import threading
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from chapbook.db import connect
from chapbook.forms import markup
from chapbook.session import rows
from chapbook.testing import Answer

from tests.support.crawl import address, crawl, is_markup, pages
from tests.support.forms import filled, target
from tests.support.gateways import ApacheGateway
from tests.support.mariadb import MariaDB
from tests.support.sites import Site
from tests.support.world import World

BROKEN = Path(__file__).with_name("broken.py")
ENDS_IT = ("/account/signout", "/account/delete")      # after these nobody is signed in any more
COOKIE = "__Host-session"


class Request:
    """One request to try: `names` are those of its parameters; the path may have a * in it."""

    def __init__(self, method: str, path: str, body: str = "") -> None:
        self.method, self.path, self.body = method, path, body
        self.names = sorted({pair.partition("=")[0] for pair in
                             (path.partition("?")[2] + "&" + body).split("&") if pair} - {"_once"})

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({', '.join(self.names) or 'its path'})"


class Place:
    """The running site: `url`, `cookie` (that of an administrator) and all `requests` to it.

    While it runs, whatever signs the administrator out is mended at once, and no limit is
    reached: the scanners are to find what is behind them.
    """

    def __enter__(self) -> Place:
        self.mariadb = MariaDB()
        self.mariadb.root("CREATE DATABASE scanned CHARACTER SET utf8mb4")
        self.site = Site({
            "site": {"title": "Scanned", "base_url": "https://site.example",
                     "owner": "owner@example.org"},
            "accounts": {"registration": "open"},
            "form": {"rate": "1000000", "daily": "1000000"},
            "database": self.mariadb.settings("scanned"),
        })
        # A page with all time zones of the world, a thousand times, is most of what sqlmap reads.
        self.site.edit("lib/collection/timezones.py", "set(_names())", "set(_names()[:9])")
        self.world = World(self.site.config)
        self.requests = list(self._requests())
        self.site.drop("cgi-bin/broken.py", BROKEN.read_text("utf-8"), 0o755)
        self.site.give_away()
        self.gateway = ApacheGateway("wsgi-daemon", self.site)
        self.url = f"http://127.0.0.1:{self.gateway.port}"
        self.token = self.world.clients["administrator"].cookies[COOKIE]
        self.cookie = f"{COOKIE}={self.token}"
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._keeper.join()
        self.world.db.close()
        self.gateway.stop()
        self.site.remove()
        self.mariadb.remove()

    def mend(self) -> None:
        """Take the broken page away."""
        self.site.path("cgi-bin/broken.py").unlink()

    def restore(self) -> None:
        """Put the site back as it was filled."""
        self.world.restore()
        self.site.give_away()

    def faults(self) -> list[str]:
        """The lines of the site's log about faults of its own, which a scanner has caused."""
        return [line for line in self.site.log().splitlines()
                if not line.startswith(" ") and " 500 " in line and "0123456789ab" not in line
                and "path=/broken" not in line]

    def forged(self, method: str, path: str, **headers: str) -> int:
        """The status of a form that another site sends in the administrator's name."""
        headers |= {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        return self.gateway.ask(method, path, headers, b"do=it").status

    def _keep(self) -> None:
        who = self.world.ids["administrator"]
        with connect(self.site.config) as db:
            while not self._stop.wait(0.2):
                try:
                    db.transact(self._mended, db, who)
                except Exception as error:
                    print(f"the session could not be kept: {error}")

    def _mended(self, db, who: int) -> None:
        db.run("DELETE FROM throttle")
        db.run("UPDATE account SET state = 'active', role = 'administrator' WHERE id = :id", id=who)
        token = hashlib.sha256(self.token.encode()).hexdigest()
        if not db.value("SELECT COUNT(*) FROM session WHERE token_hash = :hash"
                        " AND account_id = :id", hash=token, id=who):
            db.run("DELETE FROM session WHERE token_hash = :hash", hash=token)
            rows.insert(db, self.token, "{}", who, False, "a scanner")

    def _requests(self):
        """What a crawl has found: each query, each form, and each value in a path."""
        found: dict[object, Request] = {}
        for role in ("nobody", "administrator"):
            for url, answer in crawl(self.world, role).found:
                links = [Request("GET", url)] if "?" in url else []
                for request in (*links, *_of_forms(url, answer)):
                    place = re.sub(r"\d+", "0", request.path.partition("?")[0])
                    found.setdefault((request.method, place, tuple(request.names)), request)
        known = list(found)
        for method, place, these in known:        # what another one has too, and more
            if any(other[:2] == (method, place) and set(these) < set(other[2]) for other in known):
                del found[method, place, these]
        for script, pattern, _ in pages():
            if "{" in pattern:
                whole = address(self.world, script, pattern)
                found[script, pattern] = Request("GET", whole + "*")
        return [request for request in found.values()
                if not request.path.startswith(ENDS_IT)]


def _of_forms(url: str, answer: Answer):
    """The forms of a page, filled in."""
    if answer.status != 200 or not is_markup(answer):
        return
    for form in markup.read(answer.text).forms:
        fields = "&".join(f"{quote(name)}={quote(value)}" for name, value in filled(form))
        path = target(url, form)
        if form.method == "get":
            yield Request("GET", f"{path.partition('?')[0]}?{fields}")
        else:
            yield Request("POST", path, fields)
