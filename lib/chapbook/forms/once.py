"""The once-token of a form: what was sent twice is done once, and gets the first answer.

Each POST form that a page shows carries a hidden field with a token of its own: when the form was
opened, and 14 random bytes, under the site's keyed hash. The token and all that was filled in are
one key in the table form_answer, written in the handler's own transaction. So a double click, a
reload, or a repetition after a lost connection finds the first answer; the same form, filled in
otherwise, is a new one.
"""
from __future__ import annotations

import os
import time
from binascii import Error, a2b_base64, b2a_base64

from .. import signing
from ..body import CHUNK
from ..errors import Conflict, Duplicate
from ..response import Response
from . import ONCE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config import Config
    from ..db import Database
    from ..request import Request

PURPOSE = "once"
TIME_SIZE, RANDOM_SIZE = 5, 14            # bytes, after one that says whether the time is known
KNOWN, UNKNOWN = b"\0", b"\1"
LARGEST_ANSWER = 65_536                   # bytes of a body that is kept
SWEPT_AT_ONCE = 50                        # rows
PAGE_KEPT = 3600                          # seconds
SENT_BEFORE = "This has been sent before, and was received. It is not done twice."
TOO_NEW = 60                              # seconds that the clocks of two machines may differ
# A form in one of these is no form; each with what ends it.
_TEXTS = {f"<{name}".encode(): f"</{name}".encode() for name in (
    "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes",
)} | {b"<!--": b"-->"}
_SPACE = b" \t\n\f\r/"


def furnished(response: Response, config: Config, age: float | None = 0.0) -> Response:
    """The answer with a token in each of its POST forms; the same one where it has none.

    `age` is for how many seconds the form has been open already, None where nobody knows.
    """
    body = response.body
    kind = response["Content-Type"] or ""
    if not kind.startswith("text/html") or not isinstance(body, bytes):
        return response
    places = list(_places(body))
    if not places:
        return response
    key = signing.key(config, PURPOSE)
    parts: list[bytes] = []
    last = 0
    for place in places:
        field = b'<input type="hidden" name="%s" value="%s">' % (ONCE.encode(), token(key, age))
        parts += body[last:place], field
        last = place
    parts.append(body[last:])
    made = Response(b"".join(parts), response.status, response.headers)
    made["Cache-Control"] = "no-store"        # two visitors with one token would be one
    return made


def token(key: bytes, age: float | None = 0.0) -> bytes:
    """A new token: URL-safe base64 of the time, random bytes, and the keyed hash of both."""
    opened = int(time.time() - (age or 0.0))
    data = (KNOWN if age is not None else UNKNOWN) + opened.to_bytes(TIME_SIZE, "big")
    data += os.urandom(RANDOM_SIZE)
    return b2a_base64(data + signing.mac(key, data), newline=False).translate(_URL_SAFE)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def opened(config: Config, token: str) -> tuple[bool, float | None]:
    """Whether a token is ours and not too old; and how many seconds its form was open, if known."""
    size = 1 + TIME_SIZE + RANDOM_SIZE
    try:
        raw = a2b_base64(token.encode("ascii").translate(_FROM_URL_SAFE), strict_mode=True)
    except (Error, ValueError):
        return False, None
    # One text alone for each token: a2b_base64 passes over an = too many.
    if len(raw) != size + signing.MAC_SIZE or len(token) * 3 != len(raw) * 4 or not signing.is_mac(
        signing.key(config, PURPOSE), raw[:size], raw[size:]
    ):
        return False, None
    passed = time.time() - int.from_bytes(raw[1:1 + TIME_SIZE], "big")
    return (-TOO_NEW < passed <= config.forms.open,
            max(passed, 0.0) if raw[:1] == KNOWN else None)


def fingerprint(request: Request, token: str) -> str:
    """The key of what was sent: address, token, and every field and file, as 32 hex digits."""
    parts = [request.url.encode(), token.encode(),
             request.environ.get("QUERY_STRING", "").encode("utf-8", "replace")]
    fields, files = request.sent
    for name, value in fields.pairs():
        parts += name.encode(), value.encode()
    for name, upload in files.pairs():
        content = signing.blake2b()
        upload.rewind()
        while part := upload.file.read(CHUNK):
            content.update(part)
        parts += name.encode(), upload.name.encode(), content.digest()
        upload.rewind()
    framed = b"".join(b"%d:%s" % (len(part), part) for part in parts)
    return signing.blake2b(framed, digest_size=16).hexdigest()


def claim(db: Database, sent: str) -> Response | None:
    """None for the first time, noted in this transaction; the first answer for every other."""
    try:
        db.run("INSERT INTO form_answer (sent, sent_at) VALUES (:sent, :now)",
               sent=sent, now=int(time.time()))
    except Duplicate:
        found = first(db, sent)
        if found is None:                         # swept in this moment
            raise Conflict(SENT_BEFORE) from None
        return found
    return None


def keep(db: Database, sent: str, response: Response) -> None:
    """Keep the answer, for whoever sends the same again; cookies stay with the first."""
    body = response.body
    if not isinstance(body, bytes) or len(body) > LARGEST_ANSWER:
        return
    headers = "\n".join(
        f"{name}: {value}" for name, value in response.headers if name.lower() != "set-cookie")
    db.run("UPDATE form_answer SET status = :status, headers = :headers, body = :body"
           " WHERE sent = :sent", sent=sent, status=response.status, headers=headers, body=body)


def remember_way(db: Database, sent: str, response: Response) -> None:
    """Keep where an answer leads to, if that is all that it does."""
    if isinstance(response, Response) and response.status == 303 and claim(db, sent) is None:
        keep(db, sent, response)


def sweep(db: Database, config: Config, most: int = SWEPT_AT_ONCE) -> int:
    """Forget what nobody asks for any more, a few at a time; how many answers that were.

    The page of an answer, which may hold what was filled in, goes after an hour, a redirect stays
    as long as a token may come back. Who repeats in between is told that it was received.
    """
    now = int(time.time())
    pages = db.all("SELECT sent FROM form_answer WHERE sent_at < :before AND status < 300"
                   " ORDER BY sent_at, sent LIMIT :most", before=now - PAGE_KEPT, most=most)
    for row in pages:
        db.run("UPDATE form_answer SET status = NULL, headers = NULL, body = NULL"
               " WHERE sent = :sent", sent=row.sent)
    rows = db.all("SELECT sent FROM form_answer WHERE sent_at < :before"
                  " ORDER BY sent_at, sent LIMIT :most",
                  before=int(now - config.forms.open - TOO_NEW), most=most)
    for row in rows:
        db.run("DELETE FROM form_answer WHERE sent = :sent", sent=row.sent)
    return len(pages) + len(rows)


def first(db: Database, sent: str) -> Response | None:
    """The answer to what was sent before, Conflict where it is not kept; None for what is new."""
    row = db.one("SELECT status, headers, body FROM form_answer WHERE sent = :sent", sent=sent)
    if row is None:
        return None
    if row.status is None:
        raise Conflict(SENT_BEFORE)
    headers = [tuple(line.split(": ", 1)) for line in row.headers.split("\n") if line]
    return Response(bytes(row.body), row.status, headers)


def _places(page: bytes) -> Iterator[int]:
    """Where the start tag of each POST form ends."""
    small = page.lower()
    texts = {begin: small.find(begin) for begin in _TEXTS}
    at = 0
    while (form := small.find(b"<form", at)) >= 0:
        for begin, found in texts.items():
            if 0 <= found < at:
                texts[begin] = small.find(begin, at)
        begin, start = min(((begin, found) for begin, found in texts.items() if found >= at),
                           key=lambda pair: pair[1], default=(b"", len(small)))
        if start < form:
            at = small.find(_TEXTS[begin], start)
        elif small[form + 5:form + 6] in _SPACE:
            at, method = _tag(small, form + 5)
            if method == b"post":
                yield at
        else:
            at = form + 5
        if at < 0:
            return


def _tag(text: bytes, at: int) -> tuple[int, bytes]:
    """Where a start tag ends, -1 where it does not, and the value of its first `method`."""
    method, size = b"", len(text)
    while at < size:
        if text[at] in _SPACE:
            at += 1
            continue
        if text[at] == 62:                        # >
            return at + 1, method
        begin = at
        at += 1                                   # a name may begin with anything, even with =
        while at < size and text[at] not in b"= \t\n\f\r/>":
            at += 1
        name = text[begin:at]
        while at < size and text[at] in b" \t\n\f\r":
            at += 1
        if text[at:at + 1] != b"=":
            continue
        at += 1
        while at < size and text[at] in b" \t\n\f\r":
            at += 1
        if text[at:at + 1] in (b'"', b"'"):
            end = text.find(text[at:at + 1], at + 1)
            if end < 0:
                return -1, b""
            value, at = text[at + 1:end], end + 1
        else:
            begin = at
            while at < size and text[at] not in b" \t\n\f\r>":
                at += 1
            value = text[begin:at]
        if name == b"method" and not method:
            method = value
    return -1, b""
