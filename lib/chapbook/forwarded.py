"""The visitor's address where a proxy stands between: what the proxies of this site say, no more.

Each proxy adds the address that it was asked from to the end of X-Forwarded-For. What stands before
the word of the last proxy that is ours is the visitor's own word, and worth nothing.
"""
from __future__ import annotations

from .errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    Networks = list[IPv4Network | IPv6Network]

MOST_HOPS = 20


def networks(text: str) -> Networks:
    """The addresses and networks of a setting, with commas between; ConfigError for others."""
    from ipaddress import ip_network

    try:
        return [ip_network(each.strip()) for each in text.split(",") if each.strip()]
    except ValueError as error:
        raise ConfigError(
            f"[site] proxies = {text!r}: {error}. Write addresses or networks with commas between, "
            "such as 10.0.0.7, 192.168.1.0/24."
        ) from error


def client(peer: str, forwarded: str, proxies: str) -> str:
    """Who asked: `peer`, or if that is a proxy of ours, the last in `forwarded` who is none.

    An entry that is no address ends the search at the proxy that wrote it.
    """
    from ipaddress import ip_address

    ours = networks(proxies)
    found = peer
    for hop in [peer, *reversed(forwarded.split(",")[-MOST_HOPS:])]:
        try:
            address = ip_address(hop.strip())
        except ValueError:
            return found
        found = str(getattr(address, "ipv4_mapped", None) or address)
        if not any(ip_address(found) in network for network in ours):
            return found
    return found
