"""kill -9 at every change that an upgrade makes to the disk: the site works as before, or as after.

Each step runs as it does on a host: in a process of its own, by CGI. After the kill only visitors
come, who know nothing of it.
"""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from chapbook import db
from collection import guestbook

from tests.support.upgrades import ONE, TWO, Upgradable

KILLING = str(Path(__file__).resolve().parents[2] / "support/killing")
MOST_VISITS = 8
KILLS = int(os.environ.get("KILLS", "16"))           # KILLS=200 kills at every change
# How many places each step is killed at, at the most, evenly spread: each costs half a second.
PLACES = {name: most * KILLS // 16 for name, most in {
    "begin": 5, "save": 4, "place": 10, "migrate": 5, "back": 5}.items()}


def step(site: Upgradable, name: str, token: str, **variables: str) -> str:
    """Take one step of the upgrade as its visitor does; the token."""
    if variables:
        variables = {"PYTHONPATH": KILLING, "KILL_IN": str(site.root), **variables}
    if name == "begin":
        return site.begin(site.root / "var/upgrade/two.zip", **variables)
    site.settle()
    site.ask(cookie=f"chapbook-upgrade={token}", **variables)
    return token


ORDER = ("begin", "save", "place", "migrate")
ENDS = {"begin": "closed", "save": "saved", "place": "placed", "migrate": "done"}


def prepared(site: Upgradable, name: str) -> str:
    """Take all steps before this one; the token."""
    site.zip(site.root / "var/upgrade/two.zip", site.two())
    token = ""
    for earlier in ORDER[:ORDER.index(name)]:
        token = step(site, earlier, token)
        assert site.stage == ENDS[earlier]
    return token


def counted(site: Upgradable, counter: Path, name: str, token: str) -> tuple[int, str]:
    """Take a step; how many changes to the disk it makes, and the token."""
    token = step(site, name, token, KILL_COUNT=str(counter))
    return int(counter.read_text()), token


def places(count: int, most: int) -> list[int]:
    """So many of the numbers 1 to count, the first and the last among them."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({round(1 + (count - 1) * number / (most - 1)) for number in range(most)})


def visited(site: Upgradable) -> str:
    """The site's front page, after as many visits as it takes; all answers are complete."""
    for _ in range(MOST_VISITS):
        answer = site.ask()
        assert answer.status in (200, 503), answer
        assert "</html>" in answer.text, answer
        if answer.status == 200:
            return answer.text
        assert "Back in a moment" in answer.text and int(answer.headers["Retry-After"]) > 0
        site.settle()
    raise AssertionError(f"after {MOST_VISITS} visits it is {site.stage}")


def rows(site: Upgradable) -> list[str]:
    with db.connect(site.config()) as database:
        return [row.name for row in database.all("SELECT name FROM guestbook_entry ORDER BY id")]


@pytest.fixture(scope="module")
def guarded(first: Upgradable) -> Upgradable:
    """Release one, with something of its visitors."""
    with db.connect(first.config()) as database:
        database.transact(
            lambda: guestbook.sign(database, "Ann", "Hello", wait=False))
    (first.root / "var/uploads").mkdir(exist_ok=True)
    (first.root / "var/uploads/a.txt").write_text("kept")
    return first


@pytest.mark.parametrize("name", ORDER)
def test_a_kill_at_any_change_leaves_the_site_as_before_or_as_after(
    guarded: Upgradable, tmp_path: Path, name: str,
) -> None:
    before = guarded.state()
    counting = guarded.copy(tmp_path / "counting")
    count, token = counted(counting, tmp_path / "count", name, prepared(counting, name))
    for later in ORDER[ORDER.index(name) + 1:]:
        step(counting, later, token)
    assert counting.stage == "done"
    after = counting.state()
    assert after != before
    outcomes = set()
    for place in places(count, PLACES[name]):
        site = guarded.copy(tmp_path / f"{name} {place}")
        step(site, name, prepared(site, name), KILL_AT=str(place))
        page = visited(site)
        found = site.state()
        assert found == (after if TWO in page else before), f"killed at {place} of {count}"
        assert (TWO in page) != (ONE in page)
        assert not (site.root / "var/maintenance").exists()
        assert rows(site) == ["Ann"]
        assert (site.root / "var/uploads/a.txt").read_text() == "kept"
        outcomes.add(TWO in page)
    # What was not begun is as before; once files are being put, the upgrade is finished.
    assert outcomes == {"place": {True, False}, "migrate": {True}}.get(name, {False})


BACK = ("from chapbook import config\nfrom chapbook.upgrade import steps\n"
        "steps.take_back(config.current())")


def test_a_kill_while_going_back_leaves_the_site_as_before_or_as_after(
    guarded: Upgradable, tmp_path: Path,
) -> None:
    upgraded = guarded.copy(tmp_path / "upgraded")
    token = prepared(upgraded, "migrate")
    step(upgraded, "migrate", token)
    before, after = upgraded.state(), guarded.state()
    counting = upgraded.copy(tmp_path / "counting")
    assert counting.run(BACK).returncode == 0
    count = counted(counting, tmp_path / "count", "undo", "")[0]
    for place in places(count, PLACES["back"]):
        site = upgraded.copy(tmp_path / f"back {place}")
        site.run(BACK)
        step(site, "undo", "", KILL_AT=str(place))
        assert ONE in visited(site)
        assert site.state() == after, f"killed at {place} of {count}"
    for place in range(1, 6):
        site = upgraded.copy(tmp_path / f"begun {place}")
        site.run(BACK, PYTHONPATH=KILLING, KILL_IN=str(site.root), KILL_AT=str(place))
        page = visited(site)
        assert site.state() == (after if ONE in page else before)
        assert rows(site) == ["Ann"]
