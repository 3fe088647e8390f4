"""Errors: the log, for owners whose host gives them no shell."""
import os
import re

import pytest

from chapbook import log

from tests.support.sending import post


@pytest.fixture
def admin(people, tmp_path):
    """An administrator of a site with a log of its own."""
    vars(people.config.paths).update(log=str(tmp_path / "log"))
    return people.administrator


def write(people, id="0123456789ab", **more):
    facts = {"method": "GET", "path": "/guestbook", "error": "KeyError", "detail": "'name'",
             "at": "cgi-bin/guestbook.py, line 12", "traceback": "Traceback:\n  one\nKeyError: 1"}
    log.write(people.config, "500", id, **{**facts, **more})


def test_the_number_on_an_error_page_leads_to_its_traceback(admin, people):
    for number in range(3):
        write(people, f"{number}" * 12, detail=f"detail {number}", traceback=f"trace {number}")
    answer = admin.get("/admin/errors?q=+111111111111+")
    assert (answer.status, answer["Location"]) == (303, "/admin/errors/111111111111")
    page = admin.get(answer["Location"]).text
    assert "detail 1" in page and "trace 1" in page
    assert "detail 2" not in page and "trace 0" not in page
    assert "cgi-bin/guestbook.py, line 12" in page


def test_a_real_error_is_found_by_the_number_that_its_visitor_reads(admin, people, monkeypatch):
    from collection import guestbook

    def broken(*args, **more):
        raise RuntimeError("the ink is dry")

    monkeypatch.setattr(guestbook, "latest", broken)
    answer = people.nobody.get("/guestbook")
    assert answer.status == 500 and "the ink is dry" not in answer.text
    [id] = set(re.findall(r"\b[0-9a-f]{12}\b", answer.text))
    page = admin.get(f"/admin/errors/{id}").text
    assert "RuntimeError" in page and "the ink is dry" in page and "in broken" in page


def test_the_log_is_read_page_by_page_newest_first(admin, people):
    for number in range(45):
        write(people, f"{number:012}")
    seen, url = [], "/admin/errors"
    while url:
        page = admin.get(url).text
        seen += [int(id) for id in re.findall(r'"/admin/errors/(\d{12})"', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        url = older and older[1].replace("&amp;", "&")
    assert seen == list(range(44, -1, -1))


def test_what_strangers_have_put_into_the_log_is_text(admin, people):
    write(people, detail="<script>alert(1)</script>\n0000 fake", path="/<b>",
          traceback="<img src=x onerror=alert(1)>")
    write(people, "-", detail="<i>", traceback="</pre><script>")
    for url in ("/admin/errors", "/admin/errors/0123456789ab", "/admin/errors?q=%3Cscript%3E"):
        page = admin.get(url).text
        assert "<script" not in page and "<img" not in page and "<i>" not in page, url
        assert "&lt;" in page, url


def test_words_are_looked_for_in_the_whole_event(admin, people):
    write(people, "a" * 12, traceback="the lighthouse")
    write(people, "b" * 12)
    page = admin.get("/admin/errors?q=LightHouse").text
    assert "a" * 12 in page and "b" * 12 not in page
    assert "The log has nothing of “windmill”." in admin.get("/admin/errors?q=windmill").text


def test_an_empty_log_says_so(admin):
    assert "Nothing has gone wrong yet." in admin.get("/admin/errors").text


@pytest.mark.as_root
def test_a_log_that_cannot_be_read_says_why(admin, people, tmp_path):
    os.mkdir(tmp_path / "log")
    os.symlink("/etc/passwd", tmp_path / "log" / "chapbook.log")
    page = admin.get("/admin/errors").text
    assert "The log cannot be read: Too many levels of symbolic links." in page
    assert "root:" not in page


def test_a_number_that_there_is_not_is_a_404(admin, people):
    write(people)
    for id in ("ffffffffffff", "-", "..%2f..%2fetc%2fpasswd", "0123456789a", "%22", "x" * 99):
        assert admin.get(f"/admin/errors/{id}").status == 404, id
    assert admin.get("/admin/errors?before=x").status == 200


def test_nobody_else_is_let_in(admin, people):
    write(people)
    for url in ("/admin/errors", "/admin/errors/0123456789ab"):
        assert people.nobody.get(url)["Location"].startswith("/account/signin?next=")
        for client in (people.member, people.editor):
            assert client.get(url).status == 403
        assert post(admin, url, ("x", "y")).status == 405
