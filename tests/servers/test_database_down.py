"""Without its database a page says so at once, and once it is back the next request is answered."""
from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator

import pytest

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS, Gateway
from tests.support.mariadb import MariaDB

ROUNDS = 6          # more than there are threads that keep a connection
FORM = b"name=Ann&message=never+stored"


@pytest.fixture(params=GATEWAYS)
def gateway(request: pytest.FixtureRequest, mysql_gateways: Running) -> Gateway:
    """Each gateway of the site on MariaDB, with its connections made."""
    found = mysql_gateways[request.param]
    for _ in range(ROUNDS):
        assert found.get("/guestbook").status == 200
    return found


@pytest.fixture
def down(mariadb: MariaDB) -> Iterator[MariaDB]:
    """The database server, which a test may end as it likes; up again afterwards."""
    yield mariadb
    if mariadb.process is None:
        mariadb.start()
    if mariadb.process is not None:
        mariadb.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("way", ["kill9", "stop"])
def test_pages_say_so_within_3_seconds_and_the_next_request_after_is_answered(
    gateway: Gateway, down: MariaDB, way: str
) -> None:
    getattr(down, way)()
    for method, target, body in (
        ("GET", "/guestbook", None), ("GET", "/", None), ("GET", "/guestbook/feed", None),
        ("POST", "/guestbook", FORM), ("HEAD", "/guestbook", None),
    ):
        begun = time.monotonic()
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        answer = gateway.ask(method, target, headers, body)
        assert time.monotonic() - begun < 3
        assert answer.status == 503 and answer["Retry-After"] is not None
        if method != "HEAD":
            assert answer["Content-Length"] == str(len(answer.body))
            assert answer.text.endswith("</html>\n") and '<p class="status">503</p>' in answer.text
            number = re.search(r"<code>([0-9a-f]{12})</code>", answer.text)
            assert number is not None and number[1] in gateway.site.log()
            assert "127.0.0.1" not in answer.text and "Traceback" not in answer.text
        assert gateway.get("/answers/text").status == 200
        assert gateway.get("/style.css").status == 200
    down.start()
    for _ in range(ROUNDS):
        answer = gateway.get("/guestbook")
        assert answer.status == 200
        assert "never stored" not in answer.text
    words = f"back-{way}-{gateway.name}".encode()
    signed = gateway.post("/guestbook", b"name=Ann&message=" + words)
    assert signed.status == 303
    assert words in gateway.get("/guestbook").body


def test_a_restart_between_two_requests_is_not_noticed(gateway: Gateway, down: MariaDB) -> None:
    for _ in range(2):
        down.restart()
        for _ in range(ROUNDS):
            assert gateway.get("/guestbook").status == 200
        down.restart()
        for number in range(ROUNDS):
            assert gateway.post("/guestbook", b"name=Ann&message=x%d" % number).status == 303


@pytest.mark.parametrize("body", [None, FORM])
def test_a_database_that_hangs_is_given_up_within_3_seconds(
    gateway: Gateway, down: MariaDB, body: bytes | None
) -> None:
    down.freeze()
    for _ in range(2):                          # a connection that was kept, then a new one
        begun = time.monotonic()
        answer = gateway.post("/guestbook", body) if body else gateway.get("/guestbook")
        assert time.monotonic() - begun < 3
        assert answer.status == 503 and answer["Retry-After"] is not None
        assert answer["Content-Length"] == str(len(answer.body))
        assert answer.text.endswith("</html>\n")
    down.thaw()
    for _ in range(ROUNDS):
        assert gateway.get("/guestbook").status == 200
