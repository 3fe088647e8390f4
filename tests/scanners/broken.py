#!/usr/bin/env python3
"""A page with the holes that the scanners must find: never to be had on a real site."""
import os
import sys
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")

from chapbook import Page, Response, run  # noqa: E402


def show(request):
    """Entries by a name that becomes SQL, and a word that becomes HTML; errors as they come."""
    import pymysql

    name, word = request.query.get("name", ""), request.query.get("word", "")
    place = request.config.database
    connection = pymysql.connect(
        host=place.host, port=place.port, user=place.user, password=place.password.encode(),
        database=place.name, charset="utf8mb4", ssl_disabled=True)
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT id FROM guestbook_entry WHERE name = '" + name + "' ORDER BY id LIMIT 5")
            items = "".join(f"<li>{row[0]}</li>" for row in cursor.fetchall())
        except pymysql.Error as error:
            items = f"<li>{error}</li>"
    response = Response.html(
        "<!doctype html><title>Broken</title><form><input name=name><input name=word><button>go"
        f"</button></form><p>{word}</p><ul>{items}</ul>")
    response["Content-Security-Policy"] = "default-src *"
    return response


application = Page(get=show)

if __name__ == "__main__":
    run(application)
