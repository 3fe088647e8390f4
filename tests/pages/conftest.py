"""Pages as a visitor meets them: every script of the site, in process, on both databases."""
from __future__ import annotations

import html5lib
import pytest

from chapbook import schema
from chapbook.config import Config
from chapbook.db import close_kept, connect
from chapbook.testing import Answer, Client

from tests.support.ann import Ann
from tests.support.owner import Owner
from tests.support.people import People


class Visitor(Client):
    """A client that refuses any page of HTML that a strict parser would."""

    def request(self, *args, **kwargs) -> Answer:
        answer = super().request(*args, **kwargs)
        if answer.body and answer["Content-Type"].startswith("text/html"):
            html5lib.HTMLParser(strict=True).parse(answer.body, transport_encoding="utf-8")
        return answer


@pytest.fixture
def visitor(database_config: Config):
    """A visitor of this site with an empty database, once for each engine."""
    with connect(database_config) as database:
        schema.bring_up(database, database_config)
    yield Visitor(config=database_config)
    close_kept()


@pytest.fixture
def people(visitor, database_config: Config):
    """People with accounts, signed in; see tests.support.people."""
    return People(lambda: Visitor(config=database_config), database_config)


@pytest.fixture
def ann(people, tmp_path, monkeypatch):
    """A member with a password, signed in, where hashes cost nothing."""
    from chapbook.accounts import passwords
    from chapbook.signing import blake2b

    monkeypatch.setattr(passwords, "_digest", lambda kind, data, salt, size: blake2b(
        data, salt=salt[:16], digest_size=size).digest())
    vars(people.config.paths).update(uploads=str(tmp_path / "uploads"))
    return Ann(people)


@pytest.fixture
def owner(people, database_config: Config, tmp_path):
    """An administrator of this site, and what is in the inbox."""
    vars(database_config.paths).update(uploads=str(tmp_path / "uploads"))
    return Owner(people.administrator, database_config)
