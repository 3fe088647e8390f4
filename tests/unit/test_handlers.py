"""One request, one transaction: what was answered with success is stored, and nothing else is."""
from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from chapbook.engines import Busy
from chapbook.errors import Conflict, Duplicate, Invalid, NotFound
from chapbook.response import Response, redirect


@pytest.fixture
def names(settings):
    """The names in a table of the site's database, which has the one column."""
    path = Path(settings.path(settings.database.file))
    path.parent.mkdir(mode=0o700)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE person (name TEXT PRIMARY KEY)")
    connection.close()

    def stored() -> list[str]:
        connection = sqlite3.connect(path)
        try:
            return [name for name, in connection.execute("SELECT name FROM person ORDER BY name")]
        finally:
            connection.close()
    return stored


def add(request, name="Ann"):
    request.db.run("INSERT INTO person (name) VALUES (:name)", name=name)


def adding(answer):
    """A handler that stores a name and then returns, or raises, the answer."""
    def handler(request):
        add(request)
        if isinstance(answer, BaseException):
            raise answer
        return answer
    return handler


def textual() -> Response:
    """An answer whose body was replaced by what is none."""
    answer = Response(b"")
    answer.body = "text"  # type: ignore[assignment]
    return answer


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_writes_of_a_handler_are_stored(ask, names, method: str) -> None:
    page = ask(**{method.lower(): adding(redirect("/done"))})
    assert page.request(method, "/").status == 303
    assert names() == ["Ann"]


@pytest.mark.parametrize(("answer", "status"), [
    (Response.html("x", 422), 422), (Response.html("x", 500), 500), (Invalid(name="x"), 422),
    (NotFound(), 404), (Conflict(), 409), (ValueError(), 500), (SystemExit(), 500), ("text", 500),
    (None, 500), (Response(b"", 303, [("Location", "/\r\nX: y")]), 500), (Response(b"", 299), 500),
    (Response(b"", 200, [("Connection", "close")]), 500),
    (Response(b"", 200, [("ETag", "v")]), 500),
    (textual(), 500),
], ids=lambda value: type(value).__name__)
def test_nothing_is_stored_for_an_answer_that_is_no_success(ask, names, answer, status) -> None:
    assert ask(post=adding(answer)).post("/").status == status
    assert names() == []


def test_all_writes_of_a_request_are_stored_or_none(ask, names) -> None:
    def handler(request):
        add(request, "Ann")
        add(request, "Ann")
    assert ask(post=handler).post("/").status == 409
    assert names() == []


def test_a_handler_may_catch_a_duplicate_and_go_on(ask, names) -> None:
    def handler(request):
        add(request, "Ann")
        try:
            with request.db.transaction():
                add(request, "Ann")
        except Duplicate:
            add(request, "Bob")
        return redirect("/")
    assert ask(post=handler).post("/").status == 303
    assert names() == ["Ann", "Bob"]


def test_what_is_stored_was_stored_before_the_answer_goes_out(ask, names, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(Response, "prepare", lambda self, *_: seen.append(names()) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask(post=adding(redirect("/"))).post("/")
    assert seen[0] == ["Ann"]


def test_get_only_reads(ask, names, log) -> None:
    page = ask(get=adding(redirect("/")))
    assert page.get("/").status == page.head("/").status == 500
    assert names() == []
    assert "writes belong in a transaction" in log()[0]


def test_get_reads_what_was_stored(ask, names) -> None:
    def show(request):
        return Response.json(request.db.value("SELECT COUNT(*) FROM person"))
    page = ask(get=show, post=adding(redirect("/")))
    assert page.get("/").json() == 0
    page.post("/")
    assert page.get("/").json() == 1


def busy_for(times, answer):
    """A handler that stores a name and is then stood in the way of, so many times."""
    def handler(request):
        add(request)
        handler.calls += 1
        if handler.calls <= times:
            raise Busy(detail="deadlock")
        return answer
    handler.calls = 0
    return handler


def test_a_handler_that_others_stood_in_the_way_of_runs_again_as_a_whole(ask, names) -> None:
    handler = busy_for(3, redirect("/"))
    assert ask(post=handler).post("/").status == 303
    assert (handler.calls, names()) == (4, ["Ann"])


def test_a_handler_that_never_gets_through_is_a_503(ask, names) -> None:
    handler = busy_for(9, redirect("/"))
    answer = ask(post=handler).post("/")
    assert (answer.status, answer["Retry-After"]) == (503, "5")
    assert (handler.calls, names()) == (4, [])


def test_a_form_and_its_files_can_be_read_again_by_each_run(ask, names) -> None:
    read = []

    def handler(request):
        read.append((request.form["name"], request.files["photo"].read()))
        return again(request)
    again = busy_for(1, redirect("/"))
    assert ask(post=handler).post("/", name="Ann", files={"photo": ("a", b"x")}).status == 303
    assert read == [("Ann", b"x")] * 2


def test_a_page_that_does_not_use_the_database_needs_none(ask, settings) -> None:
    page = ask(get=lambda request: Response.text("a"), post=lambda request: Response.text("b"))
    assert (page.get("/").text, page.post("/").text) == ("a", "b")
    assert not Path(settings.path(settings.database.file)).exists()


def test_a_database_that_cannot_be_opened_is_a_503_with_advice_in_the_log(
    ask, settings, capsys
) -> None:
    Path(settings.path("var")).write_text("a file where the folder should be")
    answer = ask(post=adding(redirect("/"))).post("/")
    assert (answer.status, answer["Retry-After"]) == (503, "5")
    assert "cannot be made by user" in capsys.readouterr().err
    assert "site.sqlite" not in answer.text


def test_each_request_is_a_transaction_of_its_own(ask, names) -> None:
    page = ask(post=lambda request: adding(redirect("/"))(request) if request.form else fail())

    def fail():
        raise NotFound()
    assert page.post("/").status == 404
    assert page.post("/", a="1").status == 303
    assert names() == ["Ann"]
