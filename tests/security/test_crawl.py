"""Every page as everybody may read it: headers, no writes, nothing of others, all of it escaped."""
from __future__ import annotations

import csv
import re

import pytest

from tests.security.conftest import ROOT
from tests.support.crawl import (
    STATIC, Crawl, crawl, has_broken_out, is_markup, missing_headers, ways_out,
)
from tests.support.world import FAILED, MAILED, PRIVATE, ROLES, SUBMITTED, WAITS, World

# Words that are on pages for this role, and for those above it.
WORDS = {WAITS: "editor", SUBMITTED: "editor", PRIVATE: "administrator", MAILED: "administrator",
         FAILED: "administrator"}
TELLTALE = ("Traceback", "sqlite", "pymysql", "SELECT ", str(ROOT), "site.ini", ".py\"", "lib/")


@pytest.fixture(params=[*ROLES, "waiting", "disabled"])
def seen(request: pytest.FixtureRequest, world: World) -> Crawl:
    """What somebody finds, and what that changed."""
    return crawl(world, request.param)


@pytest.fixture
def role(request: pytest.FixtureRequest) -> str:
    """Who crawls: nobody for accounts that are not active."""
    given = request.node.callspec.params["seen"]
    return given if given in ROLES else "nobody"


def test_a_crawl_gets_around(seen: Crawl) -> None:
    assert len(seen.found) > 60
    assert not [(url, answer) for url, answer in seen.found if answer.status >= 500]


def test_reading_changes_nothing_and_begins_no_session(seen: Crawl) -> None:
    assert not seen.changes and not seen.files
    assert not [url for url, answer in seen.found for name, value in answer.headers
                if name == "Set-Cookie"]


def test_every_answer_has_the_headers(seen: Crawl) -> None:
    for url, answer in seen.found:
        assert not missing_headers(answer), url


def test_what_is_of_somebody_or_can_be_sent_is_kept_by_no_cache(seen: Crawl, role: str) -> None:
    for url, answer in seen.found:
        if url.partition("?")[0] in STATIC or answer.status == 404 or "/picture/" in url:
            continue
        body = answer.body if is_markup(answer) else b""
        if b'name="_once"' in body or "token=" in url or role != "nobody" and (
            url.startswith(("/account/", "/admin/"))
            or f"{role} &lt;x-mark".encode() in body
        ):
            assert "Cache-Control" in answer and "no-store" in answer["Cache-Control"], url


def test_what_others_wrote_is_escaped(seen: Crawl) -> None:
    for url, answer in seen.found:
        assert not has_broken_out(answer), (url, has_broken_out(answer))


def test_no_cell_of_a_sheet_is_a_formula_and_what_is_taken_away_is_saved(seen: Crawl) -> None:
    for url, answer in seen.found:
        kind = answer["Content-Type"].partition(";")[0] if "Content-Type" in answer else ""
        if kind == "text/csv":
            for row in csv.reader(answer.text.lstrip("\ufeff").splitlines()):
                assert not [cell for cell in row if cell.startswith(tuple("=+-@\t\r"))], url
        if kind in ("text/csv", "application/json", "application/octet-stream"):
            assert answer["Content-Disposition"].startswith("attachment; filename="), url


def test_sheets_are_found_by_those_who_may_take_them(seen: Crawl, role: str) -> None:
    sheets = {url.partition("?")[0] for url, answer in seen.found if answer.status == 200
              and answer["Content-Type"].startswith("text/csv")}
    assert len(sheets) >= {"editor": 2, "administrator": 5}.get(role, 0), sheets


def test_links_redirects_and_forms_stay_on_the_site(seen: Crawl) -> None:
    for url, answer in seen.found:
        assert not ways_out(url, answer), url


def test_nobody_reads_what_is_not_for_them(seen: Crawl, role: str) -> None:
    for url, answer in seen.found:
        for word, least in WORDS.items():
            if ROLES.index(role) < ROLES.index(least):
                assert word.encode() not in answer.body, (url, word)


def test_what_is_for_editors_and_administrators_is_found_by_them(seen: Crawl, role: str) -> None:
    whole = b"".join(answer.body for _, answer in seen.found)
    for word in (WAITS, SUBMITTED):
        if role in ("editor", "administrator"):
            assert word.encode() in whole


def test_no_page_has_a_secret_of_anybody(seen: Crawl, world: World) -> None:
    kept = {str(value) for rows in world.rows().values() for row in rows
            for name, value in row.items() if value and re.search(r"_hash$|secret$|salt$", name)}
    secrets = [text.encode() for text in {*kept, *world.secrets, *world.ids["tokens"].values()}]
    assert len(secrets) > 30
    for url, answer in seen.found:
        for secret in secrets:
            assert secret not in answer.body or secret.decode() in url, (url, secret)


def test_what_is_refused_tells_nothing_of_the_machine(seen: Crawl) -> None:
    for url, answer in seen.found:
        if answer.status >= 400:
            for word in TELLTALE:
                assert word not in answer.text, (url, word)


ODD = {
    "405": ("DELETE", "/guestbook", {}), "405 of a file": ("POST", "/style.css", {}),
    "404": ("GET", "/nothing/here", {}), "404 below a page": ("GET", "/guestbook/x", {}),
    "400 path": ("GET", "/guestbook/%ff", {}), "400 query": ("GET", "/guestbook?before=x", {}),
    "411": ("POST", "/guestbook", {"HTTP_TRANSFER_ENCODING": "chunked"}),
    "413": ("POST", "/guestbook", {"CONTENT_LENGTH": str(1 << 40), "CONTENT_TYPE":
                                   "application/x-www-form-urlencoded"}),
    "415": ("POST", "/guestbook", {"CONTENT_LENGTH": "2", "CONTENT_TYPE": "text/odd"}),
    "403": ("POST", "/guestbook", {"HTTP_SEC_FETCH_SITE": "cross-site"}),
    "options": ("OPTIONS", "/guestbook", {}), "host": ("GET", "/", {"HTTP_HOST": "evil.example"}),
    "301": ("GET", "/guestbook/", {}), "an unknown method": ("TRACE", "/guestbook", {}),
    "a range": ("GET", "/style.css", {"HTTP_RANGE": "bytes=0-9"}),
    "416": ("GET", "/style.css", {"HTTP_RANGE": "bytes=999999999-"}),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_requests_are_answered_with_the_headers_too(case: str, world: World) -> None:
    method, url, environ = ODD[case]
    answer = world.clients["administrator"].request(method, url, environ=environ)
    assert not missing_headers(answer) and "Set-Cookie" not in answer
    assert answer.status < 500 or answer.status == 501
    for word in TELLTALE:
        assert word.encode() not in answer.body
