"""The contract, part 4: an answer leaves the same through each gateway."""
from __future__ import annotations

import re

import pytest

from chapbook.response import SECURITY_HEADERS

from tests.support.gateways import Gateway
from tests.support.sites import eventually
from tests.support.wire import Answer, request_bytes


def has_security_headers(answer: Answer) -> bool:
    """Whether each of our security headers is there, once, with our value."""
    return all(answer[name] == value for name, value in SECURITY_HEADERS)


def test_a_page_in_utf_8(gateway: Gateway) -> None:
    answer = gateway.get("/answers/text")
    assert answer.text == "Grüße, 世界 🖋\n"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Length"] == str(len(answer.body))
    assert answer["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("method, target", [
    ("GET", "/answers/text"), ("HEAD", "/answers/text"), ("GET", "/style.css"),
    ("GET", "/nothing"), ("GET", "/%zz"), ("GET", "/a%2fb"), ("GET", "/answers/fail"),
    ("GET", "/answers/busy"), ("POST", "/answers/text"), ("POST", "/style.css"),
    ("OPTIONS", "/keeper"), ("TRACE", "/keeper"), ("POST", "/answers/again"), ("GET", "/"),
])
def test_every_answer_has_the_security_headers(
    gateway: Gateway, method: str, target: str
) -> None:
    assert has_security_headers(gateway.ask(method, target))


def test_a_304_and_a_416_have_the_security_headers(gateway: Gateway) -> None:
    assert has_security_headers(gateway.get("/answers/tagged", If_None_Match='"v1"'))
    assert has_security_headers(gateway.get("/answers/file", Range="bytes=999999-"))


@pytest.mark.parametrize("sent", [
    b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nBad Header\r\n\r\n",
    request_bytes("GET", "/" + "a" * 9000), request_bytes("GET", "/", {"A": "a" * 9000}),
    request_bytes("GET", "/nothing", {"Expect": "tea"}),
    request_bytes("POST", "/keeper", {"Transfer-Encoding": "gzip"}),
    request_bytes("POST", "/keeper", {"Content-Length": "-1"}),
    request_bytes("GET", "/style.css", {"Range": "bytes=9999999-"}),
    request_bytes("GET", "/style.css", {"If-Match": '"stale"'}),
], ids=["no request", "bad header", "long address", "long header", "expects tea", "gzip as coding",
        "negative length", "range beyond the end", "stale"])
def test_an_answer_of_the_server_itself_has_the_security_headers(
    gateway: Gateway, sent: bytes
) -> None:
    answer = gateway.raw(sent)
    assert has_security_headers(answer)
    assert answer.status in (200, 412, 416) or answer["Cache-Control"] == "no-store"


def test_a_redirect_after_a_post_is_a_303_to_a_path(gateway: Gateway) -> None:
    answer = gateway.post("/answers/again", b"")
    assert (answer.status, answer.reason) == (303, "See Other")
    assert answer["Location"] == "/answers/text?done=yes%20%26%20no"
    plain = gateway.post("/cgi-bin/answers.py/again", b"")
    assert plain["Location"] == "/cgi-bin/answers.py/text?done=yes%20%26%20no"


@pytest.mark.parametrize("where", [
    "//evil.example/", "https://evil.example/", "/\\evil.example", "/%09/evil.example", "evil",
    "/a%0D%0ASet-Cookie:x=1", "/%C3%A9", "",
])
def test_a_redirect_leaves_the_site_never(gateway: Gateway, where: str) -> None:
    answer = gateway.get(f"/answers/elsewhere?next={where}")
    assert answer.status in (400, 500) and answer["Location"] is None
    assert answer["Set-Cookie"] is None


def test_validators_give_a_304(gateway: Gateway) -> None:
    whole = gateway.get("/answers/tagged")
    assert (whole.status, whole["ETag"]) == (200, '"v1"')
    assert whole["Last-Modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"
    for conditions in ({"If_None_Match": '"v1"'}, {"If_None_Match": '"v0", W/"v1"'},
                       {"If_None_Match": "*"},
                       {"If_Modified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"}):
        fresh = gateway.get("/answers/tagged", **conditions)
        assert (fresh.status, fresh.body, fresh["ETag"]) == (304, b"", '"v1"'), conditions
    for conditions in ({"If_None_Match": '"v2"'}, {"If_None_Match": "v1"},
                       {"If_None_Match": '"v2"',
                        "If_Modified_Since": "Sun, 09 Sep 2001 01:46:40 GMT"},
                       {"If_Modified_Since": "Sat, 08 Sep 2001 01:46:40 GMT"}):
        assert gateway.get("/answers/tagged", **conditions).body == whole.body, conditions


def test_a_file_is_sent_in_the_range_asked_for(gateway: Gateway) -> None:
    whole = gateway.get("/answers/file")
    size = len(whole.body)
    assert (whole.status, whole["Accept-Ranges"]) == (200, "bytes")
    for spec, part in (("0-9", whole.body[:10]), ("5-", whole.body[5:]),
                       ("-7", whole.body[-7:]), (f"{size - 1}-", whole.body[-1:])):
        answer = gateway.get("/answers/file", Range=f"bytes={spec}")
        assert (answer.status, answer.body) == (206, part)
        assert answer["Content-Length"] == str(len(part))
    beyond = gateway.get("/answers/file", Range=f"bytes={size}-")
    assert (beyond.status, beyond["Content-Range"]) == (416, f"bytes */{size}")
    assert gateway.get("/answers/file", Range="bytes=0-4", If_Range='"stale"').body == whole.body


def test_a_download_has_a_name(gateway: Gateway) -> None:
    answer = gateway.get("/answers/download")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == (
        "attachment; filename=\"L_sung.css\"; filename*=UTF-8''L%C3%B6sung.css")


def test_a_mebibyte_arrives_whole(gateway: Gateway) -> None:
    answer = gateway.get("/answers/big")
    assert answer["Content-Length"] == "1048576"
    assert answer.body == b"".join(b"%015d\n" % number for number in range(65536))
    assert gateway.ask("HEAD", "/answers/big")["Content-Length"] == "1048576"


def test_each_cookie_is_a_header_of_its_own(gateway: Gateway) -> None:
    answer = gateway.get("/answers/cookies")
    cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
    assert [cookie.partition(";")[0].partition("=")[0] for cookie in cookies] == [
        "first", "second"]
    assert answer["Cache-Control"] == "no-store"


def test_a_line_break_in_a_header_is_refused(gateway: Gateway) -> None:
    answer = gateway.get("/answers/injected")
    assert (answer.status, answer["X-Name"], answer["Set-Cookie"]) == (500, None, None)


@pytest.mark.parametrize("target, told", [
    ("/answers/fail", 'can only concatenate str (not "int") to str'),
    ("/answers/nothing", "nothing returned NoneType, not a Response"),
])
def test_a_mistake_is_a_page_with_a_number_that_is_in_the_log(
    gateway: Gateway, target: str, told: str
) -> None:
    answer = gateway.get(target)
    assert answer.status == 500 and b'<p class="status">500</p>' in answer.body
    for private in (b"Traceback", b"hunter2", b"TypeError", b".py", b"answers"):
        assert private not in answer.body
    number = re.search(r"<code>([0-9a-f]{12})</code>", answer.text)
    assert number is not None
    log = eventually(lambda: gateway.site.log().partition(number[1])[2])
    assert isinstance(log, str)
    assert told in log and "Traceback" in log


def test_a_detail_is_for_the_log_and_a_sentence_for_the_visitor(gateway: Gateway) -> None:
    answer = gateway.get("/answers/conflict")
    assert answer.status == 409 and b"That seat is taken." in answer.body
    assert b"private detail" not in answer.body
    assert "seat 17, private detail" in gateway.site.log()


def test_a_busy_site_says_when_to_come_back(gateway: Gateway) -> None:
    answer = gateway.get("/answers/busy")
    assert (answer.status, answer["Retry-After"]) == (503, "7")


def test_what_a_page_writes_is_private(gateway: Gateway) -> None:
    """What its first lines write, too."""
    first, later = (gateway.site.path(f"var/{gateway.name}-{when}") for when in ("first", "later"))
    gateway.site.script(f"writes-{gateway.name}", f"""
open({str(first)!r}, "w").close()


def write(request):
    open({str(later)!r}, "w").close()
    return Response.text("written")


application = Page(get=write)""")
    assert gateway.get(f"/writes-{gateway.name}").text == "written"
    assert [path.stat().st_mode & 0o777 for path in (first, later)] == [0o600, 0o600]


def test_no_answer_tells_the_path_back(gateway: Gateway) -> None:
    for target in ("/canary-word", "/echo/canary-word%zz", "/keeper/canary-word"):
        assert b"canary" not in gateway.get(target).body
