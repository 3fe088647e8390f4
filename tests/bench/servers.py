"""The contenders, each behind a private Apache of its own with as few lines as it needs."""
from __future__ import annotations

import glob
import re
from collections.abc import Callable
from pathlib import Path

import click

from chapbook.cli import modwsgi
from chapbook.cli.apache import Apache, find

from tests.bench import fpm
from tests.bench.place import Place

TREE = Path(__file__).resolve().parents[2]


class Contender:
    """One way to answer /guestbook: `name`, and `url` after `start`."""

    def __init__(self, name: str, place: Place, configuration: str, *, wsgi: bool = False,
                 before: Callable[[], Callable[[], None]] | None = None) -> None:
        self.name = name
        self.is_floor = name.endswith("constant")
        # ab now and then waits for ever where a server ends a kept connection after 100 requests.
        configuration = f"MaxKeepAliveRequests 0\n{configuration}"
        self._server = Apache(place.root, "wsgi" if wsgi else "cgi", configuration=configuration)
        self._before = before
        self._after: Callable[[], None] | None = None

    def start(self) -> None:
        """Start its servers."""
        if self._before is not None:
            self._after = self._before()
        self._server.start()
        self.url = f"{self._server.address}/guestbook"

    def stop(self) -> None:
        """End its servers."""
        self._server.stop()
        if self._after is not None:
            self._after()

    def logs(self) -> str:
        """What its Apache wrote to the error log."""
        return self._server.logs()[-3000:]


def missing() -> str | None:
    """Why nothing can be measured on this machine, or None."""
    try:
        find()
    except click.ClickException as error:
        return error.message
    return None


def by_cgi(place: Place) -> tuple[list[Contender], list[str]]:
    """The contenders that start a process for each request, and what is missing."""
    contenders = [
        Contender("bare Python, a constant", place, _script(place, "floor.py")),
        Contender("Chapbook", place, _site(place, "")),
        Contender("Jinja2 and PyMySQL, naive", place, _script(place, "raw.py")),
    ]
    if fpm.has_mysqli():
        contenders.append(Contender("php-cgi", place, _script(place, "guestbook.cgi")))
        return contenders, []
    return contenders, ["php-cgi with mysqli (apt-get install php-cgi php-mysql)"]


def by_wsgi(place: Place, daemon: tuple[int, int]) -> tuple[list[Contender], list[str]]:
    """The contenders whose processes stay (`daemon` processes, threads), and what is missing."""
    lacking: list[str] = []
    contenders: list[Contender] = []
    try:
        modwsgi.find(place.root, find()[1])
    except click.ClickException as error:
        lacking.append(f"mod_wsgi: {error.message}")
    else:
        defines = "Define CHAPBOOK_PROCESSES {}\nDefine CHAPBOOK_THREADS {}\n".format(*daemon)
        contenders += [
            Contender("a constant", place, _wsgi(place, "floor.py", daemon), wsgi=True),
            Contender("Chapbook", place, _site(place, "Define CHAPBOOK_WSGI\n" + defines),
                      wsgi=True),
            Contender("Jinja2 and PyMySQL, raw", place, _wsgi(place, "raw.py", daemon), wsgi=True),
        ]
        try:
            import flask  # noqa: F401
        except ImportError:
            lacking.append("Flask (.venv/bin/pip install flask)")
        else:
            contenders.append(
                Contender("Flask", place, _wsgi(place, "flask_page.py", daemon), wsgi=True))
    if fpm.program() is None or not fpm.has_mysqli():
        lacking.append("PHP-FPM with mysqli (apt-get install php-fpm php-cgi php-mysql)")
    else:
        folder = str(place.site.root.parent / "fpm")
        contenders += [
            Contender("PHP-FPM", place, _proxy(place, folder), before=lambda: fpm.start(folder)),
            Contender("PHP-FPM, kept connection", place,
                      'SetEnv BENCH_KEPT "p:"\n' + _proxy(place, folder)),
        ]
    return contenders, lacking


def default_daemon() -> tuple[int, int]:
    """The processes and threads that apache/chapbook.conf gives to mod_wsgi."""
    text = (TREE / "apache/chapbook.conf").read_text(encoding="utf-8")
    processes, threads = (int(re.search(rf"Define CHAPBOOK_{name} (\d+)", text)[1])  # type: ignore
                          for name in ("PROCESSES", "THREADS"))
    return processes, threads


def _site(place: Place, defines: str) -> str:
    return (f'Define CHAPBOOK_ROOT "{place.root}"\nDefine CHAPBOOK_PORT *\n{defines}'
            f'Include "{place.root}/apache/chapbook.conf"\n')


def _script(place: Place, name: str) -> str:
    """One CGI program, found by `python3` on the same PATH as the site's scripts."""
    return "\n".join([
        f'SetEnv PATH "{place.root}/.venv/bin:/usr/local/bin:/usr/bin:/bin"',
        f'ScriptAlias /guestbook "{place.contenders}/{name}"', _granted(place),
    ])


def _wsgi(place: Place, name: str, daemon: tuple[int, int]) -> str:
    processes, threads = daemon
    packages = _packages(place)
    return "\n".join([
        f'WSGIDaemonProcess bench processes={processes} threads={threads} python-path="{packages}"'
        f' home="{place.root}" lang=C.UTF-8 locale=C.UTF-8 display-name=%{{GROUP}}',
        f'WSGIScriptAlias / "{place.contenders}/{name}" process-group=bench'
        " application-group=%{GLOBAL}", _granted(place),
    ])


def _proxy(place: Place, folder: str) -> str:
    modules = find()[1]
    return "\n".join([
        f'LoadModule proxy_module "{modules}/mod_proxy.so"',
        f'LoadModule proxy_fcgi_module "{modules}/mod_proxy_fcgi.so"',
        "SetEnv ap_trust_cgilike_cl 1",           # else no connection could be kept
        f'Alias /guestbook "{place.contenders}/guestbook.php"', _granted(place),
        f'<Directory "{place.contenders}">',
        f'SetHandler "proxy:unix:{folder}/sock|fcgi://localhost/"', "</Directory>",
    ])


def _granted(place: Place) -> str:
    return (f'<Directory "{place.contenders}">\nRequire all granted\nOptions ExecCGI\n'
            "</Directory>")


def _packages(place: Place) -> str:
    return glob.glob(f"{glob.escape(place.root)}/.venv/lib/python3*/site-packages")[0]
