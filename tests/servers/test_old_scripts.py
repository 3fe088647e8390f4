"""Old scripts of many habits run unchanged, with the same answer, by CGI, mod_wsgi and waitress."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.servers.conftest import Running
from tests.support.gateways import Gateway
from tests.support.old import lives, put
from tests.support.sites import Site, eventually
from tests.support.wire import Answer, request_bytes


@pytest.fixture(autouse=True, scope="module")
def scripts(site: Site) -> Iterator[None]:
    """The old scripts of tests/servers/old/, in cgi-bin/."""
    put(site)
    yield


def logged(site: Site, script: str) -> str:
    """The newest event of the log about a script."""
    return site.log().rpartition(f"script=cgi-bin/{script}")[2]


def explained(site: Site, answer: Answer) -> str:
    """What the log says of an error, by the number on its page."""
    assert answer.status == 500 and b'<p class="status">500</p>' in answer.body, answer
    number = answer.text.partition("<code>")[2][:12]
    return site.log().rpartition(f"{number} 500")[2].partition("\n20")[0]


def test_a_cookie_may_come_before_the_content_type(gateway: Gateway) -> None:
    first = gateway.get("/cgi-bin/cookie.cgi")
    assert first["Set-Cookie"] == "visits=1; Path=/cgi-bin" and first.text == "Visit 1\n"
    again = gateway.ask("GET", "/cgi-bin/cookie.cgi", {"Cookie": "visits=1; other=x"})
    assert again.text == "Visit 2\n"


def test_bare_line_feeds_and_folded_headers_are_taken(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/written.cgi")
    assert (answer.text, answer["Content-Type"], answer["X-Long"]) == (
        "written", "text/plain", "one two")


def test_a_missing_blank_line_is_put_in_and_the_log_says_so(gateway: Gateway, site: Site) -> None:
    answer = gateway.get("/cgi-bin/noblank.cgi")
    assert (answer.status, answer["Content-Type"]) == (200, "text/html")
    assert answer.text == "<html><body>Who needs a blank line?</body></html>\n"
    assert "repaired: the blank line between the headers and the page" in logged(
        site, "noblank.cgi")


def test_blank_lines_before_the_headers_are_left_out(gateway: Gateway, site: Site) -> None:
    answer = gateway.get("/cgi-bin/blanks.sh/rest?a=b")
    assert answer.text == "sh: GET a=b /cgi-bin/blanks.sh [/rest] CGI/1.1 0\n"
    assert "blank lines, or a byte order mark" in logged(site, "blanks.sh")


def test_a_location_elsewhere_is_a_redirect(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/away.pl")
    assert (answer.status, answer["Location"]) == (302, "https://elsewhere.example/page?x=1")


def test_a_location_on_the_site_is_answered_at_once(gateway: Gateway, site: Site) -> None:
    answer = gateway.post("/cgi-bin/thanks.pl", b"name=Ann&x=1")
    assert (answer.status, answer["Location"]) == (200, None)
    assert answer.text.endswith("<p>Thank you!")
    assert site.path("cgi-bin/thanks.log").read_text("ascii").endswith("name=Ann&x=1\n")


def test_a_script_that_prints_the_status_line_itself(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/nph-raw.cgi")
    assert (answer.status, answer["X-Method"], answer.text) == (203, "GET", "raw\n")


def test_files_are_looked_for_in_the_folder_of_the_script(gateway: Gateway) -> None:
    counts = [int(gateway.get("/cgi-bin/counter.py").text.split()[0]) for _ in range(2)]
    assert counts[1] == counts[0] + 1


def test_what_it_complains_of_is_in_the_log_and_in_its_lines(
    gateway: Gateway, site: Site
) -> None:
    answer = gateway.get("/cgi-bin/unbuffered.cgi")
    assert answer.text == "one\ntwo, by a child\nthree\n"
    eventually(lambda: logged(site, "unbuffered.cgi"))
    said = logged(site, "unbuffered.cgi")
    assert said.startswith(" detail=it ended with code 3\n    a word\n    for the log \\x1b[31m\n")


def test_another_encoding_stays_what_it_is(gateway: Gateway) -> None:
    answer = gateway.get("/cgi-bin/latin.pl")
    assert answer["Content-Type"] == "text/html; charset=iso-8859-1"
    assert answer.body.decode("latin-1") == "<p>Grüße aus Köln</p>\n"


def test_an_exception_before_the_headers_is_a_page_with_a_number(
    gateway: Gateway, site: Site
) -> None:
    answer = gateway.get("/cgi-bin/early.py")
    assert answer.status == 500 and b"no_such_module" not in answer.body
    number = answer.text.partition("<code>")[2][:12]
    assert "No module named 'no_such_module'" in site.log().partition(number)[2]


@pytest.mark.parametrize(("name", "said"), [
    ("silent.cgi", "it printed no headers, and ended; "),
    ("nonsense.cgi", "it printed '<p>No headers at all' where its headers should be; ")])
def test_what_cannot_be_repaired_is_explained(
    gateway: Gateway, site: Site, name: str, said: str
) -> None:
    assert f"cgi-bin/{name}: {said}" in explained(site, gateway.get(f"/cgi-bin/{name}"))


def test_what_apache_itself_could_not_make_sense_of_is_explained(
    gateways: Running, site: Site
) -> None:
    site.drop("cgi-bin/noblank.py", site.path("cgi-bin/noblank.cgi").read_text("utf-8"), 0o755)
    said = explained(site, gateways["apache-cgi"].get("/cgi-bin/noblank.py"))
    assert "print Content-Type: text/html and a blank line first" in said
    assert gateways["builtin"].get("/noblank").status == 200


def test_it_ends_when_the_web_server_ends_the_process_that_runs_it(site: Site) -> None:
    """Apache sends SIGTERM to a CGI process whose visitor has left."""
    site.drop("cgi-bin/stay.sh", "#!/bin/sh\necho $$ >stay.new; mv stay.new stay.pid\nsleep 60\n",
              0o755)
    file = site.path("cgi-bin/stay.pid")
    process = subprocess.Popen(
        [sys.executable, site.path("apache/dispatch.wsgi")], stdout=subprocess.DEVNULL, env={
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET", "PATH": os.defpath,
            "PATH_INFO": "/cgi-bin/stay.sh", "REQUEST_URI": "/cgi-bin/stay.sh"})
    try:
        eventually(file.exists)
        process.terminate()
        assert process.wait(10) == 1
    finally:
        process.kill()
        process.wait()
    eventually(lambda: not lives(int(file.read_text("ascii"))))


def test_it_gets_its_address_its_folder_and_nothing_of_the_visitor_as_a_word(
    gateway: Gateway, site: Site
) -> None:
    lines = gateway.ask("GET", "/cgi-bin/where.cgi/a%20b/c?--version", {
        "X-Odd": "é; $(id)", "Proxy": "http://evil.example"}).body.decode("latin-1").splitlines()
    htdocs, folder = str(site.path("htdocs")), str(site.path("cgi-bin"))
    assert lines[:10] == [
        "/cgi-bin/where.cgi", "/a b/c", f"{htdocs}/a b/c", htdocs, f"{folder}/where.cgi",
        "--version", "é; $(id)", "", "0", folder]
    assert lines[11] == "0022"


def test_it_has_no_file_no_connection_and_no_blocked_signal_of_the_server(
    gateway: Gateway
) -> None:
    gateway.get("/guestbook")                     # now a connection to the database is open
    assert gateway.get("/cgi-bin/inherited.cgi").text == "[] [] True\n"


def test_head_has_the_headers_alone(gateway: Gateway) -> None:
    for target in ("/cgi-bin/gone.cgi", "/cgi-bin/latin.pl"):
        get, head = gateway.get(target), gateway.ask("HEAD", target)
        assert (head.status, head.body) == (get.status, b"")
        assert head["Content-Length"] == str(len(get.body))


def test_a_name_that_is_none_of_an_old_script_is_not_found(gateway: Gateway, site: Site) -> None:
    folder = site.path("cgi-bin")
    text = (folder / "gone.cgi").read_text("utf-8")
    for name in ("gone.exe", "gone.cgi.bak", "gone.cgi~", "_gone.cgi", ".gone.cgi", "gone.2.cgi",
                 "-gone.cgi", "gone", "gone.CGI", "gone.py.cgi", "admin/gone.cgi", "_x/gone.cgi"):
        site.drop(f"cgi-bin/{name}", text, 0o755)
    site.drop("cgi-bin/plain.cgi", text, 0o644)
    site.drop("cgi-bin/words.cgi", "print 'Content-Type: text/html'\n", 0o755)
    (folder / "folder.cgi").mkdir(exist_ok=True)
    if not (folder / "link.cgi").is_symlink():
        (folder / "link.cgi").symlink_to("gone.cgi")
        (folder / "linked").symlink_to("account")
        site.drop("cgi-bin/account/gone.cgi", text, 0o755)
    for name in ("gone.exe", "gone.cgi.bak", "gone.cgi~", "_gone.cgi", ".gone.cgi", "gone.2.cgi",
                 "-gone.cgi", "gone", "gone.CGI", "gone.py.cgi", "admin/gone.cgi", "_x/gone.cgi",
                 "plain.cgi", "words.cgi", "folder.cgi", "link.cgi", "linked/gone.cgi",
                 "../cgi-bin%2fgone.cgi", "cgi/__init__.py", "gone.cgi%00"):
        answer = gateway.get(f"/cgi-bin/{name}")
        assert (answer.status, b'<p class="status">404</p>' in answer.body) == (404, True), name
    assert gateway.get("/cgi-bin/account/gone.cgi").status == 410
    assert gateway.get("/gone.cgi").status == 404


def test_one_that_is_silent_for_too_long_is_ended_with_all_that_it_started(
    gateways: Running, site: Site
) -> None:
    """Its child ignores SIGTERM, and nobody is left behind."""
    site.drop("cgi-bin/slow.sh", "#!/bin/sh\ntrap '' TERM\necho $$ >slow.pid\nsleep 60 & wait\n",
              0o755)
    site.edit("site.ini", "[limits]", "[scripts]\nsilence = 1 s\n[limits]")
    try:
        begun = time.monotonic()
        answer = gateways["wsgi-daemon"].get("/cgi-bin/slow.sh")
        assert "it printed nothing for 1 s, and was ended" in explained(site, answer)
        assert time.monotonic() - begun < 30
    finally:
        site.edit("site.ini", "[scripts]\nsilence = 1 s\n[limits]", "[limits]")
    group = int(site.path("cgi-bin/slow.pid").read_text("ascii"))
    eventually(lambda: not lives(group))


def test_one_whose_visitor_has_left_is_ended(gateway: Gateway, site: Site) -> None:
    site.drop("cgi-bin/talk.sh", "#!/bin/sh\necho $$ >talk.pid\necho 'Content-Type: text/plain'\n"
              "echo\nwhile :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done\n",
              0o755)
    with gateway.connect() as connection:
        connection.send(request_bytes("GET", "/cgi-bin/talk.sh"))
        assert connection.socket.recv(4096)
    eventually(lambda: not lives(int(site.path("cgi-bin/talk.pid").read_text("ascii"))))
    assert gateway.get("/cgi-bin/gone.cgi").status == 410


def test_a_large_answer_is_passed_on_as_it_comes(gateway: Gateway, site: Site) -> None:
    site.drop("cgi-bin/large.pl", "#!/usr/bin/perl\nprint \"Content-Type: text/plain\\n\\n\";\n"
              "print 'x' x 65536 for (1 .. 320);\n", 0o755)
    assert len(gateway.get("/cgi-bin/large.pl").body) == 320 << 16
