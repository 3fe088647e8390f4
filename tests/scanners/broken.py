#!/usr/bin/env python3
"""A page with the holes that the scanners must find: never to be had on a real site."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import DatabaseError, Page, Response, run  # noqa: E402


def show(request):
    """Entries by a name that becomes SQL, and a word that becomes HTML."""
    name, word = request.query.get("name", ""), request.query.get("word", "")
    try:
        rows = request.db.all(
            "SELECT id FROM guestbook_entry WHERE name = '" + name + "' ORDER BY id LIMIT 5")
        items = "".join(f"<li>{row.id}</li>" for row in rows)
    except DatabaseError as error:
        items = f"<li>{error}</li>"
    response = Response.html(
        "<!doctype html><title>Broken</title><form><input name=name><input name=word><button>go"
        f"</button></form><p>{word}</p><ul>{items}</ul>")
    response["Content-Security-Policy"] = "default-src *"
    return response


application = Page(get=show)

if __name__ == "__main__":
    run(application)
