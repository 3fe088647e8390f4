"""Forms of static pages as a visitor meets them."""
import html
import os
import re
from pathlib import Path
from threading import Thread

import pytest

from chapbook.db import Database, close_kept
from chapbook.testing import Client
from collection import attachments, notices, submissions

from tests.support.formsite import OWNER, FormSite

LETTER = {"name": "Zoë", "email": "zoe@example.net", "about": "A question",
          "message": "How do I become a member?\nI live near the castle of Ghent.", "_gotcha": ""}
BOOKING = {"name": "Ann", "email": "ann@example.net", "phone": "", "day": "2030-05-01",
           "from": "09:15", "guests": "40", "occasion": "A wake", "needs": "piano",
           "tables": "round", "notes": "", "agreed": "on", "_gotcha": ""}
HIDDEN = '<input type="hidden" name="{}" value="{}">'


@pytest.fixture
def site(visitor, tmp_path):
    return FormSite(visitor, tmp_path)


def hidden(**fields):
    return "".join(HIDDEN.format(name, html.escape(value)) for name, value in fields.items())


def test_a_letter_is_stored_mailed_and_thanked_for(site):
    answer = site.send("contact", **LETTER)
    assert answer.status == 200 and answer["Cache-Control"] == "no-store"
    assert "What you sent has arrived." in answer.text
    assert "I live near the castle of Ghent." in answer.text
    assert '<a href="/contact.html">Back to the page</a>' in answer.text
    assert site.only() == {"name": ["Zoë"], "email": ["zoe@example.net"], "about": ["A question"],
                           "message": [LETTER["message"]]}
    one, = site.stored()
    assert (one.form, one.spam, one.reasons, one.notes) == ("contact", 0, "", "")
    sent, = site.mails()
    assert (sent.recipient, sent.reply_to, sent.state, sent.about) == (
        OWNER, "zoe@example.net", "waiting", submissions.about(one.id))
    assert sent.subject == "Contact: A Chapbook site"
    assert "Your name: Zoë\n" in sent.body and "https://example.org/contact.html" in sent.body
    assert f"https://example.org/admin/inbox/read/{one.id}\n" in sent.body


def test_a_refused_letter_comes_back_as_the_page_itself(site):
    answer = site.send("contact", **LETTER | {"email": "zoe", "message": "Hi"})
    assert answer.status == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == ["email", "message"]
    assert 'value="Zoë"' in answer.text and 'href="/style.css"' in answer.text
    assert site.stored() == [] and site.mails() == []
    token = re.search(r'name="_once" value="([^"]+)"', answer.text)[1]
    assert site.send("contact", _once=token, **LETTER).status == 200
    assert len(site.stored()) == 1


def test_a_booking_with_its_file_is_stored(site):
    answer = site.send("booking", files={"plan": ("../évil.pdf", b"%PDF-1")}, **BOOKING)
    assert answer.status == 200, answer.text
    one, = site.stored()
    assert one.files[0].filename == "évil.pdf" and one.files[0].size == 6
    path = attachments.path_of(site.config, one.files[0].path)
    assert Path(path).read_bytes() == b"%PDF-1" and not path.startswith(str(site.root / "htdocs"))
    answers = {field.name: field for field in one.fields}
    assert answers["guests"].answers[0].value == "40"
    assert (answers["tables"].label, answers["tables"].answers[0].shown) == (
        "How the tables stand", "In a round")
    assert "évil.pdf" in answer.text and "In a round" in answer.text
    assert "évil.pdf (6 bytes, in the inbox)" in site.mails()[0].body


def test_the_address_of_a_form_shows_its_page_with_a_token(site):
    answer = site.visitor.get("/forms/contact")
    assert answer.status == 200 and 'action="/forms/contact"><input type="hidden"' in answer.text
    assert 'href="/style.css"' in answer.text
    site.page("club/join us", '<input name="a" aria-label="A">')
    assert 'name="_once"' in site.visitor.get("/forms/club/join%20us").text
    assert site.visitor.get("/forms").status == 200


def test_the_address_of_a_page_whose_form_goes_elsewhere_leads_to_it(site):
    site.page("club/join us", '<input name="a" aria-label="A">', action="/join")
    answer = site.visitor.get("/forms/club/join%20us")
    assert (answer.status, answer["Location"]) == (303, "/club/join%20us.html")


@pytest.mark.parametrize("name", [
    "nothing", "Contact", "contact.html", ".htaccess", "../lib/chapbook/x", "contact/", "style",
    "club", "..%2f..%2fsite", "%2e%2e/site", "contact%00", "x" * 192, ".git/config", "contact/x",
])
def test_a_form_that_no_page_has_is_a_404(site, name):
    (site.root / "site.html").write_text("<form method=post>")
    (site.root / "htdocs/club").mkdir()
    (site.root / "htdocs/.git").mkdir()
    (site.root / "htdocs/.git/config.html").write_text("<form method=post>")
    for answer in (site.visitor.get(f"/forms/{name}"), site.send(name, a="b")):
        assert answer.status == 404 or answer.status == 400 and (".." in name or "%00" in name)
    assert site.stored() == []


def test_a_page_without_a_form_for_this_address_takes_nothing(site):
    site.page("other", '<input name="a" aria-label="A">', action="/forms/contact")
    assert site.send("other", a="x").status == 403
    assert site.stored() == []


def test_pages_in_folders_old_endings_and_old_letters(site):
    site.page("club/join", '<input name="a" aria-label="A">', action="../forms/club/join")
    assert site.send("club/join", a="x").status == 200
    (site.root / "htdocs/old.htm").write_bytes(
        '<html><head><title>Caf\xe9</title></head><body><form method=POST action=/forms/old>'
        '<input name=a required aria-label="Caf\xe9"></form></body></html>'.encode("latin-1"))
    answer = site.send("old", a="x")
    assert answer.status == 200 and "Café" in answer.text
    assert [one.form for one in site.stored()] == ["old", "club/join"]


def test_the_same_twice_is_stored_once_and_answered_alike(site):
    first, second = site.send("contact", **LETTER), site.send("contact", **LETTER)
    assert first.body == second.body and len(site.mails()) == 1
    one, = site.stored()
    assert one.repeats == 1
    site.send_as("contact", LETTER, {"User-Agent": "Another/1.0"})
    assert [(one.spam, one.reasons) for one in site.stored()] == [(1, "duplicate"), (0, "")]


def test_after_ten_minutes_the_same_is_another_submission(site):
    site.page("rsvp", '<button name="coming" value="y">I come</button>')
    site.send("rsvp", coming="y")
    site.do(Database.run, "UPDATE submission SET received_at = received_at - 601")
    site.send("rsvp", coming="y")
    assert [(one.spam, one.repeats) for one in site.stored()] == [(0, 0), (0, 0)]
    assert len(site.mails()) == 2


@pytest.mark.parametrize("changed, headers, reason", [
    ({"_gotcha": "x"}, {}, "honeypot"), ({"website": "x"}, {}, "unknown"),
    ({"message": "http://a http://b http://c http://d"}, {}, "links"),
    ({"message": "Come to our casino."}, {}, "words"), ({}, {"Sec-Fetch-Site": "none"}, "referrer"),
])
def test_spam_is_stored_its_mail_held_and_the_visitor_told_nothing(site, changed, headers, reason):
    site.set("contact", words="casino", autoreply="Thank you.")
    answer = site.send_as("contact", LETTER | changed, headers)
    assert answer.status == 200 and "What you sent has arrived." in answer.text
    one, = site.stored()
    assert (one.spam, one.reasons) == (1, reason)
    assert [(sent.recipient, sent.state) for sent in site.mails()] == [(OWNER, "held")]
    site.do(submissions.mark, one.id, spam=False)
    assert [sent.state for sent in site.mails()] == ["waiting"]


def test_a_form_filled_in_too_fast_is_spam(site):
    token = re.search(r'name="_once" value="([^"]+)"', site.visitor.get("/forms/contact").text)[1]
    site.send("contact", _once=token, **LETTER)
    assert [one.reasons for one in site.stored()] == ["fast"]


def test_how_long_a_correction_took_says_nothing_of_the_form(site):
    token = re.search(r'name="_once" value="([^"]+)"',
                      site.send("contact", **LETTER | {"email": "x"}).text)[1]
    site.send("contact", _once=token, **LETTER)
    assert [one.reasons for one in site.stored()] == [""]


def test_beyond_its_rate_it_is_spam_and_far_beyond_it_is_refused(site):
    site.set("contact", rate="2")
    answers = [site.send("contact", **LETTER | {"name": f"Ann {number}", "message": "x" * 10})
               for number in range(12)]
    assert [answer.status for answer in answers] == [200] * 10 + [429] * 2
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600
    assert [one.reasons for one in reversed(site.stored())] == ["", ""] + ["rate"] * 8
    elsewhere = site.send_as("contact", LETTER, REMOTE_ADDR="2001:db8::1")
    assert elsewhere.status == 200 and site.stored()[0].reasons == ""


def test_thanks_are_said_where_the_owner_wants_them(site):
    site.set("contact", thanks="/guestbook?thanks=1")
    answer = site.send("contact", **LETTER)
    assert (answer.status, answer["Location"]) == (303, "/guestbook?thanks=1")
    again = site.send("contact", **LETTER)
    assert (again.status, again["Location"]) == (303, "/guestbook?thanks=1")


def test_a_program_gets_json(site):
    letter = LETTER | {"email": "x", "message": "0123456789"}
    answer = site.send_as("contact", letter, {"Accept": "application/json"})
    assert answer.status == 422 and list(answer.json()["errors"]) == ["email"]
    letter["email"] = "x@example.net"
    answer = site.send_as("contact", letter, {"Accept": "application/json"})
    assert answer.status == 200
    assert answer.json() == {
        "sentence": "What you sent has arrived.", "next": None, "received": [
            {"name": "name", "label": "Your name", "text": "Zoë"},
            {"name": "email", "label": "Your e-mail address", "text": "x@example.net"},
            {"name": "about", "label": "What it is about", "text": "A question"},
            {"name": "message", "label": "Your letter", "text": "0123456789"}]}


FORMMAIL = {"recipient": "sales", "subject": "From the web", "required": "email,realname,phone",
            "sort": "order:realname,email", "title": "Thanks a lot!",
            "return_link_url": "/guestbook", "return_link_title": "To the guestbook"}
OLD = ('<input name="email" aria-label="E-mail"><input name="realname" aria-label="Your name">'
       '<input name="phone" aria-label="Phone"><input name="fax" aria-label="Fax">')


def test_a_page_of_formmail_keeps_working(site):
    site.page("old", hidden(**FORMMAIL) + OLD)
    site.set("old", aliases="sales: ann@example.org, bob: bob@example.org")
    filled = {"email": "zoe@example.net", "realname": "Zoë", "phone": "1", "fax": ""}
    answer = site.send("old", **filled, **FORMMAIL)
    assert answer.status == 200
    assert "<h1>Thanks a lot!</h1>" in answer.text
    assert '<a href="/guestbook">To the guestbook</a>' in answer.text
    sent, = site.mails()
    assert (sent.recipient, sent.reply_to) == ("ann@example.org", "zoe@example.net")
    assert sent.subject == "Old: A Chapbook site: From the web"
    assert sent.body.startswith("Your name: Zoë\nE-mail: zoe@example.net\nPhone: 1\n\n-- \n")
    assert site.only().keys() == {"email", "realname", "phone", "fax"}


def test_formmails_list_of_required_fields_holds(site):
    site.page("old", hidden(**FORMMAIL) + OLD)
    answer = site.send("old", email="zoe", realname="", phone="1", fax="", **FORMMAIL)
    assert answer.status == 422
    assert "Your name is required." in answer.text and "E-mail must be an e-mail" in answer.text
    assert re.findall(r'id="([^"]+)-error"', answer.text) == ["email", "realname"]
    site.page("bare", hidden(required="comments,agreed") + "<input name=comments>"
              '<input type="checkbox" name="agreed">')
    answer = site.send("bare", required="comments,agreed", comments="")
    assert "Comments is required." in answer.text and "Please tick “Agreed”." in answer.text
    asked = FORMMAIL | {"missing_fields_redirect": "guestbook?missing=1"}
    site.page("old", hidden(**asked) + OLD)
    answer = site.send("old", email="zoe", realname="", phone="1", fax="", **asked)
    assert (answer.status, answer["Location"]) == (303, "/guestbook?missing=1")
    assert site.stored() == [] and site.mails() == []


@pytest.mark.parametrize("wanted, location", [
    ("/thanks.html", "/thanks.html"), ("https://example.org/a?b", "/a?b"), ("a.html", "/a.html"),
    ("https://evil.example/", None), ("//evil.example", None), ("/\\evil.example", None),
])
def test_the_page_leads_on_within_the_site(site, wanted, location):
    for name in ("redirect", "_next"):
        site.page(f"go{name}", hidden(**{name: wanted}) + '<input name="a" aria-label="A">')
        answer = site.send(f"go{name}", a="x", **{name: wanted})
        assert answer.status == (303 if location else 200)
        assert location is None or answer["Location"] == location


def test_a_hidden_field_that_was_changed_is_refused(site):
    site.page("old", hidden(**FORMMAIL) + OLD)
    site.set("old", aliases="sales: ann@example.org, bob: bob@example.org")
    fields = {"email": "zoe@example.net", "realname": "Z", "phone": "1", "fax": ""}
    for changed in ({"recipient": "bob"}, {"recipient": "victim@example.net"},
                    {"subject": "Buy this"}, {"title": "Hacked"}):
        assert site.send("old", **fields, **FORMMAIL | changed).status == 422
    assert site.stored() == [] and site.mails() == []


def test_files_are_held_to_the_owners_settings(site):
    site.page("up", '<input type="file" name="plan" aria-label="The plan">',
              more=' enctype="multipart/form-data"')
    site.set("up", file_types=".pdf, image/*", file_size="1000 B", quota="1500 B")
    answer = site.send("up", files={"plan": ("a.exe", b"x")})
    assert answer.status == 422 and (
        "The plan takes PDF or image files only; “a.exe” is something else." in answer.text)
    answer = site.send("up", files={"plan": ("a.pdf", b"x" * 1001)})
    assert answer.status == 422 and (
        "The plan must be at most 1000 B; “a.pdf” has 1001 B." in answer.text)
    assert site.send("up", files={"plan": ("a.PDF", b"x" * 1000)}).status == 200
    answer = site.send("up", files={"plan": ("b.pdf", b"y" * 501)})
    assert answer.status == 422 and "No more files can be taken" in answer.text
    assert "raise quota in [form up]" in site.log()
    assert site.send("up", files={"plan": ("b.pdf", b"y" * 500)}).status == 200
    assert len(site.stored()) == len(os.listdir(attachments.folder(site.config))) == 2


def test_the_answer_to_the_visitor_is_off_until_it_is_written(site):
    site.send("contact", **LETTER)
    site.set("contact", autoreply="We write soon.", autoreply_subject="Your letter")
    site.send("contact", **LETTER | {"name": "Ann"})
    site.send("contact", **LETTER | {"name": "Bob"})
    assert [(sent.recipient, sent.subject) for sent in site.mails()] == [
        (OWNER, "Contact: A Chapbook site"), (OWNER, "Contact: A Chapbook site"),
        ("zoe@example.net", "Your letter"), (OWNER, "Contact: A Chapbook site")]


def test_a_site_without_an_owner_keeps_what_is_sent(site):
    vars(site.config.site).update(owner="")
    assert site.send("contact", **LETTER).status == 200
    one, = site.stored()
    assert one.notes == "nobody" and one.notes in notices.NOTES and site.mails() == []
    assert "owner = you@example.org" in site.log()


def test_a_broken_mail_system_is_none_of_the_visitors_business(site):
    vars(site.config.mail).update(via="smtp", host="192.0.2.1")
    vars(site.config.site).update(owner="nobody at all")
    assert site.send("contact", **LETTER).status == 200
    assert [one.notes for one in site.stored()] == ["address"]


def test_the_pages_own_buttons_and_folders_count(site):
    site.page("rsvp", '<button name="coming" value="y">I come</button>'
                      '<button name="coming" value="n">I do not</button>')
    assert "I come" in site.send("rsvp", coming="y").text
    assert site.only() == {"coming": ["y"]}


def test_the_site_may_live_in_a_folder(site):
    vars(site.config.site).update(base_url="https://example.org/club")
    answer = site.visitor.request(
        "POST", "/club/forms/contact", b"name=A&email=a@b.example&about=A+question&_gotcha="
        b"&message=0123456789", "application/x-www-form-urlencoded",
        headers={"Sec-Fetch-Site": "same-origin"},
        environ={"SCRIPT_NAME": "/club", "PATH_INFO": "/forms/contact"})
    assert answer.status == 200 and '<a href="/club/contact.html">Back' in answer.text
    assert "https://example.org/club/contact.html" in site.mails()[0].body


def test_many_who_send_at_once_are_all_heard_and_a_double_click_is_one(site):
    site.set("contact", rate="1000")
    statuses = []

    def send(number):
        client = Client(config=site.config)
        try:
            for each in range(4):
                for _ in range(2):
                    answer = client.post("/forms/contact", **LETTER | {
                        "name": f"Visitor {each if number < 2 else number * 10 + each}"})
                    statuses.append(answer.status)
        finally:
            close_kept()

    threads = [Thread(target=send, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 48, site.log()
    names = sorted(one.fields[0].answers[0].value for one in site.stored())
    assert len(names) == len(set(names)) == 20
    assert sum(one.repeats for one in site.stored()) == 28 and len(site.mails()) == 20
