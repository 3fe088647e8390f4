"""CGI: scripts run as programs, with nothing around them but what a web server gives."""
from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

SHOW = "application = Page(get=lambda request: Response.text('Hellö'))"


@pytest.fixture
def cgi(tree):
    """Runs a script as Apache does; gives the answer's head as a dict, its body, and its errors."""
    def made(name: str, method: str = "GET", sent: bytes = b"", **environ: str | bytes):
        given = {
            "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": method, "REQUEST_URI": f"/{name}",
            "SCRIPT_NAME": f"/{name}", "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1",
            "SCRIPT_FILENAME": f"{tree.root}/cgi-bin/{name}.py", "SERVER_NAME": "localhost",
            "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost", **environ,
        }
        ran = tree.run(name, sent=sent, **given)
        head, _, body = ran.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")]
        assert ran.returncode == 0 and all(len(line) == 2 for line in lines), (lines, ran.stderr)
        return dict(lines), body, ran.stderr.decode()
    return made


def test_an_answer_is_a_status_headers_and_a_body(tree, cgi) -> None:
    tree.script("hello", SHOW)
    head, body, errors = cgi("hello")
    assert list(head)[0] == "Status" and head["Status"] == "200 OK"
    assert head["Content-Type"] == "text/plain; charset=utf-8"
    assert head["Content-Length"] == "6" and body == "Hellö".encode()
    assert errors == ""


def test_head_is_answered_without_the_body(tree, cgi) -> None:
    tree.script("hello", SHOW)
    head, body, _ = cgi("hello", "HEAD")
    assert (head["Content-Length"], body) == ("6", b"")


def test_a_form_is_read_from_standard_input_and_no_further(tree, cgi) -> None:
    tree.script("form", "import sys\n"
                "application = Page(form=None, post=lambda request: Response.json("
                "[request.form.pairs(), sys.stdin.buffer.read().decode()]))")
    _, body, _ = cgi("form", "POST", "name=Ännä".encode() + b"REST", CONTENT_LENGTH="11",
                     CONTENT_TYPE="application/x-www-form-urlencoded")
    assert json.loads(body) == [[["name", "Ännä"]], "REST"]


def test_a_body_that_was_cut_off_is_a_400_without_effect(tree, cgi) -> None:
    tree.script("form",
                "application = Page(form=None, post=lambda request: 1 / bool(request.form))")
    head, body, _ = cgi("form", "POST", b"name=A", CONTENT_LENGTH="100",
                        CONTENT_TYPE="application/x-www-form-urlencoded")
    assert head["Status"] == "400 Bad Request" and b"cut off" in body


def test_a_chunked_body_is_read_to_its_end_before_the_411(tree, cgi) -> None:
    tree.script("refuse", "import atexit, sys\n" + SHOW + "\n"
                "leave = os._exit\n"
                "def left(code):\n"
                "    os.write(2, str(len(sys.stdin.buffer.read())).encode())\n"
                "    leave(code)\n"
                "os._exit = left")
    head, _, errors = cgi("refuse", "POST", b"x" * 300_000, HTTP_TRANSFER_ENCODING="chunked")
    assert (head["Status"], errors) == ("411 Length Required", "0")


@pytest.mark.parametrize(("name", "sent", "seen"), [
    ("PATH_INFO", "/é/\u20ac".encode(), "/é/€"), ("QUERY_STRING", b"a=%C3%A9", "é"),
    ("HTTP_COOKIE", b"a=1; b=\xff", "1"), ("REMOTE_ADDR", b"::1", "::1"),
])
def test_variables_are_taken_as_bytes_whatever_the_locale(tree, cgi, name, sent, seen) -> None:
    tree.script("echo", "def show(request, rest=None):\n    return Response.text({"
                "'QUERY_STRING': request.query.get('a'), 'HTTP_COOKIE': request.cookies.get('a'),"
                "'REMOTE_ADDR': request.remote_address, 'PATH_INFO': request.path_info}"
                "[request.headers['Which']])\n"
                "application = Routes({'/': Page(get=show), '/{rest:path}': Page(get=show)})")
    for locale in ("C", "C.UTF-8"):
        assert cgi("echo", HTTP_WHICH=name, LC_ALL=locale, **{name: sent})[1].decode() == seen


def test_an_address_that_is_not_utf_8_is_a_400(tree, cgi) -> None:
    tree.script("hello", SHOW)
    assert cgi("hello", PATH_INFO=b"/\xff")[0]["Status"] == "400 Bad Request"


def test_missing_variables_are_as_an_empty_request(tree) -> None:
    tree.script("hello", SHOW)
    assert tree.run("hello", GATEWAY_INTERFACE="CGI/1.1").stdout.startswith(b"Status: 200 OK\r\n")


def test_the_visitors_proxy_header_is_no_setting(tree, cgi) -> None:
    tree.script("proxy", "application = Page(get=lambda request: Response.json("
                "['HTTP_PROXY' in request.environ, 'HTTP_PROXY' in os.environ]))")
    assert cgi("proxy", HTTP_PROXY="http://evil.example")[1] == b"[false,false]"


def test_authorization_is_found_where_a_rewriting_puts_it(tree, cgi) -> None:
    tree.script("auth", "application = Page(get=lambda request: Response.text("
                "request.headers.get('Authorization')))")
    assert cgi("auth", REDIRECT_HTTP_AUTHORIZATION="Basic x")[1] == b"Basic x"
    assert cgi("auth", REDIRECT_HTTP_AUTHORIZATION="x", HTTP_AUTHORIZATION="y")[1] == b"y"


@pytest.mark.parametrize(("https", "scheme"), [("on", b"https"), ("1", b"https"), ("off", b"http")])
def test_the_scheme_is_that_of_the_server(tree, cgi, https: str, scheme: bytes) -> None:
    tree.script("scheme", "application = Page(get=lambda request: Response.text("
                "request.environ['wsgi.url_scheme']))")
    assert cgi("scheme", HTTPS=https)[1] == scheme


def test_files_that_a_page_makes_are_private(tree, cgi) -> None:
    tree.script("make", "def make(request):\n    open('%s/made', 'w').close()\n"
                "    return Response.text('')\napplication = Page(get=make)" % tree.root)
    cgi("make")
    assert stat.S_IMODE((tree.root / "made").stat().st_mode) == 0o600


def test_what_a_page_prints_is_no_part_of_the_answer(tree, cgi) -> None:
    tree.script("loud", "def show(request):\n    print('debug' * 5000)\n"
                "    return Response.text('quiet')\napplication = Page(get=show)")
    _, body, errors = cgi("loud")
    assert body == b"quiet" and errors.startswith("debugdebug")


@pytest.mark.parametrize(("text", "reason"), [
    ("import none_such", "error=ModuleNotFoundError"), ("1 / 0", "error=ZeroDivisionError"),
    ("application = None", "error=TypeError"), ("pass", "error=NameError"),
    ("application = Page(get=7)", "error=TypeError"),
])
def test_a_script_that_fails_before_it_answers_is_a_500_and_in_the_log(
    tree, cgi, text: str, reason: str
) -> None:
    tree.script("broken", text)
    head, body, errors = cgi("broken")
    assert head["Status"] == "500 Internal Server Error" and b"<!doctype html>" in body
    assert reason in tree.log().splitlines()[0]
    assert errors == ""


def test_a_broken_site_ini_is_a_500_that_does_not_tell_it(tree, cgi) -> None:
    tree.script("hello", SHOW)
    path = tree.root / "site.ini"
    path.write_text("[database]\npassword hunter2\n")
    path.chmod(0o600)
    head, body, errors = cgi("hello")
    assert head["Status"].startswith("500") and b"site.ini" not in body
    assert "site.ini, line 2" in tree.log() and "hunter2" not in tree.log() + errors


@pytest.mark.parametrize("script", [SHOW, "1 / 0"])
def test_a_visitor_who_has_left_is_no_error(tree, script: str) -> None:
    path = tree.script("gone", script)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = subprocess.run([sys.executable, path], stdout=writer, stderr=subprocess.PIPE,
                             env={"GATEWAY_INTERFACE": "CGI/1.1"}, timeout=60)
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_file_that_cannot_be_read_to_its_end_gets_no_second_answer(tree) -> None:
    tree.script("file", "class Gone:\n    def __iter__(self):\n        yield b'begun'\n"
                "        raise OSError('gone')\n"
                "def application(environ, start_response):\n"
                "    start_response('200 OK', [])\n    return Gone()")
    ran = tree.run("file", GATEWAY_INTERFACE="CGI/1.1")
    assert ran.stdout == b"Status: 200 OK\r\n\r\nbegun"
    assert b"the answer could not be written: gone" in ran.stderr


def test_a_large_answer_is_written_whole(tree, cgi) -> None:
    tree.script("large", "application = Page(get=lambda request: Response(b'x' * 3_000_000))")
    assert len(cgi("large")[1]) == 3_000_000


def test_standard_input_may_be_closed(tree) -> None:
    path = tree.script("hello", SHOW)
    ran = subprocess.run(["/bin/sh", "-c", f'exec "{sys.executable}" "{path}" <&-'],
                         capture_output=True, env={"GATEWAY_INTERFACE": "CGI/1.1"}, timeout=60)
    assert ran.stdout.startswith(b"Status: 200 OK\r\n")


def test_an_error_says_its_id_on_the_page_and_in_the_log(tree, cgi) -> None:
    tree.script("fails", "def show(request):\n    raise ValueError('x\\ny')\n"
                "application = Page(get=show)")
    _, body, _ = cgi("fails")
    first, *rest = tree.log().splitlines()
    assert first.split(" ")[1].encode() in body
    assert "detail=x\\ny" in first and all(line.startswith("    ") for line in rest)
