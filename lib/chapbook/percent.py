"""Percent-encoding (RFC 3986 section 2.1) and query strings.

The standard library's urllib.parse does the same, and takes 10 ms to import.
"""
from __future__ import annotations

_UNRESERVED = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
LONG = 2000               # bytes, and escapes, from which another way is faster
PATH_SAFE = "/:@!$'()*,;=+"


def quote(text: str, safe: str = "") -> str:
    """The text as UTF-8, percent-encoded but for unreserved characters and those in `safe`."""
    data = text.encode("utf-8")
    allowed = _UNRESERVED + safe.encode("ascii")
    if not data.translate(None, allowed):
        return text
    return "".join([chr(byte) if byte in allowed else f"%{byte:02X}" for byte in data])


def unquote(data: bytes) -> bytes:
    """The bytes that percent-encoded bytes stand for; a stray `%` stays, as browsers have it."""
    if len(data) > LONG and data.count(b"%") > LONG:
        return _unquote_many(data)
    head, *rest = data.split(b"%")
    parts = [head]
    for piece in rest:
        try:
            parts.append(bytes((_HEX[piece[:2]],)))
            parts.append(piece[2:])
        except KeyError:
            parts.append(b"%" + piece)
    return b"".join(parts)


def _unquote_many(data: bytes) -> bytes:
    """The same, twenty times faster for megabytes of nothing but escapes, and slower for few."""
    import re
    from binascii import a2b_qp

    # Quoted-printable (RFC 2045) with another sign for the escape, and none left over.
    data = re.sub(rb"%(?![0-9A-Fa-f]{2})", b"%25", data)
    return a2b_qp(data.replace(b"=", b"%3D").replace(b"%", b"="))


def query(pairs: dict[str, object]) -> str:
    """`?name=value&...` of the pairs whose value is not None; "" where there is none."""
    fields = [
        f"{quote(name)}={quote(str(value))}" for name, value in pairs.items() if value is not None
    ]
    return "?" + "&".join(fields) if fields else ""


_HEX = {
    (a + b).encode("ascii"): int(a + b, 16)
    for a in "0123456789abcdefABCDEF" for b in "0123456789abcdefABCDEF"
}
