"""The client for tests: what a browser would send, and what it would make of the answer."""
from __future__ import annotations

import pytest

from chapbook import Page, Response
from chapbook.testing import Answer, Client, multipart, site


def echo(request):
    """What the request looks like from inside."""
    files = {name: [upload.name, upload.read().decode()] for name, upload in request.files.pairs()}
    return Response.json({
        "method": request.method, "url": request.url, "query": request.query.pairs(),
        "form": request.form.pairs(), "files": files, "cookies": request.cookies,
        "accept": request.headers.get("Accept-Language"),
    })


def test_get_sends_path_query_and_headers(ask) -> None:
    seen = ask(get=echo).get("/?a=1&b=%C3%A9", Accept_Language="nl").json()
    assert seen["query"] == [["a", "1"], ["b", "é"]]
    assert (seen["method"], seen["accept"]) == ("GET", "nl")


def test_an_address_may_be_written_with_its_accents(ask) -> None:
    assert ask(get=echo).get("/?b=é").json()["query"] == [["b", "é"]]


def test_post_sends_a_form_as_a_browser_on_this_site_would(ask) -> None:
    seen = ask(post=echo).post("/", name="Ann & Bob", message="Hé\nyou").json()
    assert seen["form"] == [["name", "Ann & Bob"], ["message", "Hé\nyou"]]


def test_post_sends_files(ask) -> None:
    seen = ask(post=echo).post("/", name="Ann", files={'a"b': ('x"y.txt', b"content")}).json()
    assert seen["form"] == [["name", "Ann"]]
    assert seen["files"] == {'a"b': ['x"y.txt', "content"]}


def test_a_field_may_be_called_url(ask) -> None:
    assert ask(post=echo).post("/", url="x").json()["form"] == [["url", "x"]]


def test_cookies_that_were_set_are_sent_again_until_they_are_deleted(ask) -> None:
    def show(request):
        response = echo(request)
        for name, age in request.query.pairs():
            response.set_cookie(name, "value", max_age=int(age))
        return response
    client = ask(get=show)
    client.get("/?a=60&b=60")
    assert client.get("/?a=0").json()["cookies"] == {"a": "value", "b": "value"}
    assert client.get("/").json()["cookies"] == {"b": "value"}


def test_the_body_the_type_and_the_environ_may_be_anything(ask) -> None:
    answer = ask(put=lambda request: Response.json([request.json, request.remote_address])).request(
        "PUT", "/", b'{"a": 1}', "application/json", environ={"REMOTE_ADDR": "192.0.2.1"})
    assert answer.json() == [{"a": 1}, "192.0.2.1"]


def test_an_application_that_breaks_the_rules_of_wsgi_is_caught(settings) -> None:
    def broken(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return ["text"]
    with pytest.raises(AssertionError):
        Client(broken, settings).get("/")


def test_an_answer_is_closed_even_when_it_breaks_off(settings) -> None:
    closed = []

    class Body:
        def __iter__(self):
            yield b"x"
            raise OSError("the disk is gone")

        def close(self):
            closed.append(True)

    def broken(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Body()
    with pytest.raises(OSError, match="disk"):
        Client(broken, settings).get("/")
    assert closed == [True]


def test_without_an_application_it_asks_the_scripts_of_the_site(settings, drop) -> None:
    drop("cgi-bin/hello.py", "from chapbook import Page, Response\n"
         "application = Page(get=lambda request: Response.text('hello'))\n")
    assert Client(config=settings).get("/hello").text == "hello"


def test_without_settings_it_asks_this_site() -> None:
    assert Client().get("/nothing-here").status == 404


def test_the_headers_of_an_answer_are_had_in_any_case() -> None:
    answer = Answer(200, [("X-A", "1"), ("x-a", "2")], b'{"a": 1}')
    assert answer["x-A"] == "1" and "X-a" in answer and "X-B" not in answer
    assert answer.json() == {"a": 1}
    assert repr(answer) == "<Answer 200, 8 bytes>"
    with pytest.raises(KeyError):
        answer["X-B"]


def test_the_settings_of_a_test_are_the_defaults_with_changes(tmp_path) -> None:
    made = site(str(tmp_path), site={"title": "Test"}, limits={"fields": "3"})
    assert (made.site.title, made.limits.fields, made.site.language) == ("Test", 3, "en")
    assert made.root == str(tmp_path)


def test_a_multipart_body_of_nothing_is_just_its_end() -> None:
    assert multipart({}, {}) == b"--chapbook-boundary-7f2a--\r\n"


def test_a_page_is_an_application(settings) -> None:
    assert Client(Page(get=echo), settings).get("/").json()["url"] == "/"
