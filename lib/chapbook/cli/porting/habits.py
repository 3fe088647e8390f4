"""What an old script does by itself that a page is given: each habit, and what takes its place."""
from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import iskeyword

from .python2 import imported
from .source import Word, dotted

_HEADER = re.compile(r"\s*(content-type|content-length|location|status|set-cookie|expires|pragma"
                     r"|cache-control|content-disposition|refresh|http/1\.[01])\b", re.I)
_SQL = re.compile(r"\s*(select\s|insert\s+into\s|update\s|delete\s+from\s|replace\s+into\s)", re.I)
_TAG = re.compile(r"</?[a-zA-Z!][^<>]*>?")

VARIABLES = {
    "QUERY_STRING": 'request.query, such as request.query.get("name", "")',
    "REQUEST_METHOD": "the page itself: Page(get=show, post=take)",
    "HTTP_COOKIE": "request.cookies", "PATH_INFO": "request.path_info, or Routes({...})",
    "REMOTE_ADDR": "request.remote_address", "SCRIPT_NAME": "request.script_url",
    "REQUEST_URI": "request.url", "CONTENT_LENGTH": "nothing: request.form has read the body",
    "CONTENT_TYPE": "request.content_type", "REMOTE_USER": "request.user, and Page(allow=...)",
    "HTTP_HOST": "request.absolute(path), which is made of base_url in site.ini",
    "SERVER_NAME": "request.absolute(path), which is made of base_url in site.ini",
    "DOCUMENT_ROOT": "request.static(name) for the address of a file in htdocs/",
}
MODULES = {
    "cgi": "request.form (what a form sent, held to the HTML of the form) and request.query (what "
           "stands after the ? of the address) take the place of cgi.FieldStorage()",
    "cgitb": "pages need no cgitb: an error is a page with a number, and its traceback is in the "
             "log; with debug = yes in site.ini it is in the browser",
    "http.cookies": "request.cookies reads cookies and response.set_cookie(...) sends one; what is "
                    "to be remembered of a visitor is better in request.session",
    "Cookie": "request.cookies reads cookies and response.set_cookie(...) sends one; what is to be "
              "remembered of a visitor is better in request.session",
    "smtplib": "mail.send(request, ...) stores a mail with the data, and it is sent when the page "
               "is out",
    "MySQLdb": "request.db is the database: connected by site.ini, one transaction for a request",
    "pymysql": "request.db is the database: connected by site.ini, one transaction for a request",
    "sqlite3": "request.db is the database: connected by site.ini, one transaction for a request",
    "psycopg2": "request.db is the database, SQLite or MySQL; PostgreSQL is not among them",
    "shelve": "what is kept belongs into a table: ./chapbook new NAME --table shows one",
    "pickle": "what is kept belongs into a table; pickle.load runs whatever is in the file",
    "cPickle": "what is kept belongs into a table; cPickle.load runs whatever is in the file",
    "anydbm": "what is kept belongs into a table: ./chapbook new NAME --table shows one",
    "random": "for a token or a password write secrets.token_urlsafe(): random can be guessed",
    "crypt": "people sign in by the accounts of Chapbook (docs/accounts.md)",
}
CALLS = {
    "sys.exit": "a page returns a Response, or raises one of chapbook.errors; sys.exit would end "
                "the whole server",
    "exit": "a page returns a Response, or raises one of chapbook.errors", "quit": "a page returns "
    "a Response, or raises one of chapbook.errors",
    "os._exit": "a page returns a Response; this would end the whole server",
    "os.system": 'a shell takes ; and $( ) for commands: subprocess.run(["program", "argument"])',
    "os.popen": 'a shell takes ; and $( ) for commands: subprocess.run(["program", "argument"])',
    "commands.getoutput": 'a shell takes ; and $( ) for commands: subprocess.run(["program"])',
    "commands.getstatusoutput": "a shell takes ; and $( ) for commands: subprocess.run([...])",
    "os.fork": "a page does not fork; what takes long is done by ./chapbook cron",
    "os.chdir": "all pages share one folder and one process: write whole paths, of "
                "request.config.path(...)",
    "time.sleep": "a page that waits keeps a process from others",
    "eval": "what a visitor sends must never be run: a dict of functions, int(), json.loads()",
    "execfile": "import a module of lib/ instead",
}
NAMES = {
    "sys.stdin": "request.form, request.json or request.body has what was sent",
    "sys.stdout": "a page prints nothing: it returns a Response",
    "sys.argv": "a page gets no arguments: request.query",
    "cgi.FieldStorage": MODULES["cgi"], "cgi.parse": MODULES["cgi"],
    "cgi.escape": "templates escape by themselves: {{ name }}",
    "html.escape": "templates escape by themselves: {{ name }}",
}
HEADERS = ("headers are not printed: return Response.html(text), Response.text(text), "
           "redirect(address), and response[name] = value or response.set_cookie(...) for others")
MARKUP = ("HTML is not printed: it goes into a template, and return render(request, "
          '"{name}.html", name=value); what visitors wrote is escaped there')
SQL = ("this SQL is made of text, and whoever fills in a form can write SQL into it: "
       'request.db.all("SELECT ... WHERE name = :name", name=name)')


class Habits:
    """Looks at one statement after the other; `fields` are the fields of forms that it asks for."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._forms: set[str] = set()
        self.fields: list[str] = []
        self.redirects = self.shows = self.takes = False

    def findings(self, statement: list[Word]) -> Iterator[tuple[int, str]]:
        """Line and sentence of each habit in a statement."""
        line = statement[0].line
        if statement[0].text in ("import", "from"):
            for module in imported(statement):
                if module in MODULES and module != "cgi":
                    yield line, MODULES[module]
            return
        text = [word.text for word in statement]
        for name, end, at in dotted(statement):
            after = text[end + 1] if end + 1 < len(text) else ""
            if name.endswith("FieldStorage") and after == "(" and text[1:2] == ["="]:
                self._forms.add(text[0])
            if name in ("FieldStorage", *NAMES):
                yield at, NAMES.get(name, MODULES["cgi"])
            elif name.startswith(("sys.stdin.", "sys.stdout.")):
                yield at, NAMES[".".join(name.split(".")[:2])]
            elif name in CALLS and after == "(":
                yield at, CALLS[name]
            elif name.startswith(("os.environ", "os.getenv", "environ")):
                yield at, self._variable(statement, end)
            elif name == "open" and after == "(" and _writes(statement[end:]):
                yield at, ("what is kept belongs into a table (request.db), where two visitors at "
                           "once cannot spoil it; a file of the site belongs below var/")
            elif name == "global":
                yield at, ("a global variable is another one in each process, and lost under CGI: "
                           "keep it in a table, or in request.session")
            elif name.partition(".")[0] in self._forms:
                self._field(statement, end)
        yield from self._texts(statement, text)

    def _texts(self, statement: list[Word], text: list[str]) -> Iterator[tuple[int, str]]:
        is_printed = text[0] == "print" or text[:4] == ["sys", ".", "stdout", "."]
        for place, word in enumerate(statement):
            if word.kind != "string":
                continue
            if is_printed and _HEADER.match(word.inside):
                self.redirects |= word.inside.strip().lower().startswith("location")
                yield word.line, HEADERS
            elif is_printed and _TAG.search(word.inside):
                self.shows = True
                yield word.line, MARKUP.format(name=self._name)
            elif _SQL.match(word.inside) and (
                "f" in word.text[:2].lower() or text[place + 1:place + 2] in (["%"], ["+"])
                or text[place + 1:place + 3] == [".", "format"]
            ):
                yield word.line, SQL

    def _variable(self, statement: list[Word], end: int) -> str:
        name = next((word.inside for word in statement[end:end + 4] if word.kind == "string"), "")
        if name == "REQUEST_METHOD":
            self.takes = True
        if name in VARIABLES:
            return f"the variable {name} is {VARIABLES[name]}"
        if name.startswith("HTTP_"):
            header = name[5:].replace("_", "-").title()
            return f'the variable {name} is request.headers.get("{header}")'
        return ("the environment is another one under each server: what is asked is in the "
                "request, and what is set in request.config")

    def _field(self, statement: list[Word], end: int) -> None:
        """Note the field of a form that is asked for: form["name"], form.getvalue("name")."""
        for word in statement[end + 1:end + 3]:
            name = word.inside if word.kind == "string" else ""
            if name.isidentifier() and not iskeyword(name) and name not in (
                "request", "render", "redirect", *self.fields
            ):
                self.fields.append(name)


def _writes(statement: list[Word]) -> bool:
    """Whether the call of open that follows is to write."""
    strings = [word.inside for before, word in zip(statement, statement[1:8])
               if word.kind == "string" and before.text in (",", "=")]
    return any(re.fullmatch(r"[wax][bt+]*|r[bt]*\+[bt]*", text) for text in strings)
