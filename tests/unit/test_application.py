"""From a request to an answer: every failure is a complete page, noted in the log."""
from __future__ import annotations

import re

import pytest

from chapbook import application, errorpage, errors, failure
from chapbook.errors import ConfigError, HTTPError, Invalid, NotFound, TooManyRequests, Unavailable
from chapbook.response import SECURITY_HEADERS, Response

HELLO = "<!doctype html><title>Hello</title>"


def hello(request):
    return Response.html(HELLO)


def raising(error):
    def show(request):
        raise error
    return show


class Broken(Exception):
    def __str__(self):
        raise RuntimeError("cannot even be printed")


def test_what_a_handler_returns_is_answered(ask) -> None:
    answer = ask(get=hello).get("/")
    assert (answer.status, answer.text) == (200, HELLO)


def test_head_is_answered_like_get_without_the_body(ask) -> None:
    page = ask(get=hello)
    head, get = page.head("/"), page.get("/")
    assert head.body == b"" and head.status == 200
    assert head.headers == get.headers


def test_a_reader_who_has_the_page_gets_a_304(ask) -> None:
    page = ask(get=hello)
    again = page.get("/", If_None_Match=page.get("/")["ETag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("kind", [
    kind for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, HTTPError)
    and kind is not errors.MethodNotAllowed
])
def test_each_error_is_a_page_of_its_status_with_its_sentence(ask, kind) -> None:
    answer = ask(get=raising(kind())).get("/")
    assert answer.status == kind.status
    assert errorpage.escaped(kind.sentence) in answer.text and kind.title in answer.text
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"


def test_the_sentence_is_shown_and_the_detail_is_for_the_log(ask, log) -> None:
    answer = ask(get=raising(NotFound("No such <topic>.", detail="topic=7"))).get("/")
    assert "No such &lt;topic&gt;." in answer.text and "topic=7" not in answer.text
    assert log()[0].endswith(" error=NotFound detail=topic=7")


def test_an_error_brings_its_headers(ask) -> None:
    assert ask(get=raising(TooManyRequests(retry_after=9))).get("/")["Retry-After"] == "9"
    assert ask(get=raising(Unavailable())).get("/")["Retry-After"] == "5"


def test_an_invalid_form_knows_its_fields() -> None:
    assert Invalid(name="Taken.").fields == {"name": "Taken."}


def test_every_error_page_has_the_security_headers(ask) -> None:
    answer = ask(get=raising(NotFound())).get("/")
    assert dict(SECURITY_HEADERS).items() <= dict(answer.headers).items()


def test_an_exception_is_a_500_that_tells_the_visitor_an_id_only(ask, log) -> None:
    answer = ask(get=raising(ValueError("the secret"))).get("/?token=abc")
    assert answer.status == 500
    assert "secret" not in answer.text and "ValueError" not in answer.text
    found = re.search(r"<code>([0-9a-f]{12})</code>", answer.text)
    assert found and f" {found[1]} 500 " in log()[0]
    assert "error=ValueError detail=the secret" in log()[0]
    assert any("raise error" in line for line in log()[1:])


def test_the_visitors_faults_have_neither_id_nor_traceback(ask, log) -> None:
    answer = ask(get=raising(NotFound(detail="x"))).get("/")
    assert not re.search("<code>", answer.text)
    assert len(log()) == 1


def test_a_plain_404_is_not_worth_a_line(ask, log) -> None:
    ask(get=raising(NotFound())).get("/")
    assert log() == []


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\u2028", "\udc80", "é", "x" * 50_000])
def test_hostile_text_writes_one_line_for_each_event(ask, log, text: str) -> None:
    page = ask(get=raising(NotFound(detail=text)))
    for number in range(3):
        page.request("GET", "/%0d%0a2026", environ={"PATH_INFO": "", "REMOTE_ADDR": "1\n2"})
        assert len(log()) == number + 1


def test_the_log_holds_no_query_no_cookie_and_no_form(ask, log) -> None:
    page = ask(post=raising(ValueError("x")))
    page.request("POST", "/?token=QUERY", b"password=FORM", "application/x-www-form-urlencoded",
                 {"Cookie": "session=COOKIE", "Authorization": "Basic AUTH"})
    assert not re.search("QUERY|FORM|COOKIE|AUTH", "\n".join(log()))


@pytest.mark.parametrize("returned", ["text", None, b"bytes", ("a", 1)])
def test_what_is_no_response_is_an_error_that_names_the_handler(ask, log, returned) -> None:
    def show(request):
        return returned
    assert ask(get=show).get("/").status == 500
    assert "show returned" in log()[0] and "Response.html(...)" in log()[0]


@pytest.mark.parametrize("show", [
    lambda request: Response(b"", headers=[("X-A", "a\r\nSet-Cookie: s=planted")]),
    lambda request: Response(b"", 299),
    raising(NotFound(headers=[("X-A", "a\r\nSet-Cookie: s=planted")])),
], ids=["header", "status", "header of an error"])
def test_an_answer_that_may_not_go_out_is_a_500(ask, show) -> None:
    answer = ask(get=show).get("/")
    assert answer.status == 500
    assert "X-A" not in answer and "Set-Cookie" not in answer


def test_an_error_of_an_unknown_status_is_a_500(ask) -> None:
    class Teapot(HTTPError):
        status = 418
    assert ask(get=raising(Teapot())).get("/").status == 500


@pytest.mark.parametrize("error", [Broken(), Broken(Broken()), RecursionError(), MemoryError()])
def test_no_exception_is_too_broken_for_a_page(ask, error: Exception) -> None:
    answer = ask(get=raising(error)).get("/")
    assert answer.status == 500 and "could not answer" in answer.text


def test_an_error_page_that_fails_is_a_sentence(ask, log, monkeypatch) -> None:
    monkeypatch.setattr(errorpage, "page", lambda *args, **kwargs: 1 / 0)
    answer = ask(get=raising(NotFound())).get("/")
    assert (answer.status, answer["Content-Type"]) == (500, "text/plain; charset=utf-8")
    assert answer.text == HTTPError.sentence + "\n"
    assert "error=ZeroDivisionError" in log()[0]


def test_an_error_that_cannot_be_noted_is_a_sentence(ask, monkeypatch) -> None:
    monkeypatch.setattr(failure, "note", lambda *args: 1 / 0)
    assert ask(get=raising(ValueError())).get("/").text == HTTPError.sentence + "\n"


def test_a_page_that_calls_exit_is_a_500_that_says_so(ask, log) -> None:
    assert ask(get=raising(SystemExit(0))).get("/").status == 500
    assert "the page called sys.exit()" in log()[0]


class Own(BaseException):
    """A page's own exception that is no Exception."""


@pytest.mark.parametrize("error", [GeneratorExit(), BaseExceptionGroup("two", [Own()]), Own("x")])
@pytest.mark.parametrize("debug", [True, False])
def test_what_is_no_exception_is_a_500_too(ask, log, settings, error, debug: bool) -> None:
    settings.site.debug = debug
    for method in ("get", "post"):
        assert ask(**{method: raising(error)}).request(method.upper(), "/").status == 500
    assert f"error={type(error).__name__}" in log()[0]


def test_an_interrupt_is_not_held_up(ask) -> None:
    with pytest.raises(KeyboardInterrupt):
        ask(get=raising(KeyboardInterrupt())).get("/")


def test_a_broken_site_ini_is_a_500_with_its_reason_in_the_log(
    ask, monkeypatch, log, settings
) -> None:
    monkeypatch.setattr("chapbook.log.ROOT", settings.root)
    monkeypatch.setattr(application.settings, "current", raising_without_request)
    answer = ask(get=hello).request("GET", "/", environ={"chapbook.config": None})
    assert answer.status == 500 and "site.ini" not in answer.text
    assert "error=ConfigError detail=site.ini, line 3" in log()[0]


def raising_without_request():
    raise ConfigError("site.ini, line 3 is not of the form: name = value")


def test_in_debug_mode_the_error_is_shown_with_its_source(ask, settings) -> None:
    settings.site.debug = True
    answer = ask(get=raising(ValueError("look <here>"))).get("/")
    assert answer.status == 500
    assert "look &lt;here&gt;" in answer.text and "raise error" in answer.text
    assert answer["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


def test_in_debug_mode_the_visitors_faults_are_the_same_pages(ask, settings) -> None:
    settings.site.debug = True
    assert "raise" not in ask(get=raising(NotFound())).get("/").text


def test_a_debug_page_that_fails_is_a_sentence(ask, settings, monkeypatch) -> None:
    from chapbook import debugpage
    monkeypatch.setattr(debugpage, "page", lambda *args, **kwargs: 1 / 0)
    settings.site.debug = True
    assert ask(get=raising(ValueError())).get("/").text == HTTPError.sentence + "\n"


def test_what_fails_after_the_answer_is_only_noted(ask, log) -> None:
    def show(request):
        request.close = lambda: 1 / 0
        return Response.html(HELLO)
    assert ask(get=show).get("/").status == 200
    assert "ZeroDivisionError" in log()[0]


def test_a_request_has_an_id_of_its_own_unless_the_gateway_gave_it_one(ask) -> None:
    page = ask(get=lambda request: Response.text(request.id))
    assert page.get("/").text != page.get("/").text
    assert page.request("GET", "/", environ={"chapbook.request_id": "abc"}).text == "abc"


@pytest.mark.parametrize("kind", [errors.Forbidden, errors.TooLarge, errors.Unavailable])
def test_a_client_that_asks_for_json_reads_the_sentence_as_json(ask, kind) -> None:
    answer = ask(get=raising(kind())).get("/", Accept="application/json")
    assert (answer.status, answer["Content-Type"]) == (kind.status, "application/json")
    said = answer.json()
    assert (said["sentence"], said["errors"]) == (kind.sentence, {})
    assert len(said["id"]) == (12 if kind.status >= 500 else 0)


@pytest.mark.parametrize("accept", ["", "*/*", "text/html,*/*", "text/html,application/json"])
def test_whoever_takes_a_page_gets_one(ask, accept: str) -> None:
    answer = ask(get=raising(errors.Forbidden())).get("/", Accept=accept)
    assert answer["Content-Type"] == "text/html; charset=utf-8"
