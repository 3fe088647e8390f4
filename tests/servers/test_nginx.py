"""The configurations of nginx/: what is in them, and what uWSGI does with them."""
from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import pytest

from chapbook.response import SECURITY_HEADERS, TYPES

from tests.servers.conftest import SETTINGS
from tests.support.gateways.nginx import NginxUwsgi
from tests.support.sites import TREE, Site, eventually

CONF = (TREE / "nginx/chapbook.conf").read_text("utf-8")
WAYS = ("fastcgi", "uwsgi", "uwsgi-cgi", "fcgiwrap")


def test_static_files_have_the_types_that_the_toolkit_knows() -> None:
    block = CONF.partition("types {")[2].partition("}")[0]
    told = {ending: kind for kind, endings in re.findall(r'"(.+)" (.+);', block)
            for ending in endings.split()}
    assert told == {ending: kind + "; charset=utf-8" * kind.startswith("text/")
                    for ending, kind in TYPES.items()}


def test_what_nginx_answers_itself_has_the_headers_that_pages_have() -> None:
    found = re.findall(r'add_header (\S+) "(.*)" always;', CONF)
    own = [("Cache-Control", "no-store")]
    assert found == [*SECURITY_HEADERS, *own, *SECURITY_HEADERS]


def test_each_way_of_running_pages_is_told_the_same() -> None:
    def told(way: str) -> list[str]:
        text = (TREE / f"nginx/{way}.conf").read_text("utf-8")
        kind = "uwsgi" if way.startswith("uwsgi") else "fastcgi"
        lines = [line.strip().replace(f"{kind}_", "") for line in text.splitlines()]
        return [line for line in lines if line and not line.startswith("#") and not re.match(
            r"param (GATEWAY_INTERFACE|SCRIPT_FILENAME|PATH) |modifier1 ", line)]
    assert told("fastcgi") == told("uwsgi") == told("uwsgi-cgi") == told("fcgiwrap")


@pytest.fixture
def uwsgi(apache_here: None) -> Iterator[NginxUwsgi]:
    """nginx and uWSGI, on a site of their own."""
    site = Site(SETTINGS)
    gateway = NginxUwsgi(site)
    yield gateway
    gateway.stop()
    site.remove()


def test_uwsgi_ends_when_it_is_told_to_and_its_socket_goes(uwsgi: NginxUwsgi) -> None:
    """SIGTERM would only reload it, if it were not for die-on-term."""
    assert uwsgi.get("/answers/text").status == 200
    uwsgi.program.send_signal(signal.SIGTERM)
    uwsgi.program.wait(10)
    eventually(lambda: not uwsgi.socket.exists())
    down = uwsgi.get("/answers/text")
    assert down.status == 502 and "Please try again" in down.text
    assert down["Content-Security-Policy"] and down["Cache-Control"] == "no-store"
    assert uwsgi.get("/style.css").status == 200
