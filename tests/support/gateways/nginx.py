"""A private nginx with the configurations of the tree, and what runs the pages behind it."""
from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from chapbook.cli import packages
from chapbook.cli.apache import free_port

from tests.support.gateways.base import Gateway
from tests.support.mariadb import need
from tests.support.sites import GROUP, TREE, USER, Site, eventually

_CONFIGURATION = """
daemon off;
worker_processes 1;
pid "{folder}/nginx.pid";
error_log "{folder}/error.log" info;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path "{folder}/body";
    proxy_temp_path "{folder}/proxy";
    fastcgi_temp_path "{folder}/fastcgi";
    uwsgi_temp_path "{folder}/uwsgi";
    scgi_temp_path "{folder}/scgi";
    {server}
}}
"""


def program(*names: str) -> str:
    """The path of a program; the test is skipped where it is missing, or fails in CI."""
    found = packages.program(*names)
    if not found:
        need(f"{names[0]} is not here (./chapbook check installs it)")
    assert found
    return found


class Nginx(Gateway):
    """nginx and one program behind it, as the user of the servers, in a folder of their own."""

    cut_off = 0               # nginx takes the body in first, and leaves those who leave
    way: str                  # which of nginx/*.conf runs the pages
    shown: str                # and which is named on the page of docs/hosting/
    page: str
    program: subprocess.Popen[Any]        # what runs them
    reloads = True            # whether what runs them has a configuration to read again

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        binary = program("nginx")
        self.folder = Path(tempfile.mkdtemp(prefix="chapbook-", dir="/tmp"))
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._account = {"user": USER, "group": GROUP, "extra_groups": []}
            shutil.chown(self.folder, USER, GROUP)
        self._running: list[subprocess.Popen[Any]] = []
        self.socket = self.folder / "pages.sock"
        self.port = free_port(self.host)
        try:
            self.behind()
            eventually(self._is_listening)
            text = _CONFIGURATION.format(folder=self.folder, server=self.lines())
            (self.folder / "nginx.conf").write_text(text, "utf-8")
            self.run([binary, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")])
            eventually(self._answers)
        except BaseException:
            print(self.logs(), file=sys.stderr)
            self.stop()
            raise

    def behind(self) -> None:
        """Start what runs the pages, at `socket`."""
        raise AssertionError("each way has its own")

    def lines(self) -> str:
        """The lines that the documentation gives, with what they are to be here."""
        page = (TREE / f"docs/hosting/{self.page}.md").read_text("utf-8")
        lines = page.partition("```nginx\n")[2].partition("```")[0]
        for shown, here in (
            ("listen 80;", f"listen {self.host}:{self.port};"), ("www.example.org", "site.example"),
            ("/run/club/pages.sock", str(self.socket)), ("/srv/club", str(self.site.root)),
            (f"/nginx/{self.shown}.conf", f"/nginx/{self.way}.conf"),
        ):
            assert lines.count(shown) >= 1, f"{shown} is not in {self.page}.md"
            lines = lines.replace(shown, here)
        return lines

    def run(self, command: list[str], **more: Any) -> subprocess.Popen[Any]:
        """Start a program that ends with this gateway."""
        with open(self.folder / "said.log", "ab") as log:
            process: subprocess.Popen[Any] = subprocess.Popen(
                command, cwd="/", env={"PATH": "/usr/local/bin:/usr/bin:/bin"}, stdout=log,
                stderr=log, start_new_session=True,
                **{"stdin": subprocess.DEVNULL, **self._account, **more})
        self._running.append(process)
        return process

    def logs(self) -> str:
        """What all of them have said."""
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*.log"))

    def graceful(self) -> None:
        """Have both read their configurations again."""
        for process in self._running if self.reloads else self._running[1:]:
            process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        for process in reversed(self._running):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _is_listening(self) -> bool:
        assert all(process.poll() is None for process in self._running), self.logs()
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(self.socket))
        except OSError:
            return False
        return True

    def _answers(self) -> bool:
        assert all(process.poll() is None for process in self._running), self.logs()
        try:
            with self.connect():
                return True
        except OSError:
            return False


class NginxFastcgi(Nginx):
    """FastCGI by the toolkit's own processes."""

    name = "nginx-fastcgi"
    way = shown = page = "fastcgi"

    def behind(self) -> None:
        self.program = self.run([
            str(self.site.root / ".venv/bin/python3"), str(self.site.root / "nginx/dispatch.py"),
            "--socket", str(self.socket)])


class NginxUwsgi(Nginx):
    """WSGI by uWSGI."""

    name = "nginx-uwsgi"
    way = shown = "uwsgi"
    page = "nginx-uwsgi"

    def behind(self) -> None:
        if self.way == "uwsgi" and not packages.uwsgi_plugin():
            if sys.base_prefix == "/usr":
                need("uWSGI has no plug-in for this Python (./chapbook check installs it)")
            pytest.skip("uWSGI's plug-in is for the Python of the system, and this is another")
        own = self.folder / "own.ini"
        own.write_text(f"[uwsgi]\nini = {self.site.root}/nginx/{self.way}.ini\n"
                       f"socket = {self.socket}\n", "utf-8")
        self.program = self.run([program("uwsgi", "uwsgi-core"), "--ini", str(own)])


class UwsgiCgi(NginxUwsgi):
    """CGI by uWSGI."""

    name = "uwsgi-cgi"
    way = "uwsgi-cgi"
    of_one_request = True


class Fcgiwrap(Nginx):
    """CGI by fcgiwrap."""

    name = "fcgiwrap"
    way = shown = "fcgiwrap"
    page = "nginx-fcgiwrap"
    reloads = False
    of_one_request = True

    def behind(self) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.socket))
            self.socket.chmod(0o666)
            listener.listen(64)
            self.program = self.run([program("fcgiwrap"), "-c", "8", "-f"],
                                    stdin=listener.fileno())
