"""The way of a form: held to the page's own GET, refused with that page, typed for the handler."""
from __future__ import annotations

import datetime
import json

import pytest

from chapbook import Forbidden, Invalid, NotFound, Page, Response, Routes, redirect
from chapbook.page import OWN
from chapbook.testing import Client

FORM = "application/x-www-form-urlencoded"
TOP = '<!doctype html>\n<html lang="en">\n<title>Booking</title>\n'
BOOKING = TOP + """<form method="post">
<p><label>Name <input name="name" required maxlength="20"></label></p>
<p><label>Guests <input name="guests" type="number" min="1" max="8"></label></p>
<p><label>Day <input name="day" type="date"></label></p>
<p><label>Quiet <input name="quiet" type="checkbox"></label></p>
<p><label>Menu <select name="menu"><option>Fish<option>Beans</select></label></p>
<input type="hidden" name="room" value="7">
<p><button name="act" value="book">Book</button> <button name="act" value="ask">Ask</button></p>
</form>
"""


class Desk:
    """A page with the form; keeps what the handler was given."""

    def __init__(self, text: str = BOOKING, answer=None) -> None:
        self.text, self.answer, self.given = text, answer, []

    def show(self, request):
        return Response.html(self.text)

    def take(self, request):
        self.given.append(request.form)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer(request) if self.answer else redirect(request.url)


@pytest.fixture
def at(ask):
    """A client at a desk's page."""
    def made(desk: Desk, form=OWN) -> Client:
        return ask(get=desk.show, post=desk.take, form=form)
    return made


WHOLE = {"name": "Ann", "guests": "4", "day": "2026-12-01", "menu": "Beans", "room": "7"}


def test_the_handler_gets_the_fields_of_the_form_typed_and_nothing_else(at) -> None:
    desk = Desk()
    assert at(desk).post("/", **WHOLE, quiet="on", act="ask", admin="yes").status == 303
    assert desk.given == [{
        "name": "Ann", "guests": 4, "day": datetime.date(2026, 12, 1), "quiet": True,
        "menu": "Beans", "room": "7", "act": "ask"}]


def test_what_is_not_filled_in_is_none_or_false(at) -> None:
    desk = Desk()
    assert at(desk).post("/", name="Ann", guests="", day="", menu="Fish", room="7").status == 303
    assert desk.given == [{"name": "Ann", "guests": None, "day": None, "quiet": False,
                           "menu": "Fish", "room": "7", "act": None}]


@pytest.mark.parametrize(("change", "sentence"), [
    ({"name": ""}, "Name is required."), ({"guests": "9"}, "Guests must be at most 8."),
    ({"guests": "many"}, "Guests must be a whole number."),
    ({"menu": "Ham"}, "Please choose one of the options for “Menu”."),
    ({"room": "8"}, "The page has changed since you opened it."),
])
def test_what_does_not_fit_comes_back_as_the_same_page_and_the_handler_is_not_called(
    at, change, sentence
) -> None:
    desk = Desk()
    answer = at(desk).post("/", **{**WHOLE, **change})
    assert answer.status == 422 and sentence in answer.text
    assert answer.text.startswith(TOP) and desk.given == []
    assert answer["Cache-Control"] == "no-store"


def test_an_error_that_names_a_field_takes_the_same_road_and_stores_nothing(at) -> None:
    desk = Desk(answer=Invalid(name="That name is taken.", nowhere="No such field."))
    answer = at(desk).post("/", **WHOLE)
    assert answer.status == 422
    assert 'href="#name">That name is taken.</a>' in answer.text
    assert "No such field." in answer.text and 'value="Ann"' in answer.text


def test_an_error_may_speak_of_the_form_as_a_whole(at) -> None:
    answer = at(Desk(answer=Invalid("The house is full."))).post("/", **WHOLE)
    assert answer.status == 422 and "The house is full." in answer.text
    assert Invalid.sentence not in answer.text


@pytest.mark.parametrize(("desk", "status"), [
    (Desk(answer=Invalid(name="Taken.")), 422), (Desk(BOOKING.replace("20", "2")), 422)])
@pytest.mark.parametrize(("accept", "is_json"), [
    ("application/json", True), ("application/json, text/html;q=0.5", True), ("*/*", False),
    ("text/html,application/xhtml+xml,*/*", False), ("text/html, application/json", False)])
def test_a_script_that_asks_for_json_gets_the_sentences_by_field(
    at, desk, status, accept, is_json
) -> None:
    answer = at(desk).request("POST", "/", b"name=Ann&room=7&menu=Fish", FORM, {"Accept": accept})
    assert answer.status == status
    if is_json:
        assert answer["Content-Type"] == "application/json"
        assert list(answer.json()["errors"]) == ["name"] and answer.json()["sentence"]
    else:
        assert answer["Content-Type"].startswith("text/html")


def test_a_form_that_the_visitor_is_not_shown_cannot_be_sent(at) -> None:
    desk = Desk(TOP + "<p>Members only.")
    answer = at(desk).post("/", **WHOLE)
    assert answer.status == 403 and desk.given == []
    assert "form" in answer.text


@pytest.mark.parametrize(("shown", "status"), [
    (lambda request: redirect("/sign-in"), 403), (lambda request: Response.text("no", 404), 403),
    (lambda request: Response.html(BOOKING, 404), 403)])
def test_a_page_that_is_not_shown_now_receives_nothing(ask, shown, status) -> None:
    desk = Desk()
    assert ask(get=shown, post=desk.take, form=OWN).post("/", **WHOLE).status == status
    assert desk.given == []


@pytest.mark.parametrize("error", [NotFound(), Forbidden()])
def test_what_the_page_says_of_itself_comes_first(ask, error) -> None:
    def shown(request):
        raise error
    answer = ask(get=shown, post=Desk().take, form=OWN).post("/", **WHOLE)
    assert answer.status == error.status


def test_the_page_is_shown_to_this_visitor_by_this_address(ask) -> None:
    seen = []

    def shown(request):
        seen.append((request.method, request.url, request.query.get("n"), request.cookies,
                     request.body.length))
        return Response.html(BOOKING)
    page = ask(get=shown, post=Desk().take, form=OWN)
    page.cookies["who"] = "ann"
    page.post("/?n=1", **WHOLE)
    assert seen == [("GET", "/", "1", {"who": "ann"}, 0)]


def test_each_address_of_a_table_has_the_form_of_its_own_page(settings) -> None:
    def shown(request, n):
        return Response.html(BOOKING.replace('value="7"', f'value="{n}"'))
    page = Client(Routes({"/{n:int}": Page(get=shown, post=lambda request, n: Response.text(
        f"{n} {request.form['room']}"))}), settings)
    assert page.post("/5", **{**WHOLE, "room": "5"}).text == "5 5"
    assert page.post("/5", **WHOLE).status == 422


def test_every_unsafe_method_is_held_to_the_form(ask) -> None:
    page = ask(get=Desk().show, put=Desk().take, delete=Desk().take, form=OWN)
    for method in ("PUT", "DELETE"):
        assert page.request(method, "/", b"name=&room=7&menu=Fish", FORM).status == 422
        assert page.request(method, "/", b'{"name": "Ann"}', "application/json").status == 415


def test_a_page_without_a_get_says_what_to_do(ask, log) -> None:
    assert ask(post=Desk().take, form=OWN).post("/", **WHOLE).status == 500
    assert "form=None, for clients that send no forms" in log()[0]


def test_without_a_form_the_handler_gets_the_texts_as_they_were_sent(ask) -> None:
    desk = Desk()
    page = ask(post=desk.take, form=None)
    page.request("POST", "/", b"a=1&a=2&b= x ", FORM)
    assert desk.given[0].pairs() == [("a", "1"), ("a", "2"), ("b", " x ")]


def test_a_function_may_show_the_form(ask) -> None:
    desk = Desk()
    page = ask(get=lambda request: Response.text("No form here."), post=desk.take, form=desk.show)
    assert page.post("/", **WHOLE).status == 303
    assert page.post("/", **{**WHOLE, "name": ""}).text.startswith(TOP)


def test_a_static_page_may_have_the_form_and_its_links_hold_at_the_other_address(
    at, drop
) -> None:
    drop("htdocs/club/join.html", BOOKING.replace("<title>", '<link rel="icon" href="i.svg"><title>'
                                                  ).replace('"post"', '"post" action="../"'))
    desk = Desk()
    page = at(desk, form="club/join.html")
    assert page.post("/", **WHOLE).status == 303
    refused = page.post("/", **{**WHOLE, "name": ""})
    assert refused.status == 422 and 'href="/club/i.svg"' in refused.text


def test_another_script_may_have_the_form(drop, settings) -> None:
    text = BOOKING.replace("<form ", '<form action="take" ')
    drop("cgi-bin/desk.py", "from chapbook import Page, Response, Routes\n"
         f"page = Page(get=lambda request: Response.html({text!r}))\n"
         "application = Routes({'/': page, '/form': page})\n")
    for name in ("desk", "desk/form"):
        action = "/take" if name == "desk" else "/desk/take"
        drop("cgi-bin/take.py", "from chapbook import Page, Response\n"
             "application = Page(post=lambda request: Response.text(request.form['name']), "
             f"form={name!r})\n")
        answer = Client(config=settings).post("/take", **WHOLE)
        assert (answer.status, answer.text) == ((200, "Ann") if action == "/take" else
                                                (403, answer.text))


@pytest.mark.parametrize(("form", "says"), [
    ("none.html", "none.html: No such file"), ("none", "there is no cgi-bin/none.py")])
def test_a_form_that_is_not_there_is_told_in_the_log(at, log, form, says) -> None:
    assert at(Desk(), form=form).post("/", **WHOLE).status == 500
    assert says in log()[0]


def test_what_else_is_known_of_a_form_can_be_asked(at) -> None:
    def answer(request):
        sent = request.submission
        return Response.json([
            sent.form.controls[0].accessible_name, sent.fields.get("_gotcha"), sent.age,
            sent.pressed and sent.pressed.default, sent.text == BOOKING])
    answered = at(Desk(answer=answer)).post("/", **WHOLE, _gotcha="spam", act="book")
    assert answered.json() == ["Name", "spam", None, "book", True]


@pytest.mark.parametrize(("change", "says"), [
    (('maxlength="20"', r'pattern="(a)\1"'), "cannot be enforced"),
    (('maxlength="20"', 'pattern="["'), "cannot be enforced"),
    (("</form>", "</form>" + BOOKING[len(TOP):].replace("20", "30")), ""),
])
def test_in_debug_a_form_that_cannot_be_enforced_is_an_error_when_it_is_shown(
    at, settings, change, says
) -> None:
    page = at(Desk(BOOKING.replace(*change)))
    assert page.get("/").status == 200
    vars(settings.site).update(debug=True)
    answer = page.get("/")
    assert answer.status == 500 and says in answer.text


def test_a_pattern_that_only_browsers_can_enforce_is_never_passed_silently(at, log) -> None:
    desk = Desk(BOOKING.replace('maxlength="20"', r'pattern="(a)\1"'))
    assert at(desk).post("/", **WHOLE).status == 500
    assert desk.given == [] and "cannot be enforced" in log()[0]


def test_headers_of_the_page_are_those_of_the_page_refused(ask) -> None:
    def shown(request):
        response = Response.html(BOOKING)
        response["Content-Language"] = "en"
        response.etag = "v1"
        response.set_cookie("seen", "1")
        return response
    answer = ask(get=shown, post=Desk().take, form=OWN).post("/", room="7")
    assert answer.status == 422 and answer["Content-Language"] == "en"
    assert "ETag" not in answer and "Set-Cookie" not in answer


def test_the_values_are_there_anew_when_the_handler_runs_again(at) -> None:
    from chapbook.engines import Busy
    desk = Desk()

    def moody(request):
        request.form.pop("name")
        if len(desk.given) == 1:
            raise Busy(detail="deadlock")
        return Response.text(json.dumps(sorted(request.form)))
    desk.answer = moody
    assert at(desk).post("/", **WHOLE).status == 200
    assert len(desk.given) == 2


def test_a_file_over_the_sites_limit_loses_nothing_of_the_form(at, settings) -> None:
    vars(settings.limits).update(file=2048)
    desk = Desk(BOOKING.replace("<form ", '<form enctype="multipart/form-data" ').replace(
        "<button", '<label>Plan <input type="file" name="plan"></label><button', 1))
    page = at(desk)
    answer = page.post("/", **WHOLE, files={"plan": ("plan.pdf", b"x" * 3000)})
    assert answer.status == 422 and desk.given == []
    assert "Plan must be at most 2 KiB; “plan.pdf” has 3 KiB." in answer.text
    assert 'value="Ann"' in answer.text
    assert page.post("/", **WHOLE, files={"plan": ("plan.pdf", b"x" * 2048)}).status == 303
