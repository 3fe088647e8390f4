"""What the host really does with a page: the envoy is put there, asked over HTTP, and listened to.

Nothing is told twice: where a fault is seen from the files already, it has its finding there.
"""
from __future__ import annotations

import json
import os
import pwd
from contextlib import contextmanager, suppress
from shlex import quote
from urllib.parse import quote_plus

from .. import forwarded
from ..errors import ConfigError
from . import envoy, machine
from .findings import Finding, named
from .place import stat_of
from .probe import Unreachable
from .scripts import scripts
from .starts import FIRST_LINE, LEAST_PYTHON, LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .place import Place
    from .probe import Probe

MOST_SENT = 4 << 20           # bytes of a body that is sent on trial
FCGID = 131_072               # FcgidMaxRequestLen, and SecRequestBodyNoFilesLimit, unless changed
# What a visitor of a site about computers may write, and firewalls of hosts dislike.
SUSPICIOUS = ("<script>alert('1')</script> ' OR 1=1; SELECT password FROM users -- "
              "../../../../etc/passwd <?php system($_GET['c']); ?>")
MOST_ASKED = 20               # pages of other owners

_SHELL = """#!/bin/sh
# Chapbook's doctor asks what the web server's programs find; it takes this file away again.
if [ "${HTTP_X_DOCTOR-}" != @TOKEN@ ]; then
    printf 'Status: 404 Not Found\\r\\nContent-Type: text/plain\\r\\n\\r\\n'
    exit
fi
printf 'Content-Type: text/plain\\r\\n\\r\\n@TOKEN@\\n'
printf '%s\\n' "${PATH-}"
python=$(command -v @PYTHON@) || exit 0
printf '%s\\n' "$python"
"$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>&1
"""


class Envoy:
    """A script that is there for a moment; `ask` gives what it tells, None where it does not."""

    def __init__(self, place: Place, probe: Probe) -> None:
        self._probe, self._place = probe, place
        name = f"doctor-{os.urandom(8).hex()}"
        self.path = os.path.join(place.root, "cgi-bin", f"{name}.py")
        self.address, self.token = f"/{name}", os.urandom(16).hex()
        with open(envoy.__file__, encoding="utf-8") as file:
            self._source = file.read().replace('TOKEN = ""', f'TOKEN = "{self.token}"', 1)

    def write(self, text: str = "") -> bool:
        """Put it there, or something else in its place; False where nothing can be put."""
        text = text or f"{_first_line(self._place)}\n{self._source}"
        try:
            file = os.open(self.path + "-new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
            try:
                os.fchmod(file, 0o755)
                if self._place.is_root:
                    os.fchown(file, self._place.user, self._place.group)
                os.write(file, text.encode())
            finally:
                os.close(file)
            os.replace(self.path + "-new", self.path)
        except OSError:                           # closed, or no room
            with suppress(OSError):
                os.unlink(self.path + "-new")
            return False
        return True

    def ask(self, body: bytes | None = None) -> dict[str, Any] | None:
        """What it tells of itself, or of this body, which may not arrive."""
        headers = {"X-Doctor": self.token, "Authorization": "Bearer doctor"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            reply = self._probe.ask("GET" if body is None else "POST", self.address, headers, body)
        except Unreachable:
            if body is None:
                raise
            return None                           # cut off, because it was too large
        try:
            told = json.loads(reply.body)
        except ValueError:
            return None
        return told if isinstance(told, dict) and told.get("token") == self.token else None

    def shell(self, program: str) -> list[str] | None:
        """What a script of the shell tells in its place: its PATH, a Python there, its version."""
        text = _SHELL.replace("@PYTHON@", quote(program)).replace("@TOKEN@", self.token)
        if not self.write(text):
            return None
        reply = self._probe.get(self.address, **{"X-Doctor": self.token})
        lines = reply.body.decode("utf-8", "replace").splitlines()
        return lines[1:] if lines[:1] == [self.token] else None


def examined(place: Place, probe: Probe, fails: bool) -> Iterator[Finding]:
    """All that the envoy tells; `fails` says that the first page answers 500 or worse."""
    with _sent(place, probe) as sent:
        if sent is None:
            return
        told = sent.ask()
        if told is None:
            if fails:
                yield from _python_there(sent, _first_line(place))
            return
        if told["stays"] and sent.write():        # anew: what has changed since the first was asked
            again = sent.ask() or told
            told["stale"] = sorted({*told["stale"], *again["stale"]})
        yield from of_process(place, told)
        yield from of_request(place, told)
        yield from _bodies(place, sent)
    yield from _owners(place, probe, told)


def of_process(place: Place, told: dict[str, Any]) -> Iterator[Finding]:
    """What is wrong with the process that pages run in, by the facts of an envoy."""
    version = tuple(told["python"][:2])
    if version < LEAST_PYTHON:
        yield _too_old(".".join(map(str, version)), told["executable"])
    yield from machine.of_encoding(str(told["encoding"]))
    yield from machine.of_caps(bool(told["processes"]), bool(told["threads"]))
    var = place.config.path(place.config.paths.var)
    found = stat_of(var)
    if found is not None and told["user"] not in (0, found.st_uid):
        name = _user(int(told["user"]))
        yield Finding(
            "wrong-owner",
            f"The web server runs pages as the user {name}, and {place.short(var)} belongs to "
            f"{_user(found.st_uid)}: pages that store something fail.",
            f"chown -R {name} {place.short(var)} site.ini    (as root; where you are not, ask your "
            "host how pages run as yourself: suexec, or PHP's way of it)")
    if told["stale"]:
        yield Finding(
            "code-stale",
            "The server goes on with modules as they were before they were changed: "
            f"{named(told['stale'])}.",
            "Restart it: by `Restart` in the control panel, or touch tmp/restart.txt (Passenger), "
            "or touch apache/dispatch.wsgi (mod_wsgi); on a server of your own, systemctl reload "
            "apache2. With apache/dispatch.wsgi as it comes, that is done by itself.")


def of_request(place: Place, told: dict[str, Any]) -> Iterator[Finding]:
    """What of a request does not arrive, by the facts of an envoy who was sent all of it."""
    if not told["authorization"]:
        yield Finding(
            "authorization-missing",
            "The web server keeps the header Authorization from pages, so programs cannot sign in "
            "by a password or key in it. Visitors with browsers do not notice.",
            'In .htaccess: SetEnvIf Authorization "^(.+)$" HTTP_AUTHORIZATION=$1    (for mod_wsgi: '
            "WSGIPassAuthorization On; in a virtual host: CGIPassAuth On)")
    yield from of_proxies(place, told)


def of_proxies(place: Place, told: dict[str, Any]) -> Iterator[Finding]:
    """Whether the request came through a machine that the site does not know of."""
    headers = list(told["forwarded"])
    try:
        is_named = forwarded.client(
            str(told["address"]), "192.0.2.1", str(place.config.site.proxies)) == "192.0.2.1"
    except ConfigError:
        return                                    # the file is broken, and that has been said
    if headers and not is_named:
        shown = [name.removeprefix("HTTP_").replace("_", "-").title() for name in headers]
        yield Finding(
            "proxy-unnamed",
            f"Visitors come through a proxy at {told['address']} (it sends {named(shown)}), of "
            "which the site does not know: all of them seem to be one, and one who guesses "
            "passwords locks out all.",
            f"In site.ini, below [site], write: proxies = {told['address']}    (if that is a "
            "machine of your host's, or a service that you use)")


def _bodies(place: Place, sent: Envoy) -> Iterator[Finding]:
    most = min(int(place.config.limits.body), MOST_SENT)
    if not _arrives(sent, b"text=words"):
        return                                    # forms of whatever size; nothing is known then
    if not _arrives(sent, b"text=" + quote_plus(SUSPICIOUS).encode()):
        yield Finding(
            "firewall",
            "A firewall of the host (mod_security, mostly) refuses forms with certain words, such "
            "as those of SQL or HTML. Visitors who write about computers are turned away, and the "
            "site never learns of it.",
            "Look for ModSecurity in the control panel and switch it off for this site, or ask "
            "your host to do that. Chapbook does not need it.")
    if _arrives(sent, bytes(most)):
        return
    passes = next((size for size in (FCGID << power for power in range(5, -1, -1))
                   if size < most and _arrives(sent, bytes(size))), 0)
    exactly = passes == FCGID and not _arrives(sent, bytes(FCGID + 1))
    yield Finding(
        "body-limit",
        f"The site takes forms of {most >> 10} KB and more, but the host lets "
        + (f"only {passes >> 10} KB" if exactly else f"hardly more than {passes >> 10} KB" if passes
           else f"less than {FCGID >> 10} KB")
        + " pass: whoever sends a picture gets an error that the site never learns of.",
        ("Ask your host for FcgidMaxRequestLen 67108864 (mod_fcgid) or a larger "
         "SecRequestBodyNoFilesLimit (mod_security): both are 131072 unless somebody changes them."
         if exactly else "Ask your host for more (LimitRequestBody, client_max_body_size).")
        + " Or write into site.ini, below [limits], what passes, so that visitors are told before.")


def _owners(place: Place, probe: Probe, told: dict[str, Any]) -> Iterator[Finding]:
    """Under suexec a script that belongs to another user, or group, is not started at all."""
    refused = []
    group = place.group
    for path in list(scripts(place.root))[:MOST_ASKED]:
        found = stat_of(path)
        if found is None or (found.st_uid, found.st_gid) == (told["user"], group):
            continue
        inside = os.path.relpath(path, os.path.join(place.root, "cgi-bin")).removesuffix(".py")
        if probe.get("/" if inside == "index" else "/" + inside).status == 500:
            refused.append(place.short(path))
    if refused:
        name = _user(int(told["user"]))
        yield Finding(
            "script-owner",
            f"The web server starts only scripts that belong to {name} and to that user's group, "
            f"and these do not: {named(refused)}. They answer 500.",
            f"chown {name}: {' '.join(refused[:10])}    (as root; without it, upload the files "
            "once more by FTP, and delete those that are there before)")


def _python_there(sent: Envoy, first: str) -> Iterator[Finding]:
    """Scripts of the shell run, and Python does not: what there is of it for the web server."""
    words = first.removeprefix("#!").split()
    program = words[-1] if words else "python3"
    told = sent.shell(program)
    if told is None:
        return
    if len(told) < 2:
        yield Finding(
            "interpreter-missing",
            f"The web server does not find the program that shall run pages ({program}): it looks "
            f"in {told[0] if told else 'no folder'}.",
            "Write the whole path into the first lines of scripts, such as #!/usr/bin/python3; or "
            'let the web server look there: SetEnv PATH "/usr/local/bin:/usr/bin:/bin"')
    elif told[2:] and told[2].replace(".", "").isdigit():
        version = tuple(int(part) for part in told[2].split("."))
        if version < LEAST_PYTHON:
            yield _too_old(told[2], told[1])
    else:
        yield Finding(
            "interpreter-closed",
            f"The web server cannot start {told[1]}: "
            f"{told[2] if told[2:] else 'it ends without a word'}.",
            "Use a Python that everybody on this machine may run: write its path into the first "
            "lines of scripts, such as #!/usr/bin/python3")


def _too_old(version: str, program: str) -> Finding:
    return Finding(
        "python-version",
        f"The web server runs pages with Python {version} ({program}), and they need 3.11 or "
        "newer.",
        "Ask your host for a newer Python (a control panel often offers several), and write its "
        "path into the first lines of scripts: #!/usr/bin/python3.11, for example.")


def _arrives(sent: Envoy, body: bytes) -> bool:
    told = sent.ask(body)
    return told is not None and told.get("received") == len(body)


def _first_line(place: Place) -> str:
    """The first line of the site's own pages."""
    for path in scripts(place.root):
        try:
            with open(path, "rb") as file:
                first = file.readline(LONGEST)
        except OSError:
            continue
        if first.startswith(b"#!") and b"python" in first and not first.endswith(b"\r\n"):
            return first.decode("utf-8", "replace").strip()
    return FIRST_LINE


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


@contextmanager
def _sent(place: Place, probe: Probe) -> Iterator[Envoy | None]:
    sent = Envoy(place, probe)
    if not sent.write():
        yield None
        return
    try:
        yield sent
    finally:
        with suppress(FileNotFoundError):
            os.unlink(sent.path)
