"""./chapbook check holds a site to its rules: what it says, and that this site keeps them."""
from __future__ import annotations

import pytest

from chapbook.cli import rules
from chapbook.cli.rules import justified

from tests.unit.conftest import TREE

FOUND = [*rules.Lint(str(TREE)).files()]


@pytest.fixture(scope="module")
def found() -> list[tuple[str, str]]:
    return [*rules.mistakes(str(TREE))]


def test_this_site_keeps_the_rules(found) -> None:
    assert not [sentence for sentence, why in found if not why]


@pytest.mark.parametrize("row", justified.TABLE, ids=lambda row: f"{row[0]}: {row[1]}")
def test_each_place_that_is_justified_is_still_there(row, found) -> None:
    path, what, why = row
    text = (TREE / path).read_text("utf-8").splitlines()
    assert why and any(
        sentence.startswith(f"{path}:{number}: ") for sentence, reason in found if reason
        for number, line in enumerate(text, 1) if what in line)


def test_code_and_pages_are_both_looked_at() -> None:
    assert {"cgi-bin/guestbook.py", "lib/collection/guestbook.py", "lib/chapbook/db.py",
            "templates/guestbook.html", "templates/guestbook.xml", "htdocs/contact.html",
            "htdocs/favicon.svg"} <= set(FOUND)


def test_each_place_is_told_with_its_file_its_line_and_its_rule(drop, settings, capsys) -> None:
    drop("cgi-bin/news.py", "import pickle\nfrom chapbook import *\n")
    drop("templates/news.html", "<p>\n{{ text|safe }}\n")
    drop("htdocs/news.html", '<p style="color: red">{{ not|safe }}')
    assert rules.check(settings.root) == 3
    places = [line.partition(": ")[0] + line[line.rindex(" ["):]
              for line in capsys.readouterr().out.splitlines()]
    assert places == ["cgi-bin/news.py:5 [run-data]", "templates/news.html:2 [unescaped]",
                      "htdocs/news.html:1 [inline]"]


def test_a_site_that_keeps_them_hears_nothing(drop, settings, capsys) -> None:
    drop("cgi-bin/news.py", "from chapbook import Page, run\napplication = Page()\n")
    assert rules.check(settings.root) == 0
    assert not capsys.readouterr().out


def test_the_rules_are_for_pages_and_not_for_old_scripts(drop, settings) -> None:
    text = "#!/usr/bin/env python3\nimport os\nprint(os.environ)  # application/json\n"
    drop("cgi-bin/old.py", text, whole=True)
    assert rules.check(settings.root) == 0
    drop("cgi-bin/old.py", text + "application = 1\n", whole=True)
    assert rules.check(settings.root) > 0


def test_a_file_that_is_no_utf8_is_told(drop, settings) -> None:
    drop("templates/a.html", "").write_bytes(b"\xff")
    assert [sentence for sentence, _ in rules.mistakes(settings.root)] == [
        "templates/a.html:1: The file is not UTF-8; save it as UTF-8."]


@pytest.mark.parametrize(("path", "text", "rule"), [
    ("cgi-bin/a.py", "import sys, os\nfrom os import environ as e\ne['A']\n", "door begin"),
    ("lib/collection/a.py", "class A:\n    def __html__(self):\n        return ''\n", "markup"),
    ("lib/collection/a.py", "try:\n    f()\nexcept (ValueError, BaseException):\n    pass\n",
     "except"),
    ("lib/collection/a.py", "try:\n    f()\nexcept BaseException:\n    g()\n    raise\n", ""),
    ("lib/collection/a.py", "assert a.role == 'editor'\n", "assert"),
    ("lib/collection/a.py", "assert request.user is not None\n", "assert"),
    ("lib/collection/a.py", "assert a is not None\nassert isinstance(a, int)\n", ""),
    ("lib/collection/a.py", "import hashlib\nhashlib.new('md5')\n", "weak-hash"),
    ("lib/collection/a.py", "import hashlib, hmac\nhmac.new(a, b, hashlib.sha1)\n", "weak-hash"),
    ("lib/collection/a.py", "import sys\ndef f():\n    sys.stderr.write('a')\n", "door"),
    ("lib/collection/a.py", "from chapbook import redirect\n"
     "def f(request):\n    redirect(request.url + request.query['a'])\n", ""),
    ("cgi-bin/a/b.py", "import os\nimport sys\nsys.path.insert(0, os.path.dirname(os.path.dirname("
     "os.path.dirname(os.path.realpath(__file__)))) + '/lib')\n"
     "def f(request, name):\n    open(name)\n    open(known(name))\n", "input"),
    ("lib/collection/a.py", "def eval(a):\n    return a\neval('')\n", ""),
    ("lib/collection/a.py", "import re\nre.compile('a')\n", ""),
    ("lib/collection/a.py", "from requests import get\n", "outbound"),
    ("lib/collection/a.py", "import os\na = os.environ.get('HOME')\n", "door"),
    ("lib/chapbook/cli/a.py", "import os\na = os.environ.get('HOME')\nprint(a)\n", ""),
    ("lib/chapbook/a.py", "import pymysql\n", "place"),
    ("lib/chapbook/engines/a.py", "import pymysql\n", ""),
    ("templates/a.html", "{# {{ a|safe }} #}{{ '|safe' }}", ""),
    ("templates/a.html", "{% filter safe %}a{% endfilter %}", "unescaped"),
    ("templates/a.html", '{% extends base %}', "template"),
    ("templates/a.html", '<a href="{{ older }}">a</a><a href="{{ row.url }}">b</a>', "address"),
    ("templates/a.html", '<a href=" JavaScript:a()">a</a>', "program"),
    ("templates/a.xml", '<link href="{{ row.url }}"/>', "address"),
    ("templates/a.html", '<script type="application/ld+json">{"a": 1}</script>', ""),
    ("htdocs/a.svg", '<svg onload="a()"><script>a()</script></svg>', "inline inline"),
    ("htdocs/a.html", "<p>{{ a }}</p><!-- <p style='a'> -->", ""),
])
def test_a_place_is_found_or_not(settings, path, text, rule) -> None:
    found = rules.Lint(settings.root).findings(path, text)
    assert " ".join(each.rule for each in found) == rule
