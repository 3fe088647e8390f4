"""What an old script prints, as an answer: its head repaired, its body passed on as it comes."""
from __future__ import annotations

import os
import time

from .. import log
from ..body import CHUNK
from ..response import OLD_HEADERS, REASONS, SECURITY_HEADERS
from . import heads
from .child import Child, Silent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..config import Config

RAW = "nph-"                 # the name of a script that prints the status line of HTTP itself
MOST_UNSEEN = 64 << 20       # bytes that are read to let a script come to its end, and not sent
LONGEST_UNSEEN = 60.0        # seconds of that, where [scripts] silence sets no limit
WAIT = 1.0                   # seconds after the head for which a short answer is waited for

# For an answer that says nothing of its own.
HEADERS = tuple({**dict(SECURITY_HEADERS), **dict(OLD_HEADERS)}.items())


class Output:
    """What a script answers: the body as an iterable, which ends the script when it is closed.

    `inside` is the address of the site that the script passes the request on to, or "".
    """

    def __init__(
        self, child: Child, environ: dict[str, Any], config: Config, name: str
    ) -> None:
        self._child, self._environ, self._config, self._name = child, environ, config, name
        self._data = b""
        self._left: int | None = None             # bytes of the body that are still announced
        self._silent = False                      # no body goes out
        self._is_told = False
        is_raw = os.path.basename(name).startswith(RAW)
        head = None
        while head is None:
            head = heads.read(self._data, child.has_ended, is_raw)
            if head is None:
                self._data += child.read() or b""
        self._data = self._data[head.begin:]
        self._head = head
        is_local = head.location[:1] == "/" and head.location[:2] != "//"
        self.inside = head.location if (
            is_local and not head.status and not head.is_raw
            and head.location.startswith(place_of(environ) + "/")) else ""
        if self.inside:
            self._unseen(0)
            self.close()

    def begin(self, method: str) -> tuple[str, list[tuple[str, str]]]:
        """Status and headers; short answers are waited for, so that their length is known."""
        head = self._head
        end = time.monotonic() + WAIT
        while len(self._data) < CHUNK and (
            data := self._child.read(max(0.0, end - time.monotonic()))
        ):
            self._data += data
        status = head.status or (302 if head.location else 200)
        headers = list(head.fields)
        if head.location:
            headers.append(("Location", head.location))
        bodiless = status in (204, 304)
        if not bodiless:
            headers.append(("Content-Type", self._type()))
        if self._child.has_ended and (self._data or method != "HEAD") and not bodiless:
            self._left = len(self._data)
            if head.length not in (None, self._left) and self._data:
                head.repaired.append(f"Content-Length was {head.length}, of {self._left} bytes")
        elif not bodiless:
            self._left = head.length
        if self._left is not None:
            headers.append(("Content-Length", str(self._left)))
        given = {name.lower() for name, _ in headers}
        headers += [pair for pair in HEADERS if pair[0].lower() not in given]
        self._silent = bodiless or method == "HEAD"
        if self._child.has_ended:                 # before the answer is out: its number is in it
            self._tell(ending(self._child.code))
        if head.repaired:
            self._note(detail="repaired: " + "; ".join(head.repaired))
        reason = head.reason if head.reason.isprintable() else ""
        return f"{status} {reason or REASONS.get(status, 'Unknown')}", headers

    def _type(self) -> str:
        if self._head.type:
            return self._head.type
        is_html = self._data.lstrip()[:1] == b"<"
        if self._data:
            self._head.repaired.append("the header Content-Type was missing")
        return "text/html" if is_html or not self._data else "text/plain"

    def __iter__(self) -> Iterator[bytes]:
        data: bytes | None = self._data
        self._data = b""
        while (data or not self._child.has_ended) and not self._silent and self._left != 0:
            if data:
                if self._left is not None:
                    data = data[:self._left]      # what is beyond it would be the next answer's
                    self._left -= len(data)
                yield data
            try:
                data = self._child.read()
            except Silent as error:
                self._note(detail=str(error))
                raise                             # the server breaks the answer off
        self._unseen(len(data or b""))

    def _unseen(self, length: int) -> None:
        """Read what nobody will see, in bounds, so that the script can come to its end.

        Where nothing is sent nobody notices that the visitor has left, so there is an end to what
        comes drop by drop as well.
        """
        end = time.monotonic() + (self._config.scripts.silence or LONGEST_UNSEEN)
        try:
            while length < MOST_UNSEEN and time.monotonic() < end and (data := self._child.read()):
                length += len(data)
        except Silent as error:
            self._note(detail=str(error))

    def close(self) -> None:
        """End the script where it has not ended, and note what it complained of."""
        has_left = not self._child.has_ended      # the visitor, or the server
        self._child.close()
        self._tell("" if has_left else ending(self._child.code))

    def _tell(self, how: str) -> None:
        """Note once what the script complained of, and how it ended where that was not well."""
        said = self._child.complaints.strip()
        if (said or how) and not self._is_told:
            self._note(said, detail=how)
        self._is_told = True

    def _note(self, said: str = "", detail: str = "") -> None:
        log.write(self._config, "script", self._environ["chapbook.request_id"], traceback=said,
                  script=self._name, detail=detail)


def place_of(environ: dict[str, Any]) -> str:
    """The public path of the site's folder: "" or "/club"."""
    return str(environ["SCRIPT_NAME"]).removesuffix(environ["chapbook.url"])


def ending(code: int | None) -> str:
    """How a script ended, in words; "" where it ended well."""
    if not code:
        return ""
    if code > 0:
        return f"it ended with code {code}"
    import signal

    if -code == signal.SIGXCPU:
        return "it used more processor time than [scripts] cpu allows, and was ended"
    return f"it was ended by {signal.Signals(-code).name}"
