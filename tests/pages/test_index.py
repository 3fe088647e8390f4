"""The home page: what the site is, and the newest of the guestbook."""


def test_a_new_site_invites_the_first_signature(visitor):
    answer = visitor.get("/")
    assert answer.status == 200
    assert "Nobody has signed yet." in answer.text


def test_the_three_newest_entries_are_shown(visitor):
    for number in range(4):
        visitor.post("/guestbook", name=f"Visitor {number}", message="Hello")
    page = visitor.get("/").text
    assert "Visitor 0" not in page
    assert page.index("Visitor 3") < page.index("Visitor 2") < page.index("Visitor 1")


def test_a_reader_who_has_the_page_is_told_that_it_has_not_changed(visitor):
    first = visitor.get("/")
    again = visitor.request("GET", "/", headers={"If-None-Match": first["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_it_cannot_be_posted_to(visitor):
    answer = visitor.post("/", name="Ann")
    assert answer.status == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
