"""The door while var/maintenance is there: an upgrade goes on, or the visitor is asked to wait.

Every gateway looks for that file once a request, and imports this only if it is there. Half of lib/
may be new at that moment, so nothing of it is imported here: what has to be done with the files is
in a module of its own, which lies beside them. The page needs no database, no template and no disk
that can be written. A file that the owner has put there (to upload a release by FTP, say) closes
the site until it is deleted.
"""
from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

FLAG = "var/maintenance"
OPEN, WAIT, STEP = "open", "wait", "step"        # as in upgrade/moves.py
COOKIE = "chapbook-upgrade"   # too
RESTORE = "restore"           # the whole text of the file, where a restore has closed the site

_verdict = OPEN               # what this process, which answers one request by CGI, is to do

RETRY = 20                    # seconds
DRAIN_BYTES, DRAIN_SECONDS = 32 << 20, 5.0

STYLE = """body { max-width: 34rem; margin: 12vh auto; padding: 0 1rem; color: #211d18;
background: #f8f2e4; font: 1.1rem/1.6 Charter, Cambria, Georgia, serif }
h1 { font-size: 1.7rem; line-height: 1.25; font-weight: normal } a { color: inherit }
li[aria-current] { font-weight: bold }
@media (prefers-color-scheme: dark) { body { color: #e9e0cf; background: #1b1815 } }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{text}
</main>
</body>
</html>
"""


def moves(root: str) -> Any:
    """The module of the upgrade that is under way: the one that began it, not of whatever lib/."""
    import types

    path = os.path.join(root, "var/upgrade/work/moves.py")
    if not _is_private(root, path):
        path = os.path.join(root, "lib/chapbook/upgrade/moves.py")
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    module = types.ModuleType("chapbook upgrade moves")
    module.__file__ = path
    exec(code, module.__dict__)                   # the site's own module, as any import would
    return module


def _is_private(root: str, path: str) -> bool:
    """Whether a file below var/ is there, and nobody but this user can have put it there."""
    try:
        while path != root:
            found = os.lstat(path)
            if found.st_mode & 0o022 or found.st_uid not in (os.geteuid(), 0):
                return False
            path = os.path.dirname(path)
    except OSError:
        return False
    return True


def attend(root: str, environ: dict[str, Any]) -> tuple[str, bool]:
    """What a request that found the file is to do (OPEN, WAIT, STEP), and whether lib/ has changed.

    WAIT, too, where nobody can tell: a disk that is full or read-only mends itself later.
    """
    try:
        if _is_for_restore(root):
            return _after_restore(), False
        module = moves(root)
        found: tuple[str, bool] = module.attend(root, environ.get("HTTP_COOKIE", ""))
    except Exception as error:
        print(f"chapbook: the upgrade cannot go on: {error}", file=sys.stderr)
        return WAIT, False
    if found[0] == STEP and environ.get("REQUEST_METHOD", "GET") not in ("GET", "HEAD"):
        return WAIT, found[1]
    return found


def _is_for_restore(root: str) -> bool:
    try:
        with open(os.path.join(root, FLAG), "rb") as file:
            return file.read(20) == b"restore\n"
    except FileNotFoundError:
        return False                              # it was opened a moment ago


def _after_restore() -> str:
    """WAIT while a backup is being restored; one that was killed is finished or undone first."""
    import importlib

    door = importlib.import_module("chapbook.backup.door")
    config = importlib.import_module("chapbook.config")
    return OPEN if door.attend(config.current()) else WAIT


def answered(
    root: str, environ: dict[str, Any], start_response: Callable[..., Any],
    renew: Callable[[], object],
) -> Iterable[bytes] | None:
    """What a server that keeps Python loaded answers; None where the site is open again after all.

    `renew` imports lib/ afresh. A release that cannot be imported is taken back.
    """
    import importlib

    verdict, changed = attend(root, environ)
    if verdict == WAIT or verdict == RESTORE and not _is_restored():
        return answer(environ, start_response)
    try:
        if changed or verdict == STEP:
            renew()
        if verdict != STEP:
            return None
        door = importlib.import_module("chapbook.upgrade.door")
        found: Iterable[bytes] | None = door.passed(root, environ, start_response)
        return found
    except Exception as error:
        failed(root, error)
        renew()
        return None


def failed(root: str, error: BaseException) -> None:
    """Take back a release that fails before it can judge itself; the server's log has why."""
    import traceback

    module = moves(root)
    lock = module.hold(root, 5.0)
    if lock is not None:
        try:
            traceback.print_exception(error)
            module.fail(root, f"The new release cannot be started: {type(error).__name__}: {error}")
        finally:
            os.close(lock)


def go_on(root: str) -> None:
    """By CGI: do what `enter` was told to, and end; come back where the site is open."""
    import importlib

    if _verdict == RESTORE and not _is_restored():
        _answer()
    if _verdict == STEP:
        try:
            importlib.import_module("chapbook.upgrade.door").cgi(root)
        except Exception as error:
            _taken_back(root, error)


def _is_restored() -> bool:
    """Whether the restore that has closed the site is done, or was killed and is undone now."""
    import importlib

    door = importlib.import_module("chapbook.backup.door")
    config = importlib.import_module("chapbook.config")
    return bool(door.attend(config.current()))


def _taken_back(root: str, error: BaseException) -> None:
    failed(root, error)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI application of a site that is closed: 503, and when to come back."""
    safe = environ.get("REQUEST_METHOD", "GET") in ("GET", "HEAD")
    text = ("<p>This site is being looked after, and will be back in a moment.</p>\n" + (
        "<p>This page tries again by itself.</p>" if safe else
        "<p>What you sent was not taken. Please go back in a minute, and send it again.</p>"))
    headers = [("Retry-After", str(RETRY))]
    if safe:                                      # who upgrades the site need not wait as long
        is_upgrading = COOKIE in environ.get("HTTP_COOKIE", "")
        headers.append(("Refresh", "2" if is_upgrading else str(RETRY)))
    return respond(environ, start_response, 503, page("Back in a moment", text), headers)


def page(title: str, text: str) -> str:
    """A complete page that needs no other file; both are HTML."""
    return PAGE.format(title=title, style=STYLE, text=text)


def respond(
    environ: dict[str, Any], start_response: Callable[..., Any], status: int, html: str,
    headers: Iterable[tuple[str, str]] = (),
) -> Iterable[bytes]:
    """Answer with one of these pages; what the visitor has sent is read first, within bounds."""
    import hashlib
    from base64 import b64encode

    _drain(environ)
    body = html.encode()
    style = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    reason = "OK" if status == 200 else "Service Unavailable"
    start_response(f"{status} {reason}", [
        ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", f"default-src 'none'; style-src 'sha256-{style}'; "
         "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"), *headers,
    ])
    return [b"" if environ.get("REQUEST_METHOD") == "HEAD" else body]


def enter(root: str) -> None:
    """For a process that is starting: come back when lib/ is whole; `go_on` knows what follows.

    By CGI a visitor who has to wait is answered here, and the process ends. After files were put it
    is started anew, for it may have read some of the old ones.
    """
    global _verdict
    if "GATEWAY_INTERFACE" not in os.environ or _listens():
        try:
            moves(root).whole(root)
        except Exception as error:
            print(f"chapbook: the upgrade cannot go on: {error}", file=sys.stderr)
        return
    verdict, changed = attend(root, dict(os.environ))
    if verdict == WAIT:
        _answer()
    if changed:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    if verdict == STEP:                           # should the imports that follow fail
        sys.excepthook = lambda kind, error, trace: _taken_back(root, error)
    _verdict = verdict


def _answer() -> NoReturn:
    """Answer a CGI request with the page of a site that is closed, and end the process."""
    environ: dict[str, Any] = {**os.environ, "wsgi.input": getattr(sys.stdin, "buffer", None)}
    head: list[str] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        head.extend([f"Status: {status}", *(f"{name}: {value}" for name, value in headers), "", ""])

    body = b"".join(answer(environ, start))
    data = "\r\n".join(head).encode("latin-1") + body
    try:
        while data:
            data = data[os.write(1, data):]
    except OSError:
        pass                                      # the visitor has left
    os._exit(0)


def _listens() -> bool:
    """Whether this is a FastCGI process, which some hosts start with the variables of CGI."""
    import socket

    try:
        with socket.socket(fileno=os.dup(0)) as given:
            return bool(given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return False


def _drain(environ: dict[str, Any]) -> None:
    """Read what was sent: Apache's mod_cgid loses an answer that is given before."""
    stream, length = environ.get("wsgi.input"), environ.get("CONTENT_LENGTH") or ""
    left = min(int(length), DRAIN_BYTES) if length.isascii() and length.isdigit() else 0
    until = time.monotonic() + DRAIN_SECONDS
    try:
        while left > 0 and stream is not None and time.monotonic() < until:
            data = stream.read(min(left, 65_536))
            if not data:
                return
            left -= len(data)
    except (OSError, ValueError):
        pass                                      # the visitor has left
