"""Where mod_wsgi is: PyPI's in the site's environment, else the system's; made for this Python."""
from __future__ import annotations

import glob
import os
import re
import sys

import click

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def find(root: str, modules: str) -> str:
    """The path of a mod_wsgi.so for this Python version; `modules` is Apache's own module folder.

    ClickException where there is none, or only one for another version, with what to install.
    """
    name = f"mod_wsgi/server/mod_wsgi-py{VERSION.replace('.', '')}*.so"
    for folder in [*sys.path, f"{root}/.venv/lib/python{VERSION}/site-packages"]:
        for path in glob.glob(f"{glob.escape(folder)}/{name}"):
            return path
    system = os.path.join(modules, "mod_wsgi.so")
    made_for = re.search(r"3\.\d+$", os.path.realpath(system))
    if os.path.exists(system) and (made_for is None or made_for[0] == VERSION):
        return system
    why = f"this machine's is for Python {made_for[0]}" if made_for else "there is none"
    raise click.ClickException(
        f"Apache needs a mod_wsgi for Python {VERSION}, and {why}. Build one, with Apache's "
        "headers (apt install apache2-dev gcc): "
        f"{sys.executable} -m pip install --no-cache-dir mod_wsgi"
    )
