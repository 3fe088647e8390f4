"""allow=: who may use a page, by role, by method, by a function; and who is asked to sign in."""
from __future__ import annotations

import io

import pytest

from chapbook import NotFound, Page, Response, Routes, redirect, session
from chapbook.db import connect
from chapbook.permissions import Permission
from chapbook.accounts import accounts
from chapbook.accounts.events import SHELL

ROLES = ("member", "editor", "administrator")


def show(request, **values):
    return Response.text(f"for {request.user.name if request.user else 'everybody'}")


def write(request, **values):
    return redirect(request.url)


@pytest.mark.parametrize("rule, statuses", [
    ("everyone", (200, 200, 200, 200)), ("member", (303, 200, 200, 200)),
    ("editor", (303, 403, 200, 200)), ("administrator", (303, 403, 403, 200)),
    (Permission("editor", "Look"), (303, 403, 200, 200)),
])
def test_a_role_lets_in_who_has_it_or_one_above_it(people, rule, statuses) -> None:
    some = people(get=show, allow=rule)
    clients = [some.nobody, *(getattr(some, role) for role in ROLES)]
    assert tuple(client.get("/").status for client in clients) == statuses
    assert tuple(client.head("/").status for client in clients) == statuses


def test_each_method_can_have_a_rule_of_its_own(people) -> None:
    some = people(get=show, post=write, form=None, allow={"get": "everyone", "post": "editor"})
    assert some.nobody.get("/").text == "for everybody"
    assert some.member.get("/").text == "for Member"
    assert (some.member.post("/").status, some.editor.post("/").status) == (403, 303)
    assert some.nobody.post("/").status == 303


def test_a_function_is_asked_with_the_values_of_the_address(people) -> None:
    def own(request, id):
        return request.user is not None and request.user.id == id

    some = people(Routes({"/{id:int}": Page(get=show, allow=own)}))
    editor = some.editor
    id = some.account("editor").id
    assert editor.get(f"/{id}").status == 200
    refused = editor.get(f"/{id + 1}")
    assert refused.status == 403 and "ask an administrator" in refused.text
    assert some.nobody.get(f"/{id}").status == 303


def test_a_function_may_say_that_there_is_nothing(people) -> None:
    def hidden(request):
        raise NotFound()

    assert people(get=show, allow=hidden).editor.get("/").status == 404


def test_a_handler_is_not_called_for_who_may_not(people) -> None:
    called = []
    some = people(get=lambda request: called.append("get"), allow="administrator",
                  post=lambda request: called.append("post"))
    some.editor.get("/")
    some.editor.post("/", text="x")
    some.nobody.post("/", text="x")
    assert called == []


@pytest.mark.parametrize("change", [accounts.disable, accounts.remove])
def test_an_account_that_is_closed_or_gone_is_nobody_at_once(people, change) -> None:
    some = people(get=show, allow="member")
    client = some.member
    with connect(some.config) as db:
        db.transact(change, db, some.account("member").id, SHELL)
    assert client.get("/").status == 303


def test_a_session_that_outlives_its_account_opens_nothing(people) -> None:
    some = people(get=show, allow="member")
    client = some.member
    with connect(some.config) as db:
        db.transact(db.run, "UPDATE account SET state = 'disabled' WHERE role = 'member'")
    assert client.get("/").status == 303


def test_a_stranger_is_led_to_the_sign_in_page_and_back(people) -> None:
    some = people(Routes({"/club/page": Page(get=show, allow="member")}))
    answer = some.nobody.get("/club/page?a=1&b=%26")
    assert answer["Location"].endswith("account/signin?next=%2Fclub%2Fpage%3Fa%3D1%26b%3D%2526")
    assert answer["Vary"] == "Cookie"


def test_a_program_is_told_in_its_own_words(people) -> None:
    answer = people(get=show, allow="member").nobody.get("/", Accept="application/json")
    assert answer.status == 403 and answer.json()["sentence"] == "Please sign in first."


def test_what_a_member_sees_is_kept_by_no_cache(people) -> None:
    answer = people(get=show, allow="member").member.get("/")
    assert answer["Cache-Control"] == "no-store"


def test_a_page_that_says_nothing_reads_no_session(people, monkeypatch) -> None:
    from chapbook.session import rows

    monkeypatch.setattr(rows, "find", lambda *given: pytest.fail("it was read"))
    assert people(get=lambda request: Response.text("x")).member.get("/").status == 200


@pytest.mark.parametrize("allow, words", [
    ("editors", "there is no such role; known are: everyone, member, editor, administrator"),
    (7, "must be one of everyone"), ({"get": "member"}, "get, post"),
    ({"get": "member", "post": "member", "put": "member"}, "get, post"),
])
def test_a_rule_that_is_none_lets_nobody_in_and_says_why(people, site, allow, words) -> None:
    some = people(get=show, post=write, form=None, allow=allow)
    assert some.administrator.get("/").status == some.nobody.post("/").status == 500
    with open(site.path("var/log/chapbook.log"), encoding="ascii") as log:
        assert words in log.read()


# Below admin/

@pytest.mark.parametrize("script", ["admin/x", "admin/more/x"])
def test_a_page_of_the_administration_that_says_nothing_is_closed(people, site, script) -> None:
    some = people(get=show, post=write, form=None)
    for client in (some.nobody, some.administrator):
        for method in ("GET", "POST"):
            answer = client.request(method, "/", environ={"chapbook.script": script})
            assert answer.status == 403
    with open(site.path("var/log/chapbook.log"), encoding="ascii") as log:
        assert f"cgi-bin/{script}.py does not say who may use it" in log.read()


def test_it_is_closed_too_where_the_server_gives_another_name(people, tmp_path) -> None:
    file = tmp_path / "cgi-bin" / "admin" / "x.py"
    names = {"show": show}
    exec(compile("from chapbook import Page\npage = Page(get=show)", str(file), "exec"), names)
    some = people(names["page"])
    assert some.administrator.request(
        "GET", "/", environ={"SCRIPT_FILENAME": "", "chapbook.script": "x"}).status == 403


def test_one_that_says_everyone_is_open(people) -> None:
    some = people(get=show, allow="everyone")
    assert some.nobody.request("GET", "/", environ={"chapbook.script": "admin/x"}).status == 200


# once=False

def test_a_form_that_is_not_once_is_handled_each_time(people) -> None:
    done = []

    def note(request):
        done.append(request.form["text"])
        return redirect(request.url)

    page = Response.html('<!doctype html><title>x</title><form method="post">'
                         '<input name="text" aria-label="Text"></form>')
    for once, times in ((True, 1), (False, 2)):
        client = people(get=lambda request: page, post=note, once=once).nobody
        token = client.get("/").text.partition('name="_once" value="')[2].partition('"')[0]
        for _ in range(2):
            assert client.post("/", text="Hello", _once=token).status == 303
        assert len(done) == times
        done.clear()


class Slow(io.BytesIO):
    """A body that takes so long that something happens meanwhile."""

    def __init__(self, body: bytes, meanwhile) -> None:
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, *most):
        if not self.tell():
            self.meanwhile()
        return super().read(*most)


@pytest.mark.parametrize("what, sent, status", [
    ("role", b"text=x", 403), ("role", b"wrong=x", 403), ("session", b"text=x", 303),
    ("disable", b"text=x", 303), ("nothing", b"text=x", 303),
])
def test_who_loses_a_right_while_the_body_comes_does_nothing_with_it(
    people, site, what, sent, status
) -> None:
    done = []

    def form(request):
        return Response.html('<!doctype html><html lang="en"><title>x</title><form method="post">'
                             '<p><label>Text <input name="text" required></label> <button>Send'
                             '</button></p></form>')

    def take(request):
        done.append(request.form["text"])
        return redirect(request.url)

    def meanwhile():
        with connect(site) as db:
            if what == "role":
                db.transact(db.run, "UPDATE account SET role = 'member'")
            elif what == "session":
                db.transact(session.end_all, db, id)
            elif what == "disable":
                db.transact(db.run, "UPDATE account SET state = 'disabled'")

    some = people(get=form, post=take, allow="editor")
    client = some.editor
    id = some.account("editor").id
    answer = client.request(
        "POST", "/", sent, "application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"}, environ={"wsgi.input": Slow(sent, meanwhile)})
    assert answer.status == status and done == (["x"] if what == "nothing" else [])
    if what in ("session", "disable"):
        assert "account/signin" in answer["Location"]
