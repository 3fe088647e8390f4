"""The guestbook as a visitor meets it."""
import re
from xml.etree import ElementTree

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"


def sign(visitor, message="Hello", name="Ann", **more):
    answer = visitor.post("/guestbook", name=name, message=message, **more)
    assert answer.status == 303
    assert re.fullmatch(r"/guestbook#entry-\d+", answer["Location"])


def test_an_empty_book_says_so(visitor):
    assert "Nobody has signed yet" in visitor.get("/guestbook").text


def test_what_was_signed_is_shown_newest_first_and_escaped(visitor):
    sign(visitor, "First & foremost", place="Ghent")
    sign(visitor, "<script>alert(1)</script> 🖋", name="Zoë")
    page = visitor.get("/guestbook").text
    newest = page.index("&lt;script&gt;alert(1)&lt;/script&gt; 🖋")
    assert newest < page.index("First &amp; foremost")
    assert "Ghent" in page and "<script>" not in page


@pytest.mark.parametrize("fields, at_fault", [
    ({"name": "", "message": "Hi"}, ["name"]),
    ({"name": " ", "message": "\n"}, ["name", "message"]),
    ({"name": "x" * 81, "message": "Hi"}, ["name"]),
    ({"name": "Ann", "message": "x" * 4001}, ["message"]),
    ({"name": "Ann", "message": "Hi", "place": "x" * 81}, ["place"]),
    ({}, ["name", "message"]),
])
def test_a_refused_entry_comes_back_with_a_sentence_for_each_field(visitor, fields, at_fault):
    answer = visitor.post("/guestbook", **fields)
    assert answer.status == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == at_fault
    for value in fields.values():
        assert value.strip() in answer.text
    assert "Nobody has signed yet" in visitor.get("/guestbook").text


def test_a_field_sent_twice_is_refused(visitor):
    answer = visitor.request("POST", "/guestbook", b"name=Ann&name=Bob&message=Hi",
                             "application/x-www-form-urlencoded")
    assert answer.status == 422
    assert "Nobody has signed yet" in visitor.get("/guestbook").text


def test_fields_that_the_form_does_not_have_do_not_exist(visitor):
    sign(visitor, id="7", signed_at="0")
    assert 'id="entry-7"' not in visitor.get("/guestbook").text


def test_a_form_of_another_site_is_refused_and_nothing_is_stored(visitor):
    answer = visitor.request("POST", "/guestbook", b"name=Ann&message=Hi",
                             "application/x-www-form-urlencoded",
                             headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert "Nobody has signed yet" in visitor.get("/guestbook").text


def test_older_entries_are_reached_leaf_by_leaf_each_once(visitor):
    for number in range(45):
        sign(visitor, f"Message {number}.")
    seen, url = [], "/guestbook"
    while url:
        page = visitor.get(url).text
        seen += [int(number) for number in re.findall(r"Message (\d+)\.", page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        url = older and older[1]
    assert seen == list(range(44, -1, -1))


@pytest.mark.parametrize("before", ["x", "-1", "1" * 30, "%EF%BC%91", "1&before=2", ""])
def test_a_page_number_that_is_none_is_a_400(visitor, before):
    assert visitor.get(f"/guestbook?before={before}").status == 400


def test_the_feed_is_atom_with_the_newest_entries(visitor):
    sign(visitor, "Tea & <toast>\ufffe", place="Ghent")
    answer = visitor.get("/guestbook/feed")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.body)
    contents = [entry.findtext(f"{ATOM}content") for entry in feed.iter(f"{ATOM}entry")]
    assert contents == ["Tea & <toast>"]


@pytest.mark.parametrize("base_url, id, link", [
    ("", "tag:localhost,2026:/guestbook", "/guestbook"),
    ("https://example.org", "https://example.org/guestbook", "https://example.org/guestbook"),
])
def test_what_the_feed_says_has_ids_that_hold_everywhere(visitor, base_url, id, link):
    vars(visitor.config.site).update(base_url=base_url)
    sign(visitor)
    feed = ElementTree.fromstring(visitor.get("/guestbook/feed").body)
    assert [found.text for found in feed.iter(f"{ATOM}id")] == [id, f"{id}#entry-1"]
    assert {found.get("href") for found in feed.iter(f"{ATOM}link")} == {
        link, f"{link}/feed", f"{link}?before=2#entry-1"}


def test_an_empty_feed_is_a_feed(visitor):
    assert ElementTree.fromstring(visitor.get("/guestbook/feed").body).tag == f"{ATOM}feed"


def test_addresses_below_it_that_are_not_declared_are_a_404(visitor):
    for path in ("/guestbook/feed/", "/guestbook/feed.css", "/guestbook/1", "/guestbook/.git"):
        assert visitor.get(path).status == 404, path


def test_a_slash_too_many_leads_back_to_the_page(visitor):
    answer = visitor.get("/guestbook/")
    assert (answer.status, answer["Location"]) == (301, "/guestbook")
