"""The ways that mail leaves, behind one pair of methods, and what can go wrong on them."""
from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ..config import Config

    class Transport(Protocol):
        """One way to deliver; used for one message after another, then closed."""

        def deliver(self, sender: str, to: str, message: bytes, name: str, before: float) -> None:
            """Hand the message over, as CRLF lines; Refused or Deferred where that fails.

            `name` is the same for the same message. `before` (Unix seconds) is when the claim on it
            ends: nothing is handed over after that.
            """

        def close(self) -> None:
            """Let go of the connection; never raises."""

SLACK = 60                    # seconds of a lease beyond what a delivery may take


class Deferred(Exception):
    """It did not work this time; the sentence says why, and what the owner can do.

    `for_all`: the next message would fare no better.
    """

    def __init__(self, sentence: str, for_all: bool = False) -> None:
        super().__init__(sentence)
        self.for_all = for_all


class Refused(Exception):
    """The mail server will never take this message for this address; its words are in it."""


def opened(config: Config) -> Transport:
    """The transport that [mail] via names; it connects when the first message is delivered."""
    if config.mail.via == "smtp":
        from .smtp import SMTP
        return SMTP(config)
    if config.mail.via == "sendmail":
        from .sendmail import Sendmail
        return Sendmail(config)
    from .folder import Folder
    return Folder(config)


def allowed(config: Config) -> float:
    """How many seconds one delivery may take at most, however slowly the server answers."""
    return 12 * max(1.0, float(config.mail.timeout))


def lease(config: Config) -> int:
    """For how many seconds a worker claims a message: longer than any delivery."""
    return int(allowed(config)) + SLACK


def refuse_late(before: float) -> None:
    """Deferred where the claim is about to end, as after a machine was put to sleep."""
    if time.time() >= before - SLACK / 2:
        raise Deferred("The sending was held up for so long that another worker may have the "
                       "message by now. It is tried again.")


def words(reply: bytes | str) -> str:
    """What a server or a program has said, on one line of printable ASCII, not too long."""
    text = reply if isinstance(reply, str) else reply.decode("ascii", "replace")
    text = "".join(c if " " <= c <= "~" else " " if c.isspace() else "?" for c in text)
    return " ".join(text.split())[:300]
