"""An upgrade by CGI, from the zip to the open site: what goes wrong takes it all back."""
from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chapbook.upgrade import moves

from tests.support.upgrades import ONE, STEP, TWO, Upgradable

FRONT = "private/templates/index.html"


@pytest.fixture
def path(site: Upgradable) -> Path:
    """Where the zip lies."""
    return site.root / "var/upgrade/two.zip"


def begun(site: Upgradable, path: Path, changes: dict[str, bytes | None]) -> str:
    """Begin an upgrade with these changes; the token."""
    token = site.begin(site.zip(path, changes))
    assert site.stage == "closed", token
    return token


def driven(site: Upgradable, token: str) -> str:
    """Go on until the site is open; the page that is seen then."""
    for _ in range(8):
        site.settle()
        answer = site.ask(cookie=f"{moves.COOKIE}={token}")
        assert answer.status == 200, answer
        if "Refresh" not in answer.headers:
            return answer.text
        assert "The upgrade goes on" in answer.text
    raise AssertionError(site.stage)


def said(site: Upgradable) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.root / "var/upgrade/work/said.json").read_text())
    return found


def test_it_is_done_step_by_step_and_visitors_are_told_to_wait(
    site: Upgradable, path: Path,
) -> None:
    token = begun(site, path, site.two())
    visitor = site.ask()
    assert visitor.status == 503 and "Back in a moment" in visitor.text
    assert int(visitor.headers["Retry-After"]) > 0
    assert "default-src 'none'" in visitor.headers["Content-Security-Policy"]
    assert site.ask(method="HEAD").text == ""
    assert "Refresh" not in site.ask(method="POST").headers
    page = driven(site, token)
    assert TWO in page and ONE not in page
    assert said(site)["outcome"] == "done"
    assert len(list((site.root / "var/backups").glob("*.zip"))) == 1
    assert not site.path("private/cgi-bin/guestbook.py").exists()
    assert site.path("public/two/new.txt").stat().st_mode & 0o777 == 0o644
    assert "ended=done" in (site.root / "var/log/chapbook.log").read_text()


def test_a_token_of_somebody_else_waits_as_everybody_does(site: Upgradable, path: Path) -> None:
    begun(site, path, site.two())
    for cookie in (f"{moves.COOKIE}={'0' * 32}", f"{moves.COOKIE}="):
        assert site.ask(cookie=cookie).status == 503
    assert site.stage == "closed"


@pytest.mark.parametrize("changes, why", [
    ({FRONT: b"{{ nothing.at.all }}"}, "The page / answers 500"),
    ({"private/cgi-bin/forms.py": b"#!/usr/bin/env python3\nimport nothing_of_the_kind\n"
      b"application = 1\n\nif __name__ == '__main__':\n    run(application)\n"},
     "cgi-bin/forms.py cannot be loaded: ModuleNotFoundError"),
    ({"private/lib/chapbook/errors.py": b"raise RuntimeError('too new')\n"},
     "The new release cannot be started: RuntimeError: too new"),
    ({"private/lib/chapbook/upgrade/door.py": b"import nothing_of_the_kind\n"},
     "The new release cannot be started: ModuleNotFoundError"),
    ({**STEP, "private/lib/collection/schema/second.001.sqlite.sql": b"CREATE NONSENSE;\n"},
     "second.001.sqlite.sql failed"),
], ids=["a page that fails", "a script that cannot be loaded", "a module that cannot be imported",
        "no way in for the next step", "a table that cannot be made"])
def test_a_broken_release_is_taken_back_by_itself_and_why_is_said(
    site: Upgradable, path: Path, changes: dict[str, bytes | None], why: str,
) -> None:
    before = site.state()
    page = driven(site, begun(site, path, {**site.two(), FRONT: site.two()[FRONT], **changes}))
    assert ONE in page
    assert said(site)["outcome"] == "undone" and why in said(site)["why"]
    assert site.state() == before
    assert site.stage == "undone" and not (site.root / "var/maintenance").exists()


def test_without_its_backup_nothing_is_upgraded(site: Upgradable, path: Path) -> None:
    before = site.state()
    (site.root / "var/backups").write_text("in the way")
    page = driven(site, begun(site, path, site.two()))
    assert ONE in page and site.state() == before
    assert said(site)["why"].startswith("The backup could not be made: ")


def test_what_cannot_be_put_takes_all_back(site: Upgradable, path: Path) -> None:
    before = site.state()
    token = begun(site, path, site.two())
    assert site.ask(cookie=f"{moves.COOKIE}={token}").status == 200
    (site.root / "htdocs/robots.txt").unlink()
    (site.root / "htdocs/robots.txt/in the way").mkdir(parents=True)
    driven(site, token)
    assert "robots.txt could not be put in its place" in said(site)["why"]
    (site.root / "htdocs/robots.txt/in the way").rmdir()
    assert {name: data for name, data in site.state().items() if "robots" not in name} == {
        name: data for name, data in before.items() if "robots" not in name}
    assert site.ask().status == 200


def test_a_full_disk_changes_nothing_and_is_said(site: Upgradable, path: Path) -> None:
    site.zip(path, {**site.two(), "public/large.bin": os.urandom(400_000)})
    before = site.state()
    code = ("import sys\n"
            f"sys.path.insert(0, {str(site.root / 'lib')!r})\n"
            "from chapbook import config\nfrom chapbook.upgrade import steps\n"
            "try:\n"
            f"    steps.begin(config.current(), {str(path)!r})\n"
            "except steps.Refused as refused:\n    print(refused)\n")
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd="/", env={},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)))
    assert "Nothing was changed." in found.stdout, found.stderr
    assert site.state() == before and site.stage == ""
    assert not (site.root / "var/upgrade/next").exists()
    assert ONE in site.ask().text


def test_of_eight_upgrades_at_once_one_runs(site: Upgradable, path: Path) -> None:
    site.zip(path, site.two())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: site.begin(path), range(8)))
    tokens = [answer for answer in answers if len(answer) == 32]
    assert len(tokens) == 1, answers
    assert all("Another upgrade of this site is under way" in answer
               for answer in answers if answer not in tokens)
    assert TWO in driven(site, tokens[0])


def test_who_began_may_go_away(site: Upgradable, path: Path) -> None:
    """Before the files are put, nothing is done then; after it, the next visitor finishes it."""
    begun(site, path, site.two())
    site.settle()
    assert ONE in site.ask().text and site.stage == "undone"
    token = begun(site, path, site.two())
    for stage in ("saved", "placed"):
        site.settle()
        site.ask(cookie=f"{moves.COOKIE}={token}")
        assert site.stage == stage
    assert site.ask().status == 503
    site.settle()
    assert TWO in site.ask().text


def test_what_is_stopped_again_and_again_is_taken_back(site: Upgradable, path: Path) -> None:
    """A host may end a step each time, before it comes to anything."""
    before = site.state()
    token = begun(site, path, {**site.two(), "private/lib/collection/demo.py": b""})
    for _ in range(2):
        site.settle()
        site.ask(cookie=f"{moves.COOKIE}={token}")
    assert site.stage == "placed"
    work = site.root / "var/upgrade/work"
    (work / "tries.0").rename(work / f"tries.{moves.TRIES}")
    assert ONE in driven(site, token)
    assert f"stopped {moves.TRIES} times" in said(site)["why"] and site.state() == before


def test_the_owner_can_close_the_site_by_a_file(site: Upgradable) -> None:
    (site.root / "var/maintenance").touch()
    for script in ("index", "account/signin"):
        assert site.ask(script).status == 503
    assert (site.root / "var/maintenance").exists()
    (site.root / "var/maintenance").unlink()
    assert site.ask().status == 200


def test_an_upgrade_is_refused_while_the_owner_has_closed_the_site(
    site: Upgradable, path: Path,
) -> None:
    (site.root / "var/maintenance").touch()
    assert "by the file var/maintenance" in site.begin(site.zip(path, site.two()))
    assert site.stage == ""


def test_a_restore_that_was_killed_is_attended_to(site: Upgradable) -> None:
    (site.root / "var/maintenance").write_bytes(b"restore\n")
    assert site.ask().status == 200
    assert not (site.root / "var/maintenance").exists()


def test_who_began_asks_again_soon_while_another_takes_the_step(
    site: Upgradable, path: Path,
) -> None:
    token = begun(site, path, site.two())
    lock = moves.hold(str(site.root))
    assert lock is not None
    try:
        answer = site.ask(cookie=f"{moves.COOKIE}={token}")
        assert (answer.status, answer.headers["Refresh"]) == (503, "2")
        assert int(site.ask().headers["Refresh"]) >= 10
    finally:
        os.close(lock)
    assert site.stage == "closed"


def test_an_upgrade_from_a_disk_that_cannot_be_written_waits(site: Upgradable, path: Path) -> None:
    """Nobody can take the lock; the visitor is told to wait, and nothing else happens."""
    token = begun(site, path, site.two())
    (site.root / "var/upgrade/lock").unlink()
    (site.root / "var/upgrade/lock").mkdir()
    answer = site.ask(cookie=f"{moves.COOKIE}={token}")
    assert answer.status == 503 and "the upgrade cannot go on" in answer.errors


def test_an_edit_after_the_upgrade_is_kept_when_going_back(site: Upgradable, path: Path) -> None:
    driven(site, begun(site, path, site.two()))
    site.write(FRONT, b"mine")
    site.run("from chapbook import config\nfrom chapbook.upgrade import steps\n"
             "steps.take_back(config.current())")
    assert site.stage == "undoing"
    site.settle()
    assert ONE in site.ask().text
    assert site.read(FRONT + ".mine") == b"mine"


def test_a_page_asks_for_the_file_once(site: Upgradable) -> None:
    """One stat in each request, and no module more."""
    code = ("import os, sys\n"
            "count, real = [], os.stat\n"
            "def stat(path, *more, **named):\n"
            "    if str(path).endswith('var/maintenance'): count.append(path)\n"
            "    return real(path, *more, **named)\n"
            "os.stat = stat\n"
            f"sys.path.insert(0, {str(site.root / 'lib')!r})\n"
            "import chapbook\n"
            "print(len(count), 'chapbook.closed' in sys.modules)")
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/",
                           env={"GATEWAY_INTERFACE": "CGI/1.1"})
    assert found.stderr.split() + found.stdout.split() == ["1", "False"], found


def test_a_process_that_starts_meanwhile_waits_until_lib_is_whole(
    site: Upgradable, path: Path,
) -> None:
    token = begun(site, path, site.two())
    site.settle()
    site.ask(cookie=f"{moves.COOKIE}={token}")
    root = str(site.root)
    lock = moves.hold(root)
    assert lock is not None
    moves.turn(root, "saved", "placing")
    with ThreadPoolExecutor(1) as pool:
        started = pool.submit(site.run, "import chapbook.response, chapbook.errors\n"
                              "print(hasattr(chapbook.errors, 'NEW_IN_TWO'))")
        time.sleep(0.3)
        assert not started.done()
        site.settle()
        moves.finish(root)
        os.close(lock)
        assert started.result().stdout == "True\n"
