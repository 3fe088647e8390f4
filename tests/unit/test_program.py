"""Old scripts in process: what is one, what it gets, what becomes of what it prints, and of it."""
from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from chapbook.server import child
from chapbook.server.child import Child
from chapbook.server.dispatch import Dispatcher
from chapbook.server.variables import variables
from chapbook.testing import Client

from tests.support.old import lives
from tests.support.sites import eventually
from tests.unit.conftest import page_script

HELLO = "#!/bin/sh\necho 'Content-Type: text/plain'\necho\n"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def visit(settings):
    """The answer to a GET."""
    return Client(None, settings).get


@pytest.fixture
def old(drop):
    """Drops an old script into cgi-bin/."""
    def dropped(name: str, text: str, mode: int = 0o755) -> Path:
        return drop(f"cgi-bin/{name}", text, mode, whole=True)
    return dropped


def shell(commands: str) -> str:
    return HELLO + commands + "\n"


@pytest.mark.parametrize("name", [
    "a.cgi", "a.pl", "a.sh", "a.py", "a.rb", "a.lua", "a.tcl", "a.php", "A-b_9.cgi", "9.cgi",
    "folder/deep/er/a.cgi"])
def test_a_program_has_its_address_below_cgi_bin(visit, old, name: str) -> None:
    old(name, shell("echo $SCRIPT_NAME $PATH_INFO"))
    assert visit(f"/cgi-bin/{name}/x/y").text == f"/cgi-bin/{name} /x/y\n"
    assert visit(f"//cgi-bin//{name}//x").text == f"/cgi-bin/{name} /x\n"
    assert visit(f"/{name}").status == 404


def test_python_without_application_has_the_address_of_a_page_too(visit, old) -> None:
    old("club/notes.py", "#!/bin/sh\n# no Python at all: print 'x'\n" + shell("echo $PATH_INFO"))
    assert visit("/club/notes/7").text == visit("/cgi-bin/club/notes.py/7").text == "/7\n"


def test_a_compiled_program_is_one_too(settings, old) -> None:
    shutil.copy("/bin/cat", old("cat.cgi", ""))
    printed = b"Status: 201\n\nmade"
    answer = Client(None, settings).request("POST", "/cgi-bin/cat.cgi", printed, FORM)
    assert (answer.status, answer.text) == (201, "made")


def test_where_no_process_can_be_had_the_visitor_is_asked_to_come_back(
    visit, old, log, monkeypatch
) -> None:
    def none_left(*arguments: object, **options: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    old("a.cgi", HELLO)
    monkeypatch.setattr(subprocess, "Popen", none_left)
    answer = visit("/cgi-bin/a.cgi")
    assert answer.status == 503 and "Retry-After" in answer
    assert "the host lets this user have no more processes" in log()[0]


@pytest.mark.parametrize(("name", "text", "mode", "said"), [
    ("a.cgi", HELLO, 0o644, "may not be executed: chmod +x cgi-bin/a.cgi"),
    ("a.py", HELLO, 0o644, "may not be executed: chmod +x cgi-bin/a.py"),
    ("a.cgi", "echo", 0o755, "no program, as it does not begin with #!"),
    ("a.py", "print(1)", 0o755, "defines no `application`"),
    ("admin/a.cgi", HELLO, 0o755, "below cgi-bin/admin/ that is for nobody"),
    ("admin/a.py", HELLO, 0o755, "below cgi-bin/admin/ that is for nobody")])
def test_what_is_no_program_is_a_404_and_the_log_says_why(
    visit, old, log, name: str, text: str, mode: int, said: str
) -> None:
    old(name, text, mode)
    assert visit(f"/cgi-bin/{name}").status == 404
    assert said in log()[0]


@pytest.mark.parametrize("link", ["a.cgi", "folder", "b.py"])
def test_no_link_is_followed(visit, old, settings, link: str) -> None:
    old("real/a.cgi", shell("echo run"))
    folder = Path(settings.path("cgi-bin"))
    (folder / link).symlink_to(folder / ("real" if link == "folder" else "real/a.cgi"))
    for name in ("a.cgi", "folder/a.cgi", "b.py"):
        assert visit(f"/cgi-bin/{name}").status == 404
    assert visit("/cgi-bin/real/a.cgi").status == 200


def test_cgi_bin_itself_may_be_a_link_of_the_host(visit, old, settings) -> None:
    old("a.cgi", shell("echo run"))
    folder = Path(settings.path("cgi-bin"))
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")
    assert visit("/cgi-bin/a.cgi").text == "run\n"


def test_a_page_that_cannot_be_compiled_is_no_old_script(visit, drop, log) -> None:
    drop("cgi-bin/broken.py", page_script("cgi-bin/broken.py", "application = ("), whole=True)
    assert visit("/broken").status == 500 and "SyntaxError" in log()[0]


def test_it_gets_the_variables_of_its_request_and_no_others(
    settings, old, monkeypatch
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    monkeypatch.delenv("TZ", raising=False)
    settings.scripts.variables = "CLUB, MISSING"
    old("env.cgi", shell("env"))
    answer = Client(None, settings).request(
        "POST", "/cgi-bin/env.cgi/%C3%A9?a=b&c", b"x=1", FORM, headers={
            "Cookie": "a=b", "Proxy": "http://evil", "X-Odd": "line"},
        environ={"CLUB": "sailing", "wsgi.url_scheme": "https", "REMOTE_USER": "ann",
                 "SOMETHING": "of the server", "HTTP_BAD=NAME": "x"})
    found = dict(line.split("=", 1) for line in answer.text.splitlines())
    assert found.pop("PWD") == settings.path("cgi-bin") and len(
        found.pop("CHAPBOOK_REQUEST_ID")) == 12
    for odd in ("OLDPWD", "SHLVL", "_"):          # the shell's own
        found.pop(odd, None)
    assert found == {
        "CLUB": "sailing", "CONTENT_LENGTH": "3", "CONTENT_TYPE": FORM,
        "DOCUMENT_ROOT": settings.htdocs, "GATEWAY_INTERFACE": "CGI/1.1", "HTTPS": "on",
        "HTTP_COOKIE": "a=b", "HTTP_HOST": "localhost", "HTTP_X_ODD": "line",
        "PATH": "/usr/bin:/bin", "PATH_INFO": "/é", "PATH_TRANSLATED": settings.htdocs + "/é",
        "PYTHONPATH": settings.path("lib"), "QUERY_STRING": "a=b&c", "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": "ann", "REQUEST_METHOD": "POST", "REQUEST_SCHEME": "https",
        "REQUEST_URI": "/cgi-bin/env.cgi/%C3%A9?a=b&c", "SCRIPT_NAME": "/cgi-bin/env.cgi",
        "SCRIPT_FILENAME": settings.path("cgi-bin/env.cgi"), "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "Chapbook"}


def test_below_another_address_it_has_that_address(settings, old) -> None:
    old("a.cgi", shell("echo $SCRIPT_NAME $PATH_INFO"))
    old("b.cgi", "#!/bin/sh\necho Location: /club/cgi-bin/a.cgi/x; echo\n")
    client = Client(None, settings)
    for name, path in (("a.cgi", "/x"), ("b.cgi", "")):
        answer = client.request("GET", f"/club/cgi-bin/{name}{path}", environ={
            "SCRIPT_NAME": "/club", "PATH_INFO": f"/cgi-bin/{name}{path}"})
        assert answer.text == "/club/cgi-bin/a.cgi /x\n"


def test_a_query_is_never_an_argument(visit, old) -> None:
    old("a.cgi", shell("echo $# $0"))
    assert visit("/cgi-bin/a.cgi?--version+x").text.startswith("0 /")


def test_the_body_is_its_standard_input_and_then_it_ends(settings, old) -> None:
    old("a.cgi", shell("cat; cat; echo end"))
    client = Client(None, settings)
    for body in (b"", b"x=1", os.urandom(300_000)):
        answer = client.request("POST", "/cgi-bin/a.cgi", body, FORM)
        assert answer.body == body + b"end\n"
    assert os.listdir(settings.path("var/uploads")) == []


def test_a_script_that_never_reads_its_body_answers_as_well(settings, old) -> None:
    old("a.cgi", shell("exec 0<&-; echo done"))
    answer = Client(None, settings).request("POST", "/cgi-bin/a.cgi", b"x" * 1_000_000, FORM)
    assert answer.text == "done\n"


@pytest.mark.parametrize(("environ", "status"), [
    ({"CONTENT_LENGTH": "99999999999"}, 413), ({"CONTENT_LENGTH": "100"}, 400),
    ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411)])
def test_a_body_that_is_too_long_or_not_whole_starts_nothing(
    settings, old, environ, status: int
) -> None:
    old("a.cgi", shell("touch started"))
    answer = Client(None, settings).request("POST", "/cgi-bin/a.cgi", b"x=1", FORM, None, environ)
    assert answer.status == status
    assert not os.path.exists(settings.path("cgi-bin/started"))


def test_a_form_of_another_site_reaches_it_as_it_always_did(settings, old) -> None:
    old("a.cgi", shell("cat"))
    answer = Client(None, settings).request(
        "POST", "/cgi-bin/a.cgi", b"x=1", FORM, {"Sec-Fetch-Site": "cross-site"})
    assert answer.text == "x=1"


def test_headers_that_it_does_not_send_are_those_for_old_pages(visit, old) -> None:
    old("a.cgi", shell("echo x"))
    answer = visit("/cgi-bin/a.cgi")
    assert answer["Content-Security-Policy"] == (
        "base-uri 'self'; object-src 'none'; frame-ancestors 'self'")
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"]) == (
        "SAMEORIGIN", "nosniff")
    old("b.cgi", "#!/bin/sh\necho 'x-frame-options: DENY'\n" + HELLO[10:])
    assert visit("/cgi-bin/b.cgi")["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(("location", "status", "wanted"), [
    ("https://x.example/", 302, "https://x.example/"), ("//x.example/", 302, "//x.example/"),
    ("other.html", 302, "other.html"), ("/nothing", 404, None),
    ("/cgi-bin/target.cgi/a%20b?q=1#top", 200, None), ("/%zz", 500, None), ("/../x", 500, None)])
def test_where_a_location_leads(visit, old, location: str, status: int, wanted) -> None:
    old("target.cgi", shell('echo "$REQUEST_METHOD $PATH_INFO $QUERY_STRING $CONTENT_LENGTH"; cat'))
    old("a.cgi", f"#!/bin/sh\necho 'Location: {location}'\necho\n")
    answer = visit("/cgi-bin/a.cgi")
    assert answer.status == status
    if status == 302:
        assert answer["Location"] == wanted
    if status == 200:
        assert answer.text == "GET /a b q=1 \n"


def test_a_status_makes_a_redirect_of_a_location(visit, old) -> None:
    old("a.cgi", "#!/bin/sh\necho 'Status: 303 See Other'\necho 'Location: /x'\necho\n")
    answer = visit("/cgi-bin/a.cgi")
    assert (answer.status, answer["Location"]) == (303, "/x")


def test_a_location_that_leads_in_a_circle_has_an_end(visit, old, log) -> None:
    old("a.cgi", "#!/bin/sh\necho 'Location: /cgi-bin/a.cgi'\necho\n")
    assert visit("/cgi-bin/a.cgi").status == 500
    assert "its Location leads in a circle" in "".join(log())


@pytest.mark.parametrize("name", ["blog/config.php", "x.PHP5", "error_log", "cgi-bin/x.txt"])
def test_a_location_shows_no_source_of_what_the_host_runs(visit, old, drop, name: str) -> None:
    old("a.cgi", "#!/bin/sh\necho \"Location: $QUERY_STRING\"\necho\n")
    drop(f"htdocs/{name}", "secret", whole=True)
    drop("htdocs/blog/style.css", "body {}", whole=True)
    assert visit("/cgi-bin/a.cgi?/blog/style.css").text == "body {}"
    assert visit(f"/cgi-bin/a.cgi?/{name}").status == 404


def test_what_was_posted_is_not_posted_to_where_a_location_leads(settings, old) -> None:
    old("a.cgi", "#!/bin/sh\ncat >/dev/null\necho 'Location: /cgi-bin/b.cgi'\necho\n")
    old("b.cgi", shell('echo "$REQUEST_METHOD [$CONTENT_TYPE] [$CONTENT_LENGTH]"; cat'))
    answer = Client(None, settings).request("POST", "/cgi-bin/a.cgi", b"x=1", FORM)
    assert answer.text == "GET [] []\n"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none(visit, old, status: int) -> None:
    old("a.cgi", f"#!/bin/sh\necho 'Status: {status} x'\n{HELLO[10:]}echo body\n")
    answer = visit("/cgi-bin/a.cgi")
    assert (answer.status, answer.body, "Content-Length" in answer) == (status, b"", False)


def test_a_length_that_is_wrong_is_put_right(visit, old, log) -> None:
    old("a.cgi", "#!/bin/sh\necho 'Content-Length: 3'\n" + HELLO[10:] + "printf 12345\n")
    answer = visit("/cgi-bin/a.cgi")
    assert (answer["Content-Length"], answer.text) == ("5", "12345")
    assert "Content-Length was 3, of 5 bytes" in log()[0]


def test_what_is_long_is_passed_on_in_pieces(settings, old) -> None:
    old("a.pl", "#!/usr/bin/perl\nprint qq(Content-Type: text/plain\\n\\n), 'x' x 5_000_000;\n")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/cgi-bin/a.pl", "chapbook.config": settings,
               "REQUEST_URI": "/cgi-bin/a.pl"}
    answered: list[object] = []
    body = Dispatcher(settings.root)(environ, lambda *answer: answered.append(answer))
    sizes = [len(piece) for piece in body]
    body.close()
    assert sum(sizes) == 5_000_000 and max(sizes) <= 1 << 17
    assert "Content-Length" not in dict(answered[0][1])


def test_what_is_slow_is_passed_on_as_it_comes(settings, old) -> None:
    path = old("a.sh", shell("echo one; until [ -e go ]; do sleep 0.01; done; echo two"))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/cgi-bin/a.sh", "chapbook.config": settings,
               "REQUEST_URI": "/cgi-bin/a.sh"}
    body = Dispatcher(settings.root)(environ, lambda *answer: None)
    pieces = iter(body)
    assert next(pieces) == b"one\n"
    (path.parent / "go").touch()
    assert b"".join(pieces) == b"two\n"
    body.close()


def test_a_visitor_who_leaves_ends_it_and_its_children(settings, old) -> None:
    path = old("a.sh", shell("echo $$ >pid; sleep 60 & echo x; sleep 60"))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/cgi-bin/a.sh", "chapbook.config": settings,
               "REQUEST_URI": "/cgi-bin/a.sh"}
    body = Dispatcher(settings.root)(environ, lambda *answer: None)
    next(iter(body))
    body.close()
    group = int((path.parent / "pid").read_text("ascii"))
    eventually(lambda: not lives(group))


@pytest.mark.parametrize(("text", "said"), [
    ("#!/usr/bin/perl\r\nprint 1;\r\n", "its lines end as Windows has them"),
    ("#!/no/such/perl\n", "its first line, #!/no/such/perl, names a program that is not there"),
    ("#!/etc/passwd\n", "it cannot be started: Permission denied"),
    ("#!/bin/sh\necho no >&2; exit 3\n", "it ended with code 3; its last words: no"),
    ("#!/bin/sh\nkill -9 $$\n", "it was ended by SIGKILL"),
    ("#!/usr/bin/env python3\nraise ValueError('sixteen')\n", "last words: ValueError: sixteen")])
def test_a_failure_is_a_page_with_a_number_and_a_reason_in_the_log(
    visit, old, log, text: str, said: str
) -> None:
    old("a.cgi", text)
    answer = visit("/cgi-bin/a.cgi")
    assert answer.status == 500 and said not in answer.text
    number = answer.text.partition("<code>")[2][:12]
    [line] = [line for line in log() if f"{number} 500" in line]
    assert f"detail=cgi-bin/a.cgi: {said}" in line or said in line


def test_what_it_complains_of_is_kept_in_bounds(visit, old, log) -> None:
    old("a.pl", "#!/usr/bin/perl\nprint STDERR 'x' x 79, \"\\n\" for 1 .. 20000;\n"
                "print qq(Content-Type: text/plain\\n\\nfine);\n")
    assert visit("/cgi-bin/a.pl").text == "fine"
    assert 100 < len(log()) < 400


def test_one_that_calculates_for_ever_is_ended(settings, old, log) -> None:
    settings.scripts.cpu = 1.0
    old("a.sh", "#!/bin/sh\nwhile :; do :; done\n")
    assert Client(None, settings).get("/cgi-bin/a.sh").status == 500
    assert "it used more processor time than [scripts] cpu allows" in log()[-1]


def test_one_that_wants_all_memory_gets_a_part(settings, old) -> None:
    settings.scripts.memory = 256 << 20
    old("a.py", "#!/usr/bin/env python3\nprint('Content-Type: text/plain\\n')\ntry:\n"
                "    b'x' * (1 << 29)\nexcept MemoryError:\n    print('no')\n")
    assert Client(None, settings).get("/cgi-bin/a.py").text == "no\n"


def test_one_that_goes_on_after_its_answer_is_let_go_on_for_a_while(visit, old) -> None:
    path = old("a.sh", shell("echo x; exec >&-; sleep 0.2; echo done >late"))
    assert visit("/cgi-bin/a.sh").text == "x\n"
    assert (path.parent / "late").read_text("ascii") == "done\n"


def test_output_that_is_held_open_by_what_was_started_has_an_end(
    settings, old, monkeypatch
) -> None:
    """By a script that forks, prints its page and ends, while its child works on in silence."""
    monkeypatch.setattr(child, "LAST", 0.1)
    path = old("a.sh", "#!/bin/sh\necho $$ >pid\nsleep 60 &\n" + HELLO[10:] + "echo page\n")
    answer = Client(None, settings).get("/cgi-bin/a.sh")
    group = int((path.parent / "pid").read_text("ascii"))
    try:
        assert answer.text == "page\n" and lives(group)
    finally:
        os.killpg(group, signal.SIGKILL)


@pytest.mark.parametrize("head", ["Content-Length: 4", "Status: 204 x", "Location: /cgi-bin/b.sh"])
def test_output_without_end_that_nobody_sees_comes_to_an_end(visit, old, head: str) -> None:
    old("a.sh", f"#!/bin/sh\necho '{head}'\n"
        + (HELLO[10:] if "Location" not in head else "echo\n") + "exec yes\n")
    old("b.sh", shell("printf 'y\\ny\\n'"))
    answer = visit("/cgi-bin/a.sh")
    assert answer.body == (b"" if "204" in head else b"y\ny\n")


def test_head_of_output_without_end_has_an_answer(settings, old) -> None:
    old("a.sh", shell("exec yes"))
    answer = Client(None, settings).head("/cgi-bin/a.sh")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("head", ["Content-Type: text/plain", "Location: /cgi-bin/b.sh"])
def test_drops_without_end_that_nobody_sees_come_to_an_end(settings, old, head: str) -> None:
    settings.scripts.silence = 0.5
    old("a.sh", f"#!/bin/sh\necho '{head}'\necho\n"
        "while :; do echo x; sleep 0.1; done\n")
    old("b.sh", shell("echo there"))
    answer = Client(None, settings).head("/cgi-bin/a.sh")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("text", [
    "print 'Content-Type: application/octet-stream'", "application/x = (", "\0"])
def test_what_no_python_of_ours_reads_is_run_as_what_it_is(visit, old, text: str) -> None:
    old("a.py", f"#!/bin/sh\n: {text!r}\n" + shell("echo run"))
    assert visit("/a").text == "run\n"


def test_an_edit_takes_effect_at_once(visit, old) -> None:
    for word in ("one", "two"):
        old("a.cgi", shell(f"echo {word}"))
        old("b.py", shell(f"echo {word}"))
        assert visit("/cgi-bin/a.cgi").text == visit("/b").text == f"{word}\n"


def test_many_at_once_do_not_mix_and_leave_no_process_behind(settings, old) -> None:
    old("a.cgi", shell("cat; echo $QUERY_STRING $$"))
    found: list[tuple[bool, int]] = []

    def ask(number: int) -> None:
        body = str(number).encode() * 1000
        answer = Client(None, settings).request("POST", f"/cgi-bin/a.cgi?{number}", body, FORM)
        begin, _, process = answer.body.rpartition(b" ")
        found.append((begin == body + str(number).encode(), int(process)))
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [right for right, _ in found] == [True] * 16
    for _, process in found:
        with pytest.raises(ProcessLookupError):   # a zombie would still be there
            os.kill(process, 0)


def test_a_proxy_header_is_no_variable_whoever_asks(settings, old) -> None:
    path = old("a.cgi", HELLO)
    found = variables({"HTTP_PROXY": "http://evil", "HTTP_X": "1", "chapbook.request_id": "x"},
                      settings, str(path), settings.root)
    assert found[b"HTTP_X"] == b"1" and b"HTTP_PROXY" not in found


def test_complaints_without_end_cost_no_memory(old) -> None:
    path = old("a.pl", "#!/usr/bin/perl\nprint STDERR 'x' x 9999 for 1 .. 200;\n")
    child = Child(str(path), {b"PATH": b"/usr/bin:/bin"}, None)
    try:
        assert child.read() == b""
    finally:
        child.close()
    assert len(child.complaints) < 20_000
    assert child.complaints.endswith(" bytes more")
