"""A program run by CGI (RFC 3875) as a child of this process, within limits, and never left behind.

It gets its request as a file that is complete, so it cannot be cut off and need not be fed. It has
nothing of this process: no open file or connection, no variable but those of its request, no signal
that is blocked. What it prints is read as it comes; what it complains of is kept, in bounds.
"""
from __future__ import annotations

import errno
import math
import os
import selectors
import signal
import subprocess
import time

from ..errors import ServerError, Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

CHUNK = 65_536
UMASK = 0o022                # as under most web servers: old scripts write what others show
MOST_COMPLAINTS = 12_000     # bytes of standard error that are kept
GRACE = 2.0                  # seconds between SIGTERM and SIGKILL
LAST = 3.0                   # seconds for which a script may go on without its output, and its
#                              output, held open by what it has started, without the script


class Silent(TimeoutError):
    """The program printed nothing for as long as it may."""


class Child:
    """A running program: `read()` gives what it prints, `close()` ends it and all that it started.

    `silence` is how many seconds it may print nothing, `cpu` how many seconds of processor time it
    has, `memory` how many bytes of address space; 0 is no limit. ServerError where it cannot be
    started, Unavailable where it could be at another moment.
    """

    def __init__(
        self, path: str, variables: dict[bytes, bytes], body: IO[bytes] | None,
        silence: float = 60.0, cpu: float = 60.0, memory: int = 0,
    ) -> None:
        self._silence = silence or math.inf
        self._complaints = b""
        self._lost = 0
        self._process = _started(path, variables, body)
        _limit(self._process.pid, cpu, memory)
        pipes: Any = self._process.stdout, self._process.stderr
        self._out, self._err = pipes
        self._selector = selectors.DefaultSelector()
        for pipe in pipes:
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)
        self.has_ended = False

    def read(self, within: float | None = None) -> bytes | None:
        """What it prints next; b"" at the end, and None where nothing came `within` seconds.

        Silent, and the program ended, where nothing came for as long as it may print nothing.
        """
        begun = time.monotonic()
        most = self._silence if within is None else min(within, self._silence)
        while not self.has_ended:
            left = begun + most - time.monotonic()
            if left <= 0:
                if within is not None and within < self._silence:
                    return None
                self._kill()
                raise Silent(f"it printed nothing for {self._silence:.0f} s, and was ended")
            if self._process.poll() is not None and time.monotonic() - begun > LAST:
                self._finish()                    # what it left behind holds its output open
                break
            for key, _ in self._selector.select(min(left, 1.0)):
                if key.fileobj is self._err:
                    self._hear()
                elif (data := _next(self._out)) is not None:
                    if not data:
                        self._finish()
                    return data
        return b""

    def close(self) -> None:
        """End the program, and whatever it has started, unless it has ended by itself."""
        if self._process.returncode is None and self._process.poll() is None:
            self._kill()
        self._hear()
        self._selector.close()
        self._out.close()
        self._err.close()

    @property
    def code(self) -> int | None:
        """How it ended: 0, another number, or the negative number of a signal."""
        return self._process.returncode

    @property
    def complaints(self) -> str:
        """What it wrote to standard error, cut where that was much."""
        text = self._complaints.decode("utf-8", "replace")
        return text + (f"\n... and {self._lost} bytes more" if self._lost else "")

    def _hear(self) -> None:
        while not self._err.closed and (data := _next(self._err)) is not None:
            if not data:
                try:
                    self._selector.unregister(self._err)
                except (KeyError, ValueError):
                    pass                          # it has been
                return
            room = MOST_COMPLAINTS - len(self._complaints)
            self._complaints += data[:room]
            self._lost += max(0, len(data) - room)

    def _finish(self) -> None:
        """The output is complete: let the program end, and hear its last words."""
        self.has_ended = True
        self._selector.unregister(self._out)
        end = time.monotonic() + LAST
        while self._process.returncode is None:
            self._hear()                          # or it could wait for that for ever
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() > end:
                    self._kill()
        self._hear()

    def _kill(self) -> None:
        """SIGTERM for the group of the program, and SIGKILL for whoever is left of it."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
            except (ProcessLookupError, PermissionError):
                pass                              # all gone; or under another user by itself
            try:
                self._process.wait(GRACE)
            except subprocess.TimeoutExpired:
                continue
            if number == signal.SIGTERM and _is_left(self._process.pid):
                continue
            return


def _started(
    path: str, variables: dict[bytes, bytes], body: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    # Threads of Apache block signals, and a child inherits that: nothing could end it in time. No
    # preexec_fn, which is code of ours between fork and exec, where threads may hold any lock.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        if blocked:
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
        return subprocess.Popen(
            [path], cwd=os.path.dirname(path), env=variables,
            stdin=subprocess.DEVNULL if body is None else body, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, start_new_session=True, umask=UMASK, bufsize=0)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.ENOMEM):
            raise Unavailable(detail=(
                f"{os.path.basename(path)} could not be started: {error.strerror}; the host lets "
                "this user have no more processes, or no more memory, at this moment")) from None
        raise ServerError(detail=_unstarted(path, error)) from None
    finally:
        if blocked:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _unstarted(path: str, error: OSError) -> str:
    with open(path, "rb") as file:
        first = file.readline(200)
    shown = ascii(first.strip().decode("latin-1"))[1:-1]
    if first.startswith(b"#!") and first.endswith(b"\r\n"):
        return ("it cannot be started: its lines end as Windows has them (CR LF); mend it with: "
                f"sed -i 's/\\r$//' {os.path.basename(path)}")
    if isinstance(error, FileNotFoundError):
        return f"it cannot be started: its first line, {shown}, names a program that is not there"
    if isinstance(error, PermissionError):
        return (f"it cannot be started: {error.strerror}; the user {os.geteuid()} must be able to "
                f"read and execute it and the program of its first line, {shown}")
    return f"it cannot be started: {error.strerror}; its first line is {shown}"


def _limit(process: int, cpu: float, memory: int) -> None:
    """Set the limits of a running process, where the system has a way to."""
    import resource

    prlimit: Any = getattr(resource, "prlimit", None)
    limits = [(resource.RLIMIT_CORE, 0)]
    if cpu:
        limits.append((resource.RLIMIT_CPU, max(1, int(cpu))))
    if memory:
        limits.append((resource.RLIMIT_AS, memory))
    for which, most in limits if prlimit else ():
        try:
            soft, hard = prlimit(process, which)
            if hard == resource.RLIM_INFINITY or most < hard:
                # SIGXCPU first, and SIGKILL for who catches it.
                above = most + 2 if which == resource.RLIMIT_CPU else most
                prlimit(process, which, (most, above))
        except (OSError, ValueError):
            pass                                  # it has ended; or it is another user's by now


def _next(pipe: Any) -> bytes | None:
    """What has come through a pipe; b"" at its end, None where nothing has."""
    try:
        return os.read(pipe.fileno(), CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _is_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True
