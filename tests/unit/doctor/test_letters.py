"""How mail leaves: each fault is found, and nothing else with it."""
from __future__ import annotations

import pytest

from chapbook import doctor

from tests.support.smtp import Server
from tests.support.sound import Sound


def by_smtp(sound: Sound, port: int, **options: str) -> list[doctor.Finding]:
    """What the doctor finds where mail leaves by this server; no site is asked."""
    sound.settings(site={"base_url": "https://localhost:9"}, mail={
        "via": "smtp", "host": "127.0.0.1", "port": str(port), "tls": "off", "timeout": "2 s",
        "sender": "site@localhost", **options})
    found = doctor.examine(str(sound.root), deploy=True)
    return [finding for finding in found if finding.name != "site-unreachable"]


def test_a_program_that_is_not_there(sound: Sound) -> None:
    sound.settings(mail={"sendmail": "/usr/lib/sendmale"})
    assert sound.finding().name == "sendmail-missing"


def test_a_server_that_lets_the_site_in_gets_no_mail(sound: Sound) -> None:
    with Server() as server:
        assert by_smtp(sound, server.port) == []
        assert server.connections == 1 and server.received == []


@pytest.mark.parametrize(("options", "told"), [
    ({"tls": "starttls"}, "offers no STARTTLS"),
    ({"user": "club", "password": "wrong"}, "club"),
])
def test_a_server_that_does_not(sound: Sound, options: dict[str, str], told: str) -> None:
    with Server() as server:
        [finding] = by_smtp(sound, server.port, **options)
    assert finding.name == "smtp-refused" and told in finding.sentence
    assert "wrong" not in finding.sentence


def test_no_server_at_all(sound: Sound) -> None:
    [finding] = by_smtp(sound, 9)
    assert finding.name == "smtp-refused"
