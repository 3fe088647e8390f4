"""Places where a rule is broken for a reason: the file, what stands there, and why.

A test sees that each is still needed. What a site adds of its own is added here, or better mended.
"""
from __future__ import annotations

LIB = "lib/chapbook/"

TABLE: tuple[tuple[str, str, str], ...] = (
    # What the toolkit is for: it runs the site's own scripts and templates, and asks its database.
    (LIB + "script.py", "code = compile(", "the file of a page, as an import would"),
    (LIB + "script.py", "exec(code, ", "the file of a page, as an import would"),
    (LIB + "script.py", "except SystemExit", "a script that ends while it is loaded is told of"),
    (LIB + "rendering.py", "exec(code, ", "Jinja2's code of a template of the site"),
    (LIB + "rendering.py", "import_module(module)", "one of two names that the class is made with"),
    (LIB + "rendering.py", "def __html__", "what a template gives that is imported is escaped"),
    (LIB + "rendering.py", "return Markup(", "what a template gives that is imported is escaped"),
    (LIB + "compiled.py", "import marshal", "code is kept in a folder that nobody else may write"),
    (LIB + "filters.py", "return Markup(", "digits and the names of months in an element"),
    (LIB + "db.py", "session.execute(", "the name of a savepoint: a number"),
    (LIB + "schema.py", "session.execute(", "the statements of the site's own .sql files"),
    (LIB + "engines/mysql.py", "self._cursor.execute(", "settings of a connection: numbers; and "
     "statements, which have come to the driver's place with their values apart"),
    (LIB + "engines/sqlite.py", "self._connection.execute(", "statements, which have come to the "
     "driver's place with their values apart"),
    (LIB + "engines/mysql.py", "cursor.execute(text)", "statements of backups, read row by row"),
    (LIB + "engines/mysql.py", 'f"SET sql_mode=', "settings of a connection: numbers"),
    (LIB + "engines/places.py", "/tmp/mysql.sock", "where MySQL itself may have its socket"),
    (LIB + "__init__.py", '"GATEWAY_INTERFACE" in os.environ', "whether one CGI request is meant"),
    (LIB + "afterwards.py", "sys.stdout.flush()", "nothing is written twice by a child"),
    # Backups: names of tables and columns are those of the database's own catalogue, in quotes.
    (LIB + "backup/catalog.py", 'f"SELECT {names} FROM', "names of the database's own, in quotes"),
    (LIB + "backup/copying.py", "{quoted(", "names of the database's own, in quotes"),
    (LIB + "backup/copying.py", 'f"ATTACH DATABASE', "a path below var/, its quotes doubled"),
    (LIB + "backup/restoring.py", "{catalog.quoted(", "names of the site's backup.ini, in quotes"),
    (LIB + "backup/scratch.py", "{quoted(", "names in quotes, in a file that is deleted again"),
    (LIB + "backup/scratch.py", "session.execute(text)", "statements of the site's .sql files"),
    (LIB + "archive.py", "found.hexdigest() != sha256", "a check sum that the file tells itself"),
    (LIB + "passcode.py", "moment = int(given)", "a few digits of ASCII, which was seen before"),
    # What goes wrong in the site's own code is told, whatever it is.
    (LIB + "application.py", "except BaseException", "a page's own fault is answered with 500"),
    (LIB + "frames.py", "except BaseException", "an object's own code fails while it is shown"),
    # An upgrade: lib/ may be half new, so nothing of it is imported.
    (LIB + "closed.py", "code = compile(", "a module of the site, by its file"),
    (LIB + "closed.py", "exec(code, ", "a module of the site, by its file"),
    (LIB + "closed.py", "file=sys.stderr)", "the server's log, for there is no other yet"),
    (LIB + "closed.py", "os.environ", "a CGI process that answers without the toolkit"),
    (LIB + "upgrade/release.py", "compile(data, ", "whether a release can be read; it is not run"),
    # FastCGI: a process ends when what it answers is out.
    (LIB + "server/fastcgi.py", "signal.SIGTERM", "the request that is answered is let finish"),
    (LIB + "server/fastcgi.py", "compile(source.read()", "whether a module is whole by now"),
    (LIB + "server/workers.py", "signal.SIGTERM", "requests that are answered are let finish"),
    # Old scripts: processes of the site, which are ended with their request.
    (LIB + "server/child.py", "signal.SIGTERM", "a program that has to end is asked to, first"),
    (LIB + "server/program.py", "signal.signal(signal.SIGTERM", "a CGI process that only waits for "
     "its child takes it with it"),
    # ./chapbook in a shell.
    (LIB + "cli/apache.py", "_ENDS = (signal.SIGINT", "Apache is ended with the command"),
    (LIB + "cli/check.py", "signal.signal(signal.SIGTERM", "a tool is ended with the command"),
    (LIB + "doctor/probe.py", "import http.client", "the site asks itself, at base_url"),
    (LIB + "doctor/live.py", "'unsafe-", "what the doctor looks for in the headers of a page"),
    (LIB + "doctor/envoy.py", "compile(source.read()", "a module of lib/, for comparing"),
    (LIB + "doctor/envoy.py", "os.environ", "a CGI program without the toolkit"),
    (LIB + "doctor/envoy.py", "sys.stdin.buffer", "a CGI program without the toolkit"),
    (LIB + "doctor/rehearse.py", "code = compile(", "a page, in a process of its own"),
    (LIB + "doctor/rehearse.py", "exec(code, ", "a page, in a process of its own"),
    (LIB + "doctor/rehearse.py", "except (Exception, SystemExit)", "a page's end is told of"),
    (LIB + "doctor/rehearse.py", "tempfile.TemporaryFile()", "it has no name, and lives a moment"),
    (LIB + "doctor/rehearse.py", "_DROPPED.append(sys.stdout)", "what a page prints is caught"),
    (LIB + "cli/doctor.py", "signal.SIGTERM", "what was set aside is put back before the end"),
    (LIB + "cli/environment.py", "assert pip.stdout", "for mypy: it was asked for"),
    (LIB + "cli/packages.py", "assert apt.stdout", "for mypy: it was asked for"),
    # The site's own pages.
    ("templates/admin/dashboard.html", "{{ one.address }}", "made by url_for, in dashboard"),
)


def reason(path: str, text: str) -> str:
    """Why a line of a file may be as it is; "" where nothing says so."""
    return next((why for file, what, why in TABLE if file == path and what in text), "")
