"""Passwords: which are taken, and the hashes that they are kept as.

Hashes are argon2id (19 MiB, 2 passes, 1 lane) by argon2-cffi, or where that is not installed,
scrypt (2**14, 8, 5) of the standard library. Either is a text that names its own method and cost,
such as `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`; what stands before the salt is its kind. A
password of either is verified wherever its method is there.

A text is prepared as RFC 8265 (OpaqueString) has it: spaces of every width are the ASCII space,
and the whole is NFC, as everything that comes in by a form is. So it fits whichever keyboard typed
it, and nothing else is changed: unlike NFKC, NFC makes no two characters alike that look different.
"""
from __future__ import annotations

import os
from binascii import Error, a2b_base64, b2a_base64
from bisect import bisect_left

from ..signing import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LEAST = 8                     # characters
MOST = 1024                   # bytes of UTF-8
ARGON2 = "$argon2id$v=19$m=19456,t=2,p=1"        # KiB of memory, passes, lanes
SCRYPT = "$scrypt$ln=14,r=8,p=5"                 # log2 of N; memory is 128 * N * r bytes, 16 MiB
SALT_SIZE, HASH_SIZE = 16, 32                    # bytes
SCRYPT_MEMORY = 64 << 20                         # bytes that OpenSSL may take

COMMON = os.path.join(os.path.dirname(os.path.realpath(__file__)), "common.bin")
COMMON_SIZE = 5               # bytes of each hash: one password in 90 million is hit by chance

# Letters and digits that nobody takes for one another, for passwords that are read off a screen.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class Unreadable(Exception):
    """A stored hash of a method that is not installed, or of none that is known."""


def fault(password: str, *, address: str = "", name: str = "") -> str | None:
    """Why this cannot be the password of this person, as a sentence; None where it can."""
    data = prepared(password)
    if data is None:
        return f"A password has at most {MOST} bytes: please choose a shorter one."
    text = data.decode("utf-8", "surrogatepass")
    if len(text) < LEAST:
        return f"A password has at least {LEAST} characters: please choose a longer one."
    folded = text.casefold()
    if folded in (address.casefold(), address.casefold().partition("@")[0], name.casefold()):
        return "A password is nothing that others know of you: please choose another one."
    if is_common(text):
        return "This password is among those that are guessed first: please choose another one."
    return None


def prepared(password: str) -> bytes | None:
    """The bytes that are hashed; None for a password that is too long."""
    if len(password) > MOST:
        return None
    if not password.isascii():
        from unicodedata import category, normalize

        spaced = "".join([" " if category(letter) == "Zs" else letter for letter in password])
        password = normalize("NFC", spaced)
    # Half a character, which only a shell can send, is a letter like any other here.
    data = password.encode("utf-8", "surrogatepass")
    return data if len(data) <= MOST else None


def is_common(text: str) -> bool:
    """Whether it is, in capital or small letters, among those that people choose most often.

    The file has the hashes, sorted, of every password of 8 characters and more in the frequency
    list of zxcvbn (30,000 passwords, MIT licence, Dropbox Inc.); the 10,000 most common are there.
    """
    with open(COMMON, "rb") as file:
        data = file.read()
    wanted = common_hash(text)
    place = bisect_left(
        range(len(data) // COMMON_SIZE), wanted,
        key=lambda at: data[at * COMMON_SIZE:(at + 1) * COMMON_SIZE])
    return data[place * COMMON_SIZE:(place + 1) * COMMON_SIZE] == wanted


def common_hash(text: str) -> bytes:
    """What the file of common passwords has of one."""
    data = text.casefold().encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=COMMON_SIZE).digest()


def generated() -> str:
    """A new password of 100 random bits, in four groups that can be read out: "kd7mx-...". """
    letters = [ALPHABET[byte & 31] for byte in os.urandom(20)]
    return "-".join(["".join(letters[at:at + 5]) for at in range(0, 20, 5)])


def current() -> str:
    """The kind of hash that is made here."""
    return SCRYPT if _argon2() is None else ARGON2


def hashed(password: str) -> str:
    """The text to keep of a password, with a salt of its own. ValueError for one too long."""
    data = prepared(password)
    if data is None:
        raise ValueError(f"a password has at most {MOST} bytes")
    kind, salt = current(), os.urandom(SALT_SIZE)
    return f"{kind}${_text(salt)}${_text(_digest(kind, data, salt, HASH_SIZE))}"


def verify(stored: str, password: str) -> bool:
    """Whether it is the password of this hash; Unreadable where nobody here can tell."""
    from hmac import compare_digest

    kind, salt, digest = _parts(stored)
    data = prepared(password)
    if data is None:
        return False
    return compare_digest(_digest(kind, data, salt, len(digest)), digest)


def kind(stored: str) -> str:
    """The method and cost of a hash."""
    return stored.rsplit("$", 2)[0]


def needs_rehash(stored: str) -> bool:
    """Whether a new hash of the same password would be of another kind."""
    return kind(stored) != current()


def dummy(kind: str) -> str:
    """A hash of this kind that is nobody's: to verify it takes as long as any other."""
    return f"{kind}${_text(bytes(SALT_SIZE))}${_text(bytes(HASH_SIZE))}"


def _digest(kind: str, data: bytes, salt: bytes, size: int) -> bytes:
    """The raw hash; the costs are those that `kind` says, within what we have ever made."""
    if kind == ARGON2:
        argon2 = _argon2()
        if argon2 is None:
            raise Unreadable(
                "This password was kept by argon2id: install argon2-cffi for the Python of this "
                "site, or set a new password with ./chapbook user password.")
        done: bytes = argon2.hash_secret_raw(
            data, salt, time_cost=2, memory_cost=19456, parallelism=1, hash_len=size,
            type=argon2.Type.ID)
        return done
    if kind == SCRYPT:
        from hashlib import scrypt

        return scrypt(data, salt=salt, n=1 << 14, r=8, p=5, maxmem=SCRYPT_MEMORY, dklen=size)
    raise Unreadable(f"No hash of the kind {kind[:60]!r} is known here.")


def _parts(stored: str) -> tuple[str, bytes, bytes]:
    try:
        kind, salt, digest = stored.rsplit("$", 2)
        return kind, _bytes(salt), _bytes(digest)
    except (Error, ValueError):
        raise Unreadable("What is kept for a password is no hash.") from None


def _text(data: bytes) -> str:
    """Base64 without its padding, as in every hash of this form."""
    return b2a_base64(data, newline=False).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)


def _argon2() -> Any:
    """The functions of argon2-cffi; None where it is not installed, or not for this machine."""
    try:
        from argon2 import low_level
    except ImportError:
        return None
    return low_level
