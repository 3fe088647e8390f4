"""Targets: what is in a request before a page looks at it."""
from __future__ import annotations

import io
import os
import tempfile
from ipaddress import ip_address
from unicodedata import is_normalized
from urllib.parse import urlsplit

from chapbook import conditions, cookies, fields, forwarded, paths, percent
from chapbook.body import Body
from chapbook.errors import HTTPError, ServerError
from chapbook.request import Request
from chapbook.response import FileBody, Response, is_path, redirect
from chapbook.testing import site

from tests.fuzz.table import parts, target, texts

_folder = tempfile.TemporaryDirectory(prefix="chapbook-fuzz-")
CONFIG = site(_folder.name, site={"base_url": "https://example.org/club"})
SAFE = frozenset(map(chr, range(0x20, 0x7F)))


def refused(error: HTTPError) -> None:
    """The visitor's fault it must be, said in a sentence."""
    assert 400 <= error.status < 500 and error.sentence.endswith((".", "!", "?")), error


def clean(text: str) -> None:
    """What a handler may get: NFC, without controls, line ends as LF."""
    assert is_normalized("NFC", text)
    assert not any(character < " " and character not in "\t\n" for character in text)
    text.encode("utf-8")


def request(**environ: str) -> Request:
    """A request for the guestbook."""
    path = CONFIG.path("cgi-bin/guestbook.py")
    return Request({"REQUEST_METHOD": "GET", "SCRIPT_FILENAME": path, **environ}, CONFIG)


@target(b"name=Ann&message=a+b%20c", b"a=%C3%A9&a=%41%cc%88", b"&&=&=x", b"a=%zz&%=%",
        words=(b"%", b"&", b"=", b";", b"+", b"%00", b"%ff", b"%0d%0a", b"\xcc\x81", b"a=1&"))
def query(data: bytes) -> None:
    try:
        pairs = fields.pairs(data, CONFIG, "the query")
    except HTTPError as error:
        return refused(error)
    for name, value in pairs:
        clean(name), clean(value)
    again = percent.query(dict(pairs))[1:].encode()
    assert dict(fields.pairs(again, CONFIG, "it")) == dict(pairs)


HEAD = b'--b\r\nContent-Disposition: form-data; name="'


@target(b"multipart/form-data; boundary=b\x1e" + HEAD + b'a"\r\n\r\nx\r\n--b--\r\n',
        b'multipart/form-data; boundary="b"\x1e' + HEAD + b'f"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n",
        words=(b"--b", b"\r\n", b"--", b'"', b"; ", b"name=", b"filename*=UTF-8''a", HEAD,
               b"Content-Type: ", b"Content-Transfer-Encoding: base64\r\n", b"\r", b"boundary="))
def multipart(data: bytes) -> None:
    kind, body = parts(data, 2)
    sent = Body({"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)})
    try:
        pairs, files = fields.multipart(sent, kind.decode("latin-1"), CONFIG)
    except HTTPError as error:
        return refused(error)
    for name, value in pairs:
        clean(name), clean(value)
    for name, upload in files:
        clean(name), clean(upload.name)
        assert "/" not in upload.name and "\\" not in upload.name and set(upload.type) <= SAFE
        assert upload.limit is not None or upload.size == len(upload.read())
        upload.file.close()


@target(b"session=abc; theme=dark", b'a="q"; a=b; __Host-session=x', b"\xe2\x80\x80__Host-a=1; b",
        words=(b";", b"=", b'"', b"; ", b"__Host-", b"\t", b"\xa0", b",", b"a=b; "))
def cookie(data: bytes) -> None:
    found = cookies.parse(data.decode("latin-1"))
    for name, value in found.items():
        assert name and cookies.TOKEN.issuperset(name) and SAFE.issuperset(value)
        try:
            written = cookies.header(name, value).partition(";")[0]
        except ServerError:
            continue
        assert cookies.parse(written) == {name: value}


@target(b"/guestbook/feed?x\x1e/guestbook\x1e/feed", b"http://e.example//club/x\x1e\x1e/",
        b"/club/cgi-bin/guestbook.py/%C3%A9\x1e\x1e/\xc3\xa9",
        words=(b"/", b"//", b"..", b"%2e", b"%2f", b"%", b"\\", b"?", b"#", b"guestbook", b"http:"))
def address(data: bytes) -> None:
    uri, name, rest = (part.decode("latin-1") for part in parts(data, 3))
    asked = request(REQUEST_URI=uri, SCRIPT_NAME=name, PATH_INFO=rest)
    try:
        for made in (asked.url, asked.script_url, asked.url_for("guestbook/feed", a=rest),
                     asked.static("style.css")):
            assert is_path(made) and urlsplit(made).netloc == "", made
        assert asked.absolute(asked.url).startswith("https://example.org/")
    except HTTPError as error:
        refused(error)


@target(b"/a/../b//c", b"http://example.org/a", b"/%2e%2e/x", b"/a%2fb", b"*",
        words=(b"/", b"..", b"./", b"%2e", b"%2F", b"%00", b"%", b"?", b"://", b"\xff"))
def request_target(data: bytes) -> None:
    try:
        path = paths.normal(data)
    except HTTPError as error:
        return refused(error)
    assert path.startswith(b"/") and b"//" not in path
    assert not {b".", b".."} & set(path.split(b"/"))


@target(b"/club/guestbook?before=3#e", b"//evil.example", b"/\\evil.example", b"/club/../x",
        b"/\t/evil.example", b"https:evil.example", b"/club/%2e%2e/%2e%2e/x",
        words=(b"/", b"//", b"\\", b"\t", b"http:", b"@", b"%2e", b"..", b"/club", b"?", b"\xe3"))
def redirection(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    escaped = percent.quote(data.decode("latin-1"))
    try:
        led = request(QUERY_STRING="next=" + escaped, REQUEST_URI="/club/guestbook",
                      SCRIPT_NAME="/club/guestbook").next()
        assert is_path(led) and urlsplit(led).path.startswith("/club"), led
        assert b".." not in percent.unquote(led.partition("?")[0].encode()).split(b"/")
    except HTTPError as error:
        refused(error)
    try:
        answer = redirect(text)
    except ServerError:
        return
    location = dict(answer.prepare("GET", {})[1])["Location"]
    # As browsers read it (URL standard): controls dropped, a backslash is a slash.
    seen = location.translate(dict.fromkeys((9, 10, 13))).strip().replace("\\", "/")
    assert seen == location == text and seen[:1] == "/" and seen[1:2] != "/"


@target(b"X-Name\x1evalue", b"Set-Cookie\x1ea=b\r\nX: y", b"Content-Length\x1e5", b'ETag\x1eW/"a"',
        words=(b"\r\n", b"\n", b"\r", b"\0", b": ", b"\x7f", b"\xc2\x85", b"Location", b"Status"))
def header(data: bytes) -> None:
    name, value = texts(data, 2)
    try:
        _, headers, _ = Response(b"", 200, [(name, value)]).prepare("GET", {})
    except ServerError as error:
        assert len(value) < 12 or value in repr(name) or value not in str(error)
        return
    for name, value in headers:
        line = f"{name}: {value}"
        assert not set(line) & set("\r\n\0\x7f\x85") and line.encode("latin-1")
        assert cookies.TOKEN.issuperset(name)


@target(b"192.0.2.1\x1e10.0.0.1, 198.51.100.7", b"::1\x1e::ffff:10.0.0.1,x",
        b"10.0.0.1\x1eunknown, 10.0.0.1",
        words=(b",", b" ", b"::", b"10.0.0.1", b"%eth0", b"1.2.3.4:80", b"[::1]", b"\xd9\xa1"))
def forwarded_for(data: bytes) -> None:
    peer, sent = texts(data, 2)
    proxies = "10.0.0.0/8, 192.0.2.1, ::1"
    found = forwarded.client(peer, sent, proxies)
    if found != peer:
        ip_address(found)
    assert forwarded.client("198.51.100.1", sent, proxies) == "198.51.100.1"


@target(b'{"a": [1, -2.5e3, "x\\u00e9", null, true]}', b'"\\ud83d\\ude00"', b"[1e999]", b"[[[[]]]]",
        words=(b"[", b"]", b"{", b"}", b'"', b"\\u0000", b"\\ud800", b",", b":", b"NaN", b"1e9",
               b"9" * 99))
def json(data: bytes) -> None:
    asked = Request({
        "REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json",
        "wsgi.input": io.BytesIO(data), "CONTENT_LENGTH": str(len(data))}, CONFIG)
    try:
        value = asked.json
    except HTTPError as error:
        return refused(error)
    import json

    json.dumps(value, allow_nan=False).encode()


@target(b"bytes=0-1\x1eW/\"a\"\x1eSat, 01 Jan 2028 00:00:00 GMT", b"bytes=-5\x1e*\x1ex",
        b"bytes=9-\x1e", words=(b"bytes=", b"-", b",", b"0", b"9" * 30, b'"',
                                b"W/", b"GMT", b"*", b"Feb 30"))
def condition(data: bytes) -> None:
    wanted, tag, moment = (part.decode("latin-1") for part in parts(data, 3))
    seconds = conditions.http_time(moment)
    if seconds is not None and seconds >= 0:
        assert conditions.http_time(conditions.http_date(seconds)) == seconds
    environ = {"HTTP_RANGE": wanted, "HTTP_IF_NONE_MATCH": tag, "HTTP_IF_MODIFIED_SINCE": moment,
               "HTTP_IF_RANGE": tag or moment, "HTTP_IF_MATCH": tag}
    with open(os.devnull, "rb") as file:
        answer = Response(FileBody(file, 0, 1000), 200, [("ETag", '"a"')])
        status, headers, body = answer.prepare("GET", environ)
    assert status in (200, 206, 304, 412, 416)
    if status == 206 and isinstance(body, FileBody):
        assert 0 <= body.start < body.start + body.length <= 1000
