"""FastCGI: a process that stays, one thread, one request at a time, on a listening standard input.

Our own, and not flipflop, the one responder on PyPI that is kept. That passes the contract of the
tests, but for chunked bodies. But it starts five threads before the first request, and ends where a
host refuses them, as many shared hosts do; takes in variables without a limit; and neither begins
anew after so many requests nor knows SIGUSR1. A web server that wants more at once starts more
processes; `workers` does that behind a socket of its own.

After so many requests, or when a file has changed that cannot be loaded anew in a running process,
it starts itself again in its place (execv). Its number and its socket stay, and who comes meanwhile
waits there for 0.1 seconds: nobody is turned away, as would be if it ended.
"""
from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time

from . import cgi
from .. import later
from .records import Broken, Connection, Exchange, Gone
from .reload import CHECK_EVERY, signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .run import WSGI

# What leaks in a page, or in a module that it uses, is given back; a new start costs the time of
# one request by CGI, so this adds a thousandth.
MOST_REQUESTS = 1000
LET_FINISH = 10.0           # seconds for what pages do after their answers, before this one ends
MOST_KEPT = 16              # connections that the web server keeps open, without a request
ENDS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
STAYS = ("fastcgi", "records", "reload", "cgi")    # modules that no Reloader loads anew


def serve(application: WSGI, everything: bool = False, alive: int = -1) -> NoReturn:
    """Answer one request after another until told to end; the process ends with it.

    SIGTERM, SIGUSR1 and SIGINT let the request that is being answered, and those that wait, be
    answered first. With `everything`, a change of any module below lib/ starts it again, for an
    application that does not look after that.
    """
    listener = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)                            # no program that a page starts may accept
    os.close(nothing)
    if "GATEWAY_INTERFACE" in os.environ:          # some hosts start it with the variables of CGI
        del os.environ["GATEWAY_INTERFACE"]
        gc.enable()
        later.one_shot = False
        sys.excepthook = sys.__excepthook__
    os.umask(0o077)                                # what a page writes is private, as by CGI
    Responder(application, listener, _files(everything), alive).run()


def is_listening() -> bool:
    """Is standard input a socket that accepts connections: was this process started as FastCGI?"""
    try:
        with socket.socket(fileno=os.dup(0)) as given:
            return bool(given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


class Responder:
    """The loop of one process; `files` are those whose change wants a new start.

    It ends when the pipe `alive` is closed by who started it.
    """

    def __init__(
        self, application: WSGI, listener: socket.socket, files: list[str], alive: int = -1,
    ) -> None:
        self._application, self._listener = application, listener
        self._signed = {file: signature(file) for file in files}
        # By suexec a script is started by its bare name, and a page may go to another folder.
        script = os.path.abspath(sys.argv[0])
        self._command = [sys.executable, *(script if argument == sys.argv[0] else argument
                                           for argument in sys.orig_argv[1:])]
        self._left = MOST_REQUESTS
        self._due: float | None = None             # since when it is to start anew
        self._checked = time.monotonic()
        self._idle: list[Connection] = []
        self._alive = alive
        self._ending = False
        listener.setblocking(False)                # another process may be faster

    def run(self) -> NoReturn:
        """Serve until it is over."""
        self._woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        for number in ENDS:
            signal.signal(number, self._end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)     # blocked while it was starting anew
        while not self._ending:
            ready = self._wait()
            if self._ending:
                break
            if self._is_due():
                self._start_again()
                continue
            for each in ready:
                if isinstance(each, Connection):
                    self._idle.remove(each)
                    self._answer(each)
                else:
                    self._accept()
            if self._left <= 0 and self._is_due():           # nobody need wait for it then
                self._start_again()
        self._answer_waiting()
        _let_finish()
        cgi.leave()

    def _end(self, number: int, frame: object) -> None:
        self._ending = True

    def _wait(self) -> list[Any]:
        """The listener, and connections that were kept, with something to read."""
        poll = select.poll()
        sources: dict[int, Any] = {each.fileno(): each for each in self._idle}
        sources[self._listener.fileno()] = self._listener
        for number in (*sources, self._woken, *([self._alive] if self._alive >= 0 else [])):
            poll.register(number, select.POLLIN)
        found = [number for number, _ in poll.poll()]
        if self._woken in found:
            os.read(self._woken, 100)              # by a signal: _end has been called, or a page's
        self._ending = self._ending or self._alive in found
        return [sources[number] for number in found if number in sources]

    def _accept(self) -> bool:
        """Answer whoever waits, if somebody does."""
        try:
            accepted, _ = self._listener.accept()
        except OSError:
            return False                           # another process was faster, or it has left
        self._answer(Connection(accepted))
        return True

    def _answer_waiting(self) -> None:
        """Answer those who came before the listener is closed; there is nobody else to do it."""
        end = time.monotonic() + LET_FINISH
        while time.monotonic() < end and self._accept():
            pass
        self._answer_kept()

    def _answer_kept(self) -> None:
        """Answer what has come over the connections that were kept, and close them all."""
        end = time.monotonic() + LET_FINISH
        while self._idle:
            kept, self._idle = self._idle, []
            poll = select.poll()
            for each in kept:
                poll.register(each, select.POLLIN)
            ready = {number for number, _ in poll.poll(0)}
            for each in kept:
                if each.fileno() in ready and time.monotonic() < end:
                    self._answer(each)
                else:
                    each.close()

    def _answer(self, connection: Connection) -> None:
        """Answer one request, or more where they have come together; keep the connection if asked.

        Who does not speak FastCGI, or goes away, is noted on standard error at most.
        """
        try:
            while (exchange := connection.begin()) is not None:
                self._left -= 1
                if not self._respond(exchange, connection):
                    return
                if not connection.has_more:
                    if len(self._idle) >= MOST_KEPT:
                        break
                    self._idle.append(connection)
                    return
        except Gone:
            pass                                   # what was to be done is done
        except Broken as error:
            _note(str(error))
        connection.close()

    def _respond(self, exchange: Exchange, connection: Connection) -> bool:
        """Answer a request; whether the connection stays open."""
        environ = cgi.environ(exchange.variables, exchange.stdin)
        if b"PATH_INFO" not in exchange.variables:
            environ["SCRIPT_NAME"] = ""            # nginx's fastcgi_params: all of the address
        if "CHAPBOOK_TRANSFER_ENCODING" in environ:        # mod_fcgid hides it: see chapbook.conf
            environ["HTTP_TRANSFER_ENCODING"] = environ["CHAPBOOK_TRANSFER_ENCODING"]
        environ.update({"wsgi.errors": exchange.errors, "wsgi.run_once": False})
        sys.stdout = sys.stderr = exchange.errors  # a print in a page is a note to its author
        answer = _Answer(exchange)
        kept = False
        try:
            if answer.give(self._application, environ):
                exchange.end()
                kept = exchange.keeps
        finally:
            sys.stdout = sys.stderr = sys.__stderr__
            if not kept:
                connection.close()                 # the visitor does not wait for what comes now
            answer.close()
        return kept

    def _is_due(self) -> bool:
        """Whether to start anew now: as soon as pages do nothing more in threads of their own."""
        if self._due is None and (self._left <= 0 or self._is_outdated()):
            self._due = time.monotonic()
        return self._due is not None and (
            not _others() or time.monotonic() - self._due > LET_FINISH)

    def _is_outdated(self) -> bool:
        """Whether a file has changed, and all that have can be compiled."""
        now = time.monotonic()
        if now - self._checked < CHECK_EVERY:
            return False
        self._checked = now
        changed = {file: new for file, old in self._signed.items()
                   if (new := signature(file)) != old}
        for file in changed:
            try:
                with open(file, "rb") as source:
                    compile(source.read(), file, "exec", dont_inherit=True)
            except Exception as error:             # half of it, perhaps: its next change is seen
                _note(f"{file}: {error}; the site goes on as it was")
                self._signed.update(changed)
                return False
        return bool(changed)

    def _start_again(self) -> None:
        """Become a new process, unless it is to end; what tells it to end meanwhile waits."""
        self._answer_kept()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
        if self._ending:
            return
        db = sys.modules.get("chapbook.db")
        if db is not None:
            db.close_kept()
        sys.stderr.flush()
        os.dup2(self._listener.fileno(), 0)
        try:
            os.execv(sys.executable, self._command)
        except OSError as error:                   # that Python is gone: the web server will see
            _note(f"{sys.executable}: {error.strerror}")
            cgi.leave()


class _Answer:
    """start_response of one request, and its way out."""

    _body: Any = ()
    _head = b""
    _begun = False

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        lines = [f"Status: {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        self._head = "\r\n".join(lines).encode("latin-1")

    def give(self, application: WSGI, environ: dict[str, Any]) -> bool:
        """Write the answer; False where it broke off halfway, and may not look like a whole one."""
        try:
            self._body = application(environ, self.start)
            for block in self._body:
                self._write(block)
            if not self._begun:
                self._write(b"")
        except Broken:
            raise
        except Exception:                          # of an application that is not the toolkit's
            import traceback

            sys.stderr.write(traceback.format_exc())
            if self._begun:
                _note(self._exchange.errors.taken().decode())
                return False
            self.start("500 Internal Server Error", [("Content-Type", "text/plain")])
            self._write(b"The site could not answer. The server's log has why.\n")
        return True

    def close(self) -> None:
        """Begin what the page has left for after the answer."""
        if hasattr(self._body, "close"):
            self._body.close()

    def _write(self, block: bytes) -> None:
        self._begun = True
        self._exchange.write(self._head + block)
        self._head = b""


def _note(text: str) -> None:
    """A line on standard error, which most web servers put into their log."""
    print(f"FastCGI: {text}", file=sys.__stderr__, flush=True)


def _files(everything: bool) -> list[str]:
    here = os.path.dirname(os.path.realpath(__file__))
    found = [os.path.join(here, name + ".py") for name in STAYS]
    found.append(os.path.realpath(sys.argv[0]))
    if everything:
        lib = os.path.dirname(os.path.dirname(here)) + os.sep
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        found += [file for file in files if file and file.startswith(lib)]
    return sorted(set(found))


def _others() -> list[Any]:
    """The threads in which pages still do something, after their answers."""
    threading = sys.modules.get("threading")
    if threading is None:
        return []
    return [each for each in threading.enumerate() if each is not threading.current_thread()]


def _let_finish() -> None:
    end = time.monotonic() + LET_FINISH
    for each in _others():
        each.join(max(0.0, end - time.monotonic()))
