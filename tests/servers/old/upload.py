#!/usr/bin/env python3
import cgi
import zlib

form = cgi.FieldStorage(keep_blank_values=True)
print("Content-type: text/plain\n")
item = form["picture"]
if item.file and item.filename:
    data = item.file.read()
    print(item.filename, item.type, len(data), zlib.crc32(data), len(item.value))
print(repr(form.getfirst("title")), repr(form.getvalue("empty")), sorted(form.keys()))
