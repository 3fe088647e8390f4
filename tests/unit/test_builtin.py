"""The built-in server: a whole site on a port of its own, and a line for each request."""
from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from chapbook.response import SECURITY_HEADERS
from chapbook.server import builtin
from chapbook.testing import Client

from tests.support.sites import eventually

PAGE = "application = Page(form=None, get=lambda request: Response.text({!r}), " \
       "post=lambda request: Response.json([len(request.form.get('name', '')), " \
       "request.remote_address]))"
LINE = re.compile(r"\d\d:\d\d:\d\d  (\S+) +(\d{3}) +([\d.]+ k?B) +\d+\.\d ms  (\S+)")


class Server:
    """The server as a process, on a port of its own choosing, and the lines that it prints."""

    def __init__(self, root) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "chapbook.server.builtin", root, "--port", "0"],
            env={"PYTHONPATH": f"{root}/lib"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        first = self.process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)\n", first)
        assert found, first + self.process.stdout.read()
        self.port = int(found[1])
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str):
        """Status, headers and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, target, body, {
                name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def raw(self, sent: bytes) -> bytes:
        """What comes back for these very bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            self._reader.join(20)
            self.process.stdout.close()


@pytest.fixture
def server(tree) -> Iterator[Server]:
    tree.script("page", PAGE.format("first"))
    (tree.root / "htdocs").mkdir(exist_ok=True)
    (tree.root / "htdocs/style.css").write_text("body {}")
    made = Server(tree.root)
    yield made
    made.stop()


def test_scripts_and_files_are_served_and_each_request_is_a_line(server) -> None:
    status, headers, body = server.ask("GET", "/page?x=1")
    assert (status, body, headers["Server"]) == (200, b"first", "Chapbook")
    assert server.ask("GET", "/style.css?v=0")[2] == b"body {}"
    assert server.ask("HEAD", "/page")[1]["Content-Length"] == "5"
    assert server.ask("GET", "/nothing")[0] == 404
    assert server.ask("GET", "//./page/../page")[2] == b"first"
    eventually(lambda: len(server.lines) == 5)
    seen = [found.groups() for found in map(LINE.fullmatch, server.lines) if found]
    assert [line[:2] + line[3:] for line in seen] == [
        ("GET", "200", "/page?x=1"), ("GET", "200", "/style.css?v=0"), ("HEAD", "200", "/page"),
        ("GET", "404", "/nothing"), ("GET", "200", "//./page/../page")]
    assert seen[0][2] == "5 B"


def test_scripts_and_modules_take_effect_at_once(server, tree) -> None:
    tree.script("page", PAGE.format("second"))
    assert server.ask("GET", "/page")[2] == b"second"
    tree.script("new", PAGE.format("new"))
    assert server.ask("GET", "/new")[2] == b"new"
    (tree.root / "lib/shelf.py").write_text("word = 'old'")
    tree.script("page", "import shelf\n" + PAGE.replace("{!r}", "shelf.word"))
    assert server.ask("GET", "/page")[2] == b"old"
    (tree.root / "lib/shelf.py").write_text("word = 'new'")
    eventually(lambda: server.ask("GET", "/page")[2] == b"new")
    errors = tree.root / "lib/chapbook/errors.py"
    before = errors.read_text()
    try:
        errors.write_text(before.replace("Page not found", "Nothing of the kind"))
        eventually(lambda: b"Nothing of the kind" in server.ask("GET", "/nothing")[2])
    finally:
        errors.write_text(before)


def test_bodies_are_read_or_refused(server) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert server.ask("POST", "/page", b"name=" + b"x" * 500_000, **form)[2] == (
        b'[500000,"127.0.0.1"]')
    assert server.ask("POST", "/page", b"x", X_Forwarded_For="192.0.2.1", **form)[2] == (
        b'[0,"127.0.0.1"]')
    head = b"POST /page HTTP/1.1\r\nHost: a\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    assert server.raw(chunked).startswith(b"HTTP/1.1 411 ")
    server.raw(head + b"Content-Length: 9\r\n\r\nx")
    assert server.ask("GET", "/page")[2] == b"first"


def test_a_body_of_any_length_is_not_taken_in(server, tree) -> None:
    head = b"POST /page HTTP/1.1\r\nHost: a\r\n" \
           b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    assert server.raw(head % (33 << 20)).startswith(b"HTTP/1.1 413 ")
    assert server.raw(head.replace(b"%d", b"1" * 5000)).startswith(b"HTTP/1.1 400 ")
    ini = tree.root / "site.ini"
    ini.write_text("[limits]\nbody = 64 MiB\n")
    ini.chmod(0o600)
    assert server.raw(head % (33 << 20)) == b""              # it waits for the body
    ini.write_text("[limits]\nbody = 1 KiB\n")
    assert server.raw(head % 2047 + b"x" * 2047).startswith(b"HTTP/1.1 413 Content Too Large")
    assert server.raw(head % 2048).startswith(b"HTTP/1.1 413 Request Entity Too Large")
    ini.write_text("[limits]\nbody = plenty\n")
    assert server.raw(head % (2 << 20)).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(("sent", "status"), [
    (b"\x1b[2J\x9b / HTTP/1.1\r\n\r\n", b"400"), (b"nonsense\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nA: " + b"x" * (262_144 - 19), b"431"),
    (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
    (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", b"413"),
])
def test_what_the_server_refuses_itself_is_an_error_page(server, sent, status) -> None:
    head, _, body = server.raw(sent).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == status
    assert b'<p class="status">' + status in body and b"generated by" not in body
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    assert int(lines["Content-Length"]) == len(body)
    for name, value in (*SECURITY_HEADERS, ("Cache-Control", "no-store")):
        assert lines[name] == value
    eventually(lambda: any(f"---- {status.decode()}" in line for line in server.lines))
    assert all(line.isascii() and line.isprintable() for line in server.lines)


def test_what_pages_write_is_private(server, tree) -> None:
    tree.script("make", "def make(request):\n    open('%s/made', 'w').close()\n"
                "    return Response.text('')\napplication = Page(get=make)" % tree.root)
    assert server.ask("GET", "/make")[0] == 200
    assert (tree.root / "made").stat().st_mode & 0o777 == 0o600
    (tree.root / "made").unlink()


def test_it_ends_when_it_is_interrupted(server) -> None:
    assert server.ask("GET", "/page")[0] == 200
    assert server.stop() == 0
    assert not [line for line in server.lines if "Traceback" in line]


def test_a_port_that_is_taken_is_an_os_error(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(OSError, match="in use"):
        builtin.serve(str(tmp_path), port=other.getsockname()[1])


@pytest.fixture
def printed(ask, settings, capsys):
    """The line that a request leaves, of a page with a body of so many bytes."""
    def made(target: str, size: int = 0) -> str:
        from chapbook import Page, Response
        page = Page(get=lambda request: Response(b"x" * size))
        Client(builtin.Logged(page), settings).request("GET", target, environ={"PATH_INFO": ""})
        return capsys.readouterr().out
    return made


@pytest.mark.parametrize(("size", "shown"), [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (65_500, "65.5 kB"), (2_500_000, "2.5 MB"),
])
def test_a_line_says_the_size(printed, size: int, shown: str) -> None:
    assert f"  {shown}  " in printed("/", size)


def test_hostile_addresses_stay_in_their_line(printed) -> None:
    line = printed("/\x1b[2J\n\r\x85é" + "x" * 1000)
    assert line.count("\n") == 1 and len(line) < 300
    assert line.strip().isascii() and line.strip().isprintable()
    assert "/\\x1b[2J\\x0a\\x0d" in line


def test_a_terminal_that_is_gone_does_not_stop_the_site(ask, settings, monkeypatch) -> None:
    def gone(*words: object, **options: object) -> None:
        raise BrokenPipeError
    monkeypatch.setattr("builtins.print", gone)
    from chapbook import Page, Response
    page = builtin.Logged(Page(get=lambda request: Response.text("x")))
    assert Client(page, settings).get("/").text == "x"
