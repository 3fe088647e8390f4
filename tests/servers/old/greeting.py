#!/usr/bin/env python3
# The habit of most: headers by print, fields by cgi.FieldStorage, HTML by print.
import cgi
import html

form = cgi.FieldStorage()
print("Content-Type: text/html; charset=utf-8")
print()
print("<html><body>")
if "name" in form:
    print("<h1>Hello, %s!</h1>" % html.escape(form.getvalue("name")))
    for food in form.getlist("food"):
        print("<li>" + html.escape(food))
else:
    print("<form method=post>Your name: <input name=name> <input type=submit></form>")
print("</body></html>")
