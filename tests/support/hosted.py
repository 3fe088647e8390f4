"""A sound site on hosts of several kinds, which tests break in one way at a time.

Each host is a private Apache on the same tree, started when it is first asked for.
"""
from __future__ import annotations

import http.client
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from chapbook import doctor
from chapbook.cli import apache
from chapbook.cli.apache import Apache
from chapbook.db import connect
from chapbook.doctor import Finding, exposed

from tests.support.gateways.fcgid import Fcgid
from tests.support.gateways.htaccess import drop_stub
from tests.support.gateways.suexec import Suexec
from tests.support.sites import Site
from tests.support.sound import SETTINGS, settle

Server = Callable[[str, str], Apache]
PAGES = ("guestbook", "index")
SERVERS: Mapping[str, Server] = {
    "cgi": lambda root, text: Apache(root, configuration=text),
    "suexec": lambda root, text: Suexec(root, configuration=text),
    "fcgid": lambda root, text: Fcgid(root, configuration=text),
    "wsgi": lambda root, text: Apache(root, "wsgi", configuration=text),
}


class Hosted:
    """The site and its hosts, each the tree's virtual host with lines changed, or one of its own.

    `hosts` are by name a server of SERVERS and, given the tree's virtual host, the configuration.
    """

    def __init__(self, hosts: Mapping[str, tuple[str, Callable[[str], str]]]) -> None:
        self.site = Site(SETTINGS)
        self.root = self.site.root
        self._hosts = hosts
        self._running: dict[str, Apache] = {}
        for script in (self.root / "cgi-bin").glob("*.py"):
            if script.stem not in PAGES:
                script.unlink()                            # what has tests of its own
        shutil.rmtree(self.root / "cgi-bin/admin")
        (self.root / "var/secret").write_bytes(os.urandom(32))
        (self.root / "var/secret").chmod(0o600)
        drop_stub(self.site, "htdocs/cgi-bin/chapbook.py", "../..")
        with connect(self.site.config) as db:
            settle(db, self.site.config)
        self.site.give_away()
        subprocess.run(["chmod", "-R", "go-w", str(self.root)], check=True)

    def stop(self) -> None:
        """End all servers, and delete everything."""
        for server in self._running.values():
            server.stop()
        self.site.remove()

    def server(self, host: str) -> Apache:
        """The server of a host."""
        if host not in self._running:
            kind, text = self._hosts[host]
            block = (self.root / "apache/chapbook.conf").read_text("utf-8")
            # Apache's own port, which chapbook.conf names: known when the server is started.
            port = apache.free_port("127.0.0.1")
            settings = f'Define CHAPBOOK_ROOT "{self.root}"\nDefine CHAPBOOK_PORT {port}\n'
            server = SERVERS[kind](str(self.root), settings + text(block))
            server.port = port
            server.start()
            self._running[host] = server
        return self._running[host]

    def status(self, host: str, path: str) -> int:
        """The status that a visitor gets."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server(host).port, timeout=20)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def findings(self, host: str, bodies: bool = True, port: int = 0) -> list[Finding]:
        """All that the doctor finds, what everybody can fetch apart, asking this host.

        Without `bodies` it does not try how much may be sent. `port` is another way to the host.
        """
        url = f"http://localhost:{port or self.server(host).port}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exposed, "examined", lambda place, probe: ())   # has tests of its own
            if not bodies:
                patch.setattr("chapbook.doctor.host._bodies", lambda place, sent: ())
            found = doctor.examine(str(self.root), deploy=True, url=url)
        # The log tells of what tests have broken before.
        return [finding for finding in found if finding.name != "pages-failed"]

    def names(self, host: str, bodies: bool = True) -> list[str]:
        """The names of what the doctor finds."""
        return [finding.name for finding in self.findings(host, bodies)]

    @contextmanager
    def as_it_was(self, *names: str) -> Iterator[Path]:
        """Let these files be changed, and put each back: its content, mode and owner, or none."""
        paths = [self.root / name for name in names]
        known = [(path.read_bytes(), path.stat()) if path.is_file() else None for path in paths]
        try:
            yield paths[0]
        finally:
            for path, old in zip(paths, known):
                if old is None:
                    path.unlink(missing_ok=True)
                else:
                    content, found = old
                    path.unlink(missing_ok=True)
                    path.write_bytes(content)
                    os.chown(path, found.st_uid, found.st_gid)
                    path.chmod(found.st_mode & 0o7777)


def forget_bytecode(root: Path) -> None:
    """Remove what Python has compiled below lib/."""
    for folder in list((root / "lib").rglob("__pycache__")):
        shutil.rmtree(folder)
