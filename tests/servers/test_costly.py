"""What costs most, asked for by twenty at once, keeps nobody else waiting for long."""
from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chapbook.testing import BOUNDARY, multipart

from tests.servers.conftest import Running
from tests.support.gateways import Gateway
from tests.support.threads import together

AT_ONCE = 20
FORM = "application/x-www-form-urlencoded"
PATIENCE = 3.0                           # seconds; it takes far less on a machine that is not busy
PLAN = multipart({"name": "Ann"}, {"plan": ("plan.pdf", b"%PDF" + b"x" * 900_000)})
COSTLY = {
    "sign-in": ("/account/signin", f"address=a@example.org&password={'x' * 900}".encode(), FORM),
    "forgotten password": ("/account/forgotten", b"address=a@example.org", FORM),
    "long letter": ("/forms/contact", b"message=" + b"www.%20" * 100_000, FORM),
    "file": ("/forms/booking", PLAN, f"multipart/form-data; boundary={BOUNDARY}"),
    "many fields": ("/guestbook", b"&".join(b"f%d=x" % number for number in range(990)), FORM),
    "hostile cookies": ("/guestbook?before=9", b"", FORM),
}


@pytest.fixture(scope="module")
def gateway(gateways: Running) -> Gateway:
    """The way of serving that has the fewest places: as many processes as there are."""
    return gateways["wsgi-daemon"]


@pytest.mark.parametrize("kind", COSTLY)
def test_whoever_reads_a_page_meanwhile_has_it_soon(kind: str, gateway: Gateway) -> None:
    path, body, type = COSTLY[kind]

    def cost() -> int:
        headers = {"Content-Type": type, "Cookie": "a=b; " * 1400}
        return gateway.ask("POST" if body else "GET", path, headers, body or None).status

    together(*[cost] * 4, *[lambda: gateway.get("/guestbook").status] * 4)    # all is imported
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(cost) for _ in range(AT_ONCE)]
        longest, asked = 0.0, 0
        while asked < 3 or not all(each.done() for each in running):
            begun = time.monotonic()
            assert gateway.get("/guestbook").status == 200
            longest, asked = max(longest, time.monotonic() - begun), asked + 1
        statuses = {each.result() for each in running}
    assert longest < PATIENCE
    assert statuses <= {200, 303, 400, 409, 413, 422, 429, 503}
