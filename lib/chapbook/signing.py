"""The site's secret, and keyed hashes by it: what only this site can have made.

The secret is 32 random bytes in var/secret, made at its first use. Who deletes the file makes all
that was signed before worthless: forms that are open, links that were sent.
"""
from __future__ import annotations

import os
import stat

try:
    from _blake2 import blake2b as blake2b    # hashlib has it too, and 4 ms of OpenSSL before it
except ImportError:
    from hashlib import blake2b as blake2b

from .errors import ConfigError, user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config

SIZE = 32                                 # bytes of the secret
MAC_SIZE = 16                             # bytes of a keyed hash


def key(config: Config, purpose: str) -> bytes:
    """The site's key for one purpose; keys of two purposes tell nothing of each other.

    ConfigError where the secret can be read by others, is damaged, or cannot be made.
    """
    return blake2b(purpose.encode(), key=_secret(config), digest_size=SIZE).digest()


def mac(key: bytes, data: bytes) -> bytes:
    """The keyed hash (RFC 7693) of some bytes, 16 bytes long."""
    return blake2b(data, key=key, digest_size=MAC_SIZE).digest()


def is_mac(key: bytes, data: bytes, claimed: bytes) -> bool:
    """Whether this is the keyed hash of the bytes, in a time that does not tell how near it is."""
    from hmac import compare_digest

    return compare_digest(mac(key, data), claimed)


def _secret(config: Config) -> bytes:
    path = os.path.join(config.path(config.paths.var), "secret")
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        _make(path)
        return _secret(config)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be opened: {error.strerror}. Scripts run as {user()}: "
            f"chown {user()} {path}"
        ) from error
    try:
        mode = os.fstat(file).st_mode
        secret = os.read(file, SIZE + 1)
    finally:
        os.close(file)
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{path} can be read by others: chmod 600 {path}")
    if len(secret) != SIZE:
        raise ConfigError(f"{path} is damaged: delete it, and a new one is made.")
    return secret


def _make(path: str) -> None:
    """Write a new secret in one step: of two processes that do, one wins and both are content."""
    new = f"{path}.{os.urandom(8).hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            os.write(file, os.urandom(SIZE))
            os.fsync(file)
        finally:
            os.close(file)
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(new)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made: {error.strerror}. The folder must belong to {user()}, as whom "
            f"scripts run."
        ) from error
