"""The contract: what visitors do on the line (leave, dribble, send too much) harms nobody."""
from __future__ import annotations

import socket
import threading
import time
import uuid

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import Site, eventually
from tests.support.wire import request_bytes

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
RESET = b"\1\0\0\0\0\0\0\0"              # SO_LINGER: a reset rather than an orderly end

WAITING = """
import time


def show(request):
    open({begun!r}, "w").close()
    until = time.monotonic() + 2
    while not os.path.exists({go!r}) and time.monotonic() < until:
        time.sleep(0.01)
    return Response.text("waited")


application = Page(get=show)
"""


def refusal(gateway: Gateway, data: bytes) -> int:
    """The status of what is sent so, by a visitor who then says that there is no more.

    400 where a gateway closes the connection without a word, as if the visitor had left.
    """
    try:
        return gateway.raw(data, "POST").status
    except OSError:                                # RemoteDisconnected is one
        assert not gateway.cut_off
        return 400


def still_answers(gateway: Gateway) -> bool:
    """Whether the next visitor gets a page, and soon."""
    begun = time.monotonic()
    return gateway.get("/answers/text").status == 200 and time.monotonic() - begun < 5


def kept(gateway: Gateway) -> str:
    """All that the keeper has kept so far."""
    return gateway.get("/keeper").text


@pytest.mark.parametrize("sent", [
    b"", b"GE", b"GET /echo HTTP/1.1\r\n", b"GET /echo HTTP/1.1\r\nHost: site.example\r\n",
    b"POST /keeper HTTP/1.1\r\nHost: site.example\r\nContent-Length: 100\r\n\r\n",
], ids=["nothing", "two letters", "one line", "half a head", "a head without its body"])
def test_visitors_who_leave_before_they_have_asked_harm_nobody(
    gateway: Gateway, sent: bytes
) -> None:
    for orderly in (True, False):
        with gateway.connect() as connection:
            connection.send(sent)
            if not orderly:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert still_answers(gateway)


def test_visitors_who_leave_while_they_are_answered_harm_nobody(gateway: Gateway) -> None:
    for target in ("/answers/big", "/sleepy?word=x", "/style.css"):
        with gateway.connect() as connection:
            connection.send(request_bytes("GET", target, {"Cookie": "word=x", "X-Word": "x"}))
            if target == "/answers/big":
                assert connection.socket.recv(100)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert still_answers(gateway)


def test_visitors_who_do_not_read_their_answers_keep_nobody_waiting(gateway: Gateway) -> None:
    lazy = [gateway.connect() for _ in range(2)]
    try:
        for connection in lazy:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.send(request_bytes("GET", "/answers/big"))
        assert still_answers(gateway)
    finally:
        for connection in lazy:
            connection.socket.close()


def test_an_upload_that_is_broken_off_leaves_no_file(gateway: Gateway, site: Site) -> None:
    def files() -> set[str]:
        return {str(path) for path in site.path("var/uploads").rglob("*") if path.is_file()}

    before = files()
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
    with gateway.connect() as connection:
        connection.send(request_bytes(
            "POST", "/echo", {"Content-Type": "multipart/form-data; boundary=b",
                              "Content-Length": "900000"}, head + b"x" * 200_000))
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert still_answers(gateway)
    eventually(lambda: files() <= before)


def test_a_request_that_comes_in_pieces_is_one_request(gateway: Gateway) -> None:
    new = uuid.uuid4().hex
    data = request_bytes("POST", "/keeper", FORM, f"word={new}".encode())
    pause = threading.Event()
    with gateway.connect() as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), 40):
            connection.send(data[start:start + 40])
            pause.wait(0.03)
        assert connection.answer("POST").text == f"kept {new}\n"


def test_two_requests_sent_at_once_are_answered_in_turn(gateway: Gateway) -> None:
    first = request_bytes("POST", "/echo", FORM, b"n=1").replace(b"Connection: close\r\n", b"")
    with gateway.connect() as connection:
        connection.send(first + request_bytes("GET", "/echo?n=2"))
        answers = bytearray()
        while data := connection.socket.recv(65536):
            answers += data
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b'"form":[["n","1"]]') < answers.index(b'"query":[["n","2"]]')


def test_what_is_sent_beyond_the_announced_length_is_no_part_of_the_form(gateway: Gateway) -> None:
    new = uuid.uuid4().hex
    data = request_bytes("POST", "/keeper", {**FORM, "Content-Length": str(5 + len(new))},
                         f"word={new}".encode())
    with gateway.connect() as connection:
        connection.send(data + b"evil&word=evil")
        assert connection.answer("POST").text == f"kept {new}\n"
    assert "evil" not in kept(gateway)


@pytest.mark.parametrize("lengths", [
    ["9" * 30], ["18446744073709551617"], ["5", "50"], ["5", "-5"], ["0", "5"], [""], ["5 5"],
], ids=["30 digits", "2 to the 64", "two", "one negative", "nothing and five", "none", "a space"])
def test_a_length_that_cannot_be_meant_keeps_nothing(gateway: Gateway, lengths: list[str]) -> None:
    new = uuid.uuid4().hex
    headers = [*FORM.items(), *(("Content-Length", length) for length in lengths)]
    begun = time.monotonic()
    sent = request_bytes("POST", "/keeper", headers, f"word={new}".encode())
    assert 400 <= refusal(gateway, sent) < 500
    assert time.monotonic() - begun < 5
    assert new not in kept(gateway)


def test_a_length_and_chunks_at_once_keep_nothing_and_begin_no_second_request(
    gateway: Gateway
) -> None:
    """Where two servers disagree on where a body ends, its rest is a request of somebody else."""
    new = uuid.uuid4().hex
    body = f"0\r\n\r\nGET /keeper?{new} HTTP/1.1\r\nHost: site.example\r\n\r\n".encode()
    for headers in ([("Transfer-Encoding", "chunked"), ("Content-Length", str(len(body)))],
                    [("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
                    [("Transfer-Encoding", "chunked, identity"), ("Content-Length", "5")],
                    [("Transfer-Encoding", "xchunked"), ("Content-Length", "5")]):
        sent = request_bytes("POST", "/keeper", [*FORM.items(), *headers], body)
        assert 400 <= refusal(gateway, sent) < 502, headers
    assert new not in kept(gateway)


def test_a_gibibyte_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    begun = time.monotonic()
    sent = request_bytes("POST", "/keeper", {**FORM, "Content-Length": str(1 << 30)},
                         b"word=gibibyte&x=" + b"x" * 50_000)
    assert refusal(gateway, sent) in (400, 413, gateway.cut_off)
    assert time.monotonic() - begun < 8
    assert "gibibyte" not in kept(gateway)


def test_a_visitor_who_waits_to_be_told_to_go_on_is_told(gateway: Gateway) -> None:
    new = uuid.uuid4().hex
    body = f"word={new}".encode()
    head = request_bytes("POST", "/keeper", {
        **FORM, "Expect": "100-continue", "Content-Length": str(len(body))})
    with gateway.connect() as connection:
        connection.send(head)
        assert connection.socket.recv(25, socket.MSG_PEEK).startswith(b"HTTP/1.1 100 Continue")
        connection.send(body)
        assert connection.answer("POST").text == f"kept {new}\n"


def test_a_body_of_a_get_is_no_request_of_its_own(gateway: Gateway) -> None:
    body = b"GET /keeper HTTP/1.1\r\nHost: site.example\r\n\r\n"
    with gateway.connect() as connection:
        connection.send(request_bytes("GET", "/echo?a=1", {}, body))
        answers = bytearray()
        while data := connection.socket.recv(65536):
            answers += data
    assert answers.count(b"HTTP/1.1 ") == 1 and b'"query":[["a","1"]]' in answers


def test_a_flood_of_fields_is_refused_at_once(gateway: Gateway) -> None:
    for body in (b"a=1&" * 10_000, b"&" * 500_000, b"n" * 70_000 + b"=1", b"%41" * 200_000):
        begun = time.monotonic()
        assert gateway.post("/echo", body).status in (200, 400, 413)
        assert time.monotonic() - begun < 4
    kind = "multipart/form-data; boundary=b"
    parts = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n' * 1000
    assert gateway.post("/echo", parts + b"--b--\r\n", kind).status == 413


def test_when_a_server_reads_its_configuration_again_who_was_there_is_answered(
    gateway: Gateway, site: Site
) -> None:
    begun, go = (site.path(f"var/reload-{gateway.name}-{part}") for part in ("begun", "go"))
    site.script(f"reload-{gateway.name}", WAITING.format(begun=str(begun), go=str(go)))
    answers: list[str] = []
    visitor = threading.Thread(
        target=lambda: answers.append(gateway.get(f"/reload-{gateway.name}").text))
    visitor.start()
    try:
        eventually(begun.exists)
        gateway.graceful()
    finally:
        go.touch()
        visitor.join()
    assert answers == ["waited"]
    eventually(lambda: gateway.get("/answers/text").status == 200)
