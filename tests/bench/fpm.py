"""PHP: whether it is here with MySQL, and a private PHP-FPM."""
from __future__ import annotations

import glob
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.bench.place import PHP_CGI
from tests.support.sites import GROUP, USER

CHILDREN = 4
READY_WITHIN = 15.0


def program() -> str | None:
    """The path of PHP-FPM, which Debian names after its version; None where there is none."""
    found = [shutil.which("php-fpm"), *sorted(glob.glob("/usr/sbin/php-fpm*"))]
    return next((path for path in found if path), None)


def has_mysqli() -> bool:
    """Is there a PHP that speaks to MySQL?"""
    if PHP_CGI is None:
        return False
    listed = subprocess.run([PHP_CGI, "-m"], capture_output=True, text=True, check=False)
    return "mysqli" in listed.stdout.split()


def start(folder: str) -> Callable[[], None]:
    """Start PHP-FPM in a new folder, with its socket there; gives what ends it."""
    os.mkdir(folder)
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": USER, "group": GROUP, "extra_groups": []}
        shutil.chown(folder, USER, GROUP)
    with open(f"{folder}/fpm.conf", "w", encoding="utf-8") as file:
        file.write(
            f"[global]\nerror_log = {folder}/log\ndaemonize = no\n[bench]\n"
            f"listen = {folder}/sock\npm = static\npm.max_children = {CHILDREN}\n"
            "php_admin_value[opcache.enable] = 1\n")
    process = subprocess.Popen(
        [program() or "php-fpm", "--nodaemonize", "--fpm-config", f"{folder}/fpm.conf"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, **account)

    def stop() -> None:
        process.terminate()
        process.wait()

    until = time.monotonic() + READY_WITHIN
    with socket.socket(socket.AF_UNIX) as door:
        while door.connect_ex(f"{folder}/sock"):
            if process.poll() is not None or time.monotonic() > until:
                stop()
                raise RuntimeError("PHP-FPM did not start")
            time.sleep(0.02)
    return stop
