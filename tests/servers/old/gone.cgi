#!/usr/bin/env python3
print("Status: 410 Gone Fishing")
print("Content-Type: text/html")
print()
print("<h1>Gone</h1>")
