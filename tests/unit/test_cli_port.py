"""./chapbook port: what is told of an old script, by lines, and the page to begin with."""
from __future__ import annotations

import hypothesis
import hypothesis.strategies as some
import pytest
from click.testing import CliRunner

from chapbook.cli.port import port, report
from chapbook.cli.porting.source import statements, words

TEXT = "#!/usr/bin/env python3\n"


def told(text: str, name: str = "old.cgi") -> str:
    """All that is told of a script, on one line."""
    return " ".join(" ".join(report(name, (TEXT + text).encode())).split())


@pytest.mark.parametrize(("line", "said"), [
    ("print 'x'", "print is a function"), ("print", "print is a function"),
    ("print ('a'), 'b'", "print is a function"), ("print ('%s') % x", "print is a function"),
    ("print >>sys.stderr, 'x'", "print is a function"), ("if x: print 'y'", "print is a function"),
    ("exec code", "exec is a function"), ("except E, e: pass", "except E as e"),
    ("except (A, B), e: pass", "except E as e"), ("raise E, 'x'", 'raise E("text")'),
    ("def f(a, (b, c)): pass", "no brackets within"), ("x = `y`", "repr(x)"),
    ("if a <> b: pass", "<> is !="), ("os.chmod(x, 0644)", "0644 is 0o644"),
    ("x = 10L", "10L is 10"), ("x = 0xffL", "0xffL is 0xff"), ("x = ur'y'", 'ur"..." is r'),
    ("x = raw_input()", "raw_input is input"), ("isinstance(x, basestring)", "basestring is str"),
    ("x = unicode(y)", "unicode is str"), ("for i in xrange(3): pass", "xrange is range"),
    ("if form.has_key('x'): pass", ".has_key() is key in dictionary"),
    ("for a in b.iteritems(): pass", ".iteritems() is .items()"),
    ("x = lines.next()", ".next() is next(iterator)"), ("f = file('x')", "file is open"),
    ("x = string.upper(y)", "text.upper()"), ("x = string.letters", "string.ascii_letters"),
    ("x = urllib.quote(y)", "urllib.parse.quote"), ("n = sys.maxint", "sys.maxsize"),
    ("x = cgi.escape(y)", "html.escape"), ("import urllib2", "urllib.request"),
    ("import os, StringIO, re", "StringIO is gone"), ("from Cookie import SimpleCookie", "Cookie"),
    ("import cPickle as pickle", "cPickle is gone"), ("from email import Utils", "email.utils"),
    ("import telnetlib", "gone from Python by 3.13"), ("import imghdr", "in its place is Pillow"),
])
def test_what_is_python_2_is_told(line: str, said: str) -> None:
    answer = told("x = 1\n" + line + "\n")
    assert "line 3: " in answer and said in answer.partition("To be a page")[0]


@pytest.mark.parametrize("line", [
    "print('x')", "print()", "print(a, b, sep='')", "print = 1", "x = print", "exec(code)",
    "except E as e: pass", "except (A, B): pass", "except (A, B) as e: pass", "raise E('a', 'b')",
    "def f(a, b=(1, 2)): pass", "x = 0", "x = 0o17", "x = 00", "x = 0.5", "x = 10", "x = 0xff",
    "x = '<> `y` 10L raw_input(); print x'", "# print x", "x = '''\nprint 'y'\n'''",
    "x = lambda a, b: a", "file = 1", "x.file", "x.unicode", "next(x)", "node.next", "a.next(1)",
    "html.escape(x)", "from urllib.parse import quote", "import urllib.request as urllib2",
    "def has_key(x): pass", "x = {'print': 1}", "x['long']", "string.capwords(x)",
])
def test_what_is_python_3_is_not(line: str) -> None:
    assert "To run on Python 3 at all" not in told(line + "\n")


@pytest.mark.parametrize(("text", "said"), [
    ("form = cgi.FieldStorage()", "request.form"), ("form = FieldStorage()", "request.query"),
    ("print('Content-Type: text/html\\n')", "headers are not printed"),
    ("sys.stdout.write('Location: /x\\r\\n\\r\\n')", "headers are not printed"),
    ("print('<h1>Hello</h1>')", 'render(request, "old.html", name=value)'),
    ("print(f'''<p>{x}''')", "HTML is not printed"),
    ("c.execute('SELECT * FROM t WHERE a = %s' % x)", "this SQL is made of text"),
    ("c.execute('DELETE FROM t WHERE a = ' + x)", "this SQL is made of text"),
    ("c.execute(f'update t set a = {x}')", "this SQL is made of text"),
    ("c.execute('INSERT INTO t VALUES ({})'.format(x))", "this SQL is made of text"),
    ("x = os.environ['QUERY_STRING']", "the variable QUERY_STRING is request.query"),
    ("x = os.environ.get('REMOTE_ADDR')", "REMOTE_ADDR is request.remote_address"),
    ("x = os.getenv('HTTP_USER_AGENT')", 'request.headers.get("User-Agent")'),
    ("for x in os.environ: pass", "another one under each server"),
    ("x = sys.stdin.read()", "request.body has what was sent"),
    ("import cgitb", "pages need no cgitb"), ("from http import cookies", "request.cookies"),
    ("import http.cookies", "request.cookies"), ("import smtplib", "mail.send"),
    ("import MySQLdb", "request.db"), ("import sqlite3", "request.db"),
    ("sys.exit()", "would end the whole server"), ("exit(1)", "raises one of chapbook.errors"),
    ("os.system('x ' + y)", "subprocess.run"), ("open('x', 'w')", "belongs into a table"),
    ("with open('x', 'a+') as f: pass", "belongs into a table"),
    ("import pickle", "runs whatever is in the file"), ("eval(x)", "must never be run"),
    ("import random", "random can be guessed"), ("x = sys.argv[1]", "request.query"),
])
def test_what_a_page_does_otherwise_is_told(text: str, said: str) -> None:
    answer = told(text + "\n").partition("To be a page")[2]
    assert "line 2: " in answer and said in answer


@pytest.mark.parametrize("text", [
    "x = '<b>'", "x = 'select a colour'", "c.execute('SELECT a FROM t WHERE b = ?', (x,))",
    "open('x')", "open('x', 'rb')", "import json", "x.exit()", "print('plain words')"])
def test_what_a_page_does_as_well_is_not(text: str) -> None:
    assert "a page it needs the first lines and the last" in told(text + "\n")


def test_lines_are_told_together_and_in_order() -> None:
    answer = told("print('<p>')\nprint('<p>')\nx = 1\nprint('<p>')\n")
    assert "lines 2-3, 5: HTML is not printed" in answer


@pytest.mark.parametrize(("data", "said"), [
    (b"\xef\xbb\xbf#!/usr/bin/env python3\n", "line 1: a byte order mark"),
    (b"#!/usr/bin/env python3\r\nx = 1\r\n", "line 1: its lines end as Windows has them"),
    (b"x = 1\n", "line 1: its first line must be #!/usr/bin/env python3"),
    (b"#!/usr/bin/python\nx = 1\n", "line 1: its first line asks for another Python"),
    (b"#!/usr/bin/env python3\n# coding: latin-1\n\nx = '\xfc'\n", "line 4: it is no UTF-8 (latin"),
    (b"#!/usr/bin/env python3\nx = '\xfc'\n", "line 2: it is no UTF-8 (and says no other"),
    (b"#!/usr/bin/env python3\nif x:\n        y\n\tz\n", "line 4: tabs and spaces"),
])
def test_bytes_that_python_3_does_not_read_are_told(data: bytes, said: str) -> None:
    assert said in " ".join(" ".join(report("old.cgi", data)).split())


def test_a_script_of_another_language_is_told_as_one() -> None:
    answer = "\n".join(report("x/Form-Mail.pl", b"#!/usr/bin/perl -w\nprint 1;\n"))
    assert answer.startswith("x/Form-Mail.pl is no Python: its first line is #!/usr/bin/perl -w.")
    assert "cgi-bin/form_mail.py" in answer


def test_a_page_is_told_as_one() -> None:
    assert "It looks like a page" in told("application = Page(get=show)\n")


@pytest.mark.parametrize(("text", "wanted"), [
    ("", ["application = Page(get=show)\n", 'return render(request, "old.html")']),
    ("form = cgi.FieldStorage()\nx = form['name'].value\ny = form.getvalue('town')\n"
     "z = form.getfirst('class')\n",
     ['name = request.query.get("name", "")', 'town = request.query.get("town", "")',
      'render(request, "old.html", name=name, town=town)']),
    ("f = cgi.FieldStorage()\nx = f['name'].value\nif os.environ['REQUEST_METHOD'] == 'POST':\n"
     "    print('Location: /x')\n",
     ['name = request.form["name"]', "application = Page(get=show, post=take)",
      "return redirect(request.url)", "from chapbook import Page, redirect, render, run"]),
])
def test_the_page_to_begin_with_is_one(text: str, wanted: list[str]) -> None:
    lines = list(report("old.cgi", (TEXT + text).encode()))
    begin = lines.index("    #!/usr/bin/env python3")
    page = "\n".join(line[4:] for line in lines[begin:]) + "\n"
    compile(page, "old.py", "exec")
    assert page.endswith('\n\nif __name__ == "__main__":\n    run(application)\n')
    assert "class" not in page
    for line in wanted:
        assert line in page


def test_the_command_reads_a_file_and_changes_nothing(tmp_path) -> None:
    script = tmp_path / "old.cgi"
    script.write_text(TEXT + "import os\nos.remove(__file__)\nprint 'x'\n", "utf-8")
    before = script.read_bytes()
    done = CliRunner().invoke(port, [str(script)])
    assert done.exit_code == 0 and "4 lines of Python 2." in done.output
    assert script.read_bytes() == before
    assert "does not exist" in CliRunner().invoke(port, [str(tmp_path / "no")]).output
    script.write_bytes(b"x" * ((1 << 20) + 1))
    assert "larger than a script is" in CliRunner().invoke(port, [str(script)]).output


@hypothesis.given(some.text(max_size=300) | some.lists(some.sampled_from(
    ["print", "'", '"""', "(", ")", ":", "lambda", "import", "from", "as", ",", ".", "except",
     "raise", "`", "\\", "\n", "form", "=", "cgi.FieldStorage()", "def", "0777", " "]
)).map(" ".join))
def test_nothing_that_is_written_makes_it_fail(text: str) -> None:
    assert list(report("x.cgi", text.encode("utf-8", "surrogatepass")))
    assert sum(map(len, statements(text))) <= len(list(words(text)))


@pytest.mark.parametrize("piece", ["print 'x'\n", "(", '"""', "'''x\"\"\" ", "a.", "\\\n", "é §\0"])
def test_the_time_grows_with_the_length(grows_linearly, piece: str) -> None:
    grows_linearly(lambda text: list(statements(text)),
                   lambda size: piece * (size // len(piece)), 30_000)
