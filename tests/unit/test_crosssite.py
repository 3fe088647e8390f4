"""Requests that change something are done for pages of this site only."""
from __future__ import annotations

import pytest

from chapbook.crosssite import refuse, refuse_host
from chapbook.errors import BadRequest, Forbidden

BASE = "https://example.org/club"


def post(base_url: str = BASE, method: str = "POST", **headers: str) -> None:
    refuse({"REQUEST_METHOD": method, "HTTP_HOST": "example.org", **{
        f"HTTP_{name}": value for name, value in headers.items()
    }}, base_url)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_a_form_of_this_site_is_let_through(site: str) -> None:
    post(SEC_FETCH_SITE=site)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin", "same-origin, x"])
def test_a_form_of_another_site_is_refused(site: str) -> None:
    with pytest.raises(Forbidden):
        post(SEC_FETCH_SITE=site)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "post"])
def test_every_method_but_the_safe_ones_is_guarded(method: str) -> None:
    with pytest.raises(Forbidden):
        post(method=method, SEC_FETCH_SITE="cross-site")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_link_from_another_site_is_followed(method: str) -> None:
    post(method=method, SEC_FETCH_SITE="cross-site", ORIGIN="https://evil.example")


def test_where_the_browser_says_both_sec_fetch_site_decides() -> None:
    with pytest.raises(Forbidden):
        post(SEC_FETCH_SITE="cross-site", ORIGIN="https://example.org")
    post(SEC_FETCH_SITE="same-origin", ORIGIN="null")


@pytest.mark.parametrize("origin", ["https://example.org", "HTTPS://EXAMPLE.ORG"])
def test_an_older_browser_is_let_through_by_its_origin(origin: str) -> None:
    post(ORIGIN=origin)


@pytest.mark.parametrize("origin", [
    "https://evil.example", "http://example.org", "https://example.org:8443", "null", "",
    "https://example.org.evil.example", "https://evil.example/example.org", "example.org",
    "https://example.org@evil.example", "https://example.org/club", "file://", "://example.org",
    "https://sub.example.org", "javascript://example.org",
])
def test_another_origin_is_refused(origin: str) -> None:
    with pytest.raises(Forbidden):
        post(ORIGIN=origin)


@pytest.mark.parametrize(("origin", "host"), [
    ("http://localhost:8000", "localhost:8000"), ("https://example.org", "EXAMPLE.org"),
])
def test_without_a_base_url_the_origin_must_be_the_host(origin: str, host: str) -> None:
    post("", ORIGIN=origin, HOST=host)


@pytest.mark.parametrize(("origin", "host"), [
    ("http://localhost:8001", "localhost:8000"), ("https://evil.example", "example.org"),
    ("null", "null"), ("file://", ""), ("http://", ""), ("ftp://example.org", "example.org"),
])
def test_without_a_base_url_any_other_origin_is_refused(origin: str, host: str) -> None:
    with pytest.raises(Forbidden):
        post("", ORIGIN=origin, HOST=host)


def test_with_a_base_url_the_host_header_means_nothing() -> None:
    with pytest.raises(Forbidden):
        post(ORIGIN="https://evil.example", HOST="evil.example")


def test_a_client_that_is_no_browser_is_let_through() -> None:
    post()


def test_the_refusal_tells_the_visitor_what_to_do_and_the_owner_why() -> None:
    with pytest.raises(Forbidden) as caught:
        post(ORIGIN="https://evil.example")
    assert "open the page here" in caught.value.sentence
    assert "evil.example" in caught.value.detail
    assert "evil.example" not in caught.value.sentence


@pytest.mark.parametrize("host", [
    "example.org", "EXAMPLE.org:8080", "example.org.", "www.example.org", "", "localhost:8000",
    "127.0.0.1", "192.0.2.7:80", "[::1]:8000", "backend", "shop.localhost",
])
def test_a_name_of_the_site_and_one_that_nobody_owns_get_its_pages(host: str) -> None:
    refuse_host({"HTTP_HOST": host}, BASE, "")
    refuse_host({}, BASE, "")


@pytest.mark.parametrize("host", [
    "evil.example", "example.org.evil.example", "evil.example:443", "www.example.org.evil.example",
    "127.0.0.1.evil.example", "sub.example.org",
    "evil.example.", "www.www.example.org", "localhost.evil.example", "evil.example,example.org",
    "\xb9.2", "wwwexample.org", ".example.org",
])
def test_a_domain_of_somebody_else_is_refused(host: str) -> None:
    with pytest.raises(BadRequest) as caught:
        refuse_host({"HTTP_HOST": host}, BASE, "example.net")
    assert BASE in caught.value.sentence and host not in caught.value.sentence
    assert repr(host) in caught.value.detail


def test_another_name_of_the_site_is_in_the_settings() -> None:
    refuse_host({"HTTP_HOST": "Club.example:80"}, BASE, "example.net, club.example")
    refuse_host({"HTTP_HOST": "anything.example"}, BASE, "*")


def test_a_site_that_does_not_know_its_address_takes_any_name() -> None:
    refuse_host({"HTTP_HOST": "evil.example"}, "", "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_no_page_answers_a_domain_of_somebody_else(ask, settings, method: str) -> None:
    vars(settings.site).update(base_url=BASE)
    client = ask(get=lambda request: 1 / 0, post=lambda request: 1 / 0)
    answer = client.request(method, "/page", environ={"HTTP_HOST": "evil.example"})
    assert answer.status == 400
