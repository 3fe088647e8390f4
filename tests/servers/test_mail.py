"""Mail by SMTP, to a real server that refuses, stalls, dies, drips, and wants TLS or a password."""
from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chapbook.mail import transports
from chapbook.mail.smtp import SMTP
from chapbook.mail.transports import Deferred, Refused
from chapbook.testing import site as configured

from tests.support.smtp import Raw, Server, certificate

MESSAGE = b"Subject: x\r\n\r\n.\r\n..\r\nFrom me\r\n\r\nlast\r\n"
SOON = 5.0


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[Callable[..., SMTP]]:
    """The transport to a server with these options of [mail]: `transport(server, tls="tls")`."""
    made = []

    def of(server: Server | Raw, **options: str) -> SMTP:
        given = {"via": "smtp", "host": "127.0.0.1", "port": str(server.port), "tls": "off",
                 "timeout": "1 s", **options}
        made.append(SMTP(configured(str(tmp_path), mail=given,
                                    site={"base_url": "https://bakery.example"})))
        return made[-1]

    yield of
    for each in made:
        each.close()


def deliver(transport: SMTP, to: str = "ann@example.org", sender: str = "jo@b.example",
            **options: Any) -> None:
    transport.deliver(sender, to, MESSAGE, "x", options.get("before", time.time() + 1000))


def test_a_message_arrives_as_it_was_with_just_its_envelope(transport) -> None:
    with Server() as server:
        deliver(transport(server))
        got, = server.received
    assert (got.sender, got.to, got.content) == ("jo@b.example", ["ann@example.org"], MESSAGE)
    assert got.helo == "bakery.example" and not got.by_tls


def test_messages_of_one_run_go_through_one_connection(transport) -> None:
    with Server() as server:
        mail = transport(server)
        for name in ("ann", "bob", "cleo"):
            deliver(mail, f"{name}@example.org")
        assert [got.to for got in server.received] == [
            ["ann@example.org"], ["bob@example.org"], ["cleo@example.org"]]
        assert server.connections == 1


@pytest.mark.parametrize("reply", ["die", "421 Enough for now", "500 What?"])
def test_a_session_that_the_server_has_ended_is_begun_again(transport, reply: str) -> None:
    with Server({"RSET": reply}) as server:
        mail = transport(server)
        deliver(mail), deliver(mail)
        assert len(server.received) == server.connections == 2


def test_odd_names_reach_the_server_as_they_are(transport) -> None:
    with Server() as server:
        mail = transport(server)
        for name in ("a..b", "o'neil", "x{y}|z", "a+b=c"):
            deliver(mail, f"{name}@docomo.example")
    assert [got.to[0].replace('"', "") for got in server.received] == [
        f"{name}@docomo.example" for name in ("a..b", "o'neil", "x{y}|z", "a+b=c")]


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_for_good_is_of_this_message_alone(transport, stage: str) -> None:
    with Server({stage: ["550 5.1.1 No such\x1b user"]}) as server:
        mail = transport(server)
        with pytest.raises(Refused, match=r"does not take .*ann@example.org: 550 5.1.1 No such"):
            deliver(mail)
        deliver(mail)
        assert len(server.received) == server.connections == 1


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refusal_for_now_is_of_this_message_alone(transport, stage: str) -> None:
    with Server({stage: ["451 4.7.1 Greylisted"]}) as server:
        mail = transport(server)
        with pytest.raises(Deferred, match="451 4.7.1 Greylisted") as error:
            deliver(mail)
        assert not error.value.for_all
        deliver(mail)
        assert len(server.received) == 1


@pytest.mark.parametrize("code", ["450", "550"])
def test_a_sender_that_is_refused_is_the_settings_fault_and_tried_again(
        transport, code: str) -> None:
    with Server({"MAIL": f"{code} Not for you"}) as server:
        with pytest.raises(Deferred, match=rf"{code} Not for you. \[mail\] sender must be") as err:
            deliver(transport(server))
    assert err.value.for_all and server.received == []


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_shuts_down_is_tried_again(transport, stage: str) -> None:
    with Server({stage: "421 Shutting down"}) as server:
        with pytest.raises(Deferred) as error:
            deliver(transport(server))
    assert error.value.for_all and server.received == []


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT"])
def test_a_server_that_stalls_is_given_up_after_the_timeout(transport, stage: str) -> None:
    with Server({stage: "stall"}) as server:
        begun = time.monotonic()
        with pytest.raises(Deferred, match="was silent for too long instead of") as error:
            deliver(transport(server))
        assert 1 <= time.monotonic() - begun < SOON
    assert error.value.for_all and server.received == []


def test_a_server_is_waited_for_longer_while_it_looks_into_a_message(
        transport, monkeypatch) -> None:
    monkeypatch.setattr("chapbook.mail.smtp.PATIENCE", 2)
    with Server({"DATA": "stall"}) as server:
        begun = time.monotonic()
        with pytest.raises(Deferred, match="silent for too long instead of taking the message"):
            deliver(transport(server))
        assert 2 <= time.monotonic() - begun < SOON


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_dies_is_tried_again(transport, stage: str) -> None:
    with Server({stage: ["die"]}) as server:
        mail = transport(server)
        with pytest.raises(Deferred, match="ended the connection instead of") as error:
            deliver(mail)
        assert error.value.for_all and server.received == []
        deliver(mail)
        assert len(server.received) == 1


def test_a_server_that_dies_after_it_has_the_message_is_tried_again(transport) -> None:
    with Server({"late DATA": ["die"]}) as server:
        mail = transport(server)
        with pytest.raises(Deferred, match="instead of taking the message"):
            deliver(mail)
        deliver(mail)
        assert [got.content for got in server.received] == [MESSAGE, MESSAGE]


def test_one_that_says_a_letter_now_and_then_is_cut_off(transport, monkeypatch) -> None:
    monkeypatch.setattr("chapbook.mail.smtp.allowed", lambda config: 1.5)

    def drip(connection: socket.socket) -> None:
        while not server.over.wait(0.1):
            connection.sendall(b"220-x\r\n")

    with Raw(drip) as server:
        begun = time.monotonic()
        with pytest.raises(Deferred, match="was too slow: it was not done within 2 seconds"):
            deliver(transport(server, timeout="30 s"))
        assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("said", [b"", b"554 Go away\r\n", b"421 Busy\r\n", b"SSH-2.0-x\r\n",
                                  b"\x16\x03\x01\x00", b"220 " + b"x" * 9000, b"220 hi\r\nnonsense",
                                  b"220 hi\r\n-\r\n", b"\xff\xfe\r\n"])
def test_whatever_answers_there_is_told_in_a_sentence(transport, said: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(said)

    with Raw(talk) as server, pytest.raises(Deferred) as error:
        deliver(transport(server))
    assert error.value.for_all
    text = str(error.value)
    assert text.startswith(f"127.0.0.1 port {server.port} ") and text.isascii()
    assert text.isprintable() and "Traceback" not in text


def test_a_server_that_is_not_there_is_told_with_the_next_step(transport) -> None:
    with Raw(lambda connection: None) as server:
        pass
    with pytest.raises(Deferred, match=rf"No mail server answers at 127.0.0.1 port {server.port} "
                       r"\(Connection refused\): check \[mail\] host and port") as error:
        deliver(transport(server))
    assert error.value.for_all
    with pytest.raises(Deferred, match=r"There is no mail server 'no.such.invalid' .* check "):
        deliver(transport(server, host="no.such.invalid"))


def test_nothing_is_sent_when_the_claim_is_about_to_end(transport) -> None:
    with Server() as server:
        with pytest.raises(Deferred, match="another worker may have the message"):
            deliver(transport(server), before=time.time() + 1)
        assert server.received == []


# TLS

@pytest.fixture(scope="module")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    """A certificate for "localhost" that nobody knows."""
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def trusted(localhost: tuple[ssl.SSLContext, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine trust it."""
    monkeypatch.setenv("SSL_CERT_FILE", localhost[1])


@pytest.fixture(params=["starttls", "tls"])
def secured(request: pytest.FixtureRequest, localhost) -> Iterator[tuple[Server, str]]:
    """A server of either kind of TLS, and the kind."""
    options: dict[str, Any] = {"ssl_context": localhost[0]}
    if request.param == "starttls":
        options = {"tls_context": localhost[0], "require_starttls": True}
    with Server(**options) as server:
        yield server, request.param


def test_mail_goes_by_tls_to_a_server_that_can_be_trusted(transport, secured, trusted) -> None:
    server, kind = secured
    mail = transport(server, host="localhost", tls=kind)
    deliver(mail), deliver(mail)
    assert [got.by_tls for got in server.received] == [True, True]
    assert server.received[0].content == MESSAGE and server.received[0].helo == "bakery.example"


def test_a_certificate_that_nobody_has_signed_is_refused_with_the_next_step(
        transport, secured) -> None:
    server, kind = secured
    with pytest.raises(Deferred, match=r"certificate of localhost port \d+ cannot be trusted "
                       r"\(self.signed certificate\). \[mail\] host must be the name") as error:
        deliver(transport(server, host="localhost", tls=kind))
    assert error.value.for_all and server.received == []


def test_a_certificate_of_another_name_is_refused(transport, secured, trusted) -> None:
    server, kind = secured
    with pytest.raises(Deferred, match="cannot be trusted .IP address mismatch.*not valid for"):
        deliver(transport(server, tls=kind))
    assert server.received == []


def test_nothing_goes_in_the_open_where_tls_is_wanted(transport) -> None:
    with Server() as server:
        with pytest.raises(Deferred, match=r"offers no STARTTLS, and nothing is sent in the open"):
            deliver(transport(server, tls="starttls"))
        with pytest.raises(Deferred, match="does not speak TLS as asked"):
            deliver(transport(server, tls="tls"))
        assert server.received == []


def test_what_was_said_before_tls_does_not_count_after_it(transport, trusted, localhost) -> None:
    """CVE-2011-0411: an answer that somebody put in before TLS is not taken for one within it."""
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 hi\r\n")
        connection.recv(1000)
        connection.sendall(b"250-hi\r\n250 STARTTLS\r\n")
        connection.recv(1000)
        connection.sendall(b"220 go on\r\n250-forged\r\n250 AUTH PLAIN\r\n")
        with localhost[0].wrap_socket(connection, server_side=True) as inside:
            asked.append(inside.recv(1000))
            inside.sendall(b"250 real\r\n")
            asked.append(inside.recv(1000))

    asked: list[bytes] = []
    with Raw(talk) as server, pytest.raises(Deferred, match="has no sign-in"):
        deliver(transport(server, host="localhost", tls="starttls", user="jo", password="secret"))
    assert asked == [b"ehlo bakery.example\r\n", b""]


# Signing in

@pytest.mark.parametrize("password", ["sécret", "secret"])
@pytest.mark.parametrize("without", [[], ["PLAIN"]])
def test_it_signs_in(transport, password: str, without: list[str]) -> None:
    if without and not password.isascii():
        password = "secret"                   # LOGIN has no way to say in which letters
    with Server(auth_required=True, auth_exclude_mechanism=without) as server:
        deliver(transport(server, user="jo", password=password))
        assert [got.user for got in server.received] == ["jo"]


@pytest.mark.parametrize("without", [[], ["PLAIN"]])
def test_a_password_that_is_wrong_is_told_and_tried_again(transport, without) -> None:
    with Server(auth_required=True, auth_exclude_mechanism=without) as server:
        with pytest.raises(Deferred, match=r"does not let 'jo' sign in: 535 .*Check \[mail\] user "
                           "and password") as error:
            deliver(transport(server, user="jo", password="wrong"))
        assert error.value.for_all and "wrong" not in str(error.value) and not server.received


def test_a_server_without_sign_in_is_told(transport) -> None:
    with Server(auth_exclude_mechanism=["PLAIN", "LOGIN"]) as server:
        with pytest.raises(Deferred, match=r"has no sign-in, at least not by tls = off. Leave "):
            deliver(transport(server, user="jo", password="secret"))


def test_a_server_that_wants_a_password_refuses_for_now(transport) -> None:
    with Server(auth_required=True) as server:
        with pytest.raises(Deferred, match="530 5.7.0 Authentication required") as error:
            deliver(transport(server))
    assert error.value.for_all


def test_a_lease_is_longer_than_any_delivery(tmp_path) -> None:
    for timeout in ("0 s", "1 s", "10 s", "5 min"):
        config = configured(str(tmp_path), mail={"timeout": timeout})
        assert transports.lease(config) >= transports.allowed(config) + 60 >= 72
