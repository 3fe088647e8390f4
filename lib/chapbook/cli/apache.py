"""A private Apache around apache/chapbook.conf: its own folder and port, never root."""
from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Any

import click

from . import modwsgi
from .follow import Followed

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

MODES = {"cgi": "", "wsgi": "Define CHAPBOOK_WSGI", "embedded": "Define CHAPBOOK_WSGI_EMBEDDED"}
BINARIES = ("apache2", "httpd")
MODULE_FOLDERS = ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules",
                  "/usr/lib/httpd/modules", "/usr/local/apache2/modules", "/usr/lib64/apache2")
MODULES = ("mpm_event", "unixd", "log_config", "authz_core", "alias", "env", "headers", "mime",
           "reqtimeout", "rewrite", "setenvif")
USER = "nobody"              # whom the server runs as, when it is started by root
MOST_SOCKET_PATH = 100       # Unix socket paths end at 107 characters
READY_WITHIN = 15.0          # seconds
STOPPED_WITHIN = 10.0
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Apache:
    """An Apache of its own for one site, by CGI ("cgi") or mod_wsgi ("wsgi", "embedded").

    Use it in a `with` block, or call start() and stop(). `address` is its http:// address. Started
    by root it runs as `user`, who must be able to read the tree and to run its Python.
    `configuration` replaces the site's virtual host (apache/chapbook.conf) by other text. Whatever
    is in the way of starting raises a ClickException that says what it is and what to do.
    """

    def __init__(self, root: str, mode: str = "cgi", *, host: str = "127.0.0.1", port: int = 0,
                 user: str = USER, configuration: str | None = None) -> None:
        self.root, self.mode, self.host, self.port = os.path.realpath(root), mode, host, port
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._account = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        self._who = user if self._account else f"number {os.geteuid()}"
        self._configuration = configuration
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = ""

    def __enter__(self) -> Apache:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Where it is, such as http://127.0.0.1:8000."""
        return f"http://{_bracketed(self.host)}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        binary, modules = find()
        if any(character in self.root for character in '"\\${}%\n'):
            raise click.ClickException(
                "Apache cannot serve from a folder with one of \" \\ $ { } % in its name: "
                f"rename {self.root}.")
        self._check_readable()
        if self.mode == "cgi" and self._configuration is None:
            self._check_python()
        wsgi = "" if self.mode == "cgi" else modwsgi.find(self.root, modules)
        self._make_folder()
        for tries in range(3):
            chosen = self.port or free_port(self.host)
            self._write("httpd.conf", self._text(modules, wsgi, chosen))
            if self._came_up(binary):
                self.port = chosen
                return
            if self.port or "Address already in use" not in self.logs():
                break
        said = "\n".join(self.logs().splitlines()[-8:])
        self.stop()
        raise click.ClickException(f"Apache did not start. It said:\n{said}")

    def stop(self) -> None:
        """End it, all its processes, and its folder. Nothing happens where it is not running."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(process.pid, signal.SIGKILL)     # what did not go by itself
            except ProcessLookupError:
                pass
            process.wait()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = ""

    def graceful(self) -> None:
        """Let it read its configuration again; requests that are being answered are finished."""
        if self._process is not None:
            self._process.send_signal(signal.SIGUSR1)

    def running(self) -> bool:
        """Whether the server is alive."""
        return self._process is not None and self._process.poll() is None

    def logs(self, name: str = "error.log") -> str:
        """What is in its error log (tracebacks of dying scripts included), or in "access.log"."""
        try:
            with open(os.path.join(self.folder, name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def _came_up(self, binary: str) -> bool:
        path = os.path.join(self.folder, "error.log")
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._give(path)
        try:
            self._process = subprocess.Popen(
                [binary, "-f", os.path.join(self.folder, "httpd.conf"), "-D", "FOREGROUND"],
                cwd=self.folder, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C"},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **self._account,
            )
        finally:
            os.close(log)
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until and self.running():
            # Said once it listens. A connection would prove nothing: the port may be another's.
            if "resuming normal operations" in self.logs():
                return True
            time.sleep(0.02)
        return False

    def _make_folder(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="chapbook-")
        if len(self.folder) > MOST_SOCKET_PATH:
            os.rmdir(self.folder)
            self.folder = tempfile.mkdtemp(prefix="chapbook-", dir="/tmp")
        self._give(self.folder)

    def _give(self, path: str) -> None:
        if self._account:
            os.chown(path, pwd.getpwnam(self._who).pw_uid, self._account["group"])

    def _write(self, name: str, text: str) -> None:
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o644)

    def _text(self, modules: str, wsgi: str, port: int) -> str:
        lines = [
            f'ServerRoot "{self.folder}"', "ServerName localhost",
            f"Listen {_bracketed(self.host)}:{port}", f'DefaultRuntimeDir "{self.folder}"',
            f'PidFile "{self.folder}/httpd.pid"', f'Mutex "file:{self.folder}" default',
            f'ErrorLog "{self.folder}/error.log"', "LogLevel warn",
            "StartServers 2", "ServerLimit 4", "ThreadsPerChild 16", "MinSpareThreads 16",
            "MaxSpareThreads 64", "MaxRequestWorkers 64",
        ]
        for name in [*MODULES, *([] if wsgi else ["cgid"])]:
            path = f"{modules}/mod_{name}.so"
            if os.path.exists(path):                       # the others are built in
                lines += [f"<IfModule !{name}_module>", f'LoadModule {name}_module "{path}"',
                          "</IfModule>"]
        if wsgi:
            lines += [f'LoadModule wsgi_module "{wsgi}"', f'WSGISocketPrefix "{self.folder}/wsgi"']
        else:
            lines.append(f'ScriptSock "{self.folder}/cgid.sock"')
        lines += [
            f'TypesConfig "{_mime_types()}"',
            r'LogFormat "%{%H:%M:%S}t  %m %>s  %B B  %{ms}T ms  %U%q" line',
            f'CustomLog "{self.folder}/access.log" line',
        ]
        if self._configuration is not None:
            return "\n".join([*lines, self._configuration, ""])
        return "\n".join([
            *lines, f'Define CHAPBOOK_ROOT "{self.root}"', f"Define CHAPBOOK_PORT {port}",
            MODES[self.mode],
            f'Include "{self.root}/apache/chapbook.conf"', "",
        ])

    def _check_readable(self) -> None:
        """Whether the user of the server can enter and read the tree: tried as that user."""
        wanted = ["", "lib/chapbook/__init__.py", "apache", "cgi-bin", "templates"]
        if self._configuration is None:            # another one may have its files elsewhere
            wanted.append("htdocs")
        wanted += [name for name in ("site.ini", "var") if os.path.exists(f"{self.root}/{name}")]
        test = 'for path; do [ -r "$path" ] || { echo "$path"; exit 1; }; done'
        paths = [os.path.join(self.root, name) for name in wanted]
        found = subprocess.run(["/bin/sh", "-c", test, "sh", *paths], cwd="/",
                               stdout=subprocess.PIPE, text=True, **self._account)
        if found.returncode:
            path = found.stdout.strip()
            raise click.ClickException(
                f"Apache runs as the user {self._who}, who cannot read {path}: "
                f"{_fix(path, self._who, self.root)}")

    def _check_python(self) -> None:
        """Whether the user of the server can run the Python and the packages that scripts get."""
        path = f"{self.root}/.venv/bin:/usr/local/bin:/usr/bin:/bin"
        test = "import sys; sys.path.insert(0, sys.argv[1]); import chapbook, jinja2, multipart"
        found = subprocess.run(
            ["/usr/bin/env", "python3", "-c", test, f"{self.root}/lib"], cwd="/",
            env={"PATH": path}, capture_output=True, text=True, **self._account)
        if found.returncode:
            python = shutil.which("python3", path=path) or "python3"
            said = found.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
            raise click.ClickException(
                f"Scripts run as the user {self._who} with {python} ({os.path.realpath(python)}), "
                f"and that does not work: {said[0]}. Make the site's environment from a Python "
                "that everybody on this machine may run: "
                "rm -r .venv, then PYTHON=/usr/bin/python3 ./chapbook serve")


def find() -> tuple[str, str]:
    """Apache's program and the folder of its modules; ClickException where there is no Apache."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])
    binary = next(filter(None, (shutil.which(name, path=places) for name in BINARIES)), None)
    modules = next((folder for folder in MODULE_FOLDERS
                    if os.path.exists(f"{folder}/mod_rewrite.so")), None)
    if binary is None or modules is None:
        raise click.ClickException(
            "There is no Apache on this machine. Install it (sudo apt-get install apache2-bin), "
            "or serve without it: ./chapbook serve")
    return binary, modules


def free_port(host: str) -> int:
    """A port that was free a moment ago; Apache cannot choose one itself."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def serve(root: str, host: str, port: int, mode: str, log: str,
          ready: Callable[[str, int], None]) -> None:
    """Serve a site through a private Apache until Ctrl-C, printing what comes into the logs.

    `log` is the site's own. `ready` is told host and port once connections are accepted.
    """
    _hand_over(root)
    server = Apache(root, mode, host=host, port=port)
    logs = Followed()
    logs.add(log)
    # Also when the terminal is closed, and where SIGINT was ignored (a shell does so for "&"):
    # Apache is in a session of its own, and would stay.
    for number in _ENDS:
        signal.signal(number, _interrupted)
    try:
        server.start()
        ready(server.host, server.port)
        logs.add(f"{server.folder}/error.log")             # what is in it tells of the start
        logs.add(f"{server.folder}/access.log", whole=True)
        while server.running():
            logs.show()
            time.sleep(0.2)
        raise click.ClickException(f"Apache ended by itself:\n{server.logs()[-2000:]}")
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


def _hand_over(root: str) -> None:
    """Started by root: give what the site writes, and its settings, to the user of the server."""
    if os.geteuid() != 0 or _closed_above(root):
        return
    account = pwd.getpwnam(USER)
    for top in (os.path.join(root, "var"), os.path.join(root, "site.ini")):
        if not os.path.lexists(top) or os.lstat(top).st_uid == account.pw_uid:
            continue
        click.echo(f"Apache does not run as root: {top} now belongs to {USER}.")
        below = [os.path.join(place, name) for place, folders, names in os.walk(top)
                 for name in folders + names]
        for path in [top, *below]:
            os.lchown(path, account.pw_uid, account.pw_gid)


def _fix(path: str, who: str, root: str) -> str:
    """What the owner can do so that `who` can read `path`."""
    if parent := _closed_above(root):
        return (f"the folder {parent} is closed to others. Move the site to a place that "
                "others can enter, such as /srv.")
    if os.path.basename(path) in ("site.ini", "var"):
        return f"chown -R {who} '{path}'"
    return f"cd '{root}' && chmod a+rx . && chmod -R a+rX apache cgi-bin htdocs lib templates"


def _closed_above(root: str) -> str:
    """The folder nearest above `root` that other users cannot enter; empty where they can."""
    parent = os.path.dirname(root)
    while parent != "/":
        if not os.stat(parent).st_mode & stat.S_IXOTH:
            return parent
        parent = os.path.dirname(parent)
    return ""


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _mime_types() -> str:
    places = ("/etc/mime.types", "/etc/apache2/mime.types", "/etc/httpd/conf/mime.types")
    return next(filter(os.path.exists, places), "/dev/null")


def _interrupted(number: int, frame: FrameType | None) -> None:
    for other in _ENDS:                        # a closing terminal may say so twice
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt
