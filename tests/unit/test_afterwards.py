"""What is left for after the answer: done once, in time, and never for an error."""
from __future__ import annotations

import pytest

from chapbook import Conflict, Page, Response, later
from chapbook.afterwards import Answered
from chapbook.db import close_kept, connect, kept
from chapbook.engines import Busy
from chapbook.testing import Client

from tests.support.sites import eventually


@pytest.fixture
def left(settings):
    """A page that leaves `work` for later, and the list of what was done."""
    def page(work=None, answer=None) -> Client:
        def show(request):
            for _ in range(2):
                request.after(work or (lambda: done.append("work")))
            return answer() if answer else Response.text("answered")
        return Client(Page(get=show, post=show, form=None), settings)
    done: list[str] = []
    page.done = done
    return page


def test_the_work_is_done_when_the_answer_is_out(left) -> None:
    assert left().get("/").text == "answered"
    assert left.done == ["work", "work"]


def test_an_answer_that_is_an_error_forgets_it(left) -> None:
    def fail():
        raise Conflict()
    assert left(answer=fail).post("/").status == 409
    assert left(answer=lambda: Response.text("no", 422)).post("/").status == 422
    assert left.done == []


def test_a_handler_that_runs_again_leaves_it_once(left) -> None:
    tries = []

    def moody():
        tries.append(True)
        if len(tries) < 3:
            raise Busy(detail="deadlock")
        return Response.text("done")
    assert left(answer=moody).post("/").status == 200
    assert (len(tries), left.done) == (3, ["work", "work"])


def test_work_that_fails_is_a_line_in_the_log_and_no_hindrance_to_the_rest(left, log) -> None:
    def fail():
        left.done.append("tried")
        raise ValueError("no luck")
    assert left(fail).get("/").status == 200
    assert left.done == ["tried", "tried"]
    assert [line for line in log() if " after error=ValueError detail=no luck" in line]


def test_a_server_that_stays_does_it_in_a_thread_with_a_connection_of_its_own(
    settings
) -> None:
    theirs = []

    def show(request):
        request.after(lambda: theirs.append(kept(settings)))
        return Response.text("answered")
    environ = {"REQUEST_METHOD": "GET", "chapbook.config": settings}
    body = Page(get=show)(environ, lambda status, headers: None)
    assert b"".join(body) == b"answered" and not theirs
    body.close()
    assert eventually(lambda: theirs) and theirs != [kept(settings)]


def test_what_a_child_of_a_cgi_process_writes_is_kept_when_its_parent_lets_the_database_go(
    settings, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(later, "one_shot", True)
    with connect(settings) as made:
        made.transact(lambda: made._begin().execute("CREATE TABLE note (text TEXT)"))
    kept(settings).all("SELECT text FROM note")           # the page has looked into the database

    def work() -> None:
        with connect(settings) as own:
            own.all("SELECT text FROM note")
            (tmp_path / "opened").touch()
            eventually((tmp_path / "left").exists)
            own.transact(lambda: own.run("INSERT INTO note (text) VALUES ('sent')"))
            (tmp_path / "written").touch()
    Answered([b""], [work], settings, {}).close()
    eventually((tmp_path / "opened").exists)
    close_kept()                                          # as the CGI process ends
    with connect(settings) as other:
        other.all("SELECT text FROM note")
    (tmp_path / "left").touch()
    eventually((tmp_path / "written").exists)
    with connect(settings) as other:
        assert other.all("SELECT text FROM note") == [{"text": "sent"}]
