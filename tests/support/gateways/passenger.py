"""A private Phusion Passenger, which starts processes of passenger_wsgi.py as it needs them."""
from __future__ import annotations

import os
import shutil
import signal
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
from tests.support.sites import GROUP, USER, Site, eventually


class PassengerGateway(Gateway):
    """Passenger's own web server, as "passenger start --engine builtin" has it, without Ruby."""

    name = "passenger"
    cut_off = 0               # it leaves those who leave, though a process has begun with what came
    own_reasons = True

    def __init__(self, site: Site, python: str = f"{sys.prefix}/bin/python3") -> None:
        super().__init__(site)
        agent, places, trouble = packages.passenger()
        if not agent:
            need(trouble)
        if trouble:                               # nothing that could be installed would help
            pytest.skip(trouble)
        if not (site.root / "passenger_wsgi.py").exists():
            shutil.copy(site.root / "apache/passenger_wsgi.py", site.root)
        (site.root / "tmp").mkdir(exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="chapbook-", dir="/tmp"))
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = {"user": USER, "group": GROUP, "extra_groups": []}
            shutil.chown(self.folder, USER, GROUP)
            site.give_away()
        self.port = free_port(self.host)
        here = str(self.folder)
        with open(self.folder / "said.log", "ab") as log:
            self._process = subprocess.Popen(
                [agent, "watchdog", "--passenger-root", places, "--no-user-switching",
                 "--instance-registry-dir", here, "--spawn-dir", here,
                 "--log-file", f"{here}/passenger.log",
                 "--BC", "--listen", f"tcp://{self.host}:{self.port}", "--app-type", "wsgi",
                 "--startup-file", f"{site.root}/passenger_wsgi.py",
                 "--python", python, "--max-pool-size", "4",
                 "--min-instances", "2", "--stat-throttle-rate", "0", "--data-buffer-dir", here,
                 "--disable-friendly-error-pages", "--disable-security-update-check",
                 "--disable-anonymous-telemetry", "--disable-turbocaching", "--no-graceful-exit",
                 str(site.root), "--EC"],
                cwd="/", env={"PATH": "/usr/bin:/bin", "TMPDIR": here},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **account)
        try:
            eventually(self._answers)
        except BaseException:
            print(self.logs(), file=sys.stderr)
            self.stop()
            raise

    def logs(self) -> str:
        """What it and the pages have said."""
        return "".join(path.read_text("utf-8", "replace") for path in self.folder.glob("*.log"))

    def graceful(self) -> None:
        """Have the processes started anew, as a user does by FTP."""
        (self.site.root / "tmp/restart.txt").write_text("")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.logs()
        try:
            return self.get("/").status == 200
        except OSError:
            return False
