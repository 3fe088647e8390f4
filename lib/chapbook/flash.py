"""Notes for the next page: `request.flash("Saved.")`, shown once by `flashes()` of a template.

They travel in a cookie, signed and good for a minute, so that nothing need be stored for a visitor
who is nobody in particular.
"""
from __future__ import annotations

import time
from binascii import Error, a2b_base64, b2a_base64

from . import cookies, signing
from .crosssite import SAFE_METHODS
from .errors import ServerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Request
    from .response import Response

NAME = PURPOSE = "flash"
LIVES = 60                    # seconds
TOO_NEW = 60                  # seconds that the clocks of two machines may differ
MOST = 5                      # notes
LARGEST = 1024                # bytes of all of them
TIME_SIZE = 6                 # bytes

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Flashes:
    """The notes of one request: those that came with it, and those that it leaves."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._new: list[str] = []
        self._came: list[str] | None = None
        self._closed = False
        self._shown = False
        self._cookie = ""

    def add(self, text: str) -> None:
        """Leave a note. One that does not fit is cut; ServerError for a sixth, and on a GET."""
        if self._request.method in SAFE_METHODS or self._closed:
            raise ServerError(
                detail="request.flash(): a note is left by the handler of a POST (or PUT, PATCH, "
                       "DELETE), before it returns. What a GET has to say it says on its page.")
        if type(text) is not str:
            raise TypeError(f"request.flash() wants text, not {type(text).__name__}")
        if len(self._new) == MOST:
            raise ServerError(
                detail=f"request.flash(): more than {MOST} notes. What is long belongs on the page "
                       "itself.")
        room = LARGEST - sum(len(other.encode()) + 1 for other in self._new) - 1
        note = _cut(text.replace("\0", ""), room)
        if note:
            self._new.append(note)

    def shown(self) -> list[str]:
        """The notes, the oldest first; they are not shown again."""
        notes = self._received() + self._new
        self._new, self._came = [], []
        self._shown = cookies.own(self._request, NAME)[0] in self._request.cookies
        return notes

    def save(self) -> None:
        """Make the cookie, before the commit; notes that nobody has seen yet stay, if they fit."""
        self._closed = True
        if not self._new:
            return
        notes = self._new
        for older in reversed(self._received()):
            if len(notes) == MOST or len(_framed([older, *notes])) > LARGEST:
                break
            notes = [older, *notes]
        self._cookie = self._header(_signed(signing.key(self._request.config, PURPOSE), notes))

    def answered(self, response: Response) -> Response:
        """The answer with the cookie, or with its end, where the notes were shown."""
        if self._cookie and response.status < 400:
            cookie = self._cookie
        elif self._shown and self._request.method != "HEAD":
            cookie = self._header("")
        else:
            return response
        response = response.unkept()
        response.headers.append(("Set-Cookie", cookie))
        return response

    def _received(self) -> list[str]:
        if self._came is None:
            request = self._request
            sent = request.cookies.get(cookies.own(request, NAME)[0], "")
            self._came = _verified(signing.key(request.config, PURPOSE), sent) if sent else []
        return self._came

    def _header(self, value: str) -> str:
        name, attributes = cookies.own(self._request, NAME)
        return cookies.header(name, value, max_age=LIVES if value else 0, **attributes)


def _cut(text: str, most: int) -> str:
    """The text, or as many of its characters as fit into so many bytes with an ellipsis."""
    if len(text.encode()) <= most:
        return text
    return text.encode()[:max(most - 3, 0)].decode("utf-8", "ignore") + "\u2026" * (most >= 3)


def _framed(notes: list[str]) -> bytes:
    return b"".join(note.encode() + b"\0" for note in notes)


def _signed(key: bytes, notes: list[str]) -> str:
    data = int(time.time()).to_bytes(TIME_SIZE, "big") + _framed(notes)
    text = b2a_base64(data + signing.mac(key, data), newline=False).translate(_URL_SAFE)
    return text.decode("ascii").rstrip("=")


def _verified(key: bytes, sent: str) -> list[str]:
    """The notes of a cookie; none where it is not ours, or older than a minute."""
    try:
        padded = sent + "=" * (-len(sent) % 4)
        raw = a2b_base64(padded.encode("ascii").translate(_FROM_URL_SAFE), strict_mode=True)
    except (Error, ValueError):
        return []
    data, mac = raw[:-signing.MAC_SIZE], raw[-signing.MAC_SIZE:]
    if len(data) < TIME_SIZE or not signing.is_mac(key, data, mac):
        return []
    age = time.time() - int.from_bytes(data[:TIME_SIZE], "big")
    if not -TOO_NEW < age <= LIVES:
        return []
    return data[TIME_SIZE:].decode("utf-8").split("\0")[:-1]
