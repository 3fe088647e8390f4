"""The contract, part 3: a body too long, too short or of no known length changes nothing."""
from __future__ import annotations

import socket
import threading
import time
import uuid

import pytest

from tests.support.gateways import Gateway
from tests.support.sites import eventually
from tests.support.wire import Answer, multipart, request_bytes

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MEBIBYTE = 1 << 20


def status_page(answer: Answer) -> int:
    """The status, which the site's own page must repeat."""
    assert f'<p class="status">{answer.status}</p>'.encode() in answer.body, answer
    return answer.status


def kept(gateway: Gateway) -> str:
    """All that the keeper has kept so far."""
    return gateway.get("/keeper").text


def word() -> str:
    """A word that nobody has said yet."""
    return uuid.uuid4().hex


def test_a_form_is_kept(gateway: Gateway) -> None:
    new = word()
    assert gateway.post("/keeper", f"word={new}".encode()).text == f"kept {new}\n"
    assert new in kept(gateway)


def test_a_body_over_the_limit_is_refused_and_the_refusal_arrives(gateway: Gateway) -> None:
    new = word()
    body = f"word={new}".encode() + b"x" * (3 * MEBIBYTE)
    assert status_page(gateway.post("/keeper", body)) == 413
    assert new not in kept(gateway)


def test_a_refusal_arrives_while_nothing_of_the_body_was_read(gateway: Gateway) -> None:
    """A page that never looks at the body answers early; the sender is still busy sending."""
    for target, status in (("/nothing", 404), ("/keeper/x", 404), ("/answers/text", 405)):
        assert status_page(gateway.post(target, b"x" * MEBIBYTE)) == status


def test_refusals_arrive_when_many_visitors_are_refused_at_once(gateway: Gateway) -> None:
    """An answer given before the body was read gets lost by CGI, most of all on a busy machine."""
    wanted = {"/style.css": 405, "/%zz": 400, "/a%2fb": 404, "/nothing": 404, "/keeper/x": 404}
    found: list[tuple[str, int]] = []

    def visit(target: str, size: int) -> None:
        for _ in range(4):
            found.append((target, gateway.post(target, b"x" * size).status))

    threads = [threading.Thread(target=visit, args=[target, size])
               for target in wanted for size in (3, 100_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted(list(wanted.items()) * 8)


def test_a_file_over_its_limit_is_refused(gateway: Gateway) -> None:
    kind, body = multipart(("word", None, b"a"), ("file", "big.bin", b"x" * (MEBIBYTE + 1)))
    assert status_page(gateway.post("/echo", body, kind)) == 413


def test_too_many_fields_are_refused(gateway: Gateway) -> None:
    assert status_page(gateway.post("/echo", b"a&" * 1001)) == 413
    parts = [(f"n{number}", None, b"") for number in range(129)]
    kind, body = multipart(*parts)
    assert status_page(gateway.post("/echo", body, kind)) == 413


@pytest.mark.parametrize("cut", ["boundary", "middle", "header"])
def test_a_garbled_multipart_form_is_refused(gateway: Gateway, cut: str) -> None:
    kind, body = multipart(("word", None, b"a"), ("file", "a.bin", b"data"))
    broken = {"boundary": body.replace(b"--frontier--", b"--frontier"), "middle": body[:60],
              "header": body.replace(b"Content-Disposition", b"Content\x00Disposition")}[cut]
    assert status_page(gateway.post("/echo", broken, kind)) == 400


def test_a_chunked_body_is_refused(gateway: Gateway) -> None:
    new = word()
    chunk = f"word={new}".encode()
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(chunk), chunk)
    answer = gateway.ask("POST", "/keeper", {**FORM, "Transfer-Encoding": "chunked"}, body)
    assert status_page(answer) == 411
    assert new not in kept(gateway)


def test_a_body_that_ends_early_is_refused_and_changes_nothing(gateway: Gateway) -> None:
    new = word()
    body = f"word={new}".encode()
    data = request_bytes("POST", "/keeper", {**FORM, "Content-Length": "1000"}, body)
    if not gateway.cut_off:
        # It hands on complete bodies only, and closes the connection of an incomplete one.
        with gateway.connect() as connection:
            connection.send(data)
            connection.end_sending()
            assert connection.socket.recv(1000) == b""
    else:
        assert gateway.raw(data, "POST").status == gateway.cut_off
    assert gateway.get("/answers/text").status == 200
    assert new not in kept(gateway)


def test_a_visitor_who_leaves_in_the_middle_of_a_body_changes_nothing(gateway: Gateway) -> None:
    new = word()
    for length in (100, 300_000):
        with gateway.connect() as connection:
            connection.send(request_bytes(
                "POST", "/keeper", {**FORM, "Content-Length": str(2 * MEBIBYTE)},
                f"word={new}".encode() + b"x" * length))
            # A reset rather than an orderly end: the peer sees an error at once.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert new not in kept(gateway)


def test_visitors_who_leave_early_or_send_nonsense_keep_no_one_else_waiting(
    gateway: Gateway
) -> None:
    """mod_wsgi's few threads must be free again: an ErrorDocument once kept them for a minute."""
    for _ in range(6):
        with gateway.connect() as connection:
            connection.send(request_bytes("POST", "/keeper", {**FORM, "Content-Length": "9"}, b"w"))
        with gateway.connect() as connection:
            connection.send(request_bytes("POST", "/%zz", {"Content-Length": "99"}, b"w"))
        with gateway.connect() as connection:
            connection.send(b"GET /a b HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n")
            connection.end_sending()
            assert connection.answer().status == 400
    begun = time.monotonic()
    for _ in range(8):
        assert gateway.get("/answers/text").status == 200
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "five", "5, 5", "0x5"])
def test_a_length_that_is_no_number_is_refused(gateway: Gateway, length: str) -> None:
    new = word()
    body = f"word={new}".encode()
    data = request_bytes("POST", "/keeper", {**FORM, "Content-Length": length}, body)
    with gateway.connect() as connection:
        connection.send(data)
        connection.end_sending()
        assert connection.answer("POST").status in (400, gateway.cut_off)
    assert new not in kept(gateway)


def test_a_visitor_who_does_not_wait_for_the_answer_harms_nobody(gateway: Gateway) -> None:
    for _ in range(4):
        with gateway.connect() as connection:
            connection.send(request_bytes("GET", "/answers/big"))
    assert len(gateway.get("/answers/big").body) == MEBIBYTE


def test_what_was_posted_is_done_even_if_the_visitor_has_left(gateway: Gateway) -> None:
    new = word()
    with gateway.connect() as connection:
        connection.send(request_bytes("POST", "/keeper", FORM, f"word={new}".encode()))
    eventually(lambda: new in kept(gateway))
