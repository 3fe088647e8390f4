"""The contract, part 6: whatever is asked, all gateways give one and the same answer."""
from __future__ import annotations

from typing import Any

import pytest

from tests.servers.conftest import Running
from tests.support.gateways import Gateway
from tests.support.wire import Answer, multipart

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KIND, BODY = multipart(("a", None, "é".encode()), ("file", "x.bin", b"\0" * 100_000))

REQUESTS: list[tuple[str, str, dict[str, str], bytes | None]] = [
    *(("GET", target, {}, None) for target in (
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
    *(("HEAD", target, {}, None) for target in (
        "/", "/guestbook/feed", "/cgi-bin/guestbook.py", "/guestbook/", "/echo?a=1",
        "/answers/tagged", "/answers/big", "/answers/file", "/answers/fail", "/nothing",
        "/%zz", "/../x", "/a%2fb", "/a%00b",
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


MODEL = "builtin"             # whose answers the others are compared with

_answers: dict[int, Answer] = {}


def _case(number: int) -> str:
    """What a request is called: its line, and its number where others have the same one."""
    method, target = REQUESTS[number][:2]
    same = sum(request[:2] == (method, target) for request in REQUESTS)
    return f"{method} {target}" + f" {number}" * (same > 1)


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=_case)
def test_status_headers_and_body_are_the_same_everywhere(
    gateways: Running, gateway: Gateway, number: int
) -> None:
    method, target, headers, body = REQUESTS[number]
    if number not in _answers:
        _answers[number] = gateways[MODEL].ask(method, target, headers, body)
    model, answer = _answers[number], gateway.ask(method, target, headers, body)
    assert model.status != 400 or b'<p class="status">' in model.body or method == "HEAD"
    assert answer.status == model.status
    assert answer.reason == model.reason or gateway.own_reasons
    assert answer.ours == model.ours
    assert answer.page == model.page


@pytest.mark.parametrize("target", ["/style.css", "/style.css?v=12345678", "/robots.txt"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_static_files_are_the_same_everywhere(
    gateways: Running, gateway: Gateway, method: str, target: str
) -> None:
    """But for the ETag, which each web server makes in its own way."""
    gateways.site.drop("htdocs/robots.txt", "User-agent: *\n")
    found: list[Any] = []
    for each in (gateways[MODEL], gateway):
        answer = each.ask(method, target)
        headers = dict(answer.ours)
        assert headers.pop("etag").endswith('"')
        found.append((answer.status, headers, answer.body))
    assert found[0][0] == 200
    assert found[1] == found[0]
