"""Pages from templates: everything escaped, nothing misspelt, every edit live."""
from __future__ import annotations

import os
from pathlib import Path

import jinja2
import pytest

from chapbook import Request, Response, later, render, templates
from chapbook.testing import site
from chapbook.user import User

NASTY = "<script>alert(1)</script>\"'&"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;"


@pytest.fixture
def shown(ask, settings):
    """The page that a template gives, as a visitor gets it."""
    def page(source: str, name: str = "page.html", url: str = "/page", **context: object):
        path = Path(settings.path("templates", name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
        client = ask(get=lambda request: render(request, name, **context))
        return client.request("GET", url, environ={"PATH_INFO": "", "SCRIPT_NAME": url})
    return page


def test_a_template_is_a_page_of_html(shown) -> None:
    answer = shown("<p>Hello {{ who }}</p>\n", who="é")
    assert (answer.status, answer.text) == (200, "<p>Hello é</p>\n")
    assert answer["Content-Type"] == "text/html; charset=utf-8"


def test_status_and_type_may_be_given(shown) -> None:
    answer = shown("<feed/>", "feed.xml", status=422, type="application/atom+xml")
    assert (answer.status, answer["Content-Type"]) == (422, "application/atom+xml; charset=utf-8")


@pytest.mark.parametrize("name", ["page.html", "feed.xml", "mail.txt", "noending"])
@pytest.mark.parametrize("source", [
    "{{ nasty }}", '<a title="{{ nasty }}">', "{{ [nasty]|join }}", "{{ nasty|string }}",
    "{% set x = nasty %}{{ x }}", "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(nasty) }}",
    "{% for x in [nasty] %}{{ x }}{% endfor %}", "{{ nasty|excerpt(99) }}", "{{ '%s' % nasty }}",
])
def test_values_are_escaped_in_every_template(shown, name: str, source: str) -> None:
    text = shown(source, name, nasty=NASTY).text
    assert ESCAPED in text and NASTY not in text


@pytest.mark.parametrize("source", [
    "{{ misspelt }}", "{% if misspelt %}{% endif %}", "{% for x in misspelt %}{% endfor %}",
    "{{ request.nothing }}", "{{ site.nothing }}", "{{ 1|nofilter }}", "{% nonsense %}", "{{",
    "{% extends 'none.html' %}", "{% include 'none.html' %}",
])
def test_a_misspelling_is_a_500_and_never_a_gap(shown, source: str) -> None:
    assert shown(source).status == 500


SUMMER = 1782864000          # 1 July 2026, 0:00 UTC
TIMES = ('{% from "parts.html" import moment %}{{ moment(1782864000) }}'
         "|{{ when|datetime }}|{{ 1782864000|datetime }}|{{ [when]|map('datetime')|join }}")


@pytest.mark.parametrize("one_shot", [False, True])
def test_times_are_shown_in_the_zone_of_who_reads_the_page(
    ask, settings, monkeypatch, one_shot: bool
) -> None:
    monkeypatch.setattr(later, "one_shot", one_shot)
    for name, source in (("page.html", TIMES), (
            "parts.html", "{% macro moment(s) %}{{ s|datetime }}{% endmacro %}")):
        path = Path(settings.path("templates", name))
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, "utf-8")
        os.utime(path, (1e9, 1e9))

    def shown(request: Request) -> Response:
        zone = request.query.get("zone")
        if zone is not None:
            request.__dict__["user"] = User(1, "Ann", "ann@example.org", "member", zone)
        return render(request, "page.html", when=SUMMER)
    page = ask(get=shown)
    expected = {
        "": "1 July 2026, 0:00", "?zone=": "1 July 2026, 0:00", "?zone=Gone/Nowhere":
        "1 July 2026, 0:00", "?zone=Asia/Kolkata": "1 July 2026, 5:30",
        "?zone=America/Lima": "30 June 2026, 19:00"}
    for query in (*expected, *reversed(expected)):
        assert page.get(f"/{query}").text.split("|") == [expected[query]] * 4, query


def test_a_template_that_is_missing_is_a_500_that_names_it(ask, log) -> None:
    assert ask(get=lambda request: render(request, "none.html")).get("/").status == 500
    assert "none.html" in log()[0]


@pytest.mark.parametrize("name", ["../secret.html", "/etc/passwd", "a/../../secret.html"])
def test_a_template_outside_the_folder_is_never_read(ask, settings, tmp_path, name: str) -> None:
    Path(settings.path("templates")).mkdir()
    (tmp_path / "secret.html").write_text("secret")
    assert ask(get=lambda request: render(request, name)).get("/").status == 500


def test_a_template_knows_request_site_and_addresses(shown, settings) -> None:
    Path(settings.path("htdocs")).mkdir()
    Path(settings.path("htdocs", "a.css")).write_text("a")
    answer = shown(
        "{{ request.url }} {{ site.title }} {{ url('guestbook', before=3) }} {{ static('a.css') }}"
        " {{ absolute('/x') }}"
    )
    assert answer.text == "/page A Chapbook site /guestbook?before=3 /a.css?v=e8b7be43 /x"


def test_what_the_page_passes_wins(shown) -> None:
    assert shown("{{ site }}", site="mine").text == "mine"


def test_a_context_may_hold_any_name(shown) -> None:
    assert shown("{{ self_ }}{{ template }}", self_=1, template=2).text == "12"


@pytest.mark.parametrize(("source", "text"), [
    ("{{ 1234|number }}", "1,234"), ("{{ 2|plural('entry', 'entries') }}", "2 entries"),
    ("{{ plural(1, 'day') }}", "1 day"), ("{{ 0|date }}", "1 January 1970"),
    ("{{ 0|time }}", '<time datetime="1970-01-01T00:00:00Z">1 January 1970</time>'),
    ("{{ 0|iso }} {{ 0|datetime }}", "1970-01-01T00:00:00Z 1 January 1970, 0:00"),
    ("{{ 2000|size }}", "2.0 kB"), ("{% if true %}\n  a\n{% endif %}\n", "  a\n"),
])
def test_the_filters_are_there(shown, source: str, text: str) -> None:
    assert shown(source).text == text


@pytest.mark.parametrize(("replaced", "text", "later"), [
    (False, "two", 1), (False, "two!", 0), (True, "two", 0),
], ids=["a nanosecond later", "at the same time", "replaced by one of the same time and size"])
@pytest.mark.parametrize("source", ["{% include 'part.html' %}", "{% extends 'part.html' %}"])
def test_an_edited_template_is_live_at_once(
    settings, source: str, replaced: bool, text: str, later: int
) -> None:
    folder = Path(settings.path("templates"))
    folder.mkdir()
    (folder / "page.html").write_text(source)
    part = folder / "part.html"
    part.write_text("one")
    os.utime(part, ns=(10**18, 10**18))
    environment = templates.environment(settings)
    assert environment.get_template("page.html").render() == "one"
    if replaced:
        part.rename(folder / "old.html")
    part.write_text(text)
    os.utime(part, ns=(10**18, 10**18 + later))
    assert environment.get_template("page.html").render() == text


def test_each_site_has_its_own_templates_and_time_zone(tmp_path: Path) -> None:
    sites = [
        site(str(tmp_path / "a")), site(str(tmp_path / "b")),
        site(str(tmp_path / "a"), site={"timezone": "Asia/Tokyo"}),
    ]
    made = [templates.environment(config) for config in sites]
    assert len(set(map(id, made))) == 3
    assert templates.environment(sites[0]) is made[0]
    assert all(isinstance(environment, jinja2.Environment) for environment in made)


def test_no_input_is_ever_a_template(shown) -> None:
    assert shown("{{ text }}", text="{{ 7 * 7 }}{% raw %}#{7*7}").text == (
        "{{ 7 * 7 }}{% raw %}#{7*7}")
