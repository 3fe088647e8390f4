"""Debian packages that the tests need: what is missing, and installing it without starting it."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig

import click

from chapbook.config import ROOT

from . import apache, modwsgi

# Programs of which any will do, and the package of the first. The packages that carry the bare
# programs have no service to start, unlike apache2 and mariadb-server.
SERVERS = (
    (("apache2",), "apache2-bin"),
    (("mariadbd",), "mariadb-server-core"),
    (("mariadb",), "mariadb-client-core"),
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
JAVA = ("java",)
BROWSER = ((CHROMIUM, "chromium"), (JAVA, "default-jre-headless"))
TEXT_BROWSER = ("lynx",)
# Packages that would start a service, now and at each boot: neither happens (policy-rc.d, 101).
SERVICES = {"nginx-light": ("nginx.service",),
            "fcgiwrap": ("fcgiwrap.service", "fcgiwrap.socket")}
QUIETLY = """\
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\\nexit 101\\n' >$policy && chmod 755 $policy
fi
"$@"
"""
SUEXEC = "/usr/lib/apache2/suexec"
# Where Debian puts some of them; often not on a user's PATH.
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


def program(*names: str) -> str | None:
    """The path of the first of these programs that is on PATH or in the folders for administrators.

    None where none of them is.
    """
    path = os.environ.get("PATH", os.defpath) + ":" + SBIN
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


def missing_browser() -> list[str]:
    """The packages of the browser, and of Java for the checker of HTML, that are not here."""
    return [package for names, package in BROWSER if not program(*names)]


def missing_text_browser() -> list[str]:
    """The package of the text browser, where that is not here."""
    return [] if program(*TEXT_BROWSER) else ["lynx"]


def missing() -> list[str]:
    """The packages whose programs are not on this machine, mod_wsgi's included."""
    packages = [package for names, package in SERVERS if not program(*names)]
    if not has_mod_wsgi() and not can_compile_mod_wsgi():
        packages += (["libapache2-mod-wsgi-py3"] if sys.base_prefix == "/usr"
                     else ["apache2-dev", "gcc"])
    if os.geteuid() == 0 and not os.path.exists(SUEXEC):      # nobody else can try it
        packages.append("apache2-suexec-pristine")
    return packages


def has_mod_wsgi() -> bool:
    """Is there an Apache with a mod_wsgi that fits this Python?"""
    try:
        modwsgi.find(ROOT, apache.find()[1])
    except click.ClickException:
        return False
    return True


def can_compile_mod_wsgi() -> bool:
    """Are the compiler, apxs and this Python's headers here, which mod_wsgi from PyPI needs?"""
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    return bool(program("apxs") and program("gcc") and os.path.exists(header))


def command(packages: list[str]) -> list[str]:
    """The apt-get line that installs the packages, to be run by root."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *packages]


def way() -> list[str] | None:
    """What to put before a command to run it as root: nothing, or sudo; None without a way."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    # Without a terminal to ask at, sudo is of use only where it asks nothing.
    return ["sudo"] if sys.stdin.isatty() and not os.environ.get("CI") else ["sudo", "-n"]


def install(packages: list[str]) -> bool:
    """Install packages with apt, as root or through sudo, naming each; did it succeed?"""
    before = way()
    if before is None:
        return False
    before = [*before, "env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*before, "apt-get", "-qq", "update"], check=False)
    line = command(packages)
    line[1:1] = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    if not SERVICES.keys().isdisjoint(packages):
        line = ["sh", "-c", QUIETLY, "sh", *line]
    with subprocess.Popen([*before, *line], text=True, errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as apt:
        assert apt.stdout
        for said in apt.stdout:
            # Of apt's many lines, those that name a package done, or a fault.
            if done := re.match(r"Setting up ([^ :]+)", said):
                print("  " + done[1], flush=True)
            elif re.match(r"[EW]:|sudo:|dpkg:", said):
                print(said.rstrip(), flush=True)
    services = [unit for package in packages for unit in SERVICES.get(package, ())]
    if services and shutil.which("systemctl"):
        subprocess.run([*before, "systemctl", "disable", "--quiet", *services], check=False,
                       stderr=subprocess.DEVNULL)
    return apt.returncode == 0
