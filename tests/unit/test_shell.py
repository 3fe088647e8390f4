"""A page as a command: an address or fields as arguments, the page on standard output."""
from __future__ import annotations

import json

import pytest

ECHO = """
def show(request):
    return Response.json([request.method, request.url, request.script, request.query.pairs()])
def sign(request):
    return Response.json([request.method, request.form.pairs()])
def fail(request):
    raise ValueError("the reason")
def missing(request):
    raise NotFound(detail="nothing is there")
def away(request):
    return redirect("/elsewhere")
application = Routes({
    "/": Page(get=show, post=sign, form=None),
    "/deep/{word}": Page(get=lambda request, word: show(request)),
    "/fail": Page(get=fail), "/missing": Page(get=missing), "/away": Page(get=away),
    "/ready": Page(get=lambda request: Response.text("a line\\n")),
    "/empty": Page(get=lambda request: Response(b"", 204)),
})
"""


@pytest.fixture
def run(tree):
    """Runs the script as a command; gives its exit code, standard output and standard error."""
    tree.script("echo", ECHO)

    def made(*arguments: str | bytes, script: str = "echo", **environ: str):
        ran = tree.run(script, *arguments, **{"LC_ALL": "C.UTF-8", **environ})
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()
    return made


@pytest.mark.parametrize(("arguments", "expected"), [
    ([], ["GET", "/echo", "echo", []]),
    (["/"], ["GET", "/echo", "echo", []]),
    (["?a=1&b=%C3%A9"], ["GET", "/echo", "echo", [["a", "1"], ["b", "é"]]]),
    (["/?a=é"], ["GET", "/echo", "echo", [["a", "é"]]]),
    (["/deep/é?x"], ["GET", "/echo/deep/%C3%A9", "echo", [["x", ""]]]),
    (["/deep/%C3%A9"], ["GET", "/echo/deep/%C3%A9", "echo", []]),
    (["name=Ann Lee", "message=a=b&c é"], ["POST", [["name", "Ann Lee"], ["message", "a=b&c é"]]]),
    (["name="], ["POST", [["name", ""]]]),
    (["/?ignored", "name=x"], ["POST", [["name", "x"]]]),
])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_the_arguments_are_a_request(run, locale: str, arguments: list, expected: list) -> None:
    code, out, errors = run(*arguments, LC_ALL=locale)
    assert (code, json.loads(out), errors) == (0, expected, "")


def test_a_script_in_a_folder_knows_its_name(tree, run) -> None:
    tree.script("club/users", ECHO)
    assert json.loads(run(script="club/users")[1]) == ["GET", "/club/users", "club/users", []]


def test_a_page_ends_its_last_line(run) -> None:
    assert run("?")[1].endswith("]\n")
    assert run("/ready")[1] == "a line\n"


def test_head_shows_status_and_headers_as_well(run) -> None:
    code, out, errors = run("--head", "/ready")
    head, _, body = out.partition("\n\n")
    assert (code, body, errors) == (0, "a line\n", "")
    assert head.startswith("200 OK\nContent-Type: text/plain; charset=utf-8\n")


def test_a_redirect_says_where_to(run) -> None:
    code, _, errors = run("/away")
    assert (code, errors) == (0, "303 See Other to /elsewhere\n")


def test_an_answer_without_a_body_is_just_its_status(run) -> None:
    assert run("/empty") == (0, "", "204 No Content\n")


def test_an_error_ends_with_1_and_its_traceback_and_not_in_the_log(run, tree) -> None:
    code, out, errors = run("/fail")
    assert code == 1 and "<h1>" in out
    assert "Traceback" in errors and "ValueError: the reason" in errors
    assert errors.endswith("500 Internal Server Error\n")
    assert tree.log() == ""


def test_a_visitors_fault_ends_with_1_and_its_detail(run, tree) -> None:
    code, _, errors = run("/missing")
    assert (code, errors) == (1, "NotFound: nothing is there\n404 Not Found\n")
    assert tree.log() == ""


def test_an_address_that_is_nowhere_is_a_404(run) -> None:
    assert run("/nowhere")[::2] == (1, "404 Not Found\n")


@pytest.mark.parametrize("argument", ["--help", "-h"])
def test_help_shows_what_can_be_written(run, argument: str) -> None:
    code, out, errors = run(argument)
    assert (code, errors) == (0, "")
    assert "name=Ann message=Hello   a form, posted" in out


def test_an_argument_that_is_neither_is_said_to_be_so(run) -> None:
    code, out, errors = run("feed")
    assert (code, out) == (1, "")
    assert errors.startswith("'feed' is neither an address (/path?query) nor a field (name=value)")


def test_a_field_that_is_not_utf_8_is_said_to_be_so(run) -> None:
    assert run(b"name=\xff") == (1, "", "the fields are not UTF-8\n")


def test_an_address_that_is_not_utf_8_is_a_400(run) -> None:
    assert run(b"/\xff")[::2] == (1, run(b"/\xfe")[2].replace("0xfe", "0xff"))
    assert "400 Bad Request" in run(b"/\xff")[2]


def test_a_script_that_fails_at_once_shows_its_own_traceback(tree, run) -> None:
    tree.script("broken", "1 / 0")
    code, out, errors = run(script="broken")
    assert (code, out) == (1, "")
    assert errors.startswith("Traceback (most recent call last):") and "1 / 0" in errors


def test_any_wsgi_application_can_be_run(tree, run) -> None:
    tree.script("plain", """
class Body:
    def __iter__(self):
        return iter([b"one ", b"two"])
    def close(self):
        print("closed", file=sys.stderr)
def application(environ, start_response):
    start_response("200 OK", [])
    return Body()""")
    assert run(script="plain") == (0, "one two\n", "closed\n")
