"""The built-in server."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.gateways.base import Gateway
from tests.support.sites import GROUP, USER, Site


class BuiltinGateway(Gateway):
    """The built-in server, as a process of its own."""

    name = "builtin"
    cut_off = 0

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        account: dict[str, Any] = {}
        if os.geteuid() == 0:
            account = {"user": USER, "group": GROUP, "extra_groups": []}
        python = str(Path(sys.prefix) / "bin/python3")
        self._errors = open(site.root.parent / "builtin.log", "ab")
        try:
            self._process = subprocess.Popen(
                [python, "-m", "chapbook.server.builtin", str(site.root), "--port", "0"], cwd="/",
                env={"PYTHONPATH": str(site.root / "lib"), "PATH": "/usr/bin:/bin"}, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
                start_new_session=True, **account)
        except PermissionError as error:
            raise RuntimeError(f"the user {USER} may not run {os.path.realpath(python)}: make the "
                               "environment of the tests from /usr/bin/python3") from error
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        assert first.startswith("http://"), (site.root.parent / "builtin.log").read_text()
        self.port = int(first.rpartition(":")[2])
        self._drain = subprocess.Popen(
            ["cat"], stdin=self._process.stdout, stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._drain.wait()
        self._errors.close()
