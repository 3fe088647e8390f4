"""A handler that runs again after a contention finds the request as new, on both engines."""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chapbook import Page
from chapbook.config import Config
from chapbook.db import Database, close_kept, kept
from chapbook.engines import Busy, Lost
from chapbook.errors import Conflict, DatabaseError
from chapbook.response import Response
from chapbook.testing import Client

from tests.support.tables import THING, make
from tests.support.threads import together

JSON, TEXT = "application/json", "text/plain"


@pytest.fixture
def config(db: Database, database_config: Config, tmp_path: Path):
    """The settings of a site with the table `thing`, once for each engine."""
    make(db, THING)
    database_config.root = str(tmp_path)
    yield database_config
    close_kept()


@pytest.fixture
def stored(db: Database) -> Callable[[], list[str]]:
    """The names that are stored."""
    return lambda: [row.name for row in db.all("SELECT name FROM thing ORDER BY id")]


def storing(read: Callable, times: int = 1, error: BaseException | None = None):
    """A handler that stores what `read(request)` gives, and is stood in the way of so often."""
    def handler(request):
        request.db.insert("INSERT INTO thing (name) VALUES (:name)", name=read(request))
        handler.runs += 1
        if handler.runs <= times:
            raise error or Busy(detail="deadlock")
        return Response.text("stored")
    handler.runs = 0
    return handler


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_raw_body_is_there_again(config, stored, times: int) -> None:
    handler = storing(lambda request: request.body.read_all(1000).decode(), times)
    client = Client(Page(post=handler, form=None), config)
    assert client.request("POST", "/", b"paid", TEXT).status == 200
    assert (handler.runs, stored()) == (times + 1, ["paid"])


def test_a_json_body_is_there_again_as_it_was_sent(config, stored) -> None:
    handler = storing(lambda request: request.json.pop("name"))
    client = Client(Page(post=handler, form=None), config)
    assert client.request("POST", "/", b'{"name": "Ann"}', JSON).status == 200
    assert stored() == ["Ann"]


@pytest.mark.parametrize("size", [4, 100_000])
def test_the_file_of_an_upload_is_at_its_beginning_again(config, stored, size: int) -> None:
    handler = storing(lambda request: str(len(request.files["f"].file.read())))
    files = {"f": ("a.txt", b"x" * size)}
    assert Client(Page(post=handler, form=None), config).post("/", files=files).status == 200
    assert stored() == [str(size)]


def parts(request) -> str:
    return (request.body.read(2) + request.body.read(1000)).decode()


def part(request) -> str:
    return request.body.read(2).decode()


def after_a_part(request) -> str:
    return (request.body.read(2) + request.body.read_all(1000)).decode()


@pytest.mark.parametrize("read", [parts, part, after_a_part])
def test_a_body_that_was_read_in_parts_is_a_503_and_nothing_is_stored(
    config, stored, read
) -> None:
    handler = storing(read)
    client = Client(Page(post=handler, form=None), config)
    assert client.request("POST", "/", b"paid", TEXT).status == 503
    assert (handler.runs, stored()) == (1, [])
    assert "read_all(limit)" in Path(config.path("var/log/chapbook.log")).read_text("ascii")


def test_a_file_of_an_upload_that_was_closed_is_a_503(config, stored) -> None:
    def read(request) -> str:
        with request.files["f"].file as file:
            return file.read().decode()
    client = Client(Page(post=storing(read), form=None), config)
    assert client.post("/", files={"f": ("a.txt", b"x")}).status == 503
    assert stored() == []


@pytest.fixture
def save(config):
    """A reader for `storing` that saves the upload to the file kept.bin, and gives its name."""
    target = config.path("kept.bin")

    def saving(request) -> str:
        request.files["f"].save(target)
        return os.path.basename(target)
    saving.exists = lambda: os.path.exists(target)
    saving.post = lambda handler: Client(Page(post=handler, form=None), config).post(
        "/", files={"f": ("a.txt", b"content")})
    return saving


def test_an_upload_is_saved_once_by_a_handler_that_runs_again(save, stored) -> None:
    assert save.post(storing(save)).status == 200
    assert stored() == ["kept.bin"] and save.exists()


@pytest.mark.parametrize("error", [Conflict(), ValueError(), DatabaseError(), Busy()])
def test_an_upload_that_was_saved_goes_with_the_writes(save, stored, error) -> None:
    assert save.post(storing(save, 9, error)).status >= 400
    assert stored() == [] and not save.exists()


def test_an_upload_that_was_saved_goes_with_an_answer_that_is_no_success(save) -> None:
    def handler(request):
        return Response.text(save(request), 422)
    assert save.post(handler).status == 422
    assert not save.exists()


def test_a_saved_upload_that_the_handler_moved_is_no_error(save, config) -> None:
    def handler(request):
        save(request)
        os.rename(config.path("kept.bin"), config.path("moved.bin"))
        raise Conflict()
    assert save.post(handler).status == 409


def test_a_saved_upload_stays_where_nobody_knows_whether_the_writes_did(
    save, config, monkeypatch
) -> None:
    def lost(session):
        raise Lost(detail="gone during COMMIT")
    handler = storing(save, 0)
    with kept(config) as database:
        database.value("SELECT 1")
        monkeypatch.setattr(type(database._session), "commit", lost)
        assert save.post(handler).status == 503
    assert handler.runs == 1 and save.exists()


def test_no_post_is_lost_where_visitors_deadlock(config, db, stored) -> None:
    with db.transaction():
        for name in ("a", "b"):
            db.insert("INSERT INTO thing (name, number) VALUES (:name, 0)", name=name)

    def pay(request):
        for name in request.query["order"]:
            request.db.run("UPDATE thing SET number = number + 1 WHERE name = :name", name=name)
        sent = request.body.read_all(100).decode()
        request.db.insert("INSERT INTO thing (name) VALUES (:name)", name=sent)
        return Response.text("stored")

    def visitor(order: str, who: str) -> None:
        client = Client(Page(post=pay, form=None), config)
        for number in range(5):
            sent = f"{who}{number}"
            if client.request("POST", f"/?order={order}", sent.encode(), TEXT).status == 200:
                paid.append(sent)
        close_kept()

    paid: list[str] = []
    together(lambda: visitor("ab", "x"), lambda: visitor("ba", "y"))
    assert set(stored()) == {"a", "b", *paid}
