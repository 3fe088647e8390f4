"""The way of mail is tried with one letter; what fails is explained beside the answer."""
from __future__ import annotations

from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.config import Config
from chapbook.errors import Invalid
from chapbook.installing import mail

from tests.support.smtp import Server

SITE = {"title": "The chess club", "owner": "ann@example.org"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site's folder."""
    return configuration.load(None, root=str(tmp_path))


def given(server: Server, **changed: str) -> dict[str, str]:
    return {"via": "smtp", "host": "127.0.0.1", "port": str(server.port), "tls": "off", **changed}


def refused(config: Config, answers: dict[str, str], to: str = "ann@example.org") -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        mail.send_trial(config, mail.taken(config, answers, SITE), SITE, to)
    return caught.value.fields


def test_a_letter_arrives_from_the_owner(config: Config) -> None:
    with Server() as server:
        kept = mail.taken(config, given(server), SITE)
        assert "was taken" in mail.send_trial(config, kept, SITE, "bob@example.org")
        letter, = server.received
    assert (letter.sender, letter.to) == ("ann@example.org", ["bob@example.org"])
    assert b"The chess club" in letter.content


@pytest.mark.parametrize(("say", "field", "said"), [
    ({"MAIL": "550 Not from here"}, "sender", "does not take mail from"),
    ({"RCPT": "550 Who?"}, "host", "550 Who?"),
    ({"DATA": "554 No"}, "host", "554 No"),
], ids=["sender", "recipient", "message"])
def test_what_the_server_refuses_is_said(
    config: Config, say: dict[str, str], field: str, said: str
) -> None:
    with Server(dict(say)) as server:
        assert said in refused(config, given(server))[field]


def test_a_wrong_password_is_said(config: Config) -> None:
    with Server() as server:
        found = refused(config, given(server, user="jo", password="wrong"))
    (field, sentence), = found.items()
    assert field in ("user", "password") and "wrong" not in sentence.replace("was wrong", "")


def test_a_server_that_is_not_there_is_said_without_words_of_settings(config: Config) -> None:
    found = refused(config, {"via": "smtp", "host": "127.0.0.1", "port": "1", "tls": "off"})
    assert "No mail server answers" in found["host"] and "[mail]" not in found["host"]


@pytest.mark.parametrize(("answers", "field"), [
    ({"via": "sendmail", "sendmail": "/nowhere/sendmail"}, "sendmail"),
    ({"via": "smtp", "host": ""}, "host"),
    ({"via": "folder", "sender": "nobody"}, "sender"),
])
def test_what_cannot_be_is_said_before_anything_is_sent(
    config: Config, answers: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        mail.taken(config, answers, SITE)
    assert field in caught.value.fields


def test_the_program_of_the_host_that_fails_is_quoted(config: Config, tmp_path: Path) -> None:
    program = tmp_path / "sendmail"
    program.write_text("#!/bin/sh\necho 'mailer is closed'\nexit 75\n")
    program.chmod(0o755)
    found = refused(config, {"via": "sendmail", "sendmail": str(program)})
    assert "mailer is closed" in found["sendmail"]


def test_a_recipient_is_one_address(config: Config) -> None:
    found = refused(config, {"via": "folder"}, to="a@example.org, b@example.org")
    assert "to" in found


def test_without_a_server_the_letter_is_a_file(config: Config) -> None:
    kept = mail.taken(config, {"via": "folder", "host": "left.example", "password": "x"}, SITE)
    assert kept == {"via": "folder"}
    assert "as a file" in mail.send_trial(config, kept, SITE, "ann@example.org")
    assert len(list(Path(config.root, "var/mail").iterdir())) == 1
