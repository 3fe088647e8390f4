"""Mail through the host's sendmail program, which Postfix, Exim, msmtp and others bring along.

It gets its arguments as a list, so that no shell reads them; the recipient comes after `--`, never
from the message (`-t`); and of our environment it gets nothing.
"""
from __future__ import annotations

from .transports import Deferred, Refused, allowed, refuse_late, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config import Config

# sysexits.h: what says that this address will never do.
NO_USER, NO_HOST, BAD_DATA = 67, 68, 65


class Sendmail:
    """The transport of `via = sendmail`."""

    def __init__(self, config: Config) -> None:
        self._program = str(config.mail.sendmail)
        self._folder = config.path(config.paths.var)
        self._allowed = allowed(config)

    def deliver(self, sender: str, to: str, message: bytes, name: str, before: float) -> None:
        """Run the program with the message as its input; what it says is in the error."""
        refuse_late(before)
        # Programs here end lines with LF alone, and make CRLF of it where SMTP begins.
        status, output = self._run(sender, to, message.replace(b"\r\n", b"\n"))
        if status == 0:
            return
        said = words(output) or "and said nothing"
        if status in (NO_USER, NO_HOST, BAD_DATA):
            raise Refused(f"{self._program} refuses the mail to {to} for good "
                          f"(status {status}): {said}")
        raise Deferred(f"{self._program} could not take the mail (status {status}): "
                       f"{said}")

    def _run(self, sender: str, to: str, message: bytes) -> tuple[int, bytes]:
        """The program's status and the beginning of what it said.

        Both through files: a pipe that breaks off, because this process is killed, would end the
        message early; and a daemon that the program leaves behind would keep a pipe open.
        """
        import os
        import signal
        import subprocess
        import tempfile

        try:
            with tempfile.TemporaryFile(dir=self._folder) as given, \
                    tempfile.TemporaryFile(dir=self._folder) as said:
                given.write(message)
                given.seek(0)
                process = subprocess.Popen(
                    [self._program, "-i", "-f", sender, "--", to], stdin=given, stdout=said,
                    stderr=said, cwd="/", start_new_session=True,
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
                try:
                    status = process.wait(self._allowed)
                except BaseException:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    raise
                said.seek(0)
                return status, said.read(2000)
        except subprocess.TimeoutExpired as error:
            raise Deferred(f"{self._program} did not end within {self._allowed:.0f} seconds. Look "
                           "into the log of the mail server.", for_all=True) from error
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise Deferred(
                f"{self._program} cannot be started ({why}). Name the host's program in [mail] "
                "sendmail, or use a mail server: [mail] via = smtp.", for_all=True) from error

    def close(self) -> None:
        """Nothing is held."""
