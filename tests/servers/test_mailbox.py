"""/_mail is in the built-in server as ./chapbook serve starts it, and in no other."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import Site

SERVE = ("from chapbook.server.builtin import serve; import sys; "
         "serve(sys.argv[1], port=0, mails=True,"
         " ready=lambda host, port: print(port, flush=True))")


@pytest.fixture
def mailed(site: Site) -> Iterator[Site]:
    """The site, with a mail in its folder."""
    file = site.drop("var/mail/1.eml", "Subject: x\n\nsecret\n")
    yield site
    file.unlink()


def test_no_gateway_has_it(mailed: Site, gateway: Gateway) -> None:
    for place in ("/_mail", "/_mail/", "/_mail/1.eml", "/cgi-bin/_mail.py"):
        answer = gateway.get(place, Host="localhost")
        assert answer.status == 404 and "secret" not in answer.text


def test_the_built_in_server_has_it_where_it_is_asked_for(mailed: Site) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(mailed.root)], text=True, stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(mailed.root / "lib"), "PATH": os.defpath})
    try:
        assert server.stdout is not None
        start = f"http://127.0.0.1:{int(server.stdout.readline())}"
        with urllib.request.urlopen(f"{start}/_mail") as answer:
            found = re.search(r'href="(/_mail/[^"]+)">x</a>', answer.read().decode())
            assert found is not None
        with urllib.request.urlopen(start + found[1]) as answer:
            assert b'<p class="said">secret' in answer.read()
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)
