"""The once-token: in each rendered POST form; what is sent twice is done once."""
from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable

import pytest

from chapbook import Page, Response, Routes, config as settings, errors, redirect, signing
from chapbook.config import Config
from chapbook.db import Database, close_kept
from chapbook.fields import Upload
from chapbook.forms import once
from chapbook.schema import TABLES, apply
from chapbook.testing import Client

from tests.support.tables import THING, make

PAGE = """<!doctype html>
<html lang="en">
<title>Things</title>
<form method="post"><label>Name <input name="name" required></label><button>Add</button></form>
</html>
"""
TOKEN = re.compile(r'<input type="hidden" name="_once" value="([\w-]{48})">')


@pytest.fixture
def site(db: Database, database_config: Config, tmp_path):
    """The settings of a site with the tables of the toolkit and `thing`, once for each engine."""
    make(db, THING)
    database_config.root = str(tmp_path)
    apply(db, TABLES)
    yield database_config
    close_kept()


@pytest.fixture
def names(db: Database) -> Callable[[], list[str]]:
    """The names that are stored."""
    return lambda: [row.name for row in db.all("SELECT name FROM thing ORDER BY id")]


def add(request):
    """Stores the name, and leads to the new row."""
    number = request.db.insert("INSERT INTO thing (name) VALUES (:name)", **request.form)
    return redirect(f"/#{number}")


def client(site: Config, post=add) -> Client:
    return Client(Page(get=lambda request: Response.html(PAGE), post=post), site)


def token_of(page: Client) -> str:
    found = TOKEN.findall(page.get("/").text)
    assert len(found) == 1
    return found[0]


def test_what_is_sent_twice_is_done_once_and_gets_the_first_answer(site, names) -> None:
    page = client(site)
    token = token_of(page)
    first = page.post("/", name="Ann", _once=token)
    second = page.post("/", name="Ann", _once=token)
    assert (first.status, first["Location"]) == (second.status, second["Location"]) \
        == (303, "/#1")
    assert names() == ["Ann"]


def test_the_first_answer_is_whole_and_its_cookies_stay_with_the_first(site, names) -> None:
    def thank(request):
        add(request)
        response = Response.html(f"<!doctype html><p>Thank you, {request.form['name']}.", 201)
        response.set_cookie("seen", "1")
        return response
    page = client(site, thank)
    token = token_of(page)
    first, second = (page.post("/", name="Zoë", _once=token) for _ in range(2))
    assert (second.status, second.body) == (first.status, first.body)
    assert "Thank you, Zoë." in second.text
    assert "Set-Cookie" in first and "Set-Cookie" not in second
    assert names() == ["Zoë"]


def test_the_same_form_filled_in_otherwise_is_another(site, names) -> None:
    page = client(site)
    token = token_of(page)
    for name in ("Ann", "Bob", "Ann"):
        assert page.post("/", name=name, _once=token).status == 303
    assert names() == ["Ann", "Bob"]


def test_the_same_words_in_a_form_opened_anew_are_another(site) -> None:
    runs = []
    page = client(site, lambda request: runs.append(request.form) or redirect("/"))
    for _ in range(2):
        assert page.post("/", name="Ann", _once=token_of(page)).status == 303
    assert runs == [{"name": "Ann"}] * 2


def test_what_was_refused_can_be_sent_again_with_the_same_token(site, names) -> None:
    answers = [errors.Invalid(name="Taken."), errors.Conflict(), None]

    def moody(request):
        error = answers.pop(0)
        response = add(request)
        if error:
            raise error
        return response
    page = client(site, moody)
    token = token_of(page)
    statuses = [page.post("/", name="Ann", _once=token).status for _ in range(4)]
    assert statuses == [422, 409, 303, 303]
    assert names() == ["Ann"]


def test_two_at_the_same_moment_are_one(site, names) -> None:
    token = token_of(client(site))
    answers = []

    def send() -> None:
        answers.append(client(site).post("/", name="Ann", _once=token))
        close_kept()
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(answer.status, answer["Location"]) for answer in answers} == {(303, "/#1")}
    assert names() == ["Ann"]


def test_a_connection_lost_during_commit_is_tried_again_because_the_token_makes_it_safe(
    site, names, monkeypatch
) -> None:
    page = client(site)
    token = token_of(page)
    for kept in (True, False):
        real, lost = Database._commit, []

        def commit(self, session, kept=kept, real=real, lost=lost):
            if lost:
                return real(self, session)
            lost.append(True)
            if kept:
                real(self, session)
            raise errors.Unsure(detail="gone during COMMIT")
        monkeypatch.setattr(Database, "_commit", commit)
        assert page.post("/", name=str(kept), _once=token).status == 303
        monkeypatch.undo()
    assert names() == ["True", "False"]


def test_a_file_stays_that_was_perhaps_kept_whatever_comes_of_the_second_try(
    site, names, tmp_path, monkeypatch
) -> None:
    def keep(request):
        request.form["file"].save(str(tmp_path / os.urandom(4).hex()))
        request.db.insert("INSERT INTO thing (name) VALUES (:name)", name=request.form["name"])
        return redirect("/")

    def commit(self, session, real=Database._commit):
        tries.append(True)
        if len(tries) > 1:
            raise errors.Unavailable(detail="still gone")
        real(self, session)
        raise errors.Unsure(detail="gone during COMMIT")
    tries = []
    form = PAGE.replace("<button", "<input type=file name=file><button").replace(
        'method="post"', 'method="post" enctype="multipart/form-data"')
    page = Client(Page(get=lambda request: Response.html(form), post=keep), site)
    token = token_of(page)
    before = set(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_commit", commit)
        sent = page.post("/", files={"file": ("a.txt", b"mine")}, name="Ann", _once=token)
    assert sent.status == 503 and names() == ["Ann"]
    assert b"mine" in [path.read_bytes() for path in set(tmp_path.iterdir()) - before
                       if path.is_file()]


def test_the_same_words_sent_to_another_query_are_another(site) -> None:
    runs = []
    page = client(site, lambda request: runs.append(request.query.get("do")) or redirect("/"))
    token = token_of(page)
    for query in ("do=pay", "do=cancel", "do=pay"):
        page.post(f"/?{query}", name="Ann", _once=token)
    assert runs == ["pay", "cancel"]


def test_the_same_words_sent_to_another_address_are_another(site) -> None:
    runs = []
    page = Page(get=lambda request, place: Response.html(PAGE),
                post=lambda request, place: runs.append(place) or redirect("/"))
    everywhere = Client(Routes({"/{place}": page}), site)
    token = TOKEN.findall(everywhere.get("/here").text)[0]
    for place in ("here", "there", "here"):
        assert everywhere.post(f"/{place}", name="Ann", _once=token).status == 303
    assert runs == ["here", "there"]


def test_a_file_is_not_read_into_memory_to_tell_it_from_others(site, monkeypatch) -> None:
    runs = []
    page = Client(Page(get=lambda request: Response.html(
        "<!doctype html><title>x</title><form method=post enctype=multipart/form-data>"
        "<input type=file name=file></form>"),
        post=lambda request: runs.append(True) or redirect("/")), site)
    token = token_of(page)
    monkeypatch.setattr(Upload, "read", lambda upload: pytest.fail("it was read whole"))
    contents = [bytes(1 << 20), bytes(1 << 20) + b"x"]
    for content in (*contents, *contents):
        assert page.post("/", files={"file": ("a", content)}, _once=token).status == 303
    assert len(runs) == 2


@pytest.mark.parametrize("after, answer, again", [
    (PAGE.replace("Name <", 'Name <input type="hidden" name="version" value="2"><'),
     Response.text("Saved."), 200),
    ("<!doctype html><title>Sold out</title>", redirect("/#1"), 303),
    ("<!doctype html><title>Sold out</title>", Response.text("Yours."), 409),
    (errors.NotFound, redirect("/"), 303),
])
def test_what_was_sent_twice_gets_the_first_answer_though_the_form_is_another_now(
    site, names, after, answer, again
) -> None:
    def show(request):
        if not names():
            return Response.html(PAGE)
        if after is errors.NotFound:
            raise after()
        return Response.html(after)

    def take(request):
        add(request)
        return Response(answer.body, answer.status, answer.headers)
    page = Client(Page(get=show, post=take), site)
    token = token_of(page)
    assert page.post("/", name="Ann", _once=token).status == answer.status
    twice = page.post("/", name="Ann", _once=token)
    assert twice.status == again and (again == 409 or twice.body == answer.body)
    assert page.post("/", name="Bob", _once=token).status in (403, 404, 422)
    assert names() == ["Ann"]


def test_a_page_with_a_token_is_kept_by_no_cache_whatever_its_author_says(site) -> None:
    def show(request):
        response = Response.html(PAGE)
        response["Cache-Control"] = "public, max-age=3600"
        return response
    page = Client(Page(get=show, post=add), site)
    assert page.get("/")["Cache-Control"] == "no-store"


def test_an_answer_too_large_to_keep_is_told_and_not_done_again(site, names) -> None:
    def long(request):
        add(request)
        return Response.text("x" * (once.LARGEST_ANSWER + 1))
    page = client(site, long)
    token = token_of(page)
    assert page.post("/", name="Ann", _once=token).status == 200
    again = page.post("/", name="Ann", _once=token)
    assert again.status == 409 and "was received" in again.text
    assert names() == ["Ann"]


@pytest.mark.parametrize("change", [
    lambda token, key: token[:-1] + ("A" if token[-1] != "A" else "B"),
    lambda token, key: "", lambda token, key: "x" * 48, lambda token, key: token + "é",
    lambda token, key: once.token(signing.key(settings.load(root="/tmp"), "other")).decode(),
    lambda token, key: once.token(key, 8 * 86400.0).decode(),
    lambda token, key: once.token(key, -1000.0).decode(), lambda token, key: token + "=",
], ids=["changed", "empty", "made up", "odd letters", "another's", "too old", "from the future",
        "the same but for an ending"])
def test_a_token_that_is_not_ours_or_too_old_has_the_form_looked_at_again(
    site, names, change, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(settings, "ROOT", str(tmp_path / "elsewhere"))
    page = client(site)
    token = change(token_of(page), signing.key(site, once.PURPOSE))
    answer = page.post("/", name="Ann", _once=token)
    assert answer.status == 422 and "send it again" in answer.text
    assert 'value="Ann"' in answer.text and names() == []
    again = TOKEN.findall(answer.text)
    assert page.post("/", name="Ann", _once=again[0]).status == 303


def test_how_long_the_form_was_open_is_known(site, monkeypatch) -> None:
    ages = []

    def note(request):
        ages.append(request.submission.age)
        return redirect("/")
    page = client(site, note)
    made = once.token(signing.key(site, once.PURPOSE))
    page.post("/", name="a", _once=made.decode())
    now = once.time.time()
    monkeypatch.setattr(once.time, "time", lambda: now + 90)
    page.post("/", name="b", _once=made.decode())
    page.post("/", name="c")
    assert 0 <= ages[0] < 5 and 89 < ages[1] < 95 and ages[2] is None


def test_a_form_that_comes_back_goes_on_with_its_time(site) -> None:
    ages = []

    def note(request):
        ages.append(request.submission.age)
        return redirect("/")
    page = client(site, note)
    for before in (once.token(signing.key(site, once.PURPOSE), 300.0).decode(), None):
        sent = {} if before is None else {"_once": before}
        refused = page.post("/", name="", **sent)
        assert refused.status == 422
        page.post("/", name="Ann", _once=TOKEN.findall(refused.text)[0])
    assert 299 < ages[0] < 310 and ages[1] is None


def test_old_answers_are_forgotten_a_few_at_a_time(site, db, monkeypatch) -> None:
    old = int(once.time.time() - site.forms.open - once.TOO_NEW - 1)
    with db.transaction():
        for number in range(7):
            db.run("INSERT INTO form_answer (sent, sent_at) VALUES (:sent, :at)",
                   sent=f"{number:032x}", at=old if number < 5 else old + 100)
        assert [once.sweep(db, site, 3), once.sweep(db, site, 3), once.sweep(db, site, 3)] \
            == [3, 2, 0]
    assert db.value("SELECT COUNT(*) FROM form_answer") == 2


@pytest.mark.parametrize(("page", "forms"), [
    ("<form method=post>", 1), ("<FORM METHOD='POST' action=\"?a=>\">", 1), ("<form>", 0),
    ("<form method=get>", 0), ("<form data-x='method=post'>", 0), ("<formula method=post>", 0),
    ("<!-- <form method=post> -->", 0), ("<script>'<form method=post>'</script>", 0),
    ("<textarea><form method=post></textarea><form method=post>", 1),
    ("<form method=post><p></form><form method=\"post\"></form>", 2),
    ("<form method=get method=post>", 0), ("<form/method=post />", 1),
    ("<form/method=post/>", 0), ("<form method=post", 0),
    ("<form =x method = post >", 1), ("<form title='a>b' method=post>", 1),
    ("<p>1 < 2 <form\nmethod=post\n>", 1), ("<form method='post>", 0),
])
def test_each_post_form_gets_one_directly_after_its_start_tag(settings, page, forms) -> None:
    answer = once.furnished(Response.html(f"<!doctype html>{page}"), settings)
    text = answer.body.decode()
    assert len(TOKEN.findall(text)) == forms
    assert TOKEN.sub("", text) == f"<!doctype html>{page}"
    assert all(text[:match.start()].endswith(">") for match in TOKEN.finditer(text))


def test_a_page_with_what_was_filled_in_is_forgotten_after_an_hour_and_a_redirect_is_not(
    site, db
) -> None:
    with db.transaction():
        for number, (status, ago) in enumerate(((200, 4000), (303, 4000), (200, 3000))):
            db.run("INSERT INTO form_answer (sent, sent_at, status, headers, body)"
                   " VALUES (:sent, :at, :status, '', :body)", sent=f"{number:032x}",
                   at=int(once.time.time()) - ago, status=status, body=b"secret")
        assert once.sweep(db, site) == 1 and once.sweep(db, site) == 0
    bodies = [row.body and bytes(row.body) for row in db.all(
        "SELECT body FROM form_answer ORDER BY sent")]
    assert bodies == [None, b"secret", b"secret"]


def test_an_answer_made_once_for_many_requests_stays_as_it_is(settings) -> None:
    same = Response.html(PAGE)
    made = Page(get=lambda request: same, post=add)
    pages = [Client(made, settings).get("/").text for _ in range(2)]
    assert pages[0] != pages[1] and len(TOKEN.findall(pages[1])) == 1


def test_what_is_no_html_gets_none(settings) -> None:
    for response in (Response.text(PAGE), Response.json(PAGE), Response(PAGE.encode())):
        assert once.furnished(response, settings) is response


def test_finding_the_forms_grows_with_the_page_and_no_faster(grows_linearly) -> None:
    for unit in (b"<form method=post>", b"<form x", b"<form a='", b"<!-- <form method=post> "):
        grows_linearly(lambda page: list(once._places(page)), unit.__mul__, 1000)
