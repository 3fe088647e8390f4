"""Picture: the pictures of people, for who is signed in."""
import os

import pytest

from collection import pictures

from tests.support.hostile_pictures import drawn


@pytest.fixture
def url(ann):
    """The address of Ann's picture."""
    answer = ann.post("details", files={"picture": ("me.png", drawn())}, do="picture")
    assert answer.status == 303
    return f"/account/picture/{ann.row.picture}"


def test_who_is_signed_in_sees_it_and_no_browser_takes_it_for_anything_else(ann, url):
    answer = ann.people.client("member", "bob").get(url)
    assert answer.status == 200 and answer["Content-Type"] == "image/jpeg"
    assert answer.body[:3] == b"\xff\xd8\xff"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_browser_keeps_it_for_its_visitor_alone(ann, url):
    answer = ann.client.get(url)
    assert answer["Cache-Control"] == "private, max-age=86400" and answer["Vary"] == "Cookie"
    again = ann.client.get(url, If_None_Match=answer["ETag"])
    assert again.status == 304 and again["Cache-Control"].startswith("private")


def test_nobody_else_sees_it(ann, url):
    answer = ann.people.nobody.get(url)
    assert answer.status == 303 and answer["Location"].startswith("/account/signin?next=")
    assert answer["Cache-Control"] != "private, max-age=86400"


def test_one_that_was_replaced_or_removed_is_gone_even_where_its_file_stayed(ann, url):
    name = ann.row.picture
    with open(pictures.path_of(ann.config, name), "rb") as file:
        content = file.read()
    ann.post("details", do="remove")
    with open(pictures.path_of(ann.config, name), "wb") as file:
        file.write(content)
    assert ann.client.get(url).status == 404


@pytest.mark.parametrize("name", [
    "", "x", "0" * 32 + ".jpg", "..%2f..%2fsite.ini", "../../../site.ini", "%00", "0" * 5000,
    "site.ini", "' OR 1=1 --.jpg",
])
def test_any_other_name_is_a_404(ann, name):
    assert ann.client.get(f"/account/picture/{name.replace(' ', '%20')}").status in (400, 404)


def test_it_goes_with_its_account(ann, url):
    path = pictures.path_of(ann.config, ann.row.picture)
    assert ann.proves("delete", sure="on").status == 303
    assert not os.path.exists(path)


def test_a_file_that_is_gone_is_a_404(ann, url):
    os.unlink(pictures.path_of(ann.config, ann.row.picture))
    assert ann.client.get(url).status == 404
