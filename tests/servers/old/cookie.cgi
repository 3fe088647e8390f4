#!/usr/bin/env python3
import os
from http import cookies

jar = cookies.SimpleCookie(os.environ.get("HTTP_COOKIE", ""))
visits = int(jar["visits"].value) + 1 if "visits" in jar else 1
jar["visits"] = visits
jar["visits"]["path"] = "/cgi-bin"
print(jar)                       # before Content-Type
print("Content-Type: text/plain")
print()
print("Visit", visits)
