"""Hostile words in every place of a request reach no file, no program, no network, no answer."""
from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
from itertools import product
from pathlib import Path
from urllib.parse import quote

from chapbook.testing import Client

from tests.security.conftest import PAGES, ROOT
from tests.support.watch import NETWORK, STARTS, Seen, watched

CANARY = "canary7f"
SHELL = "() { :;}; /bin/touch /tmp/" + CANARY
TRAVERSALS = [
    f"{up * 9}{root}{CANARY}/{name}"
    for up in ("../", "..\\", "..%2f", "%2e%2e/", "%252e%252e%252f", "..;/", "....//", ".././")
    for root in ("", "/")
    for name in ("etc/passwd", "site.ini")
] + [
    f"/{CANARY}/etc/passwd", f"//{CANARY}/share", f"file:///{CANARY}", f"C:\\{CANARY}",
    f"{CANARY}\0.html", f"{CANARY}%00", f"php://filter/{CANARY}", f"|{CANARY}", f"{CANARY}/..",
    f"\\\\{CANARY}\\c$", f"{CANARY}%c0%ae%c0%ae/", f"~{CANARY}", f"$({CANARY})", f"`{CANARY}`",
    f"{CANARY}\r\nX-Injected: yes", f"<script>{CANARY}</script>", f"{{{{{CANARY}}}}}",
]
HEADERS = (
    "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_ACCEPT_ENCODING", "HTTP_AUTHORIZATION",
    "HTTP_COOKIE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH", "HTTP_IF_RANGE", "HTTP_ORIGIN",
    "HTTP_PROXY", "HTTP_RANGE", "HTTP_REFERER", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST", "HTTP_X_ORIGINAL_URL", "HTTP_X_HTTP_METHOD_OVERRIDE",
)
LONG = (
    "x" * 8190, "en," * 2700, "en;q=0." * 1000, "bytes=" + "0-1," * 2000, 'W/"x",' * 1300,
    "," * 8190,
    "a=b; " * 1600, "\xff" * 8190, "Sat, 01 Jan 99999 00:00:00 GMT", "bytes=-" + "9" * 5000,
    "bytes=" + "9" * 5000 + "-", "=" * 8190, '"' * 8190, "\t" * 4000, "1.2.3.4, " * 900, "[" * 8000,
)

ADDRESSES = ("::1", "2001:db8::1", "fe80::1%eth0", "::ffff:192.0.2.1", "192.0.2.1", "", "unix:")


def own(path: str, tmp_path: Path) -> bool:
    """Whether a path is one that the site or Python may look at."""
    roots = (str(ROOT), str(tmp_path), sys.prefix, sys.base_prefix, "/usr", "/dev", "/proc",
             *sysconfig.get_paths().values())
    return any(path == root or path.startswith(root + os.sep) for root in map(str, roots))


def asked_for(seen: Seen) -> list[object]:
    """The names that were looked up, and the hosts that were asked, but for the test's database."""
    return [event for event in seen.of(NETWORK) if event[1][0] != "127.0.0.1"]


def harmless(seen: Seen, tmp_path: Path) -> None:
    """Nothing was started, no name was looked up, and nothing of the visitor's became a path."""
    assert seen.of(STARTS) == [] and asked_for(seen) == []
    for path in seen.paths():
        assert CANARY not in path and own(path, tmp_path), path


def asked(client: Client, method: str, url: str, **environ: str) -> None:
    """Ask; whatever was sent, the answer is no fault of ours and repeats none of it as markup."""
    answer = client.request(method, url, environ=environ)
    assert answer.status < 500, (method, url, environ, answer.status)
    assert "X-Injected" not in answer and b"<script>" + CANARY.encode() not in answer.body
    assert all("\r" not in value and "\n" not in value for _, value in answer.headers)


def test_paths_of_visitors_are_never_paths_of_files(stranger: Client, tmp_path: Path) -> None:
    with watched() as seen:
        for page, text in product(PAGES, TRAVERSALS):
            sent = quote(text, safe="/%\\;|$~.:")
            asked(stranger, "GET", f"{page.rstrip('/')}/{sent}")
            asked(stranger, "GET", f"{page}?before={sent}&form={sent}&file={sent}&next={sent}")
    harmless(seen, tmp_path)


def test_headers_of_visitors_start_nothing_and_ask_nobody(
    stranger: Client, tmp_path: Path
) -> None:
    texts = (SHELL, f"../../{CANARY}", f"{CANARY}.example", f"http://{CANARY}.example/")
    with watched() as seen:
        for page, text in product(PAGES, texts):
            asked(stranger, "GET", page, **dict.fromkeys(HEADERS, text))
            asked(stranger, "POST", page, **dict.fromkeys(HEADERS, text))
    harmless(seen, tmp_path)
    assert not os.path.exists(f"/tmp/{CANARY}")


def test_a_form_full_of_them_is_stored_as_text_or_refused(
    stranger: Client, tmp_path: Path
) -> None:
    kept = 0
    with watched() as seen:
        for text in (*TRAVERSALS, SHELL):
            answer = stranger.post("/guestbook", name=text[:80], message=text, place=CANARY)
            assert answer.status in (303, 400, 422), (text, answer.status)
            letter = {"name": text[:80], "email": "ann@example.org", "about": "A question",
                      "message": f"{text} and more"}
            answer = stranger.post("/forms/contact", files={text: (text, b"x")}, **letter)
            assert answer.status in (200, 303, 400, 422), (text, answer.status)
            kept += answer.status in (200, 303)
    assert kept > 40
    harmless(seen, tmp_path)


def test_long_and_hostile_headers_get_an_answer(stranger: Client) -> None:
    for page, header, text in product(("/", "/guestbook/feed"), HEADERS, LONG):
        asked(stranger, "GET", page, **{header: text})


def test_any_kind_of_address_can_read_and_write_without_a_look_into_the_dns(
    stranger: Client
) -> None:
    for address in ADDRESSES:
        with watched() as seen:
            body = b"name=Ann&place=&message=x" + address.encode().hex().encode()
            answer = stranger.request(
                "POST", "/guestbook", body, "application/x-www-form-urlencoded",
                environ={"REMOTE_ADDR": address})
            assert answer.status == 303, address
            asked(stranger, "GET", "/guestbook", REMOTE_ADDR=address)
            asked(stranger, "POST", "/forms/contact", REMOTE_ADDR=address)
        assert asked_for(seen) == []


def test_no_page_is_there_under_the_name_of_a_file_that_caches_keep(stranger: Client) -> None:
    endings = ("/x.css", "/x.js", "/x.png", "/..%2fx.css", "/%2fx.css", "/;x.css", "/%3bx.css",
               "/%00.css", ".css", "/x.css?v=1", "/%0ax.css", "//x.css", "/.x.css")
    for page in filter(None, (page.rstrip("/") for page in PAGES)):
        for ending in endings:
            answer = stranger.get(page + ending)
            assert answer.status >= 300, (page + ending, answer.status)
            assert "max-age" not in dict(answer.headers).get("Cache-Control", "")


def test_the_watch_sees_what_is_opened_started_and_asked(tmp_path: Path) -> None:
    with watched() as seen:
        Path(tmp_path / CANARY).write_text("x")
        subprocess.run(["true"], check=True)
        socket.getaddrinfo("localhost", 80)
    assert seen.of(STARTS) and asked_for(seen) and str(tmp_path / CANARY) in seen.paths()
