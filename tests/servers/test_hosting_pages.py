"""Configurations on the pages about hosting are those that work: read from there, and served."""
from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chapbook.cli.apache import Apache, free_port

from tests.docs.manual import ROOT, blocks
from tests.servers.conftest import SETTINGS
from tests.support.gateways.base import Gateway
from tests.support.gateways.htaccess import split
from tests.support.gateways.suexec import Suexec
from tests.support.sites import GROUP, USER, Site, eventually

HOSTING = ROOT / "docs/hosting"
MINE = ("apache-cgi", "mod-wsgi", "suexec", "htaccess", "built-in")


def shown(page: str, kind: str = "apache") -> list[str]:
    """The blocks of one kind on a page."""
    return [block.text for block in blocks(HOSTING / f"{page}.md") if block.kind == kind]


@pytest.fixture
def own(apache_here: None) -> Iterator[Site]:
    """A site that a test may spoil."""
    made = Site(SETTINGS)
    yield made
    made.remove()


@contextmanager
def serving(site: Site, configuration: str, make: type[Apache] = Apache) -> Iterator[Gateway]:
    """What is on the page, with the paths and the port of this site, in an Apache."""
    class Shown(make):  # type: ignore[misc,valid-type]
        def _text(self, modules: str, wsgi: str, port: int) -> str:
            self._configuration = f"Define CHAPBOOK_PORT {port}\n{configuration}".replace(
                "*:80>", f"*:{port}>")
            return str(super()._text(modules, wsgi, port))

    gateway = Gateway(site)
    gateway.name = "shown"
    server = Shown(str(site.root), configuration="")
    server.mode = "wsgi" if "CHAPBOOK_WSGI" in configuration else "cgi"
    with server:
        gateway.port = server.port
        yield gateway


def answers(gateway: Gateway) -> None:
    """Whether pages and files are there, and headers arrive."""
    seen = gateway.ask("GET", "/echo/%C3%A9?a=1", {"Authorization": "Basic x"}).json
    assert (seen["path_info"], seen["headers"]["Authorization"]) == ("/é", "Basic x")
    assert gateway.get(seen["static"])["Content-Type"] == "text/css; charset=utf-8"
    assert gateway.post("/echo", b"a=%C3%A9").json["form"] == [["a", "é"]]
    assert b'<p class="status">404</p>' in gateway.get("/nothing").body


def test_every_page_begins_with_what_you_have_and_leads_somewhere() -> None:
    for path in HOSTING.glob("*.md"):
        if path.stem in ("index", "matrix"):
            continue
        text = path.read_text("utf-8")
        assert re.findall("(?m)^## (.*)$", text)[0] == "What you have", path.name
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            assert target.startswith("https://") or (path.parent / target).exists(), (
                f"{path.name}: {target}")


def test_apache_by_cgi(own: Site) -> None:
    host, local = shown("apache-cgi")
    own.drop("apache/local.conf", local)
    with serving(own, host.replace("/srv/club", str(own.root))) as gateway:
        answers(gateway)


@pytest.mark.parametrize("number", [0, 1], ids=["daemon", "embedded"])
def test_apache_by_mod_wsgi(own: Site, number: int) -> None:
    with serving(own, shown("mod-wsgi")[number].replace("/srv/club", str(own.root))) as gateway:
        answers(gateway)


@pytest.mark.as_root
def test_apache_with_suexec(own: Site) -> None:
    host, local = shown("suexec")
    own.drop("apache/local.conf", local.replace("ann ann", f"{USER} {GROUP}"))
    own.script("who", "application = Page(get=lambda request: Response.text(str(os.geteuid())))")

    class Bare(Suexec):
        account = ""                              # the page alone says who scripts run as

    with serving(own, host.replace("/var/www/club", str(own.root)), Bare) as gateway:
        answers(gateway)
        assert gateway.get("/who").text == str(own.root.stat().st_uid)


@pytest.mark.parametrize("number", [0, 1], ids=["all", "without Options"])
def test_apache_where_users_have_htaccess(own: Site, number: int) -> None:
    public = split(own, options=not number, handler=not number)
    configuration = shown("htaccess")[number].replace("/home/ann/public_html", str(public))
    with serving(own, configuration) as gateway:
        answers(gateway)


def test_the_built_in_server_behind_apache(own: Site) -> None:
    service, settings = shown("built-in", "ini")
    assert settings.split()[0] == "[site]" and "proxies = 127.0.0.1" in settings
    port = free_port("127.0.0.1")
    line = re.search("(?m)^ExecStart=(.*)$", service)
    folder = re.search("(?m)^Environment=PYTHONPATH=(.*)$", service)
    assert line and folder
    words = [word.replace("/srv/club", str(own.root)).replace("8000", str(port))
             for word in shlex.split(line[1])]
    proxies = "".join(
        f'LoadModule {name}_module "/usr/lib/apache2/modules/mod_{name}.so"\n'
        for name in ("proxy", "proxy_http"))
    account = {"user": USER, "group": GROUP, "extra_groups": []} if os.geteuid() == 0 else {}
    server = subprocess.Popen(                     # type: ignore[call-overload]
        [sys.executable if words[0] == "python" else words[0], *words[1:]], cwd="/",
        env={"PYTHONPATH": folder[1].replace("/srv/club", str(own.root))},
        stdout=subprocess.DEVNULL, **account)
    try:
        host, = shown("built-in")
        with serving(own, proxies + host.replace(":8000", f":{port}")) as gateway:
            eventually(lambda: gateway.get("/answers/text").status == 200)
            answers(gateway)
            assert gateway.get("/echo/a%20b%3F//c").json["path_info"] == "/a b?/c"
            assert gateway.get("/echo/a%2Fb").status == 404
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def test_pages_name_no_folder_that_is_not_there() -> None:
    for page in MINE:
        for name in re.findall(r"`((?:apache|nginx)/[\w./-]+)`",
                               (HOSTING / f"{page}.md").read_text("utf-8")):
            assert Path(ROOT / name).exists() or name == "apache/local.conf", f"{page}: {name}"
