"""The running site, asked over HTTP: one request at a time, bounded, and never another host."""
from __future__ import annotations

import http.client
import socket
import ssl
import time
from urllib.parse import quote, urlsplit

from ..errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 10.0                # for one answer's every part
WHOLE = 120.0                 # for all of them
MOST_BYTES = 65_536           # of a body
PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):
    """No answer came; the sentence says why. `is_certificate`: because of https alone."""

    def __init__(self, sentence: str, is_certificate: bool = False) -> None:
        super().__init__(sentence)
        self.is_certificate = is_certificate


class Reply:
    """What came back: `status`, the first 64 KiB of `body`, its headers by `reply["Name"]`."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def __getitem__(self, name: str) -> str:
        """The values of a header, with commas between; empty where it was not sent."""
        return ", ".join(self.all(name))

    def all(self, name: str) -> list[str]:
        """The values of a header, each as it was sent."""
        return [value for known, value in self.headers if known.lower() == name.lower()]


class Probe:
    """Asks one site for paths below its address. Redirects are not followed.

    `base` is an address such as https://example.org/club; ConfigError where it is none. Raises
    Unreachable where no answer comes, within 10 seconds for each and `whole` seconds for all.
    `close` it in the end.
    """

    def __init__(self, base: str, whole: float = WHOLE) -> None:
        try:
            parts = urlsplit(base)
            port = parts.port
        except ValueError as error:
            raise ConfigError(f"{base!r} is no address: {error}.") from error
        if parts.scheme not in PORTS or not parts.hostname:
            raise ConfigError(f"{base!r} is no address of a site: write it like "
                              "https://www.example.org")
        self.base = base.rstrip("/")
        self.scheme, self.host = parts.scheme, parts.hostname
        self.port = port or PORTS[parts.scheme]
        self.root = parts.path.rstrip("/")
        self.is_ours = False      # until the site was recognized as the one examined
        self._kept: http.client.HTTPConnection | None = None
        self._until = time.monotonic() + whole

    def get(self, path: str, **headers: str) -> Reply:
        """The answer to a GET of this path below the site's address; text is escaped as needed."""
        return self.ask("GET", path, headers)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = {}, body: bytes | None = None
    ) -> Reply:
        """The answer to a request, which is asked on a connection of its own if it has a body."""
        if time.monotonic() > self._until:
            raise Unreachable("It takes too long to answer.")
        kept, self._kept = self._kept, None
        if kept is not None and body is not None:
            kept.close()
        elif kept is not None:
            try:
                return self._asked(kept, method, path, headers)
            except (OSError, http.client.HTTPException):
                pass                              # the server has ended it: ask once more, anew
        try:
            return self._asked(self._connection(), method, path, headers, body)
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(error.verify_message, is_certificate=True) from error
        except ssl.SSLError as error:
            raise Unreachable(f"{error.reason or error}", is_certificate=True) from error
        except socket.gaierror as error:
            raise Unreachable(f"No machine has the name {self.host}.") from error
        except TimeoutError as error:
            raise Unreachable(f"No answer came within {SECONDS:g} seconds.") from error
        except OSError as error:
            raise Unreachable(f"{error.strerror or error}.") from error
        except http.client.HTTPException as error:
            raise Unreachable(f"What answers does not speak HTTP ({error!r}).") from error

    def close(self) -> None:
        """Let go of the connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _asked(
        self, connection: http.client.HTTPConnection, method: str, path: str,
        headers: Mapping[str, str], body: bytes | None = None,
    ) -> Reply:
        try:
            connection.request(method, self.root + quote(path, safe="/%?=~.-_"), body, headers={
                "User-Agent": "Chapbook doctor", "Accept-Encoding": "identity", **headers})
            answer = connection.getresponse()
            reply = Reply(answer.status, answer.getheaders(), answer.read(MOST_BYTES))
            if answer.isclosed():                 # read to its end, so the next may follow
                self._kept = connection
            return reply
        finally:
            if self._kept is not connection:
                connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self.scheme == "https":
            return http.client.HTTPSConnection(
                self.host, self.port, timeout=SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)


def plain_address(probe: Probe) -> str | None:
    """Where the site would answer without encryption; None where nobody can know."""
    if probe.scheme != "https" or probe.port != PORTS["https"]:
        return None
    host = f"[{probe.host}]" if ":" in probe.host else probe.host
    return f"http://{host}{probe.root}"
