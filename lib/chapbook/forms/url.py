"""Whether a text is an absolute URL: whether the URL standard's parser takes it without a base.

WHATWG URL section 4.4, the failures only. As in browsers, spaces around and line ends within do not
matter, and any scheme will do: who shows such an address must look at its scheme.

Chromium is laxer: it takes spaces in a host, and leading zeros in an IPv4 address within IPv6. It
is stricter, by mistake, with files on Windows drives ("file://C:/"), a `?` or `#` right after the
host of a file, and some letters in the hosts of unknown schemes. Here the standard holds.
"""
from __future__ import annotations

from .domain import to_ascii

_SPECIAL = frozenset(("http", "https", "ws", "wss", "ftp", "file"))
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_HEX = _DIGITS | frozenset("abcdefABCDEF")
_SCHEME = _LETTERS | _DIGITS | frozenset("+-.")
_AROUND = "".join(map(chr, range(0x21)))
_FORBIDDEN = frozenset("\0\t\n\r #/:<>?@[\\]^|")
_FORBIDDEN_DOMAIN = _FORBIDDEN | frozenset(map(chr, range(0x20))) | {"%", "\x7f"}
_WITHIN = {9: None, 10: None, 13: None}


def is_url(text: str) -> bool:
    """Whether the text is an absolute URL, such as "https://example.org/a?b#c".

    The time is linear in the length.
    """
    text = text.strip(_AROUND).translate(_WITHIN)
    scheme, colon, rest = text.partition(":")
    if not colon or scheme[:1] not in _LETTERS or not scheme or not _SCHEME.issuperset(scheme):
        return False
    scheme = scheme.lower()
    special = scheme in _SPECIAL
    if special:
        rest = rest.split("?", 1)[0].split("#", 1)[0].replace("\\", "/")
    if scheme == "file":
        if not rest.startswith("//"):
            return True
        host = rest[2:].split("/", 1)[0]
        if not host or len(host) == 2 and host[0] in _LETTERS and host[1] in ":|":
            return True                          # no host, or the letter of a Windows drive
        return _is_host(host, True)
    if special:
        rest = rest.lstrip("/")
    elif rest.startswith("//"):
        rest = rest[2:]
    else:
        return True
    return _is_authority(_before(rest, "/?#"), special)


def _before(text: str, ends: str) -> str:
    for end in ends:
        text = text.split(end, 1)[0]
    return text


def _is_authority(authority: str, special: bool) -> bool:
    """Whether `user:password@host:port` has a good host and port."""
    _, user, place = authority.rpartition("@")
    if user and not place:
        return False
    end = place.rfind("]") + 1 if place.startswith("[") else 0
    host, colon, port = place[end:].partition(":")
    host = place[:end] + host
    if not host:
        return not special and not colon
    number = port.lstrip("0") or "0"
    if not _DIGITS.issuperset(port) or len(number) > 5 or int(number) > 65535:
        return False
    return _is_host(host, special)


def _is_host(host: str, special: bool) -> bool:
    if host.startswith("["):
        return host.endswith("]") and _is_ipv6(host[1:-1])
    if not special:
        return _FORBIDDEN.isdisjoint(host)
    if "%" in host:
        from ..percent import unquote

        host = unquote(host.encode("utf-8", "replace")).decode("utf-8", "replace")
    name = to_ascii(host)
    if not name or not _FORBIDDEN_DOMAIN.isdisjoint(name):
        return False
    labels = name.split(".")
    if len(labels) > 1 and not labels[-1]:
        labels.pop()
    if _DIGITS.issuperset(labels[-1]) and labels[-1] or _number(labels[-1]) is not None:
        return _is_ipv4(labels)
    return True


def _number(text: str) -> int | None:
    """A part of an IPv4 address: decimal, octal after a 0, hexadecimal after 0x."""
    digits, base, allowed = text, 10, _DIGITS
    if text[:2] in ("0x", "0X"):
        digits, base, allowed = text[2:].lstrip("0") or "0", 16, _HEX
    elif len(text) > 1 and text[0] == "0":
        digits, base, allowed = text.lstrip("0") or "0", 8, frozenset("01234567")
    if not digits or not allowed.issuperset(digits):
        return None
    return int(digits, base) if len(digits) < 20 else 2 ** 40


def _is_ipv4(parts: list[str]) -> bool:
    if len(parts) > 4:
        return False
    numbers = []
    for part in parts:
        number = _number(part)
        if number is None:
            return False
        numbers.append(number)
    return all([number < 256 for number in numbers[:-1]]) and (
        numbers[-1] < 256 ** (5 - len(numbers)))


def _is_ipv6(text: str) -> bool:
    """Whether this is an IPv6 address as between [ and ], without a zone."""
    if len(text) > 45:
        return False
    if text.count("::") > 1 or ":::" in text:
        return False
    halves = text.split("::")
    pieces = [piece for half in halves if half for piece in half.split(":")]
    count = len(pieces)
    if pieces and "." in pieces[-1] and not text.endswith("::"):
        last = pieces.pop().split(".")
        count += 1
        if len(last) != 4 or not all([
            part and len(part) <= 3 and _DIGITS.issuperset(part) and int(part) < 256
            and (part == "0" or part[0] != "0") for part in last
        ]):
            return False
    if not all([0 < len(piece) <= 4 and _HEX.issuperset(piece) for piece in pieces]):
        return False
    return count < 8 if len(halves) == 2 else count == 8
