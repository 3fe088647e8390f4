#!/usr/bin/env python3
import cgi

form = cgi.FieldStorage()
print("Location: " + form["a"].value)
print()
