"""FastCGI processes behind a Unix socket of their own, for nginx and others that start none."""
from __future__ import annotations

import os
import select
import signal
import socket
import stat
import subprocess
import sys
import time

from . import fastcgi
from .reload import Reloader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

WAITING = 128               # connections that wait for a process
SOON = 1.0                  # seconds: whoever ends sooner than that is started again after as long
STOP_WITHIN = 20.0          # seconds for the requests in flight, before a process is killed
LONGEST_PATH = 107          # bytes of the path of a Unix socket


def main(root: str, arguments: list[str]) -> NoReturn:
    """The command line of nginx/dispatch.py: what answers on a socket, and how many processes.

    Without --socket, standard input is a socket that listens (spawn-fcgi, systemd and the like).
    """
    import argparse

    parser = argparse.ArgumentParser(
        description="Answer a web server by FastCGI. It is told of the same socket.")
    parser.add_argument("--socket", metavar="PATH", help="the Unix socket to listen on")
    parser.add_argument("--processes", type=int, default=4, metavar="N",
                        help="how many requests are answered at the same time (4)")
    parser.add_argument("--mode", type=lambda text: int(text, 8), default=0o660, metavar="660",
                        help="who may connect: the owner and the group of the socket (660)")
    parser.add_argument("--alive", type=int, default=-1, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.processes < 1:
        parser.error("--processes: at least one")
    if given.socket:
        raise SystemExit(Workers(listener(given.socket, given.mode), given.processes).run())
    if not fastcgi.is_listening():
        parser.error("--socket /run/my-site/fastcgi.sock says where to listen; without it, "
                     "whoever starts this must give it a socket as standard input")
    fastcgi.serve(Reloader(root, files=True), alive=given.alive)


def listener(path: str, mode: int) -> socket.socket:
    """A socket that listens at this path; SystemExit with the reason where there cannot be one."""
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise SystemExit(f"{path}: the path of a socket may have {LONGEST_PATH} bytes at most")
    made = socket.socket(socket.AF_UNIX)
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            try:
                with socket.socket(socket.AF_UNIX) as other:
                    other.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)                    # of one that was killed
    except OSError:                                # there is none, or it is not ours: see below
        pass
    before = os.umask(0o777 & ~mode)
    try:
        made.bind(path)
    except OSError as error:
        raise SystemExit(f"{path}: {error.strerror}. Is it running already, or does the folder "
                         "belong to another user?") from None
    finally:
        os.umask(before)
    made.listen(WAITING)
    return made


class Workers:
    """So many processes of this very command, on one listening socket."""

    def __init__(self, listener: socket.socket, processes: int) -> None:
        self._listener, self._wanted = listener, processes
        self._running: dict[int, tuple[Any, float]] = {}
        self._ending = False
        self._alive, self._kept_open = os.pipe()

    def run(self) -> int:
        """Keep them running until SIGTERM or SIGINT; with SIGHUP or SIGUSR1 they are started anew.

        Requests that are being answered are finished first. Gives the exit status.
        """
        self._woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        for number in (signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, lambda number, frame: self._tell(signal.SIGUSR1))
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        path = self._listener.getsockname()
        try:
            while not self._ending:
                while len(self._running) < self._wanted and not self._ending:
                    self._start()
                self._wait()
            self._tell(signal.SIGTERM)
            end = time.monotonic() + STOP_WITHIN
            while self._running and time.monotonic() < end:
                self._wait()
        finally:
            os.unlink(path)
            for process, _ in self._running.values():
                process.kill()
        return 0

    def _start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, os.path.realpath(sys.argv[0]), "--alive", str(self._alive)],
            stdin=self._listener.fileno(), pass_fds=[self._alive])
        self._running[process.pid] = process, time.monotonic()

    def _wait(self) -> None:
        """Wait until one has ended, or a signal has come."""
        if select.select([self._woken], [], [], SOON)[0]:
            os.read(self._woken, 100)
        for number, (process, started) in list(self._running.items()):
            if process.poll() is not None:
                del self._running[number]
                if not self._ending and time.monotonic() - started < SOON:
                    time.sleep(SOON)               # or a mistake would keep the machine busy

    def _tell(self, number: int) -> None:
        for process, _ in self._running.values():
            process.send_signal(number)

    def _end(self, number: int, frame: object) -> None:
        self._ending = True
