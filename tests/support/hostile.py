"""Hostile posts to a static form: what robots, scanners and spammers send, and worse."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote_plus

from chapbook.testing import BOUNDARY, multipart

Post = tuple[str, bytes]                # the type of a body, and the body
SALES = "sales@example.org"
VICTIM = "victim@example.net"

PAGE = (
    '<input type="hidden" name="recipient" value="sales"><input type="hidden" name="subject"'
    ' value="Question"><input type="hidden" name="redirect" value="/thanks.html">'
    '<input name="realname" aria-label="Name"><input name="email" aria-label="E-mail">'
    '<input type="email" name="_replyto" aria-label="Reply"><input type="file" name="plan"'
    ' aria-label="Plan"><textarea name="message" aria-label="Message"></textarea>'
    '<select name="dept" aria-label="Dept"><option>a</option><option>b</option></select>')
GOOD = {"recipient": "sales", "subject": "Question", "redirect": "/thanks.html", "realname": "Ann",
        "email": "", "_replyto": "", "message": "Hello", "dept": "a"}
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "%0d%0a", "\\r\\n",
          "\x00", "\x1c", "=?utf-8?q?=0d=0a?=", "\r\n ", "\n\t", "\x00\r\n", "\u560a\u560d")
HEADERS = (f"Bcc: {VICTIM}", f"To: {VICTIM}", f"Cc: {VICTIM}", f"Reply-To: {VICTIM}",
           f"\r\n.\r\nMAIL FROM:<x@x>\r\nRCPT TO:<{VICTIM}>", "Content-Type: text/html\r\n\r\n<b>")
ADDRESSES = (
    f"a@b.example, {VICTIM}", f"a@b.example,{VICTIM}", f"a@b.example;{VICTIM}",
    f"a@b.example {VICTIM}", f"<{VICTIM}>", f"Ann <{VICTIM}>", f'"a@b.example, c" <{VICTIM}>',
    f"a@b.example(comment){VICTIM}", f"@relay.example:{VICTIM}", "victim%example.net@example.org",
    "example.net!victim", "|/bin/sh@example.org", "/etc/passwd@example.org", "-oQ/tmp@example.org",
    f"{VICTIM}\0@example.org", f"group: {VICTIM};", '"\r\nBcc: x"@example.org', "a@[127.0.0.1]",
    f"victim@example.net{'.' * 300}", f"{'a' * 300}@example.org", "ａ@example.org", "a@exämple.org",
)
UNKNOWN = ("to", "cc", "bcc", "Bcc", "recipients", "Reply-To", "From", "sender", "_cc", "_to",
           "mailto", "env_report", "missing_fields_redirect", "to[]", "recipient[]", "__proto__",
           "id", "form", "spam", "state", "'; DROP TABLE submission; --", "{{7*7}}", "\ud83d\ude00")


def posts() -> Iterator[Post]:
    """More than a thousand of them."""
    for text in (*ADDRESSES, *[a + b for a in BREAKS for b in HEADERS]):
        for name in GOOD:
            yield urlencoded(GOOD | {name: text})
    for name in UNKNOWN:
        for text in (VICTIM, f"x\r\nBcc: {VICTIM}", "\x00"):
            yield urlencoded(GOOD | {name: text})
            yield urlencoded([*GOOD.items(), ("recipient", VICTIM), (name, text)])
    for text in (*BREAKS, *ADDRESSES):
        yield form_data(multipart(GOOD | {"realname": text}, {"plan": ("x.pdf", b"x")}))
        yield form_data(multipart(GOOD, {"plan": (text, b"x")}))
        yield form_data(multipart(GOOD, {text: ("x.pdf", b"x"), "recipient": (VICTIM, b"x")}))
        body = multipart(GOOD, {"plan": ("x.pdf", b"x")})
        yield form_data(body.replace(b"application/octet-stream", text.encode()))
        yield f"multipart/form-data; boundary={text}", body
        yield text.replace("\0", "") or "x", body
    yield from large()
    yield from broken()


def large() -> Iterator[Post]:
    """Those of great size, in one way or another."""
    big = "x" * (1 << 20)
    for name in ("realname", "email", "message", "_replyto", "_gotcha", "nothing"):
        yield urlencoded(GOOD | {name: big[:-10]})
        yield urlencoded(GOOD | {name: big + "x"})
        yield form_data(multipart(GOOD | {name: "é" * (1 << 19)}, {"plan": ("x.pdf", b"x")}))
    yield urlencoded(GOOD | {"message": "a\n" * 300_000})
    yield urlencoded(GOOD | {"message": "www." * 200_000})
    yield urlencoded(GOOD | {"message": "a" + "\u0301" * 50_000})
    yield urlencoded([(f"f{number}", "x") for number in range(10_000)])
    yield urlencoded([*GOOD.items(), *[("x", "y")] * 980])
    yield urlencoded([*GOOD.items(), *[("realname", "y")] * 900])
    yield form_data(multipart({f"f{number}": "x" for number in range(10_000)}, {}))
    yield form_data(multipart(GOOD, {f"plan{number}": ("a", b"") for number in range(120)}))


def broken() -> Iterator[Post]:
    """Those that are no form, or not whole."""
    body = multipart(GOOD, {"plan": ("x.pdf", b"x" * 3000)})
    for cut in (0, 1, 10, 50, len(body) // 2, len(body) - 3):
        yield form_data(body[:cut])
        yield form_data(body[cut:])
    for old, new in ((b"\r\n", b"\n"), (b"form-data", b"attachment"), (b'name="', b'name=\0"'),
                     (b"Content-Disposition", b"Content-Nothing"), (b'"; filename', b'"; name="a'),
                     (b"--", b"-"), (b"\r\n\r\n", b"\r\n")):
        yield form_data(body.replace(old, new))
    for kind in ("", "text/plain", "application/json", "multipart/mixed; boundary=x", "x/y",
                 "multipart/form-data", "multipart/form-data; boundary=", "application/xml",
                 "application/x-www-form-urlencoded; charset=utf-16", "APPLICATION/JSON, text/html",
                 'multipart/form-data; boundary="' + "b" * 300 + '"'):
        yield kind, body
        yield kind, urlencoded(GOOD)[1]
    for raw in (b"%", b"%zz=%zz", b"\xff=\xff", b"realname=%ff", b"realname=%ED%A0%80", b"&" * 999,
                b"=" * 500, b"a" * 5000 + b"=1", b"realname=%00", b"", b"+=+", b"_once=x&_once=y",
                urlencoded(GOOD)[1] + b"&_once=AAAA", urlencoded(GOOD)[1] + b"&_charset_=utf-7"):
        yield "application/x-www-form-urlencoded", raw


def urlencoded(fields: Mapping[str, str] | Iterable[tuple[str, str]]) -> Post:
    """Fields as browsers send them without files."""
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return "application/x-www-form-urlencoded", "&".join(
        f"{quote_plus(name, errors='surrogatepass')}={quote_plus(value)}"
        for name, value in pairs).encode()


def form_data(body: bytes) -> Post:
    """A body that `multipart` made."""
    return f"multipart/form-data; boundary={BOUNDARY}", body
