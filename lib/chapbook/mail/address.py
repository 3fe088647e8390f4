"""One e-mail address, and never two: the grammar that every address passes before it is queued.

It is that of the HTML standard (section 4.10.5.1.5), so what a browser takes for an address is one
here, with the lengths of RFC 5321 (section 4.5.3.1) upon it. There are no comments, display names,
quoted names, routes or lists in it, which is how one field of a form became many recipients.
"""
from __future__ import annotations

MOST = 254                    # characters of an address, as a mail server must take them
MOST_LOCAL = 64

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_LOCAL = _LETTERS | frozenset(".!#$%&'*+/=?^_`{|}~-")
_LABEL = _LETTERS | frozenset("-")


class BadAddress(ValueError):
    """A text that is not one e-mail address; the message says what is the matter with it."""


def checked(text: str) -> str:
    """The address as mail servers take it, its domain in ASCII (`xn--...`); else BadAddress."""
    if len(text) > MOST:
        raise BadAddress(f"An e-mail address has at most {MOST} characters; this has {len(text)}.")
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain:
        raise BadAddress(f"{text!r} is no e-mail address: write it like name@example.org.")
    if not _LOCAL.issuperset(local):
        why = _odd(local)
        raise BadAddress(f"{text!r} is not one e-mail address: {why!r} cannot stand before its @.")
    if len(local) > MOST_LOCAL:
        raise BadAddress(
            f"{text!r} is no e-mail address: at most {MOST_LOCAL} characters stand before the @."
        )
    if not domain.isascii():
        domain = _in_ascii(text, domain)
    labels = domain.split(".")
    if not all(map(_is_label, labels)) or labels[-1].isdigit():
        raise BadAddress(f"{text!r} is no e-mail address: {domain!r} is no name of a mail domain.")
    if len(local) + 1 + len(domain) > MOST:
        raise BadAddress(f"{text!r} is too long: an e-mail address has at most {MOST} characters.")
    return f"{local}@{domain}"


def is_address(text: str) -> bool:
    """Whether `checked` takes it."""
    try:
        checked(text)
    except BadAddress:
        return False
    return True


def is_plain(address: str) -> bool:
    """Whether a checked address is free of what some mail programs take for more than a name.

    That is `%`, `!` (ways through other servers), and `/`, `|`, `-` or `.` in front (a file, a
    program, an option). The rule of Exim's own configuration; mail goes to no other address.
    """
    local = address.rpartition("@")[0]
    return local[0] not in "/|-." and "%" not in local and "!" not in local


def _is_label(label: str) -> bool:
    return (0 < len(label) <= 63 and _LABEL.issuperset(label)
            and label[0] != "-" and label[-1] != "-")


def _odd(local: str) -> str:
    return next(character for character in local if character not in _LOCAL)


def _in_ascii(text: str, domain: str) -> str:
    """A domain with letters beyond ASCII as the DNS has it (UTS 46, nontransitional, for names).

    Letters stay what they are: Python's own `idna` codec would make strasse.de of straße.de, which
    is somebody else's.
    """
    import unicodedata

    labels = []
    for label in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", domain).lower()
                                       ).split("."):
        if not label.isascii():
            if any(unicodedata.category(character)[0] not in "LMN" and character != "-"
                   for character in label):
                raise BadAddress(
                    f"{text!r} is no e-mail address: {label!r} is no name of a mail domain."
                )
            label = "xn--" + label.encode("punycode").decode("ascii")
        labels.append(label)
    return ".".join(labels)
