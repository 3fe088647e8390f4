"""Debian packages that the tests need: what is missing, and installing it without starting it."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from ctypes.util import find_library

import click

from chapbook.config import ROOT

from . import apache, modwsgi

# Programs of which any will do, and the package of the first. The packages that carry the bare
# programs have no service to start, unlike apache2 and mariadb-server.
SERVERS = (
    (("apache2",), "apache2-bin"),
    (("mariadbd",), "mariadb-server-core"),
    (("mariadb",), "mariadb-client-core"),
    (("nginx",), "nginx-light"),
    (("uwsgi-core", "uwsgi"), "uwsgi-core"),
    (("fcgiwrap",), "fcgiwrap"),
)
# What is no program, and the package that has it; the same on Debian 12 and 13 and Ubuntu 24.04.
MODULES = (
    ("/usr/lib/apache2/modules/mod_fcgid.so", "libapache2-mod-fcgid"),
)
UWSGI_PLUGINS = "/usr/lib/uwsgi/plugins"
PASSENGER = "/usr/lib/passenger/support-binaries/PassengerAgent"
PASSENGER_PLACES = "/usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini"
PASSENGER_LOADER = "/usr/share/passenger/helper-scripts/wsgi-loader.py"
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
    found = [package for names, package in BROWSER if not program(*names)]
    if not find_library("atomic"):                # playwright's own program needs it
        found.append("libatomic1")
    return found


def missing_text_browser() -> list[str]:
    """The package of the text browser, where that is not here."""
    return [] if program(*TEXT_BROWSER) else ["lynx"]


def missing() -> list[str]:
    """The packages whose programs are not on this machine, mod_wsgi's included."""
    packages = [package for names, package in SERVERS if not program(*names)]
    packages += [package for path, package in MODULES if not os.path.exists(path)]
    if sys.base_prefix == "/usr" and not uwsgi_plugin():
        packages.append("uwsgi-plugin-python3")
    if not os.path.exists(PASSENGER):
        packages.append("passenger")
    if not has_mod_wsgi() and not can_compile_mod_wsgi():
        packages += (["libapache2-mod-wsgi-py3"] if sys.base_prefix == "/usr"
                     else ["apache2-dev", "gcc"])
    if os.geteuid() == 0 and not os.path.exists(SUEXEC):      # nobody else can try it
        packages.append("apache2-suexec-pristine")
    return packages


def uwsgi_plugin() -> str:
    """The name of the plug-in by which uWSGI runs this very Python; "" where there is none."""
    name = f"python{sys.version_info.major}{sys.version_info.minor}"
    here = sys.base_prefix == "/usr" and os.path.exists(f"{UWSGI_PLUGINS}/{name}_plugin.so")
    return name if here else ""


def passenger() -> tuple[str, str, str]:
    """Passenger's server, the file that says where its parts are, why it cannot run this Python.

    The last is "" where it can, and the first where it is not here.
    """
    if not os.path.exists(PASSENGER):
        return "", "", "Passenger is not here (./chapbook check installs it)"
    with open(PASSENGER_LOADER, encoding="utf-8") as file:
        loader = file.read()
    if re.search(r"^import .*\bimp\b", loader, re.M) and sys.version_info >= (3, 12):
        return PASSENGER, PASSENGER_PLACES, (
            "this Passenger loads applications by the module imp, which Python 3.12 has lost: "
            "it takes Python 3.11, or a Passenger after 6.0.18")
    return PASSENGER, PASSENGER_PLACES, ""


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
