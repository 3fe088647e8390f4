"""The dispatcher: which script an address is, and when it is loaded."""
from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from chapbook.testing import Client

from tests.unit.conftest import page_script

SAY = '''
from chapbook import Page, Response, Routes
def say(request, **values):
    return Response.json([%r, request.script, request.script_url, request.path_info, request.url])
application = Routes({"/": Page(get=say, post=say, form=None, allow="everyone"),
                      "/{rest:path}": Page(get=say, allow="everyone")})
'''


@pytest.fixture
def visit(settings):
    """What the dispatcher answers to an address: its JSON, or the status of an error."""
    client = Client(None, settings)

    def made(url: str, **options: object) -> object:
        answer = client.request("GET", url, **options)
        return answer.json() if answer.status == 200 else answer.status
    return made


@pytest.fixture(autouse=True)
def scripts(drop) -> None:
    for name in ("index", "guestbook", "admin/users", "admin/deep/er", "a-b_C9"):
        drop(f"cgi-bin/{name}.py", SAY % name)


@pytest.mark.parametrize(("url", "script", "script_url", "rest"), [
    ("/", "index", "/", ""),
    ("/guestbook", "guestbook", "/guestbook", ""),
    ("/guestbook?x=/y", "guestbook", "/guestbook", ""),
    ("/guestbook/feed/a", "guestbook", "/guestbook", "/feed/a"),
    ("//guestbook//feed", "guestbook", "/guestbook", "/feed"),
    ("/admin/users/7", "admin/users", "/admin/users", "/7"),
    ("/admin/deep/er", "admin/deep/er", "/admin/deep/er", ""),
    ("/a-b_C9", "a-b_C9", "/a-b_C9", ""),
    ("/index", "index", "/index", ""),
    ("/cgi-bin/guestbook.py", "guestbook", "/cgi-bin/guestbook.py", ""),
    ("/cgi-bin/guestbook.py/feed", "guestbook", "/cgi-bin/guestbook.py", "/feed"),
    ("/cgi-bin/admin/users.py/7", "admin/users", "/cgi-bin/admin/users.py", "/7"),
    ("/guestbook/feed.py", "guestbook", "/guestbook", "/feed.py"),
    ("/%67uestbook", "guestbook", "/guestbook", ""),
])
def test_an_address_is_a_script_and_a_rest(visit, url, script, script_url, rest) -> None:
    whole = script_url.rstrip("/") + rest or "/"
    assert visit(url) == [script, script, script_url, rest, whole]


@pytest.mark.parametrize("url", [
    "/nothing", "/guestbook.py", "/guestbook.html", "/guestbook%00", "/guestbook%2e", "/Guestbook",
    "/admin", "/admin/", "/admin/nothing", "/users", "/cgi-bin", "/cgi-bin/", "/cgi-bin/guestbook",
    "/cgi-bin/guestbook.pyc", "/cgi-bin/cgi-bin/guestbook.py", "/cgi-bin/admin/", "/_private",
    "/.hidden", "/-dash", "/admin/_private", "/__pycache__/x", "/é", "/guestbook%0a", "/index.py",
    "/%ff", "/admin/users.py", "/" + "x" * 5000,
])
def test_what_is_no_script_is_a_404(visit, drop, url: str) -> None:
    for name in ("_private", ".hidden", "-dash", "admin/_private", "__pycache__/x"):
        drop(f"cgi-bin/{name}.py", SAY % name)
    assert visit(url) == 404


@pytest.mark.parametrize("url", [
    "/../secret", "/%2e%2e/secret", "/admin/../../secret", "/..%2fsecret", "/cgi-bin/../secret.py",
    "/admin/%2e%2e/%2e%2e/secret", "/..\\secret", "//../secret", "/./guestbook", "/admin/./users",
])
def test_no_address_leads_out_of_the_folder(visit, drop, url: str) -> None:
    drop("secret.py", SAY % "secret", 0o755)
    assert visit(url) == 404


def test_a_file_wins_over_a_folder_of_its_name(visit, drop) -> None:
    drop("cgi-bin/admin.py", SAY % "admin")
    assert visit("/admin/users")[0] == "admin"


def test_a_file_that_is_not_executable_is_a_404_and_the_log_says_what_to_do(
    visit, drop, log
) -> None:
    drop("cgi-bin/notes.py", SAY % "notes", 0o644)
    assert visit("/notes") == 404
    assert "may not be executed: chmod +x cgi-bin/notes.py" in log()[0]


def test_a_file_without_application_is_a_404_and_the_log_says_so(visit, drop, log) -> None:
    drop("cgi-bin/notes.py", "app = 1", whole=True)
    assert visit("/notes") == 404
    assert "defines no `application`" in log()[0]


@pytest.mark.parametrize(("name", "old", "new", "said"), [
    ("page", "\n", "\r\n", r"sed -i 's/\\r$//' cgi-bin/page.py"),
    ("page", "#!/usr", "\ufeff#!/usr", "byte order mark"),
    ("page", "#!/usr/bin/env python3\n", "", "first line must be #!/usr/bin/env python3"),
    ("page", "__main__", "main", "it must end in: if __name__"),
    ("page", "sys.path.insert", "print", "sys.path.insert(0, os.path.dirname(os.path.dirname(os."),
    ("deep/page", "os.path.dirname(os.path.dirname(", "str(str(",
     "os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))) + "),
    ("calendar", "", "", "'calendar' is the name of a Python module"),
    ("jinja2", "", "", "'jinja2' is the name of a Python module"),
])
def test_a_script_that_no_cgi_could_start_is_refused_with_the_reason(
    visit, drop, log, name: str, old: str, new: str, said: str
) -> None:
    text = page_script(f"cgi-bin/{name}.py", SAY % "x").replace(old, new)
    drop(f"cgi-bin/{name}.py", text, whole=True).write_bytes(text.encode())
    assert visit(f"/{name}") == 500
    assert said in log()[0]


def test_what_is_no_regular_file_is_a_404(visit, settings) -> None:
    os.mkdir(settings.path("cgi-bin/folder.py"))
    os.mkfifo(settings.path("cgi-bin/pipe.py"), 0o755)
    assert visit("/folder") == visit("/pipe") == 404


@pytest.mark.parametrize("text", ["raise SystemExit('it was run')", "", "x = 'application'"])
def test_a_program_that_is_no_page_is_never_run(visit, drop, text: str) -> None:
    drop("cgi-bin/tool.py", text, whole=True)
    assert visit("/tool") == 404


def test_the_home_page_may_be_missing(visit, settings) -> None:
    os.remove(settings.path("cgi-bin/index.py"))
    assert visit("/") == 404


def test_a_new_script_is_live_at_once(visit, drop) -> None:
    assert visit("/new") == 404
    drop("cgi-bin/new.py", SAY % "new")
    assert visit("/new")[0] == "new"


def test_a_removed_script_is_gone_at_once(visit, settings) -> None:
    assert visit("/guestbook")[0] == "guestbook"
    os.remove(settings.path("cgi-bin/guestbook.py"))
    assert visit("/guestbook") == 404


@pytest.mark.parametrize("replace", [False, True])
def test_an_edited_script_is_live_at_once(visit, drop, replace: bool) -> None:
    for number, text in enumerate(("one", "two", "six")):
        path = drop("cgi-bin/.new" if replace else "cgi-bin/page.py", SAY % text)
        os.utime(path, ns=(10**18, 10**18 + (0 if replace else number)))
        path.rename(path.with_name("page.py"))
        assert visit("/page")[0] == text


def test_a_script_is_loaded_once_while_nothing_changes(visit, drop) -> None:
    drop("cgi-bin/count.py", "import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\n" + SAY % "x")
    try:
        visit("/count")
        visit("/count/again")
        assert sys.loads == 1
    finally:
        del sys.loads


def test_threads_that_come_at_once_load_a_script_once(settings, drop) -> None:
    drop("cgi-bin/count.py", "import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\n" + SAY % "x")
    client = Client(None, settings)
    start = threading.Barrier(8)

    def visit() -> None:
        start.wait()
        client.get("/count")
    threads = [threading.Thread(target=visit) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sys.loads == 1
    finally:
        del sys.loads


@pytest.mark.parametrize(("text", "said"), [
    ("application = (", "error=SyntaxError detail='(' was never closed"),
    ("1 / 0\napplication = None", "error=ZeroDivisionError detail=division by zero"),
    ("application = None", "`application` must be a Page or Routes"),
    ("if False: application = 1", "`application` must be a Page or Routes"),
    ("from chapbook import Page, run\napplication = Page()\nrun(application)",
     "must stand below `if __name__ =="),
    ("import sys; application = 1; sys.exit()", "the script ended while it was loaded"),
])
def test_a_script_that_cannot_be_loaded_is_a_500_with_the_reason_in_the_log(
    visit, drop, log, capfd, text: str, said: str
) -> None:
    drop("cgi-bin/broken.py", text)
    assert visit("/broken") == 500
    assert said in log()[0]


def test_a_script_that_could_not_be_loaded_is_tried_again(visit, drop) -> None:
    path = drop("cgi-bin/page.py", "import none_such\n" + SAY % "x")
    assert visit("/page") == visit("/page") == 500
    signature = path.stat()
    drop("cgi-bin/page.py", "import sys      \n" + SAY % "x")
    os.utime(path, ns=(signature.st_atime_ns, signature.st_mtime_ns))
    assert visit("/page")[0] == "x"


def test_loading_a_script_leaves_path_and_folder_as_they_were(visit, drop, settings) -> None:
    drop("cgi-bin/page.py", "import sys\nsys.path.insert(0, '/somewhere')\n" + SAY % "x")
    before = list(sys.path)
    assert visit("/page")[0] == "x"
    assert sys.path == before
    assert not os.path.exists(settings.path("cgi-bin/__pycache__"))


def test_a_script_may_define_dataclasses(visit, drop) -> None:
    text = page_script("cgi-bin/page.py", "import dataclasses\n"
                       "@dataclasses.dataclass\nclass Entry:\n    name: str\n" + SAY % "x")
    text = text.replace("import os\n", "from __future__ import annotations\nimport os\n")
    drop("cgi-bin/page.py", text, whole=True)
    assert visit("/page")[0] == "x"


def test_a_script_is_no_main_program(visit, drop) -> None:
    drop("cgi-bin/page.py", SAY % "x" + "if __name__ == '__main__': 1 / 0\n")
    assert visit("/page")[0] == "x"


def test_below_another_address_scripts_are_found_as_well(visit) -> None:
    assert visit("/club/guestbook/feed", environ={
        "SCRIPT_NAME": "/club", "PATH_INFO": "/guestbook/feed"}) == [
        "guestbook", "guestbook", "/club/guestbook", "/feed", "/club/guestbook/feed"]


def test_the_proxy_header_reaches_no_script(settings, drop) -> None:
    drop("cgi-bin/page.py", "from chapbook import Page, Response\napplication = Page("
         "get=lambda request: Response.json('HTTP_PROXY' in request.environ))\n")
    assert Client(None, settings).get("/page", Proxy="http://evil.example").json() is False


@pytest.mark.parametrize(("status", "answered", "said"), [
    ("404", 404, None), ("403", 404, None), ("400", 400, "Apache found the request malformed"),
    ("405", 405, None), ("500", 500, "look at its first line"),
])
def test_what_apache_refused_gets_a_page_and_its_reason(
    settings, log, status: str, answered: int, said: str | None
) -> None:
    answer = Client(None, settings).request("GET", "/guestbook", environ={
        "PATH_INFO": "/_refused/sound", "REDIRECT_STATUS": status, "REDIRECT_URL": "/guestbook",
        "CONTENT_LENGTH": "99"})
    assert answer.status == answered
    assert said in log()[0] if said else log() == []


def test_a_script_that_apache_got_no_answer_from_is_loaded_for_its_reason(
    settings, drop, log
) -> None:
    drop("cgi-bin/broken.py", "application = 1 / 0")
    answer = Client(None, settings).request("GET", "/broken", environ={
        "PATH_INFO": "/_refused/sound", "REDIRECT_STATUS": "500", "REDIRECT_URL": "/broken"})
    assert answer.status == 500 and "division by zero" in log()[0]


def test_options_of_a_static_file_is_answered_when_apache_refused_it(settings) -> None:
    answer = Client(None, settings).request("OPTIONS", "/style.css", environ={
        "PATH_INFO": "/_refused/sound", "REDIRECT_STATUS": "405",
        "REDIRECT_REQUEST_METHOD": "OPTIONS"})
    assert (answer.status, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_the_address_of_refusals_is_no_address_for_visitors(visit) -> None:
    for url in ("/_refused/sound", "/_refused/file", "/_refused/sound?x"):
        assert visit(url) == visit(url, environ={"REDIRECT_STATUS": "200"}) == 404


@pytest.mark.parametrize("asked", ["/notes.txt", "/notes%2Etxt", "//x/..//notes.txt?a", "/%zz",
                                   "http://site.example/notes.txt", ""])
def test_what_apache_did_not_send_is_not_sent_in_its_place(settings, drop, asked: str) -> None:
    """.htaccess leads every address here that it sends no file for: one that is hidden, say."""
    drop("htdocs/notes.txt", "hidden by a rule")
    answer = Client(None, settings).request("GET", "/notes.txt", environ={
        "REDIRECT_STATUS": "200", "REQUEST_URI": asked})
    assert answer.status == 404


def test_a_file_that_an_old_script_leads_to_is_sent(settings, drop) -> None:
    drop("htdocs/notes.txt", "thanks")
    answer = Client(None, settings).request("GET", "/notes.txt", environ={
        "REDIRECT_STATUS": "200", "REQUEST_URI": "/cgi-bin/old.py"})
    assert answer.text == "thanks"


def test_the_scripts_of_this_tree_are_executable() -> None:
    for path in Path(__file__).resolve().parents[2].glob("cgi-bin/*.py"):
        assert path.stat().st_mode & stat.S_IXUSR, path
