"""The visitor's address, behind proxies too, and what one visitor holds of addresses.

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


def block(address: str) -> str:
    """What one visitor holds of addresses: one of IPv4, the 2**64 of an IPv6 network.

    IPv4 written as IPv6 is IPv4. A text that is no address, as where a server listens on a socket,
    is a block of its own; it is cut at 100 characters.
    """
    address = address[:100]
    if ":" not in address:
        return address
    head, gap, tail = address.partition("%")[0].partition("::")
    first, last = _groups(head), _groups(tail)
    missing = 8 - len(first) - len(last)
    if (missing < 1) if gap else missing:
        return address
    groups = [_number(group) for group in (*first, *["0"] * missing, *last)]
    if -1 in groups:
        return address
    if groups[:6] == [0, 0, 0, 0, 0, 0xFFFF]:
        high, low = groups[6:]
        return f"{high >> 8}.{high & 255}.{low >> 8}.{low & 255}"
    network = groups[:4]
    while network and not network[-1]:
        network.pop()
    return ":".join([f"{group:x}" for group in network]) + "::/64"


def _groups(text: str) -> list[str]:
    """The groups of a part of an IPv6 address, an IPv4 address at its end as two."""
    groups = text.split(":") if text else []
    if groups and "." in groups[-1]:
        numbers = [int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 256
                   for number in groups.pop().split(".")]
        if len(numbers) == 4 and max(numbers) < 256:
            a, b, c, d = numbers
            groups += [f"{a << 8 | b:x}", f"{c << 8 | d:x}"]
        else:
            groups.append("none")
    return groups


def _number(group: str) -> int:
    """The number of a group of at most four hexadecimal digits; -1 for any other text."""
    if 0 < len(group) <= 4 and not group.strip("0123456789abcdefABCDEF"):
        return int(group, 16)
    return -1
