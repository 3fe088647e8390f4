"""The contract, part 6: whatever is asked, all gateways give one and the same answer."""
from __future__ import annotations

from typing import Any

import pytest

from tests.servers.conftest import Running
from tests.support.gateways import GATEWAYS
from tests.support.wire import multipart

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KIND, BODY = multipart(("a", None, "é".encode()), ("file", "x.bin", b"\0" * 100_000))

REQUESTS: list[tuple[str, str, dict[str, str], bytes | None]] = [
    *((method, target, {}, None) for method in ("GET", "HEAD") for target in (
        "/", "/guestbook", "/guestbook/feed", "/guestbook?before=2", "/cgi-bin/guestbook.py",
        "/cgi-bin/index.py", "/index", "/guestbook/", "/guestbook/nothing", "/guestbook?before=x",
        "/echo?a=1&a=2", "/echo/%C3%A9?x", "/cgi-bin/echo.py/a//b", "/echo/a%3Fb", "/echo/../echo",
        "/answers/text", "/answers/tagged", "/answers/big", "/answers/file", "/answers/download",
        "/answers/cookies", "/answers/injected", "/answers/fail", "/answers/conflict",
        "/answers/busy", "/answers/elsewhere", "/answers/nothing", "/keeper/", "/nothing",
        "/cgi-bin/nothing.py", "/nothing/at/all", "/_hidden", "/.git/HEAD", "/site.ini", "/%zz",
        "/../x", "/a%2fb", "/a%00b", "/%ff", "/echo/%ff", "/echo/%01", "/cgi-bin/", "/echo.py",
        "/style.css/", "/?a=%ff",
    )),
    *((method, target, {}, None) for method in ("OPTIONS", "PUT", "DELETE", "BREW")
      for target in ("/keeper", "/guestbook", "/nothing", "/style.css")),
    ("POST", "/echo", FORM, b"a=1&b=%C3%A9"), ("POST", "/echo", FORM, b""),
    ("POST", "/echo", FORM, b"a=%ff"), ("POST", "/echo", {"Content-Type": KIND}, BODY),
    ("POST", "/echo", {"Content-Type": KIND}, BODY[:-9]), ("POST", "/echo", {}, b"raw"),
    ("POST", "/echo", {"Content-Type": "application/json"}, b'{"a":[1,null]}'),
    ("POST", "/echo", {"Content-Type": "application/json"}, b"{"),
    ("POST", "/echo", FORM, b"a=" + b"x" * (3 << 20)), ("POST", "/answers/again", FORM, b""),
    ("POST", "/guestbook", FORM, b"name=&message="), ("POST", "/nothing", FORM, b"a=1"),
    ("POST", "/answers/text", FORM, b"a=1"), ("POST", "/style.css", FORM, b"a=1"),
    ("POST", "/guestbook", {**FORM, "Sec-Fetch-Site": "cross-site"}, b"name=a&message=b"),
    ("POST", "/guestbook", {**FORM, "Origin": "https://evil.example"}, b"name=a&message=b"),
    ("POST", "/echo", {**FORM, "Transfer-Encoding": "chunked"}, b"3\r\na=1\r\n0\r\n\r\n"),
    ("GET", "/answers/tagged", {"If-None-Match": '"v1"'}, None),
    ("GET", "/answers/file", {"Range": "bytes=3-9"}, None),
    ("GET", "/answers/file", {"Range": "bytes=99999999-"}, None),
    ("GET", "/echo", {"Cookie": "a=1; a[]=2; b=x y", "Accept": "*/*"}, None),
    ("GET", "http://other.example/echo?x=1", {}, None),
]


@pytest.mark.parametrize("method, target, headers, body", REQUESTS, ids=lambda value: (
    value[:40] if isinstance(value, str) else ""))
def test_status_headers_and_body_are_the_same_everywhere(
    gateways: Running, method: str, target: str, headers: dict[str, str], body: bytes | None
) -> None:
    answers = [gateways[name].ask(method, target, headers, body) for name in GATEWAYS]
    assert answers[0].status != 400 or b'<p class="status">' in answers[0].body or method == "HEAD"
    for name, answer in zip(GATEWAYS, answers):
        assert answer.status == answers[0].status, name
        assert answer.reason == answers[0].reason, name
        assert answer.ours == answers[0].ours, name
        assert answer.page == answers[0].page, name


@pytest.mark.parametrize("target", ["/style.css", "/style.css?v=12345678", "/robots.txt"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_static_files_are_the_same_everywhere(
    gateways: Running, method: str, target: str
) -> None:
    """But for the ETag, which Apache makes in its own way."""
    gateways.site.drop("htdocs/robots.txt", "User-agent: *\n")
    found: list[Any] = []
    for name in GATEWAYS:
        answer = gateways[name].ask(method, target)
        headers = dict(answer.ours)
        assert headers.pop("etag").endswith('"')
        found.append((answer.status, headers, answer.body))
    assert found[0][0] == 200
    assert found == [found[0]] * len(GATEWAYS)
