"""A page: which function answers which method, in each of the three ways to say so."""
from __future__ import annotations

import functools

import pytest

from chapbook import Page, Response


def show(request):
    """The page."""
    return Response.text(f"shown by {request.method}")


def sign(request):
    """A form that was sent."""
    return Response.text("signed")


def by_keywords() -> Page:
    return Page(get=show, post=sign, form=None)


def by_decorators() -> Page:
    page = Page(form=None)

    @page.get
    def shown(request):
        return show(request)

    @page.post
    def signed(request):
        return sign(request)
    return page


class Guestbook:
    def get(self, request):
        return show(request)

    def post(self, request):
        return sign(request)


def by_class() -> Page:
    return Page(Guestbook, form=None)


def by_object() -> Page:
    return Page(Guestbook(), form=None)


WAYS = pytest.mark.parametrize("made", [by_keywords, by_decorators, by_class, by_object])


@WAYS
def test_get_and_post_are_answered_by_their_functions(ask, made) -> None:
    page = ask(made())
    assert page.get("/").text == "shown by GET"
    assert page.post("/").text == "signed"


@WAYS
def test_head_is_answered_by_the_function_for_get(ask, made) -> None:
    answer = ask(made()).head("/")
    assert (answer.status, answer.body, answer["Content-Length"]) == (200, b"", "13")


@WAYS
def test_options_tells_the_methods(ask, made) -> None:
    answer = ask(made()).request("OPTIONS", "/")
    assert (answer.status, answer.body, answer["Allow"]) == (204, b"", "GET, HEAD, POST, OPTIONS")


@WAYS
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_another_method_is_a_405_that_tells_the_methods(ask, made, method: str) -> None:
    answer = ask(made()).request(method, "/")
    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_each_method_has_a_keyword_a_decorator_and_a_class_method(ask, method: str) -> None:
    decorated = Page(form=None)
    assert getattr(decorated, method)(sign) is sign
    of_class = type("Of", (), {method: lambda self, request: sign(request)})
    for page in (Page(form=None, **{method: sign}), decorated, Page(of_class, form=None)):
        assert ask(page).request(method.upper(), "/").text == "signed"
        assert ask(page).request("OPTIONS", "/")["Allow"].split(", ")[0] == method.upper()


def test_the_methods_are_told_in_one_order_whatever_the_order_of_the_decorators() -> None:
    page = Page()
    page.delete(sign)
    page.post(sign)
    page.get(show)
    assert page.allowed == ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]


def test_head_is_not_answered_where_get_is_not(ask) -> None:
    answer = ask(post=sign).head("/")
    assert (answer.status, answer["Allow"]) == (405, "POST, OPTIONS")


def test_options_may_not_be_mistaken_for_a_handler(ask) -> None:
    class Odd:
        def get(self, request):
            return show(request)

        def options(self, request):
            raise AssertionError
    assert ask(Page(Odd)).request("OPTIONS", "/").status == 204


def test_a_class_is_made_once(ask) -> None:
    class Counter:
        made = 0

        def __init__(self) -> None:
            Counter.made += 1

        def get(self, request):
            return Response.text("")
    page = ask(Page(Counter))
    page.get("/")
    page.get("/")
    assert Counter.made == 1


def test_a_keyword_wins_over_the_class(ask) -> None:
    assert ask(Page(Guestbook, get=sign)).get("/").text == "signed"


def test_anything_callable_is_a_handler(ask) -> None:
    class Callable:
        def __call__(self, request):
            return Response.text("called")
    assert ask(get=Callable()).get("/").text == "called"
    assert ask(get=functools.partial(show)).get("/").text == "shown by GET"


@pytest.mark.parametrize("handler", ["show", 7, Response(b""), [show]])
def test_what_cannot_be_called_is_refused_when_the_page_is_made(handler: object) -> None:
    with pytest.raises(TypeError, match=r"Page\(get=...\) wants a function"):
        Page(get=handler)  # type: ignore[arg-type]


@pytest.mark.parametrize("methods", [show, "show", 7, object, type("Odd", (), {"GET": show})])
def test_what_has_no_methods_is_refused_when_the_page_is_made(methods: object) -> None:
    with pytest.raises(TypeError, match="none of the methods get, post, put, patch, delete"):
        Page(methods)


def test_a_table_is_not_taken_for_an_object_with_methods() -> None:
    with pytest.raises(TypeError, match=r"Page\(get=..., post=...\)"):
        Page({"get": show})


def test_an_empty_page_answers_nothing(ask) -> None:
    answer = ask(Page()).get("/")
    assert (answer.status, answer["Allow"]) == (405, "OPTIONS")


@pytest.mark.parametrize("rest", ["/feed", "/a/b", "/é", "/..", "/x.css", "//x"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_an_undeclared_rest_of_the_path_is_a_404(ask, method: str, rest: str) -> None:
    answer = ask(get=show, post=sign).request(method, "/page" + rest, environ={
        "SCRIPT_NAME": "/page", "PATH_INFO": rest.encode().decode("latin-1")})
    assert answer.status == 404


def test_a_slash_too_many_leads_back_to_the_page(ask) -> None:
    answer = ask(get=show).request("GET", "/a%20page/", environ={
        "SCRIPT_NAME": "/a page", "PATH_INFO": "/"})
    assert (answer.status, answer["Location"]) == (301, "/a%20page")


def test_a_form_sent_to_a_slash_too_many_is_a_404(ask) -> None:
    answer = ask(post=sign).request("POST", "/page/", environ={
        "SCRIPT_NAME": "/page", "PATH_INFO": "/"})
    assert answer.status == 404


@pytest.mark.parametrize("rest", ["", "/"])
def test_the_address_that_is_only_a_slash_is_the_page_itself(ask, rest: str) -> None:
    assert ask(get=show).request("GET", "/", environ={"PATH_INFO": rest}).status == 200


@pytest.mark.parametrize("other", [Page(get=print), Page])
def test_a_page_made_of_a_page_is_refused(other) -> None:
    with pytest.raises(TypeError, match="use it as it is"):
        Page(other)
