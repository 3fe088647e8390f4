"""What an author is told when a page fails: where, why, and the next step."""
from __future__ import annotations

import os
import sys

import pytest

from chapbook import NotFound, Page, Response, Unavailable, failure
from chapbook.server.builtin import Logged
from chapbook.testing import Client, site


def raising(error: BaseException):
    def show(request):
        raise error
    return show


def test_the_terminal_says_which_error_and_where_in_the_sites_own_files(
    settings, drop, capsys
) -> None:
    drop("cgi-bin/page.py", "from chapbook import Page\ndef show(request):\n"
         "    return request.qery\napplication = Page(get=show)\n")
    from chapbook.server.dispatch import Dispatcher
    Client(Logged(Dispatcher(settings.root)), settings).get("/page")
    said = capsys.readouterr().out
    assert "AttributeError: 'Request' object has no attribute 'qery' (cgi-bin/page.py, line" in said


def test_a_site_that_was_uploaded_and_not_set_up_says_so_and_notes_nothing(
    settings, drop, log, ask,
) -> None:
    drop("host.ini", "")
    drop("cgi-bin/install.py", "")

    def show(request):
        return Response.text(request.db.value("SELECT id FROM entry"))
    answer = ask(get=show).get("/")
    assert answer.status == 503 and "This site is not set up yet" in answer.text
    assert "/install" in answer.text and not log()
    assert not os.path.exists(settings.path("var", "site.sqlite"))
    drop("site.ini", "")
    assert ask(get=show).get("/").status == 500 and "no such table" in log()[0]


def test_the_installer_says_what_is_wrong_with_itself(settings, drop, log) -> None:
    drop("host.ini", "")
    drop("cgi-bin/install.py", "from chapbook import Page, Unavailable\n"
         "def show(request):\n    raise Unavailable('No room left.')\n"
         "application = Page(get=show)\n")
    answer = Client(None, settings).get("/install")
    assert answer.status == 503 and "No room left." in answer.text


def test_the_place_of_a_syntax_error_is_the_line_that_is_wrong(settings, drop, log) -> None:
    drop("cgi-bin/page.py", "application = (")
    Client(None, settings).get("/page")
    assert "at=cgi-bin/page.py, line 5" in log()[0]


def test_the_place_of_a_broken_template_is_its_own_line(settings, drop, log, ask) -> None:
    drop("templates/page.html", "one\n{% if %}\n")

    def show(request):
        from chapbook import render
        return render(request, "page.html")
    ask(get=show).get("/")
    assert "at=templates/page.html, line 2" in log()[0]


def test_a_package_that_is_missing_for_this_python_is_told_with_the_next_step(ask, log) -> None:
    ask(get=raising(ModuleNotFoundError("No module named 'jinja2'", name="jinja2"))).get("/")
    said = "\n".join(log())
    assert f"jinja2 is not installed for this Python, 3.{sys.version_info.minor}" in said
    assert "./chapbook migrate" in said


def test_a_reason_that_is_not_for_visitors_is_on_the_page_while_debugging(tmp_path) -> None:
    page = Page(get=raising(NotFound(detail="chmod +x cgi-bin/page.py")))
    for debug in ("yes", "no"):
        client = Client(page, site(str(tmp_path), site={"debug": debug}))
        assert ("chmod +x" in client.get("/").text) is (debug == "yes")


def test_a_database_that_is_down_is_explained_while_debugging(tmp_path) -> None:
    client = Client(Page(get=raising(Unavailable(detail="start MariaDB"))),
                    site(str(tmp_path), site={"debug": "yes"}))
    answer = client.get("/")
    assert (answer.status, answer["Retry-After"]) == (503, "5")
    assert "start MariaDB" in answer.text


@pytest.mark.parametrize("error", [NotFound(), RuntimeError("no")])
def test_an_error_of_an_older_generation_of_modules_is_still_the_answer_it_was(error, ask) -> None:
    class Twin(Exception):
        """What an HTTPError is to modules that were imported anew: of another class."""
    twin = Twin()
    vars(twin).update(
        {name: getattr(error, name) for name in ("status", "title", "sentence", "detail", "headers")
         if hasattr(error, name)})
    assert ask(get=raising(twin)).get("/").status == getattr(error, "status", 500)


def test_no_place_is_found_for_an_error_outside_the_site() -> None:
    try:
        Response.json(object())
    except TypeError as error:
        assert failure.where(error, "/nowhere") == ""
