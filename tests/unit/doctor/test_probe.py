"""Asking a running site: bounded in bytes and time, one host alone, by one connection."""
from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from chapbook.doctor import probe
from chapbook.doctor.probe import MOST_BYTES, Probe, Unreachable, plain_address

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """A server at `address` that gives each connection the next of some answers, then ends it.

    An answer is one, or a list of those for one connection; None is silence. `asked` has the first
    line of each request, and a "connection" for each connection.
    """

    def __init__(self, *answers: bytes | list[bytes] | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.asked: list[str] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=answers)
        self._thread.start()

    def _serve(self, *answers: bytes | list[bytes] | None) -> None:
        for each in answers:
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    self.asked.append("connection")
                    for answer in each if isinstance(each, list) else [each]:
                        self.asked.append(str(connection.recv(65536).split(b"\r\n")[0], "ascii"))
                        if answer is None:
                            self._ended.wait(30)
                        else:
                            connection.sendall(answer)

    def stop(self) -> None:
        """End it."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers."""
    with contextlib.ExitStack() as stack:
        def started(*answers: bytes | list[bytes] | None) -> Server:
            server = Server(*answers)
            stack.callback(server.stop)
            return server
        yield started


@pytest.fixture
def asking() -> Iterator[Callable[[str], Probe]]:
    """Makes probes, which are closed in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda address: stack.enter_context(contextlib.closing(Probe(address)))


def test_an_answer_and_its_headers(
    serve: Callable[..., Server], asking: Callable[[str], Probe]
) -> None:
    server = serve(b"HTTP/1.1 404 No\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
                   b"Content-Length: 2\r\n\r\nno")
    reply = asking(server.address).get("/a page")
    assert (reply.status, reply.body) == (404, b"no")
    assert reply.all("Set-Cookie") == ["a=1", "b=2"]
    assert (reply["SET-COOKIE"], reply["Location"]) == ("a=1, b=2", "")
    assert server.asked == ["connection", "GET /a%20page HTTP/1.1"]


def test_a_redirect_is_not_followed(
    serve: Callable[..., Server], asking: Callable[[str], Probe]
) -> None:
    other = serve(OK)
    server = serve(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " +
                   other.address.encode() + b"/\r\n\r\n")
    reply = asking(server.address).get("/")
    assert (reply.status, reply["Location"]) == (302, other.address + "/")
    assert other.asked == []


def test_no_more_than_the_beginning_is_read(
    serve: Callable[..., Server], asking: Callable[[str], Probe]
) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (8 * MOST_BYTES))
    assert len(asking(server.address).get("/").body) == MOST_BYTES


def test_a_connection_is_used_again(
    serve: Callable[..., Server], asking: Callable[[str], Probe]
) -> None:
    server = serve([OK, OK])
    asker = asking(server.address + "/club/")
    assert asker.get("/a").body == asker.get("/b").body == b"ok"
    assert server.asked == ["connection", "GET /club/a HTTP/1.1", "GET /club/b HTTP/1.1"]


def test_a_connection_that_the_server_has_ended_is_made_anew(
    serve: Callable[..., Server], asking: Callable[[str], Probe]
) -> None:
    server = serve(OK, OK)
    asker = asking(server.address)
    assert asker.get("/a").body == asker.get("/b").body == b"ok"
    assert server.asked.count("connection") == 2


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b""])
def test_what_is_no_answer(
    serve: Callable[..., Server], asking: Callable[[str], Probe], answer: bytes
) -> None:
    with pytest.raises(Unreachable):
        asking(serve(answer).address).get("/")


def test_a_server_that_says_nothing(
    serve: Callable[..., Server], asking: Callable[[str], Probe],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.1)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="No answer came within 0.1 seconds"):
        asking(serve(None).address).get("/")
    assert time.monotonic() - begun < 5


def test_all_answers_together_have_their_time(serve: Callable[..., Server]) -> None:
    with pytest.raises(Unreachable, match="It takes too long"):
        Probe(serve(OK).address, whole=-1.0).get("/")


@pytest.mark.parametrize(("address", "plain"), [
    ("https://club.example", "http://club.example"),
    ("https://club.example/a", "http://club.example/a"), ("https://[::1]/", "http://[::1]"),
    ("https://club.example:8443", None), ("http://club.example", None)])
def test_where_a_site_would_answer_without_encryption(address: str, plain: str | None) -> None:
    assert plain_address(Probe(address)) == plain
