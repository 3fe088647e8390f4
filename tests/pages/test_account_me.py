"""Me: one's own account at a glance."""
from chapbook.accounts import accounts, events
from chapbook.accounts.events import SHELL, Who
from collection import oneself

from tests.support.people import sign_in


def test_it_shows_what_there_is_and_leads_to_where_each_is_changed(ann):
    page = ann.get("me").text
    for said in ("Ann", "ann@example.org", "Member", "Now with 1 browser", "Off",
                 "That of the site, UTC", "The account was made"):
        assert said in page, said
    for place in ("details", "address", "password", "twofactor", "sessions", "export", "delete",
                  "signout"):
        assert f'href="/account/{place}"' in page, place


def test_who_administers_the_site_is_led_there(people):
    assert 'href="/admin/dashboard"' in people.editor.get("/account/me").text
    assert 'href="/admin/dashboard"' not in people.member.get("/account/me").text


def test_what_has_happened_is_told_page_by_page(ann):
    for number in range(12):
        ann.write(events.note, "sign-in", "wrong", Who(None, "-", f"192.0.2.{number}"), ann.id)
    page = ann.get("me").text
    assert page.count("a wrong password") == 10
    assert "from 192.0.2.11" in page and "from 192.0.2.1<" not in page
    older = page.partition('rel="next" href="/account/me?before=')[2].partition("#")[0]
    page = ann.get(f"me?before={older}").text
    assert page.count("a wrong password") == 2 and "The account was made" in page
    assert 'rel="next"' not in page
    assert "Nothing more." in ann.get("me?before=1").text
    assert ann.get("me?before=x").status == 400


def test_every_event_of_an_account_has_words(ann):
    for (what, outcome), words in oneself.HAPPENED.items():
        ann.write(events.note, what, outcome, SHELL, ann.id)
        assert words in ann.get("me").text
    for about, words in oneself.CHANGES.items():
        ann.write(events.note, "account changed", "done", SHELL, ann.id, about)
        assert words in ann.get("me").text


def test_what_another_has_done_is_said_to_be_anothers(ann):
    admin = ann.people.add("administrator", "root")
    ann.write(accounts.set_role, ann.id, "editor", Who(admin, "-"))
    sign_in(ann.client, ann.id)               # another role ends all sessions
    page = ann.get("me").text
    assert "The account got another role" in page and "somebody who administers the site" in page


def test_a_name_cannot_turn_the_page_around_nor_become_a_tag(ann):
    ann.write(accounts.change_name, ann.id, "<b>\u202eAnn</b>", SHELL)
    page = ann.get("me").text
    assert '<h1 dir="auto">&lt;b&gt;Ann&lt;/b&gt;</h1>' in page and "\u202e" not in page


def test_nobody_is_sent_to_sign_in(people):
    answer = people.nobody.get("/account/me")
    assert (answer.status, answer["Location"]) == (303, "/account/signin?next=%2Faccount%2Fme")


def test_it_is_kept_by_nobody(ann):
    assert ann.get("me")["Cache-Control"] == "no-store"
