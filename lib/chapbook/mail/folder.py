"""Mail into a folder, a file for each message: for development, where nothing is to leave.

A file is there whole or not at all, and the same message tried again is the same file.
"""
from __future__ import annotations

import os

from .transports import Deferred, refuse_late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

ENDING = ".eml"


class Folder:
    """The transport of `via = folder`."""

    def __init__(self, config: Config) -> None:
        self._folder = config.path(config.mail.folder)

    def deliver(self, sender: str, to: str, message: bytes, name: str, before: float) -> None:
        """Write the file; Deferred where the folder cannot be written to."""
        refuse_late(before)
        path = os.path.join(self._folder, name + ENDING)
        new = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                with open(file, "wb") as opened:
                    opened.write(message)
                    opened.flush()
                    os.fsync(file)
                os.rename(new, path)
            except BaseException:
                os.unlink(new)
                raise
        except OSError as error:
            from ..errors import user
            raise Deferred(
                f"The mail could not be written into {self._folder} ({error.strerror}). Let the "
                f"user {user()} write there, or name another folder in [mail] folder.",
                for_all=True) from error

    def close(self) -> None:
        """Nothing is held."""


def names(config: Config) -> list[str]:
    """The names of the messages in the folder, newest first."""
    try:
        found = os.listdir(config.path(config.mail.folder))
    except OSError:
        return []
    return sorted((name for name in found if name.endswith(ENDING)), reverse=True)
