"""Settings: those of site.ini that an administrator changes on a page."""
import html
import os
import re
from pathlib import Path

import pytest

from chapbook import config as configuration
from chapbook.db import connect

from tests.support.sending import post

SETTINGS = "/admin/settings"
SITE = """# Ours.
[site]
title = Old
; a line below it
tagline = Short
"""


@pytest.fixture
def admin(people, tmp_path):
    """An administrator of a site with a site.ini of its own."""
    path = tmp_path / "own" / "site.ini"
    path.parent.mkdir()
    path.write_text(SITE, "utf-8")
    path.chmod(0o600)
    own = configuration.load(str(path))
    for section in ("site", "session", "form", "guestbook", "accounts"):
        setattr(people.config, section, getattr(own, section))
    people.config.file = own.file
    return people.administrator


@pytest.fixture
def ini(people, admin):
    """A function that gives the text of site.ini as it is now."""
    return lambda: Path(people.config.file).read_text("utf-8")


def form(client):
    """The address of the form, and what its browser would send."""
    page = client.get(SETTINGS).text
    action = html.unescape(re.search(r'method="post" action="([^"]+)"', page)[1])
    fields = dict(re.findall(r'<input id="[\w-]+" name="([\w-]+)"[^>]*value="([^"]*)"', page))
    for name, options in re.findall(r'<select id="[\w-]+" name="([\w-]+)".*?>(.*?)</select>',
                                    page, re.S):
        fields[name] = re.search(r'value="([^"]+)" selected', options)[1]
    return action, {name: html.unescape(value) for name, value in fields.items()}


def save(client, filled=None, **changed):
    action, fields = filled or form(client)
    return post(client, action, *{**fields, **{
        name.replace("_", "-", 1): value for name, value in changed.items()}}.items())


def test_what_is_changed_is_written_and_every_other_line_stays(admin, people, ini):
    answer = save(admin, site_title="New & better", session_idle="3 h", guestbook_moderation="all")
    assert (answer.status, answer["Location"]) == (303, SETTINGS)
    assert ini() == SITE.replace("Old", "New & better") + (
        "\n[session]\nidle = 3 h\n\n[guestbook]\nmoderation = all\n")
    assert os.stat(people.config.file).st_mode & 0o777 == 0o600
    held = configuration.load(people.config.file)
    assert (held.site.title, held.session.idle) == ("New & better", 10800.0)


def test_to_save_without_a_change_writes_nothing(admin, people, ini):
    before = os.stat(people.config.file).st_ino
    assert save(admin).status == 303
    assert ini() == SITE and os.stat(people.config.file).st_ino == before
    assert "Nothing was changed." in admin.get(SETTINGS).text


def test_every_setting_is_shown_as_it_is(admin, people):
    save(admin, form_to="ann@example.org", site_timezone="Europe/Brussels", form_keep="30 d",
         accounts_registration="closed", site_language="de", form_words="casino, “pills”")
    own = configuration.load(people.config.file)
    for section in ("site", "form", "accounts"):
        setattr(people.config, section, getattr(own, section))
    _, fields = form(admin)
    assert {name: fields[name] for name in (
        "site-title", "form-to", "site-timezone", "form-keep", "accounts-registration",
        "site-language", "form-words")} == {
        "site-title": "Old", "form-to": "ann@example.org", "site-timezone": "Europe/Brussels",
        "form-keep": "30 d", "accounts-registration": "closed", "site-language": "de",
        "form-words": "casino, “pills”"}


def test_what_cannot_be_so_comes_back_with_a_sentence_and_nothing_is_written(admin, ini):
    filled = form(admin)
    for name, text in (
        ("site_title", ""), ("site_title", "x" * 101), ("site_language", "english!"),
        ("site_timezone", "Europe/Atlantis"), ("site_owner", "nobody"),
        ("session_idle", "9 min"), ("session_idle", "2"), ("session_remember", "9999 d"),
        ("session_idle", "13 h"), ("accounts_registration", "x"), ("guestbook_moderation", ""),
        ("form_to", "nobody"), ("form_keep", "a year"), ("form_rate", "-1"),
        ("form_thanks", "//example.org"), ("form_aliases", "sales"), ("form_file_size", "8 d"),
    ):
        answer = save(admin, filled, **{name: text})
        assert answer.status == 422, (name, text)
        assert ini() == SITE, (name, text)


def test_a_value_brings_no_line_of_its_own(admin, ini):
    filled = form(admin)
    for text in ("x\n[site]\ndebug = yes", "x\r\ndebug = yes", "x\x0bdebug = yes", "a\u2028b"):
        assert save(admin, filled, site_tagline=text).status in (400, 422), text
        assert ini() == SITE, text


def test_what_is_not_on_the_form_is_not_changed(admin, ini):
    action, fields = form(admin)
    post(admin, action, *fields.items(), ("site-debug", "yes"), ("database-engine", "mysql"),
         ("site-base_url", "https://example.com"), ("mail-password", "x"))
    assert ini() == SITE
    page = admin.get(SETTINGS).text
    assert "[site] base_url =" in page and 'name="site-base_url"' not in page


def test_a_change_by_hand_meanwhile_is_not_overwritten(admin, people, ini):
    action, fields = form(admin)
    by_hand = SITE.replace("Short", "By hand")
    Path(people.config.file).write_text(by_hand, "utf-8")
    answer = post(admin, action, *{**fields, "site-title": "New"}.items())
    assert answer.status == 409 and "changed in the meantime" in answer.text
    assert ini() == by_hand
    with connect(people.config) as db:
        assert db.value("SELECT COUNT(*) FROM security_event"
                        " WHERE what = 'settings changed'") == 0


def test_where_nothing_can_be_written_the_lines_are_shown(admin, people, ini):
    people.config.file = ""
    answer = save(admin, site_title="<New>", form_rate="4")
    assert answer.status == 200
    assert "[site]\ntitle = &lt;New&gt;\n\n[form]\nrate = 4" in answer.text
    with connect(people.config) as db:
        assert db.value("SELECT COUNT(*) FROM security_event"
                        " WHERE what = 'settings changed'") == 0


def test_sent_twice_it_is_written_once(admin, people, ini):
    page = admin.get(SETTINGS).text
    token = re.search(r'name="_once" value="([^"]+)"', page)[1]
    action, fields = form(admin)
    pairs = [("_once", token), *{**fields, "site-title": "New"}.items()]
    assert post(admin, action, *pairs).status == 303
    assert post(admin, action, *pairs).status == 303
    assert ini() == SITE.replace("Old", "New")


def test_who_changed_what_is_written_down_without_the_values(admin, people):
    save(admin, site_title="New", site_tagline="Canary")
    with connect(people.config) as db:
        row = db.one("SELECT what, actor_id, about FROM security_event ORDER BY id DESC")
    assert dict(row) == {"what": "settings changed", "about": "[site] title, [site] tagline",
                         "actor_id": people.account("administrator").id}


def test_the_page_has_no_secret(admin, people):
    vars(people.config.database).update(password="canary-1")
    vars(people.config.mail).update(password="canary-2")
    assert "canary" not in admin.get(SETTINGS).text


def test_nobody_else_is_let_in(admin, people, ini):
    assert people.nobody.get(SETTINGS)["Location"].startswith("/account/signin?next=")
    for client in (people.member, people.editor):
        assert client.get(SETTINGS).status == 403
        assert post(client, SETTINGS, ("site-title", "x")).status == 403
    assert ini() == SITE
