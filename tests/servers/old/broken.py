#!/usr/bin/env python3
import cgitb
cgitb.enable()


def divide(secret):
    return 1 / 0


print("Content-Type: text/html")
print()
print("<p>So far so good.")
divide("hunter2")
