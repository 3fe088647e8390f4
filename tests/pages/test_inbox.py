"""The inbox as its owner meets it, and as everybody else does."""
import csv
import html
import io
import re

import pytest

from chapbook import mail
from chapbook.config import ROOT
from chapbook.db import connect
from chapbook.fields import Upload
from chapbook.testing import Client
from collection import doorkeys, formsettings, guestbook, received, submissions
from collection.received import Field, Received

PAGES = ("/inbox", "/inbox/out", "/inbox/list/contact", "/inbox/list/contact?show=spam",
         "/inbox/read/1", "/inbox/read/1/file/1", "/inbox/delete?id=1", "/inbox/take/csv/contact",
         "/inbox/take/json/contact", "/inbox/settings/contact", "/inbox/guestbook",
         "/inbox/guestbook?show=all", "/inbox/guestbook/delete?id=1")


class Owner:
    """A signed-in visitor, and what they have in their inbox."""

    def __init__(self, visitor, config):
        self.visitor, self.config, self.count = visitor, config, 0

    def in_database(self, work, *args, **kwargs):
        with connect(self.config) as db:
            return db.transact(work, db, *args, **kwargs)

    def asked(self, work, *args, **kwargs):
        with connect(self.config) as db:
            return work(db, *args, **kwargs)

    def key(self):
        return self.in_database(doorkeys.make)

    def sign_in(self, client=None, **environ):
        """By a new link, as in a browser: open it, press the button."""
        client = client or self.visitor
        url = f"/inbox/open?key={self.key()}"
        page = client.request("GET", url, environ=environ)
        assert page.status == 200, page.text
        return send(client, url, page, {"do": "open"}, environ)

    def add(self, name="Ann", reasons="", form="contact", files=()):
        new = Received(form, [
            Field("name", "Your name", [(name, None)]),
            Field("plan", "A plan", uploads=[
                Upload(file, "text/html", io.BytesIO(content), len(content))
                for file, content in files]),
        ])
        new.reasons += reasons.split()
        self.count += 1
        return self.in_database(received.store, self.config, new, f"{self.count:064}")

    def add_mail(self, id, hold=False):
        self.in_database(mail.queue, self.config, to="ann@example.org", subject="News",
                         text="Text", about=submissions.about(id), hold=hold)

    def read(self, id):
        return self.asked(submissions.read, id)

    def get(self, url):
        return self.visitor.get(url)

    def send(self, url, *pairs, **fields):
        """Send the form of a page as its browser would: what it holds, and what was chosen."""
        return send(self.visitor, url, self.get(url), [*pairs, *fields.items()])


def send(client, url, page, fields, environ={}):
    """Post to the form of a page whose action is POST, with its once-token."""
    action = re.search(r'<form [^>]*method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="_once" value="([^"]+)"', page.text)
    pairs = [("_once", token[1]), *dict(fields).items()] if isinstance(fields, dict) else [
        ("_once", token[1]), *fields]
    body = "&".join(f"{name}={quoted(value)}" for name, value in pairs)
    return client.request("POST", html.unescape(action[1]), body.encode(),
                          "application/x-www-form-urlencoded",
                          headers={"Sec-Fetch-Site": "same-origin"}, environ=environ)


def quoted(text):
    return "".join(c if c.isalnum() and c.isascii() else "".join(f"%{b:02X}" for b in c.encode())
                   for c in str(text))


def lines(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture
def owner(visitor, database_config, tmp_path):
    """The owner, signed in."""
    vars(database_config.paths).update(uploads=str(tmp_path / "uploads"))
    made = Owner(visitor, database_config)
    assert made.sign_in().status == 303
    return made


# The door

@pytest.mark.parametrize("cookie", [
    {}, {"inbox": "x" * 43}, {"inbox": ""}, {"__Host-inbox": "y" * 43},
], ids=str)
def test_who_is_not_signed_in_learns_how_and_nothing_else(owner, cookie):
    owner.add("Canary Bird", files=[("canary.txt", b"canary")])
    owner.in_database(guestbook.sign, "Canary", "canary", wait=True)
    stranger = Client(config=owner.config)
    for url in PAGES:
        stranger.cookies = dict(cookie)
        answer = stranger.get(url)
        assert answer.status == 403 and answer["Cache-Control"] == "no-store"
        assert "./chapbook inbox" in answer.text
        assert "anary" not in answer.text and "contact</a>" not in answer.text
        assert "<form" not in answer.text
        assert stranger.post(url, do="delete", id="1").status in (403, 405)
    assert owner.read(1) and owner.asked(guestbook.entry, 1)


def test_nothing_that_is_posted_without_signing_in_changes_anything(owner):
    id = owner.add()
    stranger = Client(config=owner.config)
    for url in ("/inbox/list/contact?upto=2", f"/inbox/read/{id}", f"/inbox/delete?id={id}",
                "/inbox/settings/contact", "/inbox/guestbook", "/inbox/out"):
        page = owner.get(url)
        token = re.search(r'name="_once" value="([^"]+)"', page.text)
        fields = {"_once": token[1]} if token else {}
        assert stranger.post(url, do="delete", id=str(id), **fields).status == 403
    assert owner.read(id).state == "new"
    assert owner.get("/inbox").status == 200


def test_a_link_opens_once(owner, database_config):
    first, second = Client(config=database_config), Client(config=database_config)
    url = f"/inbox/open?key={owner.key()}"
    pages = first.get(url), second.get(url), first.get(url)
    assert {page.status for page in pages} == {200}, "to look at it does not use it up"
    assert send(first, url, pages[0], {"do": "open"}).status == 303
    assert send(second, url, pages[1], {"do": "open"}).status == 403
    assert first.get("/inbox").status == 200 and second.get("/inbox").status == 403
    used = second.get(url)
    assert used.status == 403 and "opens nothing any more" in used.text
    assert send(first, url, pages[2], {"do": "open"}).status == 403


def test_a_wrong_link_opens_nothing(owner, database_config):
    stranger = Client(config=database_config)
    for key in ("", "x", "x" * 43, "' OR ''='", "%F0%9F%98%80", "x" * 5000):
        answer = stranger.get(f"/inbox/open?key={key}")
        assert answer.status == 403 and "opens nothing any more" in answer.text
        assert stranger.post(f"/inbox/open?key={key}", do="open").status == 403
    assert stranger.cookies == {}


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(owner, database_config):
    client = Client(config=database_config)
    cookie = owner.sign_in(client)["Set-Cookie"]
    assert re.fullmatch(r"inbox=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax", cookie)


@pytest.mark.parametrize("environ, base_url", [
    ({"wsgi.url_scheme": "https"}, ""),
    ({}, "https://example.org"),                  # behind a proxy that has the certificate
])
def test_over_https_the_cookie_is_bound_to_it(owner, database_config, environ, base_url):
    vars(database_config.site).update(base_url=base_url)
    client = Client(config=database_config)
    cookie = owner.sign_in(client, **environ)["Set-Cookie"]
    assert re.fullmatch(r"__Host-inbox=[\w-]{43}; Path=/; Secure; HttpOnly; SameSite=Lax", cookie)
    assert client.request("GET", "/inbox", environ=environ).status == 200
    token = client.cookies.pop("__Host-inbox")
    client.cookies["inbox"] = token               # what another scheme has planted is nothing here
    assert client.request("GET", "/inbox", environ=environ).status == 403


def test_two_cookies_that_differ_are_none(owner):
    token = owner.visitor.cookies["inbox"]
    stranger = Client(config=owner.config)
    answer = stranger.get("/inbox", Cookie=f"inbox={token}; inbox=planted")
    assert answer.status == 403
    assert stranger.get("/inbox", Cookie=f"inbox={token}").status == 200


def test_a_new_session_is_another_and_ends_the_one_before(owner):
    before = owner.visitor.cookies["inbox"]
    owner.sign_in()
    after = owner.visitor.cookies["inbox"]
    assert before != after
    assert owner.get("/inbox").status == 200
    owner.visitor.cookies["inbox"] = before
    assert owner.get("/inbox").status == 403


def test_who_signs_out_is_out_also_with_the_old_cookie(owner):
    token = owner.visitor.cookies["inbox"]
    answer = owner.send("/inbox/out", do="out")
    assert (answer.status, answer["Location"]) == (303, "/inbox/closed")
    assert "inbox" not in owner.visitor.cookies
    assert "You are signed out" in owner.get("/inbox/closed").text
    owner.visitor.cookies["inbox"] = token
    assert owner.get("/inbox").status == 403


def test_what_is_stored_of_an_answer_has_no_token_in_it(owner):
    rows = owner.asked(lambda db: db.all("SELECT sent, headers FROM form_answer ORDER BY sent"))
    assert rows and not [row for row in rows if "inbox=" in (row.headers or "")]


def test_no_page_is_kept_anywhere(owner):
    owner.add(files=[("a.txt", b"a")])
    owner.in_database(guestbook.sign, "Ann", "Hello", wait=True)
    for url in PAGES:
        answer = owner.get(url)
        assert (answer.status, answer["Cache-Control"]) == (200, "no-store"), url


def test_what_there_is_not_is_a_404(owner):
    owner.add()
    for url in ("/inbox/list/none", "/inbox/list/CONTACT", "/inbox/list/contact?show=x",
                "/inbox/read/99", "/inbox/read/1/file/1", "/inbox/take/xml/contact",
                "/inbox/take/csv/none", "/inbox/settings/none", "/inbox/delete",
                "/inbox/delete?id=99", "/inbox/delete?id=-1", "/inbox/delete?id=x",
                "/inbox/guestbook/delete?id=99", "/inbox/guestbook?show=x", "/inbox/x"):
        assert owner.get(url).status == 404, url


# Lists

def test_a_new_inbox_shows_the_forms_of_the_site(owner):
    page = owner.get("/inbox")
    assert "/inbox/list/contact" in page.text and "/inbox/list/booking" in page.text
    assert "nothing yet" in page.text
    assert "Nothing has been received yet." in owner.get("/inbox/list/contact").text


def test_the_inbox_counts_what_is_new_and_what_is_spam(owner):
    owner.add()
    owner.add(reasons="fast")
    owner.in_database(guestbook.sign, "Ann", "Hello", wait=True)
    page = owner.get("/inbox")
    assert "1 new in contact" in lines(page) and "1 taken for spam in contact" in lines(page)
    assert "1 entry waits for you" in lines(page)


def test_each_view_of_a_list_has_its_own(owner):
    new, read, spam = owner.add("Nora"), owner.add("Rita"), owner.add("Spike", reasons="fast")
    owner.in_database(submissions.mark, read, state="read")
    shown = {show: [int(id) for id in re.findall(
        r'type="checkbox" name="id" value="(\d+)"',
        owner.get(f"/inbox/list/contact?show={show}").text)] for show in ("all", "new", "spam")}
    assert shown == {"all": [read, new], "new": [new], "spam": [spam]}


def test_a_search_takes_letters_for_what_they_are(owner):
    owner.add("100% cotton")
    owner.add("1000 cottons")
    assert owner.get("/inbox/list/contact?q=100%25").text.count('name="id"') == 1
    assert owner.get("/inbox/list/contact?q=cotton").text.count('name="id"') == 2
    assert "Nothing here has “c_tton” in it" in owner.get("/inbox/list/contact?q=c_tton").text
    short = owner.get("/inbox/list/contact?q=c")
    assert "at least two letters" in short.text and short.text.count('name="id"') == 2
    assert owner.get("/inbox/list/contact?q=" + "x" * 5000).status == 200
    odd = owner.get("/inbox/list/contact?q=%3Cscript%3E%22")
    assert "<script>" not in odd.text and "&lt;script&gt;" in odd.text


def test_leaves_of_a_list_follow_each_other_without_a_gap(owner):
    ids = [owner.add(str(number)) for number in range(60)]
    seen, url = [], "/inbox/list/contact"
    while url:
        page = owner.get(url)
        seen += [int(id) for id in re.findall(r'name="id" value="(\d+)"', page.text)]
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = older and html.unescape(older[1])
    assert seen == ids[::-1]


@pytest.mark.parametrize("do, state, spam", [
    ("read", "read", 0), ("new", "new", 0), ("spam", "new", 1),
])
def test_what_was_chosen_in_a_list_is_marked_and_nothing_else(owner, do, state, spam):
    ids = [owner.add(str(number)) for number in range(3)]
    url = "/inbox/list/contact"
    answer = owner.send(url, ("id", ids[0]), ("id", ids[2]), ("do", do))
    assert (answer.status, answer["Location"]) == (303, f"{url}?done={do}")
    marked = [(owner.read(id).state, owner.read(id).spam) for id in ids]
    assert marked == [(state, spam), ("new", 0), (state, spam)]
    assert 'role="status"' in owner.get(answer["Location"]).text


def test_the_only_one_of_a_list_can_be_marked(owner):
    id = owner.add()
    assert owner.send("/inbox/list/contact", id=id, do="read").status == 303
    assert owner.read(id).state == "read"


def test_what_comes_in_meanwhile_pushes_nothing_out_of_what_was_chosen(owner):
    ids = [owner.add(str(number)) for number in range(25)]
    page = owner.get("/inbox/list/contact")
    for number in range(5):
        owner.add(f"late {number}")
    answer = send(owner.visitor, "", page, [("id", ids[0]), ("do", "read")])
    assert answer.status == 303 and owner.read(ids[0]).state == "read"


def test_to_choose_nothing_is_said_on_the_same_page(owner):
    owner.add()
    owner.add()
    answer = owner.send("/inbox/list/contact", do="read")
    assert answer.status == 422 and "Nothing was chosen yet" in answer.text


@pytest.mark.parametrize("fields", [
    [("id", "99"), ("do", "read")], [("id", "1"), ("do", "drop")], [("id", "x"), ("do", "read")],
])
def test_what_the_list_does_not_have_cannot_be_chosen(owner, fields):
    owner.add()
    owner.add()
    assert owner.send("/inbox/list/contact", *fields).status in (403, 422)
    assert owner.read(1).state == "new"


def test_all_of_a_page_can_be_chosen_without_a_script(owner):
    owner.add()
    owner.add()
    page = owner.get("/inbox/list/contact")
    choose = html.unescape(re.search(r'href="([^"]*choose=all)"', page.text)[1])
    assert owner.get(choose).text.count(" checked") == 2


# One submission

def test_a_submission_shows_what_was_filled_in_by_its_labels(owner):
    id = owner.add("<b>Ann</b>\nSmith", files=[("a & b.pdf", b"%PDF")])
    page = owner.get(f"/inbox/read/{id}")
    assert "Your name <b>" not in page.text and "&lt;b&gt;Ann&lt;/b&gt;\nSmith" in page.text
    assert "Your name" in page.text and "a &amp; b.pdf" in page.text
    assert "No mail was written about this." in page.text


def test_to_read_a_submission_changes_nothing(owner):
    id = owner.add()
    owner.get(f"/inbox/read/{id}")
    assert owner.read(id).state == "new"


def test_one_that_was_taken_for_spam_says_why_and_lets_its_mail_go(owner):
    id = owner.add(reasons="fast links")
    owner.add_mail(id, hold=True)
    url = f"/inbox/read/{id}"
    page = owner.get(url)
    assert "It was sent sooner than anybody can fill in the form." in page.text
    assert "“Not spam” sends it now." in page.text and "held back" in page.text
    answer = owner.send(url, do="ham")
    assert answer["Location"] == url + "?done=ham"
    page = owner.get(url)
    assert "you said that it is none" in page.text and "held back" not in page.text
    assert [row.state for row in owner.asked(mail.state, submissions.about(id))] != ["held"]


def test_what_was_mailed_and_what_failed_is_told(owner):
    id = owner.add()
    owner.add_mail(id)
    url = f"/inbox/read/{id}"
    assert "to ann@example.org: waits to be sent since" in lines(owner.get(url))
    owner.in_database(lambda db: db.run(
        "UPDATE outbox SET state = 'failed', tries = 9, last_error = '550 <no> such box'"))
    page = owner.get(url)
    assert "failed after 9 tries. 550 &lt;no&gt; such box" in lines(page)
    assert owner.send(url, do="mail").status == 303
    owner.in_database(lambda db: db.run(
        "UPDATE outbox SET state = 'sent', sent_at = 1795335300"))
    assert "sent 22 November 2026, 8:15" in lines(owner.get(url))


def test_mail_cannot_be_sent_again_where_none_has_failed(owner):
    id = owner.add()
    owner.add_mail(id)
    assert owner.send(f"/inbox/read/{id}", do="mail").status in (403, 422)


def test_a_file_is_saved_and_never_shown(owner):
    names = ("page.html", "pic.svg", "x.php", "a\"b.txt", "../../etc/passwd", "Zoë 😀.pdf", "con",
             "x" * 200)
    id = owner.add(files=[(name, b"<script>alert(1)</script>") for name in names])
    files = owner.read(id).files
    assert len(files) == len(names)
    for file in files:
        answer = owner.get(f"/inbox/read/{id}/file/{file.id}")
        assert answer.body == b"<script>alert(1)</script>"
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["Cache-Control"] == "no-store"


def test_a_file_is_had_by_its_own_submission_alone(owner):
    first, second = owner.add(files=[("a.txt", b"a")]), owner.add(files=[("b.txt", b"b")])
    file = owner.read(first).files[0]
    assert owner.get(f"/inbox/read/{second}/file/{file.id}").status == 404


# Deleting

def test_to_delete_is_asked_and_then_everything_is_gone(owner, tmp_path):
    ids = [owner.add(str(number), files=[("a.txt", b"a")]) for number in range(3)]
    owner.add_mail(ids[0])
    asks = owner.send("/inbox/list/contact", ("id", ids[0]), ("id", ids[1]), ("do", "delete"))
    assert asks.status == 303 and owner.read(ids[0]) and owner.read(ids[1])
    page = owner.get(asks["Location"])
    assert "Delete 2 submissions?" in page.text
    done = owner.send(asks["Location"], do="delete")
    assert (done.status, done["Location"]) == (303, "/inbox/list/contact?done=delete")
    assert [owner.read(id) is None for id in ids] == [True, True, False]
    assert owner.asked(mail.state, submissions.about(ids[0])) == []
    assert len(list((tmp_path / "uploads" / "forms").iterdir())) == 1


def test_what_is_not_deleted_after_all_is_kept(owner):
    id = owner.add()
    asks = owner.send(f"/inbox/read/{id}", do="delete")
    assert asks["Location"] == f"/inbox/delete?id={id}"
    assert 'href="/inbox/list/contact">Keep it</a>' in owner.get(asks["Location"]).text
    assert owner.read(id)


def test_spam_leads_back_to_the_spam(owner):
    id = owner.add(reasons="fast")
    asks = owner.send(f"/inbox/read/{id}", do="delete")
    done = owner.send(asks["Location"], do="delete")
    assert done["Location"] == "/inbox/list/contact?show=spam&done=delete"


def test_what_is_gone_already_cannot_be_deleted_twice(owner):
    id = owner.add()
    url = f"/inbox/delete?id={id}"
    page = owner.get(url)
    assert send(owner.visitor, url, page, {"do": "delete"}).status == 303
    assert send(owner.visitor, url, page, {"do": "delete"}).status == 404


# To take away, and settings

def test_csv_is_saved_under_the_name_of_the_form(owner):
    owner.add("=1+1")
    answer = owner.get("/inbox/take/csv/contact")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="contact-all.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert rows[0][4:] == ["Your name", "A plan"] and rows[1][4] == "'=1+1"


def test_what_is_taken_away_is_what_the_list_shows(owner):
    owner.add("Ann")
    owner.add("Bob", reasons="fast")
    assert [one["id"] for one in owner.get("/inbox/take/json/contact").json()["submissions"]] == [1]
    page = owner.get("/inbox/list/contact?show=spam&q=Bob")
    address = html.unescape(re.search(r'href="(/inbox/take/json/[^"]+)"', page.text)[1])
    assert [one["id"] for one in owner.get(address).json()["submissions"]] == [2]


def settings(owner, **changed):
    texts = owner.asked(formsettings.texts, owner.config, "contact")
    return owner.send("/inbox/settings/contact", **{**texts, **changed})


def test_settings_are_changed_and_given_back(owner):
    answer = settings(owner, to="a@example.org, b@example.org", keep="30 d", autoreply="Hi,\nAnn",
                      thanks="/thanks.html", rate="4")
    assert (answer.status, answer["Location"]) == (303, "/inbox/settings/contact?done=save")
    held = owner.asked(formsettings.of, owner.config, "contact")
    assert held.to == ["a@example.org", "b@example.org"] and held.keep == 30 * 86400
    assert (held.autoreply, held.thanks, held.rate) == ("Hi,\nAnn", "/thanks.html", 4)
    page = owner.get("/inbox/settings/contact").text
    assert page.count("<b>changed here</b>") == 5 and "<code>site.ini</code> has “365 d”" in page
    assert settings(owner, to="", keep="365 d", autoreply="", thanks="", rate="10").status == 303
    assert owner.asked(formsettings.own, "contact") == {}


def test_a_setting_that_cannot_be_so_comes_back_with_a_sentence(owner):
    for name, text in (
        ("to", "nobody"), ("to", "a@example.org,"), ("keep", "a year"), ("keep", "365"),
        ("keep", "365 MiB"), ("file_size", "8 d"), ("rate", "-1"), ("rate", ""), ("rate", "1.5"),
        ("thanks", "https://example.org/"), ("thanks", "//example.org"),
        ("thanks", "/\\example.org"), ("aliases", "sales"), ("aliases", "sales: nobody"),
        ("words", "x" * 8001),
    ):
        answer = settings(owner, **{name: text})
        assert answer.status == 422, (name, text)
        assert f'id="{name}-error"' in answer.text, (name, text)
        assert owner.asked(formsettings.own, "contact") == {}


def test_a_name_of_a_form_is_never_a_path(owner):
    for name in ("../../site", "..%2f..%2fsite", ".git", "%00", "a%0ab"):
        assert owner.get(f"/inbox/settings/{name}").status in (400, 404), name


# The guestbook

def test_an_entry_that_waits_is_approved_and_then_shown(owner):
    vars(owner.config.guestbook).update(moderation="all")
    page = owner.get("/guestbook")
    answer = send(owner.visitor, "/guestbook", page, {"name": "Zoë", "message": "Lovely <paper>"})
    assert answer.status == 303
    waits = owner.get(answer["Location"])
    assert "will be shown here when the owner of this site has read" in waits.text
    for url in ("/guestbook", "/guestbook/feed", "/"):
        assert "Lovely" not in owner.get(url).text, url
    assert "Lovely &lt;paper&gt;" in owner.get("/inbox/guestbook").text
    answer = owner.send("/inbox/guestbook", id=1, do="approve")
    assert answer["Location"] == "/inbox/guestbook?done=approve"
    for url in ("/guestbook", "/guestbook/feed", "/"):
        assert "Lovely &lt;paper&gt;" in owner.get(url).text, url
    assert "No entry waits for you." in owner.get("/inbox/guestbook").text


def test_entries_are_deleted_whether_they_wait_or_not(owner):
    for number in range(4):
        owner.in_database(guestbook.sign, f"Visitor {number}", "Hello", wait=number > 1)
    asks = owner.send("/inbox/guestbook", ("id", 3), ("id", 4), ("do", "delete"))
    assert "Delete 2 entries?" in owner.get(asks["Location"]).text
    done = owner.send(asks["Location"], do="delete")
    assert done["Location"].startswith("/inbox/guestbook?") and "done=delete" in done["Location"]
    asks = owner.send("/inbox/guestbook?show=all", id=1, do="delete")
    assert owner.send(asks["Location"], do="delete").status == 303
    assert [owner.asked(guestbook.entry, id) is None for id in (1, 2, 3, 4)] == [
        True, False, True, True]


def test_what_is_shown_already_cannot_be_approved(owner):
    for number in range(2):
        owner.in_database(guestbook.sign, "Ann", "Hello", wait=False)
    assert owner.send("/inbox/guestbook?show=all", id=1, do="approve").status in (403, 422)


def test_the_inbox_is_not_in_the_navigation():
    with open(f"{ROOT}/templates/base.html", encoding="utf-8") as file:
        assert '("inbox"' not in file.read()
