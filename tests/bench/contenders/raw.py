#!/usr/bin/env python3
"""The guestbook page with Jinja2 and PyMySQL and nothing else, as a naive CGI and raw WSGI."""
import os
import sys
import threading
import time
import zlib
from urllib.parse import parse_qs, quote

import jinja2
import markupsafe
import pymysql

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from settings import DATABASE, ROOT  # noqa: E402

QUERY = (
    "SELECT id, name, place, message, signed_at FROM guestbook_entry"
    " WHERE id < %s ORDER BY id DESC LIMIT 21"
)
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "font-src 'self'; media-src 'self'; connect-src 'self'; form-action 'self'; "
     "base-uri 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
SITE = {"title": "A Chapbook site", "tagline": "Each page is a script.", "language": "en"}
MONTHS = (
    "January February March April May June July August September October November December"
).split()
_hashes = {}
_of_thread = threading.local()


def when(seconds):
    """The template's `time` filter."""
    t = time.gmtime(seconds)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", t)
    date = f"{t.tm_mday} {MONTHS[t.tm_mon - 1]} {t.tm_year}"
    return markupsafe.Markup(f'<time datetime="{moment}">{date}</time>')


def fingerprint(name):
    """The hash of a static file, computed once."""
    if name not in _hashes:
        with open(os.path.join(ROOT, "htdocs", name), "rb") as file:
            _hashes[name] = f"{zlib.crc32(file.read()):08x}"
    return _hashes[name]


def latest(before):
    """The newest 20 entries and where the older ones begin, on this thread's kept connection."""
    connection = getattr(_of_thread, "connection", None)
    if connection is None:
        connection = _of_thread.connection = pymysql.connect(
            unix_socket=DATABASE["socket"], database=DATABASE["name"], user=DATABASE["user"],
            password=DATABASE["password"], charset="utf8mb4", autocommit=True, ssl_disabled=True,
            cursorclass=pymysql.cursors.DictCursor)
    with connection.cursor() as cursor:
        cursor.execute(QUERY, (2**63 - 1 if before is None else before,))
        rows = cursor.fetchall()
    return rows[:20], rows[19]["id"] if len(rows) > 20 else None


def url(name, **query):
    """The path of a page."""
    path = "/" if name == "index" else "/" + name
    return path + "".join(f"?{key}={quote(str(value))}" for key, value in query.items())


environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(os.path.join(ROOT, "templates")), autoescape=True,
    trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, auto_reload=False)
environment.filters["time"] = when
environment.globals.update(
    site=SITE, url=url, static=lambda name: f"/{name}?v={fingerprint(name)}",
    flashes=list, request={"script": "guestbook", "root": ""})


def application(environ, start_response):
    """The page as a WSGI application."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    before = int(query["before"][0]) if "before" in query else None
    entries, older = latest(before)
    body = environment.get_template("guestbook.html").render(
        entries=entries, older=older, paged=before is not None, waits=False,
    ).encode()
    start_response("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
    return [body]


if __name__ == "__main__":
    from wsgiref.handlers import CGIHandler

    CGIHandler().run(application)
