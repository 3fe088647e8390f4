"""What site.ini must say: each demand is found broken, and nothing else with it."""
from __future__ import annotations

import pytest

from tests.support.sound import Sound


def test_a_sound_site_has_nothing_wrong(sound: Sound) -> None:
    assert sound.findings() == []


@pytest.mark.parametrize(("section", "option", "value", "name"), [
    ("site", "debug", "yes", "debug-on"),
    ("site", "base_url", "", "base-url-empty"),
    ("site", "base_url", "http://www.club.example", "base-url-http"),
    ("site", "base_url", "https://www.club.example/~ann", "shared-address"),
    ("site", "owner", "", "owner-missing"),
    ("site", "proxies", "10.0.0.7, 0.0.0.0/0", "proxies-everybody"),
    ("site", "proxies", "::/0", "proxies-everybody"),
    ("site", "hosts", "club.example, *", "hosts-everybody"),
    ("mail", "via", "folder", "mail-folder"),
    ("mail", "sender", "ann@freemail.example", "sender-elsewhere"),
])
def test_a_setting_that_does_not_do(
    sound: Sound, section: str, option: str, value: str, name: str
) -> None:
    sound.settings(**{section: {option: value}})
    assert sound.names() == [name]


@pytest.mark.parametrize("sender", ["site@www.club.example", "site@mail.club.example",
                                    "site@CLUB.example", ""])
def test_a_sender_of_the_same_domain_does(sound: Sound, sender: str) -> None:
    sound.settings(mail={"sender": sender})
    assert sound.names() == []


@pytest.mark.parametrize("registration", ["open", "approval"])
def test_nobody_can_register_where_no_mail_leaves(sound: Sound, registration: str) -> None:
    sound.settings(accounts={"registration": registration}, mail={"via": "folder"})
    assert sound.names() == ["registration-without-mail"]


def test_settings_that_cannot_be_read_are_the_one_finding(sound: Sound) -> None:
    with open(sound.root / "site.ini", "a") as file:
        file.write("[sight]\ndebug = yes\n")
    assert sound.finding().name == "settings-broken"
    assert "there is no section [sight]" in sound.finding().sentence


def test_settings_that_others_can_read(sound: Sound) -> None:
    (sound.root / "site.ini").chmod(0o640)
    assert sound.finding().name == "settings-open"
    assert str(sound.root / "site.ini") in sound.finding().remedy
