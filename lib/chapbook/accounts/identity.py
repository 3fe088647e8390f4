"""Which texts are the same person: the canonical form of an e-mail address, and of a network.

An address is kept twice: as it was written, which is where mail goes, and as its key, by which it
is found. The key is made here, and compared by the database byte for byte.
"""
from __future__ import annotations

from ..mail.address import BadAddress, checked

BLOCK_BITS = 64               # of an IPv6 address: what one household is given at least


def key(address: str) -> str:
    """The key of an address: ASCII alone, in small letters; BadAddress for what is none.

    Before the @ only ASCII is taken, so no letter that looks like another, or becomes another when
    its case changes (`mıke`, `ﬁona`), can stand there. A domain is what the DNS has for it
    (`xn--...`): one that looks like another is another. Dots and what follows a + stay, since what
    they mean is for each mail server to say.
    """
    return checked(address).lower()


def key_or_none(address: str) -> str | None:
    """The same, or None for what is no address."""
    try:
        return key(address)
    except BadAddress:
        return None


def block(remote: str) -> str:
    """What one visitor holds of addresses: an IPv4 address, or the /64 of an IPv6 network.

    IPv4 written as IPv6 is IPv4. A text that is no address, as where a server listens on a socket,
    is a block of its own.
    """
    if not remote:
        return ""
    from ipaddress import IPv6Address, ip_address

    try:
        found = ip_address(remote.partition("%")[0])
    except ValueError:
        return remote[:100]
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> BLOCK_BITS << BLOCK_BITS)}/{BLOCK_BITS}"
