"""The servers that the contract holds for, each started on a site and asked over its socket."""
from __future__ import annotations

from collections.abc import Callable

from tests.support.gateways.apache import ApacheGateway
from tests.support.gateways.base import Gateway
from tests.support.gateways.builtin import BuiltinGateway
from tests.support.gateways.fcgid import FcgidGateway
from tests.support.gateways.htaccess import inside, plain
from tests.support.gateways.modcgi import ModCgiGateway
from tests.support.gateways.nginx import Fcgiwrap, NginxFastcgi, NginxUwsgi, UwsgiCgi
from tests.support.gateways.passenger import PassengerGateway
from tests.support.gateways.suexec import SuexecGateway
from tests.support.sites import Site

__all__ = ["AS_ROOT", "EVERY", "GATEWAYS", "ApacheGateway", "FcgidGateway", "Gateway",
           "PassengerGateway", "start"]

# Those that whole pages are tried on; the contract itself is tried on every one.
GATEWAYS = ("builtin", "apache-cgi", "wsgi-daemon", "wsgi-embedded")

EVERY: dict[str, Callable[[Site], Gateway]] = {
    "builtin": BuiltinGateway,
    "apache-cgi": lambda site: ApacheGateway("apache-cgi", site),
    "apache-mod-cgi": ModCgiGateway,
    "htaccess": inside,
    "htaccess-plain": plain,
    "suexec": SuexecGateway,
    "wsgi-daemon": lambda site: ApacheGateway("wsgi-daemon", site),
    "wsgi-embedded": lambda site: ApacheGateway("wsgi-embedded", site),
    "fcgid": FcgidGateway,
    "nginx-fastcgi": NginxFastcgi,
    "nginx-uwsgi": NginxUwsgi,
    "uwsgi-cgi": UwsgiCgi,
    "fcgiwrap": Fcgiwrap,
    "passenger": PassengerGateway,
}

# Those that only root can start.
AS_ROOT = frozenset({"suexec"})


def start(name: str, site: Site) -> Gateway:
    """Start a gateway by its name."""
    return EVERY[name](site)
