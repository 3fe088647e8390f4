"""Moderation: entries of the guestbook, approved or deleted, searched and taken away."""
import csv
import io

from chapbook.accounts import events
from collection import guestbook, moderation

from tests.support.owner import send


def test_an_entry_that_waits_is_approved_and_then_shown(owner):
    vars(owner.config.guestbook).update(moderation="all")
    page = owner.get("/guestbook")
    answer = send(owner.visitor, page, [("name", "Zoë"), ("message", "Lovely <paper>")])
    assert answer.status == 303
    waits = owner.get(answer["Location"])
    assert "will be shown here when the owner of this site has read" in waits.text
    for url in ("/guestbook", "/guestbook/feed", "/"):
        assert "Lovely" not in owner.get(url).text, url
    assert "Lovely &lt;paper&gt;" in owner.get("/admin/moderation").text
    answer = owner.send("/admin/moderation", id=1, do="approve")
    assert answer["Location"] == "/admin/moderation?done=approve"
    for url in ("/guestbook", "/guestbook/feed", "/"):
        assert "Lovely &lt;paper&gt;" in owner.get(url).text, url
    assert "No entry waits for you." in owner.get("/admin/moderation").text


def test_entries_are_deleted_whether_they_wait_or_not(owner):
    for number in range(4):
        owner.in_database(guestbook.sign, f"Visitor {number}", "Hello", wait=number > 1)
    asks = owner.send("/admin/moderation", ("id", 3), ("id", 4), ("do", "delete"))
    assert "Delete 2 entries?" in owner.get(asks["Location"]).text
    done = owner.send(asks["Location"], do="delete")
    assert done["Location"].startswith("/admin/moderation?") and "done=delete" in done["Location"]
    asks = owner.send("/admin/moderation?show=all", id=1, do="delete")
    assert owner.send(asks["Location"], do="delete").status == 303
    assert [owner.asked(guestbook.entry, id) is None for id in (1, 2, 3, 4)] == [
        True, False, True, True]
    assert [(event.what, event.about) for event in owner.asked(events.latest, most=2)] == [
        ("entries deleted", "1"), ("entries deleted", "3 4")]


def test_what_is_shown_already_cannot_be_approved(owner):
    for number in range(2):
        owner.in_database(guestbook.sign, "Ann", "Hello", wait=False)
    assert owner.send("/admin/moderation?show=all", id=1, do="approve").status in (403, 422)


def test_a_search_looks_at_names_places_and_words_and_takes_letters_for_what_they_are(owner):
    for name, place, message in (("Ann", "Brugge", "Hello"), ("Zoë", None, "100% lovely"),
                                 ("Ben", "Ghent", "1000 words of ANN")):
        owner.in_database(guestbook.sign, name, message, place, wait=False)
    found = {q: [name for name in ("Ann", "Zoë", "Ben")
                 if f'>{name}</b>' in owner.get(f"/admin/moderation?show=all&q={q}").text]
             for q in ("ann", "brug", "0%25", "_rugge", "nobody")}
    assert found == {"ann": ["Ann", "Ben"], "brug": ["Ann"], "0%25": ["Zoë"], "_rugge": [],
                     "nobody": []}
    assert "at least two letters" in owner.get("/admin/moderation?show=all&q=a").text
    assert "has “nobody” in it" in owner.get("/admin/moderation?show=all&q=nobody").text


def test_what_the_list_shows_is_taken_away_as_csv(owner, monkeypatch):
    monkeypatch.setattr(moderation, "BATCH", 2)
    for number in range(5):
        owner.in_database(guestbook.sign, f"=Ann {number}", "Hello", wait=number == 4, at=number)
    answer = owner.get("/admin/moderation/csv?show=all&q=ann")
    assert answer["Content-Disposition"] == 'attachment; filename="guestbook-approved.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == moderation.HEADINGS
    assert rows[1] == ["4", "shown", "'=Ann 3", "", "Hello", "1970-01-01 00:00:03"]
    assert [row[0] for row in rows[1:]] == ["4", "3", "2", "1"]
    assert "=Ann 4" in owner.get("/admin/moderation/csv").text
