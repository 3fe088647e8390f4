"""Addresses that people type: e-mail (`type=email`) and web (`type=url`), as browsers take them.

HTML sections 4.10.5.1.5 and 4.10.5.1.4. Nobody knows from its looks whether an address exists.
"""
from __future__ import annotations

from .domain import to_ascii
from .url import is_url

__all__ = ["is_email", "is_url"]

LONGEST_LABEL = 63
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LOCAL = _LETTERS | frozenset(".!#$%&'*+/=?^_`{|}~-")
_LABEL = _LETTERS | {"-"}
_JOINERS = {0x200C: None, 0x200D: None}        # dropped by browsers


def is_email(text: str) -> bool:
    """Whether this is one valid e-mail address of the HTML standard: "ada@example.org".

    A domain with other letters than ASCII is good if it has an ASCII form (IDNA); what is before
    the @ is ASCII always. Quoted names, comments and addresses of numbers in [ ] are refused. The
    time is linear in the length.
    """
    local, at, domain = text.partition("@")
    if not at or not local or not _LOCAL.issuperset(local):
        return False
    if not domain.isascii():
        domain = to_ascii(domain.translate(_JOINERS), strict=True) or ""
    return all([
        0 < len(label) <= LONGEST_LABEL and _LABEL.issuperset(label)
        and label[0] != "-" and label[-1] != "-" for label in domain.split(".")
    ])
