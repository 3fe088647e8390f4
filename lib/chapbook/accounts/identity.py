"""Which texts are the same person: the canonical form of an e-mail address.

An address is kept twice: as it was written, which is where mail goes, and as its key, by which it
is found. The key is made here, and compared by the database byte for byte.
"""
from __future__ import annotations

from ..mail.address import BadAddress, checked


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
