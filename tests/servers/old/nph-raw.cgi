#!/usr/bin/env python3
import os

print("HTTP/1.0 203 As It Is")
print("Content-Type: text/plain")
print("X-Method: " + os.environ["REQUEST_METHOD"])
print()
print("raw")
