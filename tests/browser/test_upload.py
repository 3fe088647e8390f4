"""From a zip to a live site, as its owner does it: unpacked by the host, then all in a browser.

The host is a bare Apache with suexec, and the Python that scripts get is the machine's own: neither
pip nor a shell is used once the zip is unpacked.
"""
from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.cli import environment
from chapbook.cli.pack import OWN
from chapbook.hosting import pack, profiles, writing
from chapbook.hosting.manifest import Manifest

from tests.browser.pages import Visit
from tests.support import host, sites
from tests.support.host import Host
from tests.support.letters import PLAN
from tests.support.mariadb import MariaDB, need
from tests.support.sites import GROUP, TREE, USER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.as_root

PYTHON = "/usr/bin/python3"
HOSTS = {"full": ("cpanel", host.FULL), "without-options": ("plesk", host.WITHOUT_OPTIONS)}
ADDRESS, PASSWORD = "ann@site.example", "eleven small grey boats"
WHERE = b"""#!/usr/bin/python3
import os, sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")
from chapbook import Page, Response, run
import jinja2, pymysql, multipart, markupsafe
application = Page(get=lambda request: Response.text(" ".join(
    [sys.executable, *(each.__file__ for each in (jinja2, pymysql, multipart, markupsafe))])))
if __name__ == "__main__":
    run(application)
"""


STEP = {"sqlite": "CREATE TABLE tide (id INTEGER PRIMARY KEY);\n",
        "mysql": "CREATE TABLE tide (id INT PRIMARY KEY) ENGINE=InnoDB;\n"}
# What signs of life change: when a session was last seen, when cron ran, what was sent twice.
PASSING = {"session", "cron_seen", "form_answer"}


def packed(root: Path, name: str) -> pack.Packed:
    """The site in a tree, packed for a host whose public folder is public_html."""
    profile = profiles.read(str(root), name, python=PYTHON, public="public_html")
    lines = [line for line in environment.requirements("serve") if not line.startswith(OWN)]
    return pack.packed(str(root), str(root / "htdocs"), profile, "0.1.0", lines, "")


class Owner(Visit):
    """The owner of a site with a browser, who reads and uploads files of the host, no more."""

    def __init__(self, page: Page, live: Host, mariadb: MariaDB, number: int,
                 archive: Path) -> None:
        super().__init__(page, f"http://127.0.0.1:{live.port}")
        self.archive = archive
        self.live, self.mariadb, self.database = live, mariadb, f"ann_site{number}"
        mariadb.root(f"CREATE DATABASE {self.database} CHARACTER SET utf8mb4",
                     f"CREATE USER ann{number}@'%' IDENTIFIED BY '{PASSWORD}'",
                     f"GRANT ALL ON {self.database}.* TO ann{number}@'%'")
        self.settings = mariadb.settings(self.database, user=f"ann{number}", password=PASSWORD)

    def fill(self, **values: str) -> None:
        """Fill in fields by their names."""
        for name, value in values.items():
            self.page.locator(f"[name={name}]").fill(value)

    def press(self, words: str) -> None:
        """Press a button by what is on it."""
        self.send(f"main button:has-text('{words}')")

    @property
    def title(self) -> str:
        """What the page is called."""
        return self.page.locator("h1").inner_text()

    def install(self) -> None:
        """Go through the installer, to its last page."""
        self.go("/")
        assert "not set up yet" in self.html
        self.go("/install")
        self.press("Write the file")
        file, = (self.live.home / "chapbook").glob("install-code-*.txt")
        self.fill(code=file.read_text().splitlines()[0])
        self.press("Go in")
        for _ in range(20):
            step = self.page.url.rpartition("/")[2]
            if self.title == "The site is set up":
                return
            assert self.page.locator(".signals .red, .errors").count() == 0, self.html
            getattr(self, f"on_{step}")()
        raise AssertionError(self.html)

    def on_requirements(self) -> None:
        """What the host has and lacks; nothing is red."""
        self.press("Go on")

    def on_database(self) -> None:
        """The database that the owner has made in the host's panel."""
        self.page.locator("[value=mysql]").check()
        self.fill(**{each: self.settings[each]
                     for each in ("name", "user", "password", "host", "port")})
        self.press("Try it")

    def on_administrator(self) -> None:
        """The first account."""
        self.fill(name="Ann", address=ADDRESS, password=PASSWORD, again=PASSWORD)
        self.press("Go on")

    def on_site(self) -> None:
        """What the site is called; the address is right as it is."""
        self.fill(title="Boats", owner=ADDRESS)
        self.press("Go on")

    def on_outside(self) -> None:
        """What strangers get."""
        self.press("Look from outside")
        assert "Nothing is given out" in self.html, self.html
        self.press("Go on")

    def on_mail(self) -> None:
        """No mail yet."""
        self.page.locator("[value=folder]").check()
        self.press("Go on without a trial")

    def on_finish(self) -> None:
        """All at once."""
        self.press("Set up the site")

    def sign_in(self) -> None:
        """Sign in as the administrator that the installer has made."""
        self.go("/account/signin")
        self.fill(address=ADDRESS, password=PASSWORD)
        self.press("Sign in")

    def write(self) -> None:
        """Have something stored of each kind: a row, and a form with a file."""
        self.go("/guestbook")
        self.fill(name="Zoë", message="What a harbour!")
        self.press("Sign the book")
        self.go("/booking.html")
        self.fill(name="Zoë", email="zoe@example.net", day="2030-05-01", guests="40")
        self.page.locator("[name=from]").fill("09:15")
        self.page.locator("[name=occasion]").select_option(index=1)
        self.page.locator("[value=round]").check()
        self.page.locator("[name=agreed]").check()
        self.page.locator("[name=plan]").set_input_files(
            {"name": "plän.pdf", "mimeType": "application/pdf", "buffer": PLAN})
        self.press("Ask for the hall")

    def upgrade(self, archive: Path) -> None:
        """Give the site the zip of an upgrade, and wait until it has opened again."""
        self.go("/admin/upgrade")
        self.page.locator("[name=zip]").set_input_files(archive)
        self.press("Look at it")
        if self.page.locator("[name=own_password]").count():
            self.fill(own_password=PASSWORD)
        self.press("Upgrade now")
        self.page.wait_for_selector("text=is done", timeout=60_000)

    def stored(self) -> tuple[dict[str, set[object]], dict[str, bytes]]:
        """All that the site has: the rows of every table, and the files that were sent."""
        tables = [str(row[0]) for row in self.mariadb.root(f"SHOW TABLES FROM {self.database}")]
        rows: dict[str, set[object]] = {
            table: {*self.mariadb.root(f"SELECT * FROM {self.database}.{table}")}
            for table in tables}
        files = {str(path): path.read_bytes() for path in
                 (self.live.home / "chapbook/var/uploads").rglob("*") if path.is_file()}
        return rows, files


@pytest.fixture(scope="module", params=HOSTS)
def owner(
    request: pytest.FixtureRequest, browser: Browser, mariadb: MariaDB,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Owner]:
    """The owner, when the installer's last page was sent; on each kind of host."""
    need(host.here())
    profile, configuration = HOSTS[request.param]
    archive = tmp_path_factory.mktemp("zip") / "site.zip"
    writing.write_zip(writing.whole(packed(TREE, profile), "700"), str(archive))
    live = Host(configuration)
    context = browser.new_context(java_script_enabled=False)
    try:
        live.unpack(archive)
        made = Owner(context.new_page(), live, mariadb, [*HOSTS].index(request.param), archive)
        made.install()
        yield made
    finally:
        context.close()
        live.stop()


def test_a_zip_becomes_a_site_with_an_administrator(owner: Owner) -> None:
    assert owner.title == "The site is set up"
    owner.sign_in()
    owner.go("/admin/dashboard")
    assert owner.status == 200 and "Boats" in owner.html
    owner.write()
    rows, files = owner.stored()
    assert [entry for entry in rows["guestbook_entry"] if "What a harbour!" in str(entry)]
    assert [*files.values()] == [PLAN]


def test_a_page_that_is_uploaded_runs_with_what_came_in_the_zip(owner: Owner) -> None:
    owner.live.upload("chapbook/cgi-bin/where.py", WHERE, 0o755)
    owner.go("/where")
    python, *modules = owner.page.locator("body").inner_text().split()
    assert python == PYTHON
    assert {module.rpartition("/vendor/")[0] for module in modules} == {
        str(owner.live.home / "chapbook")}


@pytest.mark.parametrize("owner", ["full"], indirect=True)
def test_the_cron_of_the_host_runs_the_command_of_the_zip(owner: Owner) -> None:
    ran = subprocess.run(
        [str(owner.live.home / "chapbook/chapbook"), "cron", "-v"], cwd="/", user=USER,
        group=GROUP, extra_groups=[], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "") and "Mails: " in ran.stdout


def test_the_files_are_as_they_were_packed(owner: Owner) -> None:
    home = owner.live.home
    manifest = Manifest.read(str(home / "chapbook/manifest.json"))
    assert manifest.verify(str(home / "chapbook"), str(home / "public_html")) == []


@pytest.mark.parametrize("owner", ["full"], indirect=True)
def test_an_upgrade_keeps_every_row_and_every_file(owner: Owner, tmp_path: Path) -> None:
    for part in sites.PARTS:
        shutil.copytree(TREE / part, tmp_path / "tree" / part,
                        ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TREE / "LICENSE", tmp_path / "tree")
    for engine, text in STEP.items():
        (tmp_path / f"tree/lib/collection/schema/tide.001.{engine}.sql").write_text(text)
    book = tmp_path / "tree/templates/guestbook.html"
    text = book.read_text("utf-8").replace("<h1>", "<p>High tide at noon.</p><h1>")
    book.write_text(text, "utf-8")
    (tmp_path / "tree/htdocs/tides.txt").write_text("noon\n")
    old = writing.since(str(owner.archive))
    writing.write_zip(writing.upgrade(packed(tmp_path / "tree", old.profile), old),
                      str(tmp_path / "upgrade.zip"))
    own = owner.live.upload("chapbook/templates/own.html", b"a template of one's own")
    rows, files = owner.stored()
    owner.upgrade(tmp_path / "upgrade.zip")

    kept, still = owner.stored()
    assert still == files and own.exists()
    assert {table for table in set(rows) - PASSING if not rows[table] <= kept[table]} == set()
    assert "tide" in kept
    owner.go("/guestbook")
    assert "High tide at noon." in owner.html and "What a harbour!" in owner.html
    assert (owner.live.home / "public_html/tides.txt").read_text() == "noon\n"
    test_the_files_are_as_they_were_packed(owner)
