"""The head of what a CGI script prints (RFC 3875 section 6), read as kindly as can be done safely.

Old scripts print heads that some server or other took: a missing blank line, a Python 2 `print` too
many before it, a cookie first. What has one meaning only is repaired, and the log says so; what has
none, or two, is refused with the line that it is about.
"""
from __future__ import annotations

import re

from ..errors import ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 65_536              # of a head
MOST_FIELDS = 200

_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*)", re.S)
_STATUS = re.compile(r"([1-9][0-9]{2})(?: +(.*))?")
_HTTP = re.compile(rb"HTTP/[0-9.]+ +([1-9][0-9]{2})(?: +(.*))?")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What is between two servers (RFC 9110 section 7.6.1), or said by the server itself.
_SERVERS = frozenset({
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "date", "server",
})
# A second one of these would be chosen by each reader in its own way; as in Apache, the last holds.
_ONCE = frozenset({"content-type", "content-length", "location", "status"})


class Head:
    """`status` with its `reason`, `fields` for the visitor, `location`, and what was `repaired`.

    `location` is what the script said in Location, "" where it said nothing; `length` what it said
    in Content-Length, or None. Both are not among the fields. `begin` is where the body begins in
    the data.
    """

    def __init__(self) -> None:
        self.status, self.reason = 0, ""
        self.fields: list[tuple[str, str]] = []
        self.location = self.type = ""
        self.length: int | None = None
        self.begin = 0
        self.is_raw = False                       # of an nph- script: no redirect inside the site
        self.repaired: list[str] = []


def read(data: bytes, ended: bool, raw: bool = False) -> Head | None:
    """The head that the data begins with; None where more of it has to come (not once `ended`).

    `raw` is for a script whose name begins with nph-: it prints the status line of HTTP itself.
    ServerError for what is no head, with a sentence for the author of the script.
    """
    head = Head()
    fields: dict[str, list[str]] = {}
    last, place, is_complete = "", _after_nothing(data, head), False
    while place < len(data) or not ended:
        end = data.find(b"\n", place)
        if end < 0 and not ended:
            _refuse_endless(data, place)
            return None
        end = len(data) if end < 0 else end
        line = data[place:end].removesuffix(b"\r")
        if not line:
            head.begin, is_complete = min(end + 1, len(data)), True
            break
        if http := _HTTP.fullmatch(line):
            _take_status_line(head, http, raw or head.status != 0)
        elif line[:1] in (b" ", b"\t") and last:
            fields[last][-1] += " " + _text(line.strip(), last)
        elif field := _FIELD.fullmatch(line):
            last = field[1].decode("ascii").lower()
            fields.setdefault(last, []).append(_text(field[2].rstrip(b" \t"), last))
        elif line.startswith(b"<!--: "):             # as cgitb of old begins its page
            head.repaired.append("a comment among the headers was left out")
        else:
            _refuse_unless_begun(fields, head, line)
            head.begin, is_complete = place, True
            head.repaired.append("the blank line between the headers and the page was missing")
            break
        place = end + 1
        _refuse_endless(data[:place], 0, sum(map(len, fields.values())))
    if not is_complete:
        _refuse_unless_begun(fields, head, b"")
        head.begin = len(data)
        if not raw:
            head.repaired.append("the blank line after the headers was missing")
    _settle(head, fields)
    head.is_raw = raw and head.status != 0
    return head


def _after_nothing(data: bytes, head: Head) -> int:
    """Where the head begins: after a byte order mark and blank lines."""
    rest = data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    begin = len(data) - len(rest)
    _refuse_endless(data[:begin], 0)
    if begin:
        head.repaired.append("blank lines, or a byte order mark, stood before the headers")
    return begin


def _take_status_line(head: Head, line: re.Match[bytes], is_expected: bool) -> None:
    head.status = int(line[1])
    head.reason = (line[2] or b"").decode("latin-1")
    if not is_expected:
        head.repaired.append('the status line of HTTP was taken for "Status: '
                             f'{head.status}": only nph- scripts print it')


def _text(value: bytes, name: str) -> str:
    text = value.decode("latin-1")
    if found := _CONTROL.search(text):
        raise ServerError(detail=(
            f"its header {name} has the character {found[0]!r} in it, which could begin a header "
            "of somebody else's; what visitors send must be checked before it is printed there"))
    return text


def _refuse_endless(data: bytes, place: int, count: int = 0) -> None:
    if len(data) - place > MOST_BYTES or count > MOST_FIELDS:
        raise ServerError(detail=(
            f"its headers do not end within {MOST_BYTES} bytes and {MOST_FIELDS} lines; print a "
            "blank line after them"))


def _refuse_unless_begun(fields: Iterable[str], head: Head, line: bytes) -> None:
    """Refuse output in which no header came first that a script must print."""
    if head.status or not {"content-type", "location", "status"}.isdisjoint(fields):
        return
    shown = ascii(line[:80].decode("latin-1"))[1:-1]
    raise ServerError(detail=(
        (f"it printed {shown!r} where its headers should be; " if line else
         "it printed no headers, and ended; " if not list(fields) else
         "it printed none of the headers that a server needs; ")
        + "print Content-Type: text/html and a blank line before anything else"))


def _settle(head: Head, fields: dict[str, list[str]]) -> None:
    for name, values in fields.items():
        if name in _ONCE and len(set(values)) > 1:
            head.repaired.append(f"the header {name} was printed twice; the last one was taken")
        if name in _SERVERS or name.startswith(("proxy-", "x-cgi-")) or name in _ONCE:
            continue
        head.fields += [(_shown(name), value) for value in values]
    head.type = fields.get("content-type", [""])[-1]
    head.location = fields.get("location", [""])[-1]
    length = fields.get("content-length", [""])[-1]
    if length.isascii() and length.isdigit() and len(length) < 19:
        head.length = int(length)
    if "status" in fields:
        said = _STATUS.fullmatch(fields["status"][-1])
        if said is None:
            raise ServerError(detail=(
                f"its header Status is {fields['status'][-1][:60]!r}; write three digits and a "
                "few words, such as Status: 404 Not Found"))
        head.status, head.reason = int(said[1]), said[2] or ""
    if 0 < head.status < 200 or head.status > 599:
        raise ServerError(detail=f"its status {head.status} is none that ends an answer; write "
                                 "one from 200 to 599")


def _shown(name: str) -> str:
    return "ETag" if name == "etag" else "-".join(part.capitalize() for part in name.split("-"))
