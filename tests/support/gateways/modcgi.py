"""A private Apache of the older make: one process a connection, which starts scripts itself."""
from __future__ import annotations

import re

from chapbook.cli.apache import Apache

from tests.support.gateways.apache import OnApache
from tests.support.sites import Site


class Prefork(Apache):
    """mpm_prefork with mod_cgi, where other gateways have mpm_event with mod_cgid."""

    def _text(self, modules: str, wsgi: str, port: int) -> str:
        text = super()._text(modules, wsgi, port)
        text = text.replace("mpm_event", "mpm_prefork").replace("cgid_module", "cgi_module")
        text = text.replace("mod_cgid.so", "mod_cgi.so")
        text = re.sub(r"(?m)^(ScriptSock|ThreadsPerChild|M\w+SpareThreads|MaxRequestW\w+) .*\n", "",
                      text)
        return text.replace("ServerLimit 4", "ServerLimit 48\nMaxRequestWorkers 48")


class ModCgiGateway(OnApache):
    """The virtual host of the tree under mod_cgi."""

    name = "apache-mod-cgi"
    of_one_request = True

    def __init__(self, site: Site) -> None:
        super().__init__(site, Prefork(str(site.root)))
