"""A sound site under a private Apache, once whole and once for each way of breaking it.

Each way is a virtual host on a port of its own: apache/chapbook.conf over https, with lines put
before its rules and lines put after all others.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from chapbook import doctor
from chapbook.cli import apache
from chapbook.cli.apache import Apache
from chapbook.db import connect
from chapbook.doctor import Finding, pages

from tests.support.sites import GROUP, USER, Site
from tests.support.sound import SETTINGS, settle

HSTS = 'Header always set Strict-Transport-Security "max-age=31536000"'
OPENING = "<VirtualHost ${CHAPBOOK_ADDRESS}:${CHAPBOOK_PORT}>"
DAEMON = '        WSGIDaemonProcess "chapbook-${CHAPBOOK_NAME}"'


class Break:
    """One way to break a host: `rules` come before the site's own, `last` after everything.

    `changes` are replaced in the configuration itself. Without `site` the host has only `last`.
    """

    def __init__(
        self, rules: str = "", last: str = "", *changes: tuple[str, str], certificate: str = "own",
        hsts: bool = True, https: bool = True, site: bool = True,
    ) -> None:
        self.rules, self.last, self.changes = rules, last, changes
        self.certificate, self.hsts, self.https, self.site = certificate, hsts, https, site


def giving_out(pattern: str) -> Break:
    """A host that gives out what of the site has a path that fits: files as they are, or lists."""
    how = "SetHandler default-handler"
    if pattern.endswith("/"):
        how = "Options +Indexes\nDirectoryIndex disabled\nSetHandler None"
    return Break(
        f'RewriteRule "^/({pattern})$" "${{CHAPBOOK_ROOT}}/$1" [END]',
        f'<LocationMatch "^/({pattern})$">\nRequire all granted\n{how}\n</LocationMatch>')


def without(header: str, where: str) -> Break:
    """A host that takes a header away from the answers whose address fits."""
    return Break("", f'<LocationMatch "{where}">\nHeader unset {header}\n'
                     f"Header always unset {header}\n</LocationMatch>")


def editing(old: str, new: str) -> Break:
    """A host that changes cookies on their way."""
    return Break("", f'<Location "/">\nHeader edit Set-Cookie "{old}" "{new}"\n'
                     f'Header always edit Set-Cookie "{old}" "{new}"\n</Location>')


def missing() -> str | None:
    """Why no such hosts can be served on this machine, or None."""
    if shutil.which("openssl") is None:
        return "openssl is not installed (apt-get install openssl)"
    if not os.path.exists(f"{apache.find()[1]}/mod_ssl.so"):
        return "Apache's mod_ssl is not installed"
    return None


class Doctored:
    """The site, its Apache with a host for each of `breaks` and a "sound" one, and the doctor."""

    def __init__(self, breaks: dict[str, Break]) -> None:
        self.site = Site(SETTINGS)
        self.root = self.site.root
        self._keys = Path(tempfile.mkdtemp(prefix="chapbook-keys-"))
        if os.geteuid() == 0:
            shutil.chown(self._keys, USER, GROUP)          # who puts a socket there
        self._fill()
        self.ports = _ports(["apache itself", "sound", *breaks])
        self.certificate = self._certificate("own", "localhost")
        self._certificate("foreign", "elsewhere.example")
        text = (self.root / "apache/chapbook.conf").read_text("utf-8")
        head, _, block = text.partition(OPENING)
        block, _, _ = block.partition("</VirtualHost>")
        hosts = [f'Define CHAPBOOK_ROOT "{self.root}"\nDefine CHAPBOOK_WSGI\n{_modules()}\n'
                 f'ScriptSock "{self._keys}/cgid.sock"', head,
                 self._host("sound", Break(), block)]
        followers = "\n".join(line for line in block.splitlines() if not line.startswith(DAEMON))
        hosts += [self._host(name, each, followers) for name, each in breaks.items()]
        self.server = Apache(str(self.root), "wsgi", port=self.ports["apache itself"],
                             configuration="\n".join(hosts))
        self.server.start()

    def stop(self) -> None:
        """End the server, and delete everything."""
        self.server.stop()
        self.site.remove()
        shutil.rmtree(self._keys)

    def findings(self, host: str = "sound", **options: Any) -> list[Finding]:
        """All that the doctor finds, asking this host; of others than "sound", not what has nothing
        to do with how a host is set up: that pages can be loaded, and how much may be sent.
        """
        given = {"url": f"https://localhost:{self.ports[host]}",
                 "plain": f"http://localhost:{self.ports['redirecting']}", **options}
        with pytest.MonkeyPatch.context() as patch:
            if host != "sound":
                patch.setattr(pages, "ALWAYS", ())
                patch.setattr("chapbook.doctor.host._bodies", lambda place, sent: ())
            return doctor.examine(str(self.root), deploy=True, **given)

    def _fill(self) -> None:
        """What a site has besides, so that there is something to be found."""
        for script in (self.root / "cgi-bin").glob("*.py"):
            if not (Path(apache.__file__).parents[3] / "cgi-bin" / script.name).exists():
                script.unlink()                            # pages of other tests
        for name, text in {
            ".git/HEAD": "ref: refs/heads/main\n", ".env": "PASSWORD=correct horse\n",
            "tests/test_it.py": "assert 'a test of the site'\n",
            "setup.cfg": "[metadata]\nname = club\n", "htdocs/pictures/boat.svg": "<svg/>\n",
        }.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (self.root / "var/secret").write_bytes(os.urandom(32))
        (self.root / "var/secret").chmod(0o600)
        compiled = self.root / "lib/chapbook/__pycache__"
        compiled.mkdir(exist_ok=True)
        (compiled / "errors.cpython-311.pyc").write_bytes(b"compiled, or as good as that")
        with connect(self.site.config) as db:
            settle(db, self.site.config)
        self.site.give_away()
        subprocess.run(["chmod", "-R", "go-w", str(self.root)], check=True)

    def _certificate(self, name: str, host: str) -> Path:
        key, certificate = self._keys / f"{name}.key", self._keys / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-nodes", "-subj", f"/CN={host}", "-newkey", "ec",
             "-pkeyopt", "ec_paramgen_curve:prime256v1", "-addext", f"subjectAltName=DNS:{host}",
             "-keyout", str(key), "-out", str(certificate)],
            stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
        self._keys.chmod(0o755)
        key.chmod(0o644)                                   # for the user of the server
        return certificate

    def _host(self, name: str, each: Break, block: str) -> str:
        if not each.site:
            block = "ServerName localhost\nRewriteEngine On\n"
        for old, new in each.changes:
            assert old in block, old
            block = block.replace(old, new)
        block = block.replace("RewriteEngine On", f"RewriteEngine On\n{each.rules}", 1)
        tls = (f'SSLEngine on\nSSLCertificateFile "{self._keys}/{each.certificate}.pem"\n'
               f'SSLCertificateKeyFile "{self._keys}/{each.certificate}.key"') if each.https else ""
        port = self.ports[name]
        return (f"Listen 127.0.0.1:{port}\n<VirtualHost *:{port}>\n{block}\n{tls}\n"
                f"{HSTS if each.hsts else ''}\n{each.last}\n</VirtualHost>")


def _ports(names: list[str]) -> dict[str, int]:
    """A free port for each name, all of them different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in names]
        return {name: probe.getsockname()[1] for name, probe in zip(names, probes)}


def _modules() -> str:
    """The modules that the hosts need beyond those of chapbook.conf, if they are not built in."""
    folder = apache.find()[1]
    return "\n".join(
        f'<IfModule !{name}_module>\nLoadModule {name}_module "{folder}/mod_{name}.so"\n</IfModule>'
        for name in ("ssl", "socache_shmcb", "dir", "autoindex", "cgid")
        if os.path.exists(f"{folder}/mod_{name}.so"))
