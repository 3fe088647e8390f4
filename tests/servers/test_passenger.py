"""Phusion Passenger: restarts as users make them, and what a host may do to an application."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.conftest import SETTINGS
from tests.support.gateways import PassengerGateway
from tests.support.sites import Site, eventually

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
