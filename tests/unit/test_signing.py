"""The site's secret: made once, private, and the key of what only this site can have signed."""
from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from chapbook import signing
from chapbook.errors import ConfigError


@pytest.fixture
def secret(settings) -> Path:
    return Path(settings.path("var/secret"))


def test_it_is_made_at_its_first_use_and_private(settings, secret) -> None:
    key = signing.key(settings, "a")
    assert (len(secret.read_bytes()), stat.S_IMODE(secret.stat().st_mode)) == (32, 0o600)
    assert signing.key(settings, "a") == key
    assert os.listdir(secret.parent) == ["secret"]


def test_no_two_sites_have_the_same(settings, secret) -> None:
    seen = set()
    for _ in range(3):
        signing.key(settings, "a")
        seen.add(secret.read_bytes())
        secret.unlink()
    assert len(seen) == 3 and all(len(set(found)) > 8 for found in seen)


def test_each_purpose_has_a_key_of_its_own(settings) -> None:
    a, b = signing.key(settings, "a"), signing.key(settings, "b")
    assert a != b and len(a) == len(b) == 32
    assert signing.mac(a, b"data") != signing.mac(b, b"data")


def test_a_hash_is_known_again_and_nothing_else_is(settings) -> None:
    key = signing.key(settings, "a")
    made = signing.mac(key, b"data")
    assert signing.is_mac(key, b"data", made)
    for data, claimed in ((b"date", made), (b"data", made[:-1]), (b"data", b""), (b"data", b"x")):
        assert not signing.is_mac(key, data, claimed)


def test_of_many_that_make_it_at_once_all_have_the_same(settings, secret) -> None:
    keys = []
    threads = [threading.Thread(target=lambda: keys.append(signing.key(settings, "a")))
               for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8 and len(set(keys)) == 1
    assert os.listdir(secret.parent) == ["secret"]


@pytest.mark.parametrize(("spoil", "says"), [
    (lambda secret: secret.chmod(0o640), "can be read by others: chmod 600"),
    (lambda secret: secret.write_bytes(b"short"), "is damaged: delete it"),
    (lambda secret: secret.write_bytes(b"x" * 33), "is damaged: delete it"),
    (lambda secret: (secret.rename(secret.parent / "own"), secret.symlink_to("own")),
     "cannot be opened"),
])
def test_one_that_cannot_be_trusted_is_refused_with_what_to_do(
    settings, secret, spoil, says
) -> None:
    signing.key(settings, "a")
    spoil(secret)
    with pytest.raises(ConfigError, match=says):
        signing.key(settings, "a")


def test_a_folder_that_takes_none_is_told(settings, secret) -> None:
    secret.parent.write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match="secret cannot be .*"):
        signing.key(settings, "a")
