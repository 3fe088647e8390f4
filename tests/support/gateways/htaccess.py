"""A private Apache as a shared host runs it, where the site has no more than its .htaccess."""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from chapbook.cli.apache import Apache
from chapbook.hosting import htaccess

from tests.support.gateways.apache import OnApache
from tests.support.gateways.base import Gateway
from tests.support.sites import TREE, Site

# What the host has written; the site knows nothing of it, but what it may override.
INSIDE_HOST = """
DocumentRoot "{root}"
TraceEnable off
<Directory "{root}">
    Options FollowSymLinks
    AllowOverride All
    Require all granted
</Directory>
"""
# A host that keeps Options to itself, and runs scripts where it has decided. (The other name is for
# the folder being the htdocs/ of other gateways too.)
PLAIN_HOST = """
DocumentRoot "{root}/htdocs"
TraceEnable off
AccessFileName .htaccess-plain
ScriptAlias "/cgi-bin/" "{root}/htdocs/cgi-bin/"
<Directory "{root}/htdocs">
    Options Indexes SymLinksIfOwnerMatch
    AllowOverride FileInfo
    Require all granted
</Directory>
<Directory "{root}/htdocs/cgi-bin">
    Options +ExecCGI
</Directory>
"""


class HostGateway(OnApache):
    """A private Apache with the configuration of a host."""

    of_one_request = True

    def __init__(
        self, name: str, site: Site, configuration: str, make: Callable[..., Apache] = Apache,
        **places: object,
    ) -> None:
        self.name = name
        super().__init__(site, make(
            str(site.root), configuration=configuration.format(root=site.root, **places)))


def inside(site: Site) -> Gateway:
    """All of the tree in the public folder, on a host that lets .htaccess say everything."""
    site.drop(".htaccess", htaccess.text("inside"))
    for name, text in htaccess.locks().items():
        site.drop(name, text)
    return HostGateway("htaccess", site, INSIDE_HOST)


def plain(site: Site) -> Gateway:
    """Just the public folder can be reached, on a host that allows no line Options."""
    site.drop("htdocs/.htaccess-plain", htaccess.text("split", options=False, handler=False))
    drop_stub(site, "htdocs/cgi-bin/chapbook.py", "../..")
    return HostGateway("htaccess-plain", site, PLAIN_HOST)


def split(site: Site, folder: str = "public_html", **allowed: Any) -> Path:
    """Move what is for visitors out of the site's folder, to one beside it, with the way in.

    `allowed` is what the host allows there, as `htaccess.text` takes it.
    """
    public = site.root.parent / folder
    public.parent.mkdir(parents=True, exist_ok=True)
    site.path("htdocs").rename(public)
    where = os.path.relpath(public, site.root)
    site.drop("host.ini", f"[paths]\nhtdocs = {where}\n")
    site.drop(f"{where}/.htaccess", htaccess.text("split", **allowed))
    drop_stub(site, f"{where}/cgi-bin/chapbook.py", os.path.relpath(site.root, public / "cgi-bin"))
    return public


def drop_stub(site: Site, name: str, where: str) -> None:
    """Put the way into the site there; `where` leads from there to the site's folder."""
    text = (TREE / "apache/stub.py").read_text("utf-8")
    assert '"../../chapbook"' in text
    site.drop(name, text.replace('"../../chapbook"', f'"{where}"'), 0o755)
