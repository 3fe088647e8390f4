"""A clock that jumps, a year that leaps, summer time in any zone: the site goes on and is right."""
from __future__ import annotations

import re
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from chapbook import filters
from chapbook.testing import Client

HOUR, DAY = 3600, 86_400
NOW = 1_900_000_000                               # in March 2030
JUMPS = {
    "an hour back": [0, -HOUR], "a day back": [0, -DAY], "an hour on": [0, HOUR],
    "back and on": [0, -DAY, DAY, 0], "a leap day": [1_835_395_200 - NOW, 1_835_481_599 - NOW],
    "2038": [2**31 - 1 - NOW, 2**31 - NOW], "beyond 2106": [2**32 - NOW, 2**32 + DAY - NOW],
    "a clock that was never set": [0, -NOW, 0], "a fraction": [0.999, 1.001],
}
# Each zone with a moment (UTC) at which its clocks are set: on, back, by half an hour, by a day.
ZONES = [
    ("Europe/Brussels", 1_774_746_000), ("Europe/Brussels", 1_792_890_000),
    ("America/New_York", 1_772_953_200), ("America/New_York", 1_793_512_800),
    ("Australia/Lord_Howe", 1_775_314_800), ("Asia/Kathmandu", 1_774_746_000),
    ("Pacific/Apia", 1_325_239_200), ("Africa/Casablanca", 1_771_120_800),
    ("America/St_Johns", 1_793_507_400), ("Pacific/Kiritimati", 1_774_746_000),
]


def test_when_the_clock_jumps_pages_are_read_and_forms_are_kept_in_their_order(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = 0
    for name, jump in ((name, jump) for name, jumps in JUMPS.items() for jump in jumps):
        monkeypatch.setattr(time, "time", lambda: NOW + jump)
        page = stranger.get("/guestbook")
        token = re.search(r'name="_once" value="([^"]+)"', page.text)
        assert page.status == 200 and token, name
        sent += 1
        words = {"name": "Ann", "message": f"number {sent}", "place": "", "_once": token[1]}
        assert stranger.post("/guestbook", **words).status == 303, name
        letter = {"name": "Ann", "email": "ann@example.org", "about": "A question", "_gotcha": "",
                  "message": f"This is letter {sent}."}
        assert stranger.post("/forms/contact", **letter).status in (200, 303), name
        for path in ("/", "/guestbook", "/guestbook/feed"):
            assert stranger.get(path).status == 200, name
    found = re.findall(r"number \d+", stranger.get("/guestbook").text)
    assert found == [f"number {number}" for number in range(sent, sent - 20, -1)][:len(found)]
    assert len(found) == min(sent, 20)


def test_a_form_that_was_opened_before_the_clock_was_set_back_can_be_sent(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = re.search(r'name="_once" value="([^"]+)"', stranger.get("/guestbook").text)
    assert token
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - HOUR)
    for _ in range(2):
        answer = stranger.post("/guestbook", name="Ann", place="", message="Hi", _once=token[1])
        if answer.status == 422:                  # looked at again, with nothing lost
            assert ">Hi</textarea>" in answer.text.replace("\n", "")
            token = re.search(r'name="_once" value="([^"]+)"', answer.text)
            assert token
        else:
            assert answer.status == 303
    assert stranger.get("/guestbook").text.count("Hi</p>") == 1


@pytest.mark.parametrize(("zone", "moment"), ZONES)
def test_every_moment_is_shown_as_itself_where_clocks_are_set(zone: str, moment: int) -> None:
    shown = filters.made(zone)
    for at in range(moment - 90_000, moment + 90_001, 900):
        local = datetime.fromtimestamp(at, timezone.utc).astimezone(ZoneInfo(zone))
        assert datetime.fromisoformat(shown["iso"](at)).timestamp() == at
        assert shown["datetime"](at) == (
            f"{local.day} {local:%B} {local.year}, {local.hour}:{local:%M}")
        assert f'datetime="{shown["iso"](at)}"' in shown["time"](at)
