"""./chapbook check looks through the forms of a whole site, and asks its scripts about actions."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chapbook.cli import forms
from chapbook.config import Config

SCRIPT = """
from chapbook import NotFound, Page, Response, Routes
def show(request, name=""):
    if name == "nosuch":
        raise NotFound
    return Response.text("")
application = Routes({"/": Page(get=show), "/{name}": Page(get=show, post=show)})
"""


def form(action: str, method: str = "post") -> str:
    return f'<form method="{method}" action="{action}"><button>Go</button></form>\n'


@pytest.fixture
def mistakes(settings: Config, drop: Callable[..., Path]) -> Callable[..., list[str]]:
    """What is found in htdocs/club/join.html, on a site with the script `forms`."""
    def look(text: str, prefix: str = "") -> list[str]:
        drop("cgi-bin/forms.py", SCRIPT)
        drop("cgi-bin/broken.py", "raise OSError\napplication = None")
        drop("htdocs/club/join.html", text)
        return forms.mistakes(settings.root, prefix)
    return look


@pytest.mark.parametrize("action", [
    "/forms/join", "../forms/join?x=1#y", "/forms//join/", "/cgi-bin/forms.py/join", "/broken"])
def test_an_action_that_a_script_answers_is_right(
        action: str, mistakes: Callable[..., list[str]]) -> None:
    assert mistakes(form(action)) == []


@pytest.mark.parametrize("action, path", [
    ("/forms", "/forms"), ("forms/join", "/club/forms/join"), ("/forms/a/b", "/forms/a/b"),
    ("/forms/nosuch", "/forms/nosuch"),
    ("/cgi-bin/FormMail.pl", "/cgi-bin/FormMail.pl"), ("join.html", "/club/join.html"),
    ("/", "/"), ("/caf%C3%A9", "/café"), ("/%00", "/\0")])
def test_an_action_that_no_script_answers_is_told(
        action: str, path: str, mistakes: Callable[..., list[str]]) -> None:
    found = mistakes(form(action))
    assert len(found) == 1 and found[0].startswith(
        f'htdocs/club/join.html:1: The action "{action}" leads to {path}, and nothing there takes '
        "a POST: ")


def test_a_form_to_look_something_up_may_be_sent_to_a_file(
        mistakes: Callable[..., list[str]], drop: Callable[..., Path]) -> None:
    drop("htdocs/list/index.html", "")
    assert mistakes(form("join.html", "get") + form("/list/", "get") + form("/forms", "get")) == []
    assert len(mistakes(form("/nowhere", "get"))) == 1


def test_a_site_in_a_folder_knows_its_own_addresses(mistakes: Callable[..., list[str]]) -> None:
    text = form("/site/forms/join") + form("../forms/other") + form("/elsewhere/x")
    assert mistakes(text, "/site") == []
    assert len(mistakes(form("/site/nowhere") + form("nowhere"), "/site")) == 2


def test_templates_and_pages_in_folders_are_looked_at_as_what_they_are(
        settings: Config, drop: Callable[..., Path],
        capsys: pytest.CaptureFixture[str]) -> None:
    drop("templates/a/list.html", "\n{% if x %}<form>{% else %}<form>{% endif %}<input></form>")
    drop("htdocs/old.HTM", "<form><input name='a' id='{{ b }}'></form>")
    drop("htdocs/notes.txt", "<form><input></form>")
    (Path(settings.root) / "htdocs/latin.html").write_bytes(b"\xe9")
    assert forms.check(settings.root) == 4
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        "templates/a/list.html:2:", "templates/a/list.html:2:", "htdocs/latin.html:1:",
        "htdocs/old.HTM:1:"]
    assert "not UTF-8" in lines[2]


def test_a_site_without_pages_has_no_mistakes(settings: Config) -> None:
    assert forms.mistakes(settings.root) == []


def test_nothing_is_written_into_the_sites_log(
        mistakes: Callable[..., list[str]], log: Callable[[], list[str]]) -> None:
    mistakes(form("/broken") + form("/nowhere"))
    assert log() == []


def test_an_old_script_takes_forms_and_is_not_run_for_that(
        mistakes: Callable[..., list[str]], drop: Callable[..., Path]) -> None:
    for name in ("FormMail.pl", "old.py"):
        drop(f"cgi-bin/{name}", "#!/bin/sh\ntouch was-run\n", whole=True)
    assert mistakes(form("/cgi-bin/FormMail.pl") + form("/old")) == []
    assert list(drop("x", "").parent.rglob("was-run")) == []
