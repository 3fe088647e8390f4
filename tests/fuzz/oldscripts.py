"""Targets: what old scripts are sent, what they print, and what they are themselves."""
from __future__ import annotations

import cgi
import io

from chapbook.cli.port import report
from chapbook.errors import ServerError
from chapbook.server import heads

from tests.fuzz.table import parts, target

PART = b'--b\r\nContent-Disposition: form-data; name="'


@target(b"multipart/form-data; boundary=b\x1e" + PART + b'a"\r\n\r\nx\r\n--b--\r\n',
        b'multipart/form-data; boundary=b\x1e' + PART.replace(b"\r", b"") + b'f"; filename="a"\n\n'
        b"\0\n--b--\n",
        b"application/x-www-form-urlencoded\x1ea=1&b=%C3%A9&&=x",
        b"multipart/form-data; boundary=b\x1e" + PART + b'a"\r\nContent-Type: multipart/mixed; '
        b"boundary=c\r\n\r\n--c\r\n\r\n1\r\n--c--\r\n--b--",
        words=(b"--b", b"--b--", b"\r\n", b"\n", b"\r", PART, b"multipart/mixed; boundary=b",
               b"filename=", b'"', b";", b"\\", b"Content-Length: 3"))
def old_form(data: bytes) -> None:
    kind, body = parts(data, 2)
    try:
        form = cgi.FieldStorage(io.BytesIO(body), environ={
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": kind.decode("latin-1"),
            "CONTENT_LENGTH": str(len(body))})
    except ValueError:
        return
    if form.list is not None:
        for name in form.keys():
            assert form.getlist(name)
            assert name in form and form.getfirst(name) is not None or form[name].list is not None
    assert form.bytes_read <= len(body)


@target(b"text/html; charset=utf-8", b'form-data; name="a"; filename="b;\\"c"', b";;=;a=;=b",
        words=(b'"', b"\\", b";", b"=", b'\\"'))
def old_header(data: bytes) -> None:
    value, options = cgi.parse_header(data.decode("latin-1"))
    assert len(value) <= len(data)
    assert all(name == name.strip().lower() for name in options)


@target(b"Content-Type: text/html\r\n\r\n<p>", b"Status: 302 x\nLocation: /x\n\n",
        b"\n\nSet-Cookie: a=b\n c\nContent-Type: a/b\n<html>", b"HTTP/1.1 200 OK\nX: y\n\n",
        words=(b"\n", b"\r", b": ", b"\0", b"Status", b"Content-Type: x\n", b"<", b" "))
def old_head(data: bytes) -> None:
    for raw in (False, True):
        try:
            head = heads.read(data, True, raw)
        except ServerError as error:
            assert error.detail.isprintable()
            continue
        assert head is not None and head.begin <= len(data)
        for name, value in [*head.fields, ("Location", head.location), ("Type", head.type)]:
            assert not set(name + value) & {"\r", "\n", "\0"}


@target(b"#!/usr/bin/python\nprint 'x'\nexcept E, e:\n    raise E, 'y'\n",
        b"import cgi\nform = cgi.FieldStorage()\nx = form['a'].value\nprint '<p>%s' % x\n",
        words=(b"print ", b"'", b'"""', b"(", b")", b"`", b"\\", b"\n", b"import ", b"0777", b":"),
        size=4096)
def old_source(data: bytes) -> None:
    assert all(isinstance(line, str) for line in report("old.cgi", data))
