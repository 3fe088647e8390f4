"""Phusion Passenger: restarts as users make them, and what a host may do to an application."""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chapbook.cli import environment
from chapbook.hosting import pack, profiles, writing

from tests.servers.conftest import SETTINGS
from tests.support.gateways import PassengerGateway
from tests.support.sites import GROUP, TREE, USER, Site, eventually

WHO = "application = Page(get=lambda request: Response.text(str(os.getpid())))"


@pytest.fixture(scope="module")
def passenger() -> Iterator[PassengerGateway]:
    """Passenger on a site of its own."""
    site = Site(SETTINGS)
    site.script("who", WHO)
    try:
        gateway = PassengerGateway(site)
        yield gateway
        gateway.stop()
    finally:
        site.remove()


def test_restart_txt_starts_the_processes_anew_and_nobody_is_turned_away(
    passenger: PassengerGateway
) -> None:
    before = passenger.get("/who").text
    passenger.graceful()
    eventually(lambda: passenger.get("/who").text != before)
    assert {passenger.get("/who").status for _ in range(8)} == {200}


def test_what_a_page_prints_is_in_the_log_of_passenger(passenger: PassengerGateway) -> None:
    passenger.site.script("prints", "def show(request):\n    print('a note')\n"
                          "    return Response.text('printed')\n\n\napplication = Page(get=show)")
    assert passenger.get("/prints").text == "printed"
    eventually(lambda: "a note" in passenger.logs())


@pytest.mark.parametrize("place", ["passenger_wsgi.py", "apache/passenger_wsgi.py"])
def test_neither_the_environment_nor_the_folder_it_is_started_in_matter(
    passenger: PassengerGateway, tmp_path: Path, place: str
) -> None:
    """A startup file may also be named by its path in the tree."""
    code = ("import runpy, sys; found = runpy.run_path(sys.argv[1]); import os; "
            "head = []; body = found['application']({'REQUEST_METHOD': 'GET', 'REQUEST_URI': "
            "'/style.css', 'SCRIPT_NAME': '', 'QUERY_STRING': '', 'wsgi.errors': sys.stderr, "
            "'HTTP_HOST': 'site.example', 'wsgi.url_scheme': 'http', 'SERVER_NAME': 'x', "
            "'SERVER_PORT': '80'}, lambda *more: head.extend(more)); print(head[0])")
    ran = subprocess.run(
        [sys.executable, "-c", code, str(passenger.site.root / place)], cwd=tmp_path, env={},
        capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("200 OK\n", "")


class Packed:
    """A site that was packed for this kind of host, in a home folder of its user."""

    def __init__(self, top: Path) -> None:
        profile = profiles.read(str(TREE), "passenger", python="/usr/bin/python3")
        made = pack.packed(str(TREE), str(TREE / "htdocs"), profile, "0.1.0",
                           environment.requirements("serve"), str(top / "work"))
        home = top / "ann"
        writing.write_folder(writing.whole(made, profile.mode), str(home))
        self.home = home
        self.root, self.manifest = home / "chapbook", made.manifest
        (self.root / "var").mkdir(exist_ok=True)

    def give_away(self) -> None:
        """Give everything to the user of the servers."""
        if os.geteuid() == 0:
            subprocess.run(["chown", "-hR", f"{USER}:{GROUP}", str(self.root)], check=True)


def test_what_is_packed_for_passenger_is_a_site_with_nothing_beside_it() -> None:
    """The folder of the application holds all of it; the host's public folder stays empty."""
    top = Path(tempfile.mkdtemp(prefix="chapbook-packed-"))
    top.chmod(0o755)
    try:
        site = Packed(top)
        assert not (site.home / "public_html").exists() and not (site.root / ".htaccess").exists()
        account = {"user": USER, "group": GROUP, "extra_groups": []} if os.geteuid() == 0 else {}
        site.give_away()
        subprocess.run([str(site.root / "chapbook"), "migrate"], check=True, cwd="/",
                       env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL,
                       **account)  # type: ignore[call-overload]
        gateway = PassengerGateway(site, "/usr/bin/python3")  # type: ignore[arg-type]
        try:
            assert gateway.get("/guestbook").status == 200
            assert gateway.get("/style.css")["Content-Type"] == "text/css; charset=utf-8"
            for private in ("/site.ini", "/passenger_wsgi.py", "/manifest.json", "/tmp/"):
                assert gateway.get(private).status == 404
            assert site.manifest.verify(str(site.root), str(site.root / "htdocs")) == []
        finally:
            gateway.stop()
    finally:
        shutil.rmtree(top)
