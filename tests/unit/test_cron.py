"""./chapbook cron: mail that waits goes out, chores are done, and nothing is said about it."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chapbook import config as configuration, mail
from chapbook.cli.commands import commands
from chapbook.config import Config
from chapbook.db import connect
from chapbook.mail import folder

from tests.support.outbox import make_due, put, site


@pytest.fixture
def shop(database_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A site with an outbox, without a collection, that the commands take for theirs."""
    made = site(tmp_path, database_config)
    monkeypatch.setattr(configuration, "current", lambda: made)
    return made


def cron(*options: str) -> Result:
    return CliRunner().invoke(commands, ["cron", *options])


def test_it_sends_what_waits_and_says_nothing(shop: Config) -> None:
    with connect(shop) as db:
        put(db), put(db)
        assert not mail.cron_was_here(db)
        result = cron()
        assert (result.output, result.exit_code) == ("", 0)
        assert [found.state for found in mail.state(db, "order 1")] == ["sent", "sent"]
        assert mail.cron_was_here(db)
    assert len(folder.names(shop)) == 2


def test_it_says_what_it_did_when_asked(shop: Config) -> None:
    with connect(shop) as db:
        put(db)
        Path(shop.path("var/mail")).write_text("a file, so that no mail can be put there")
        result = cron("--verbose")
        assert result.output.startswith(
            "Mails: 0 sent, 1 to be tried again, 0 failed for good.\nWhy is in ")
        assert "could not be written into" in mail.state(db, "order 1")[0].last_error


def test_mails_that_have_failed_are_tried_again_when_asked(shop: Config) -> None:
    with connect(shop) as db:
        put(db)
        with db.transaction():
            db.run("UPDATE outbox SET state = 'failed'")
        assert cron("-v").output.startswith("Mails: 0 sent")
        result = cron("--again", "-v")
        assert result.output == ("Mails that had failed, to be tried again: 1.\n"
                                 "Mails: 1 sent, 0 to be tried again, 0 failed for good.\n")


def test_the_collections_chores_are_done(shop: Config, tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "lib/collection"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "chores.py").write_text(
        "def run(db, config):\n    with db.transaction():\n        db.run('DELETE FROM outbox')\n"
        "    return f'Swept: {config.site.owner}.'\n")
    monkeypatch.syspath_prepend(str(tmp_path / "lib"))
    for name in [name for name in sys.modules if name.split(".")[0] == "collection"]:
        monkeypatch.delitem(sys.modules, name)
    with connect(shop) as db:
        put(db, hold=True)
        assert cron("-v").output.endswith(".\nSwept: jo@bakery.example.\n")
        assert mail.state(db, "order 1") == []
    for name in [name for name in sys.modules if name.split(".")[0] == "collection"]:
        monkeypatch.delitem(sys.modules, name)


def test_a_database_without_tables_is_told_with_the_next_step(
        database_config: Config, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(configuration, "current", lambda: database_config)
    result = cron()
    assert result.exit_code == 1 and "./chapbook migrate" in result.output


def test_after_an_answer_a_few_mails_are_sent_unless_cron_is_there(shop: Config) -> None:
    class Request:
        def __init__(self, db) -> None:
            self.db, self.config, self.work = db, shop, []

        def after(self, work) -> None:
            self.work.append(work)

    with connect(shop) as db:
        for _ in range(5):
            put(db)
        request = Request(db)
        mail.send_soon(request)
        request.work.pop()()
        assert [found.state for found in mail.state(db, "order 1")].count("sent") == 3
        for _ in range(3):
            put(db)
        with db.transaction():                # others are at it
            db.run("UPDATE outbox SET claim = 'x', due_at = due_at + 1000 WHERE id <= 6")
            db.run("UPDATE outbox SET state = 'waiting' WHERE id <= 6")
        mail.send_soon(request)
        request.work.pop()()
        assert [found.state for found in mail.state(db, "order 1")].count("sent") == 0
        make_due(db)
        db.transact(mail.note_cron, db)
        mail.send_soon(request)
        assert request.work == []


def test_an_error_after_an_answer_is_in_the_log(database_config: Config, tmp_path: Path) -> None:
    broken = configuration.load(None, {"database": {"file": str(tmp_path / "none/none.sqlite")}},
                                str(tmp_path))
    mail._after(broken)
    assert " mail detail=" in (tmp_path / "var/log/chapbook.log").read_text()
