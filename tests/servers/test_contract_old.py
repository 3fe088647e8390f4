"""The contract, part 7: old scripts, which print their headers themselves, run as they are."""
from __future__ import annotations

import zlib
from collections.abc import Iterator

import pytest

from chapbook.response import OLD_HEADERS, SECURITY_HEADERS

from tests.support.gateways import Gateway
from tests.support.old import put
from tests.support.sites import Site, eventually
from tests.support.wire import multipart

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True, scope="module")
def scripts(site: Site) -> Iterator[None]:
    """The old scripts of tests/servers/old/, in cgi-bin/."""
    put(site)
    yield


def test_a_form_of_cgi_fieldstorage_is_shown_and_read(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/greeting.py")
    assert (answer.status, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "<form method=post>" in answer.text
    for answer in (gateway.get("/greeting?name=Zo%C3%AB+%3C&food=a&food=b"),
                   gateway.post("/cgi-bin/greeting.py", b"name=Zo%C3%AB+%3C&food=a&food=b")):
        assert "<h1>Hello, Zoë &lt;!</h1>\n<li>a\n<li>b" in answer.text


def test_an_upload_arrives_in_cgi_fieldstorage(gateway: Gateway) -> None:
    data = bytes(range(256)) * 2000
    kind, body = multipart(("picture", "boat.png", data), ("title", None, "é".encode()),
                           ("empty", None, b""))
    assert gateway.post("/cgi-bin/upload.py", body, kind).text == (
        f"boat.png application/octet-stream {len(data)} {zlib.crc32(data)} {len(data)}\n"
        "'é' '' ['empty', 'picture', 'title']\n")


def test_a_script_in_perl_reads_what_was_posted(gateway: Gateway) -> None:
    answer = gateway.post("/cgi-bin/post.pl", b"b=%C3%A9+x&a=1")
    assert (answer.status, answer.text) == (200, "a=1\nb=é x\n")


def test_the_status_and_the_reason_are_those_of_the_script(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/gone.cgi")
    assert (answer.status, answer.text) == (410, "<h1>Gone</h1>\n")


def test_a_location_on_the_site_is_answered_at_once(gateway: Gateway) -> None:
    """A static file, a page, and an old script: as RFC 3875 has it, whoever runs the script."""
    for query, text in (("a=/thanks-page.html", "Thank you!"), ("a=/echo/x", '"path_info": "/x"'),
                        ("a=/cgi-bin/gone.cgi", "<h1>Gone</h1>")):
        answer = gateway.post(f"/cgi-bin/lead.py?{query}", b"x=1")
        assert answer["Location"] is None and text in answer.text.replace('":', '": '), query


def test_bytes_come_as_they_are(gateway: Gateway) -> None:
    answer = gateway.get("/picture")
    assert answer["Content-Type"] == "image/gif" and answer.body == bytes(range(256)) * 300


def test_what_an_exception_says_is_for_the_log_alone(gateway: Gateway, site: Site) -> None:
    answer = gateway.get("/cgi-bin/broken.py")
    assert answer.text.startswith("<p>So far so good.") and "hunter2" not in answer.text
    assert "division" not in answer.text and "broken" not in answer.text
    number = answer.text.partition("<code>")[2].partition("</code>")[0]
    assert len(number) == 12
    eventually(lambda: "ZeroDivisionError: division by zero" in site.log().partition(number)[2])


def test_old_pages_may_have_styles_and_scripts_anywhere(gateway: Gateway) -> None:
    """In every gateway: by CGI, Apache itself adds the headers to what it runs."""
    for target in ("/cgi-bin/greeting.py", "/cgi-bin/gone.cgi"):
        answer = gateway.get(target)
        for name, value in {**dict(SECURITY_HEADERS), **dict(OLD_HEADERS)}.items():
            assert answer[name] == value, target


def test_an_old_script_in_the_administration_is_for_nobody(gateway: Gateway, site: Site) -> None:
    """It cannot say who may use it, as pages there must."""
    site.drop("cgi-bin/admin/oldie.py", "#!/usr/bin/env python3\n"
              "print('Content-Type: text/plain\\n\\nfor all')\n", 0o755)
    for target in ("/admin/oldie", "/cgi-bin/admin/oldie.py", "//admin/./oldie/x"):
        answer = gateway.get(target)
        assert answer.status == 404 and b"for all" not in answer.body, target
