"""A private Apache with the virtual host of the tree: by CGI, by mod_wsgi."""
from __future__ import annotations

from chapbook.cli.apache import Apache

from tests.support.gateways.base import Gateway
from tests.support.sites import Site, eventually

_MODES = {"apache-cgi": "cgi", "wsgi-daemon": "wsgi", "wsgi-embedded": "embedded"}


class ApacheGateway(Gateway):
    """A private Apache."""

    def __init__(self, name: str, site: Site, configuration: str | None = None) -> None:
        super().__init__(site)
        self.name = name
        self.of_one_request = name == "apache-cgi"
        if name == "wsgi-daemon":
            self.cut_off = 500                    # mod_wsgi's own, unasked
        self.server = Apache(str(site.root), _MODES[name], configuration=configuration)
        self.server.start()
        self.port = self.server.port

    def graceful(self) -> None:
        graceful(self.server)

    def stop(self) -> None:
        self.server.stop()


def graceful(server: Apache) -> None:
    """Have an Apache read its configuration again, and wait until it has."""
    before = server.logs().count("resuming normal operations")
    server.graceful()
    eventually(lambda: server.logs().count("resuming normal operations") > before)
