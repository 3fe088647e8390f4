#!/usr/bin/env python3
"""The floor: what Python costs before it does anything. A constant, by CGI and by WSGI."""
import sys

BODY = b"<p>" + b"This is a constant. " * 300 + b"</p>\n"


def application(environ, start_response):
    """The constant as a WSGI application."""
    start_response("200 OK", [
        ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY))),
    ])
    return [BODY]


if __name__ == "__main__":
    sys.stdout.buffer.write(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + BODY)
