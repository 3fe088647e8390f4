"""The one-time code: only who can read files of the site gets in, for an hour, and guesses end."""
from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from chapbook import passcode
from chapbook.config import Config
from chapbook.errors import Invalid, TooManyRequests, Unavailable
from chapbook.request import Request
from chapbook.testing import site


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A site's folder, with nothing in it yet."""
    return site(str(tmp_path))


def asked(config: Config, cookie: str = "", **environ: str) -> Request:
    """A request of a visitor who sends this cookie."""
    sent: dict[str, Any] = {
        "REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", "REMOTE_ADDR": "192.0.2.1",
        "REQUEST_URI": "/install", "SCRIPT_FILENAME": config.path("cgi-bin", "install.py"),
        "HTTP_COOKIE": cookie, **environ}
    return Request(sent, config)


def code_in(path: str) -> str:
    return Path(path).read_text("utf-8").partition("\n")[0]


def cookie_for(config: Config, code: str, **environ: str) -> str:
    name, value = passcode.enter(asked(config, **environ), code)
    assert name == "Set-Cookie"
    return value.partition(";")[0]


def made_at(path: str, seconds_ago: float) -> None:
    """Let a file have been written so long ago."""
    then = os.stat(path).st_mtime - seconds_ago
    os.utime(path, (then, then))


def by_hand(config: Config, text: str, name: str = "install-code-mine.txt") -> Path:
    file = Path(config.root, name)
    file.write_text(text, "utf-8")
    file.chmod(0o644)
    return file


def test_the_file_is_private_and_nobody_can_guess_its_name(config: Config) -> None:
    path = passcode.make(config)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert os.path.dirname(path) == config.root
    assert re.fullmatch(r"install-code-[0-9a-f]{16}\.txt", os.path.basename(path))


def test_the_code_is_long_and_begins_the_file(config: Config) -> None:
    first = code_in(passcode.make(config))
    assert re.fullmatch(r"([2-9a-hjkmnp-z]{4}-){5}[2-9a-hjkmnp-z]{4}", first)


def test_a_code_that_holds_is_not_made_anew(config: Config) -> None:
    assert passcode.make(config) == passcode.make(config)
    assert len(os.listdir(config.root)) == 1


def test_a_stale_code_is_replaced_and_its_file_removed_in_the_end(config: Config) -> None:
    old = passcode.make(config)
    made_at(old, passcode.LIFE + 1)
    new = passcode.make(config)
    assert code_in(new) != code_in(old)
    made_at(old, 2 * passcode.LIFE)
    made_at(new, passcode.LIFE + 1)
    passcode.make(config)
    assert not os.path.exists(old)


def test_who_gives_the_code_is_admitted(config: Config) -> None:
    cookie = cookie_for(config, code_in(passcode.make(config)))
    assert passcode.admitted(asked(config, cookie))


@pytest.mark.parametrize("write", [str.upper, lambda code: code.replace("-", ""),
                                   lambda code: f"  {code.replace('-', ' ')}\n"],
                         ids=["capitals", "without hyphens", "spaces"])
def test_how_the_code_is_written_does_not_count(config: Config, write: Any) -> None:
    assert passcode.right(config, write(code_in(passcode.make(config))))


def test_the_cookie_goes_nowhere_else_and_no_script_sees_it(config: Config) -> None:
    _, header = passcode.enter(asked(config), code_in(passcode.make(config)))
    assert header.endswith("; Path=/; Max-Age=3600; HttpOnly; SameSite=Strict")


def test_over_https_the_cookie_is_bound_to_the_host(config: Config) -> None:
    encrypted = asked(config, **{"wsgi.url_scheme": "https"})
    _, header = passcode.enter(encrypted, code_in(passcode.make(config)))
    assert header.startswith("__Host-code=") and "; Secure; " in header


@pytest.mark.parametrize("given", ["", "-", "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa", "x" * 10_000, "\0"])
def test_a_wrong_code_says_where_to_look(config: Config, given: str) -> None:
    passcode.make(config)
    with pytest.raises(Invalid) as caught:
        passcode.enter(asked(config), given)
    assert "install-code-" in caught.value.fields["code"]


def test_a_wrong_code_does_not_tell_the_name_of_the_file(config: Config) -> None:
    name = os.path.basename(passcode.make(config))
    with pytest.raises(Invalid) as caught:
        passcode.enter(asked(config), "wrong")
    assert name not in str(caught.value.fields)


def test_a_code_holds_for_an_hour(config: Config) -> None:
    path = passcode.make(config)
    made_at(path, passcode.LIFE - 5)
    assert passcode.right(config, code_in(path))
    made_at(path, 10)
    assert not passcode.right(config, code_in(path))


def test_who_was_admitted_late_has_an_hour_all_the_same(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = passcode.make(config)
    made_at(path, passcode.LIFE - 5)
    cookie = cookie_for(config, code_in(path))
    now = passcode.time.time()
    monkeypatch.setattr(passcode.time, "time", lambda: now + passcode.LIFE - 10)
    assert passcode.admitted(asked(config, cookie))
    monkeypatch.setattr(passcode.time, "time", lambda: now + passcode.LIFE + 10)
    assert not passcode.admitted(asked(config, cookie))


def test_without_its_file_a_cookie_is_worth_nothing(config: Config) -> None:
    path = passcode.make(config)
    cookie = cookie_for(config, code_in(path))
    os.unlink(path)
    assert not passcode.admitted(asked(config, cookie))
    passcode.make(config)
    assert not passcode.admitted(asked(config, cookie))


@pytest.mark.parametrize("value", [
    "", ".", "1.", "99999999999.", "now.mark", "-5.mark", "1" * 5000 + ".a", "²." + "a" * 64])
def test_a_cookie_that_was_made_up_admits_nobody(config: Config, value: str) -> None:
    passcode.make(config)
    assert not passcode.admitted(asked(config, f"code={value}"))


def test_the_time_in_a_cookie_cannot_be_moved(config: Config) -> None:
    cookie = cookie_for(config, code_in(passcode.make(config)))
    moment, _, mark = cookie.removeprefix("code=").partition(".")
    assert not passcode.admitted(asked(config, f"code={int(moment) + 1}.{mark}"))


def test_many_wrong_codes_do_not_lock_out_whoever_has_the_one_that_was_made(
    config: Config
) -> None:
    code = code_in(passcode.make(config))
    for _ in range(passcode.BURST):
        with pytest.raises(Invalid):
            passcode.enter(asked(config), "wrong")
    with pytest.raises(TooManyRequests):
        passcode.enter(asked(config), "wrong")
    assert passcode.enter(asked(config), code)


def test_many_wrong_codes_are_held_up_and_one_that_was_thought_up_then_too(config: Config) -> None:
    code = "Winter-Harvest-Blue-94-Kite"
    by_hand(config, code)
    for _ in range(passcode.BURST):
        with pytest.raises(Invalid):
            passcode.enter(asked(config), "wrong")
    with pytest.raises(TooManyRequests):
        passcode.enter(asked(config), code)


def test_who_waits_may_try_again(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "Winter-Harvest-Blue-94-Kite"
    by_hand(config, code)
    for _ in range(passcode.BURST):
        with pytest.raises(Invalid):
            passcode.enter(asked(config), "wrong")
    now = passcode.time.time()
    monkeypatch.setattr(passcode.time, "time", lambda: now + passcode.EVERY)
    assert passcode.enter(asked(config), code)


def test_a_code_of_the_owners_own_holds(config: Config) -> None:
    by_hand(config, "Winter-Harvest-Blue-94-Kite\n")
    assert passcode.right(config, "winter harvest blue 94 kite")
    assert os.path.basename(passcode.make(config)) == "install-code-mine.txt"


@pytest.mark.parametrize("text", ["", "\n\n", "secret", "a" * 40, "12121212121212121212121212"])
def test_a_code_that_can_be_guessed_does_not_hold(config: Config, text: str) -> None:
    by_hand(config, text)
    assert not passcode.right(config, text)


def test_a_file_that_others_could_write_does_not_count(config: Config) -> None:
    by_hand(config, "Winter-Harvest-Blue-94-Kite").chmod(0o666)
    assert not passcode.codes(config)


def test_a_link_does_not_count(config: Config, tmp_path: Path) -> None:
    target = by_hand(config, "Winter-Harvest-Blue-94-Kite", "elsewhere")
    Path(config.root, "install-code-link.txt").symlink_to(target)
    assert not passcode.codes(config)


@pytest.mark.as_root
def test_a_file_that_another_user_put_there_does_not_count(config: Config) -> None:
    os.chown(by_hand(config, "Winter-Harvest-Blue-94-Kite"), 12345, 12345)
    assert not passcode.codes(config)


def test_the_file_of_an_owner_is_made_private(config: Config) -> None:
    file = by_hand(config, "Winter-Harvest-Blue-94-Kite")
    passcode.codes(config)
    assert file.stat().st_mode & 0o777 == 0o600


def test_where_nothing_can_be_written_the_owner_is_told_how_to_make_one(tmp_path: Path) -> None:
    config = site(str(tmp_path / "missing"))
    with pytest.raises(Unavailable) as caught:
        passcode.make(config)
    assert "install-code-WORD.txt" in caught.value.sentence


def test_what_was_used_is_forgotten_whole(config: Config) -> None:
    passcode.make(config)
    with pytest.raises(Invalid):
        passcode.enter(asked(config), "wrong")
    passcode.forget(config)
    assert os.listdir(config.root) == []
