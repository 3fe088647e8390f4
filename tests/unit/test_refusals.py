"""What is refused before any handler runs, and how the answer gets through all the same."""
from __future__ import annotations

import io

import pytest

from chapbook import application
from chapbook.errors import ConfigError
from chapbook.response import Response
from chapbook.testing import site


def hello(request):
    return Response.text("Hello")


def never(request):
    raise AssertionError("the handler was called")


def test_a_request_from_another_site_is_refused_before_the_handler(ask, log) -> None:
    answer = ask(post=never).request(
        "POST", "/", b"a=1", "application/x-www-form-urlencoded", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert "another site" in answer.text and "Sec-Fetch-Site 'cross-site'" in log()[0]


@pytest.mark.parametrize(("headers", "environ", "status"), [
    ({"Transfer-Encoding": "chunked"}, {}, 411), ({}, {"CONTENT_LENGTH": "9" * 19}, 400),
])
def test_a_broken_body_is_refused_before_the_handler(ask, headers, environ, status: int) -> None:
    answer = ask(get=never).request("GET", "/", headers=headers, environ=environ)
    assert answer.status == status


def test_a_refused_body_is_read_to_its_end_before_the_answer(ask) -> None:
    stream = io.BytesIO(b"x" * 300_000)
    answer = ask(get=hello).request("POST", "/", environ={
        "wsgi.input": stream, "CONTENT_LENGTH": "300000", "CONTENT_TYPE": "text/plain"})
    assert (answer.status, stream.tell()) == (405, 300_000)


def test_an_endless_body_is_not_read_to_its_end(ask, tmp_path) -> None:
    page = ask(get=hello)
    page.config = site(str(tmp_path), limits={"body": "64 KiB"})
    stream = io.BytesIO(b"x" * 1_000_000)
    page.request("POST", "/", environ={"wsgi.input": stream, "CONTENT_LENGTH": "1000000"})
    assert stream.tell() <= 3 * 65_536


def test_a_cgi_process_reads_even_an_endless_body_to_its_end(ask, tmp_path) -> None:
    page = ask(get=hello)
    page.config = site(str(tmp_path), limits={"body": "64 KiB"})
    stream = io.BytesIO(b"x" * 1_000_000)
    page.request("POST", "/", environ={
        "wsgi.input": stream, "CONTENT_LENGTH": "1000000", "wsgi.run_once": True})
    assert stream.tell() == 1_000_000


def test_a_body_is_read_to_its_end_even_without_settings(ask, monkeypatch) -> None:
    def broken():
        raise ConfigError("site.ini, line 3 is not of the form: name = value")
    monkeypatch.setattr(application.settings, "current", broken)
    stream = io.BytesIO(b"x" * 300_000)
    ask(get=hello).request("POST", "/", environ={
        "chapbook.config": None, "wsgi.input": stream, "CONTENT_LENGTH": "300000"})
    assert stream.tell() == 300_000
