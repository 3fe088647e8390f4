"""A private Apache with the virtual host of the tree: by CGI, by mod_wsgi."""
from __future__ import annotations

from chapbook.cli.apache import Apache

from tests.support.gateways.base import Gateway
from tests.support.sites import Site, eventually

_MODES = {"apache-cgi": "cgi", "wsgi-daemon": "wsgi", "wsgi-embedded": "embedded"}


class OnApache(Gateway):
    """A gateway that is a private Apache, started with it."""

    def __init__(self, site: Site, server: Apache) -> None:
        super().__init__(site)
        self.server = server
        self.server.start()
        self.port = self.server.port

    def graceful(self) -> None:
        """Have Apache read its configuration again, and wait until it has."""
        before = self.server.logs().count("resuming normal operations")
        self.server.graceful()
        eventually(lambda: self.server.logs().count("resuming normal operations") > before)

    def stop(self) -> None:
        self.server.stop()


class ApacheGateway(OnApache):
    """The virtual host of the tree, by CGI or by mod_wsgi."""

    def __init__(self, name: str, site: Site, configuration: str | None = None) -> None:
        self.name = name
        self.of_one_request = name == "apache-cgi"
        if name == "wsgi-daemon":
            self.cut_off = 500                    # mod_wsgi's own, unasked
        super().__init__(
            site, Apache(str(site.root), _MODES[name], configuration=configuration))
