#!/usr/bin/env python3
print("Content-Type: text/html")
print("<html><body>Who needs a blank line?</body></html>")
