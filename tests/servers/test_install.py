"""The installer on real hosts: with no more than .htaccess, and where that is ignored."""
from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest

from chapbook.db import connect

from tests.support.gateways.base import Gateway
from tests.support.gateways.htaccess import HostGateway, plain
from tests.support.installation import ADMINISTRATOR, MAIL, SITE, SQLITE
from tests.support.sites import Site

# A host that runs scripts where it has decided, and takes no notice of any .htaccess.
DEAF_HOST = """
DocumentRoot "{root}"
TraceEnable off
ScriptAlias "/cgi-bin/" "{root}/cgi-bin/"
<Directory "{root}">
    Options FollowSymLinks
    AllowOverride None
    Require all granted
</Directory>
"""


class Owner:
    """A browser of one's own at a server, which keeps its cookie; `at` is where the installer is.
    """

    def __init__(self, gateway: Gateway, at: str) -> None:
        self.gateway, self.at, self.cookie = gateway, at, ""

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        """The status and the text, or where it leads."""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=60)
        headers = {"Cookie": self.cookie, "Host": f"localhost:{self.gateway.port}"}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Sec-Fetch-Site"] = "same-origin"
        try:
            connection.request(method, path, urlencode(fields) or None, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8")
            if answer.getheader("Set-Cookie"):
                self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]
            return answer.status, answer.getheader("Location") or text
        finally:
            connection.close()

    def enter(self) -> None:
        """Get in by the code."""
        assert self.ask("POST", self.at, do="file")[0] == 303
        file, = self.gateway.site.root.glob("install-code-*.txt")
        status, said = self.ask("POST", self.at, code=file.read_text().partition("\n")[0])
        assert status == 303, said

    def send(self, step: str, **fields: str) -> tuple[int, str]:
        """Send a step's form."""
        return self.ask("POST", f"{self.at}/{step}", **fields)

    def take(self) -> None:
        """All steps until strangers are to be let look."""
        answers = {"requirements": {"do": "go"},
                   "site": {**SITE, "base_url": f"http://localhost:{self.gateway.port}"}}
        self.answer(answers)

    def answer(self, answers: Mapping[str, Mapping[str, str]]) -> None:
        """Send these answers to these steps, each of which is taken."""
        for step, fields in answers.items():
            status, said = self.send(step, **fields)
            assert status == 303, (step, said)

    def look(self) -> str:
        """What strangers get, as the page says it, without its tags."""
        status, said = self.send("outside", do="look")
        assert status == 303, said
        return re.sub(r"<[^>]*>", "", self.ask("GET", f"{self.at}/outside")[1])


def uploaded() -> Site:
    """The tree as it was uploaded: neither settings nor a database."""
    made = Site({"site": {"title": "Not set up"}})
    (made.root / "site.ini").unlink()
    for path in sorted((made.root / "var").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for script in (made.root / "cgi-bin").glob("contract*.py"):
        script.unlink()
    return made


@pytest.fixture
def site(apache_here: None) -> Iterator[Site]:
    """An uploaded tree."""
    made = uploaded()
    yield made
    made.remove()


def test_a_site_is_set_up_on_a_host_that_gives_no_more_than_htaccess(site: Site) -> None:
    gateway = plain(site)
    try:
        owner = Owner(gateway, "/install")
        owner.enter()
        owner.take()
        assert "Nothing is given out that must not be" in owner.look()
        owner.answer({"outside": {"do": "go"}, "database": SQLITE,
                      "administrator": ADMINISTRATOR, "mail": MAIL})
        answers: list[tuple[int, str]] = []
        both = [threading.Thread(target=lambda: answers.append(owner.send("finish")))
                for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        statuses = sorted(status for status, _ in answers)
        assert statuses[0] == 200 and statuses[1] in (303, 403, 404, 409), answers
        done = next(text for status, text in answers if status == 200)
        assert "The site is set up" in done and "The first page of the site answers" not in done
        assert owner.ask("GET", "/install")[0] == 404
        assert owner.ask("GET", "/")[0] == 200
        settings = site.root / "site.ini"
        assert settings.stat().st_mode & 0o777 == 0o600
    finally:
        gateway.stop()
    from chapbook import config

    with connect(config.load(str(settings), root=str(site.root))) as db:
        assert db.value("SELECT COUNT(*) FROM account") == 1


def test_where_htaccess_is_ignored_nothing_secret_is_stored(site: Site) -> None:
    gateway = HostGateway("deaf", site, DEAF_HOST)
    try:
        owner = Owner(gateway, "/cgi-bin/install.py")
        owner.enter()
        owner.take()
        seen = owner.look()
        assert "This must be mended before anything else is done" in seen
        assert owner.send("outside", do="go")[0] in (403, 422)
        assert owner.send("database", **SQLITE)[1].endswith("/outside")
        assert owner.send("finish")[1].endswith("/outside")
        assert not (site.root / "site.ini").exists()
        assert not list((site.root / "var").glob("*.sqlite"))
    finally:
        gateway.stop()
