"""What the command needs from PyPI: the lists in setup.cfg, installed into this .venv once.

It runs before anything is installed, so it uses the standard library alone and no other module
of Chapbook: `.venv/bin/python -I lib/chapbook/cli/environment.py serve`.
"""
from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys

ROOT = os.path.realpath(__file__).rsplit(os.sep, 4)[0]

COMING = r"(?:Collecting |Processing .*/)([A-Za-z][\w.]*+(?:-[A-Za-z][\w.]*+)*)"
ADVICE = (
    (r"No space left on device|Disk quota exceeded",
     "The disk is full: make some room"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError",
     "The package index's certificate was not accepted: where a company's proxy has its own, "
     "name its file in PIP_CERT"),
    (r"NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Name or service not known"
     r"|name resolution|from versions: none"
     r"|Connection broken|Connection aborted|Network is unreachable",
     "The package index cannot be reached: check the network. Behind a proxy, set https_proxy; "
     "with a mirror, set PIP_INDEX_URL"),
    (r"Permission denied",
     "This user may not write to .venv: use the user who made it, or remove it"),
)
# Lists that are tried, and what is said where one cannot be had.
WELCOME = (
    ("passwords", "  (there is no argon2-cffi for this machine: scrypt will hash passwords "
                  "instead)"),
    ("pictures", "  (there is no Pillow for this machine: people will have no pictures)"),
)


class InstallError(Exception):
    """A list could not be installed: a sentence with the next step."""


def requirements(extra: str) -> list[str]:
    """The requirement lines of an extra in setup.cfg.

    "serve" is what .venv begins with: it brings those of every installation as well.
    """
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(os.path.join(ROOT, "setup.cfg"), encoding="utf-8")
    text = parser["options.extras_require"][extra]
    if extra == "serve":
        text = parser["options"]["install_requires"] + text
    return [line.strip() for line in text.splitlines() if line.strip()]


def missing(extra: str) -> list[str]:
    """The same lines, when this .venv has not had just these installed; else an empty list."""
    wanted = requirements(extra)
    try:
        with open(_stamp(extra), encoding="utf-8") as file:
            done = file.read().splitlines()
    except OSError:
        done = []
    return [] if done == [sys.version, *wanted] else wanted


def install(*lines: str, extra: str = "", options: tuple[str, ...] = ()) -> None:
    """Install requirement lines with pip and name each package as it comes.

    With `extra`, note that its list is complete. InstallError when pip fails.
    """
    environ = os.environ | {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_REQUIRE_VIRTUALENV": "0",
                            "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, "-I", "-m", "pip", "install", "--progress-bar", "off",
               *options, *lines]
    said: list[str] = []
    with subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as pip:
        assert pip.stdout
        for line in pip.stdout:
            said.append(line.rstrip())
            if found := re.match(COMING, said[-1]):
                _say("  " + found[1])
            elif "Retrying (" in said[-1]:
                _say("  (no answer from the package index; trying again)")
    if pip.returncode:
        raise InstallError(_why(said))
    if extra:
        with open(_stamp(extra), "w", encoding="utf-8") as file:
            file.write("\n".join([sys.version, *lines]) + "\n")


def _why(said: list[str]) -> str:
    """What pip said at its end, and the next step."""
    text = "\n".join(said)
    step = next((advice for pattern, advice in ADVICE if re.search(pattern, text, re.I)),
                "If that does not say what to do, remove .venv")
    errors = [line for line in said if line.startswith("ERROR")] or said[-5:]
    return "\n".join(["pip could not install what is needed. It says:",
                      *("  " + line for line in errors[-5:]), step + ", then try again."])


def _stamp(extra: str) -> str:
    return os.path.join(sys.prefix, f"chapbook-packages-{extra}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(extra: str) -> None:
    """Install one list; say what, and leave with a sentence when it fails."""
    lines = missing(extra)
    if lines:
        _say("Installing what the site needs into .venv:")
        try:
            install(*lines, extra=extra)
        except InstallError as error:
            sys.exit(f"chapbook: {error}")
        if extra == "serve":
            for welcome, otherwise in WELCOME:
                _try(welcome, otherwise)


def _try(extra: str, otherwise: str) -> None:
    """Install a list that the site can be without, if all of it is there ready-made."""
    try:
        install(*requirements(extra), options=("--only-binary", ":all:"))
    except InstallError:
        _say(otherwise)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
