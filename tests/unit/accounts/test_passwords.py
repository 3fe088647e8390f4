"""Passwords: what is taken, how it is kept, and that either method reads what the other kept."""
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings as how, strategies

from chapbook.accounts import passwords

from tests.support import common

GOOD = "correct horse battery staple"
both = pytest.mark.parametrize("kind", [passwords.ARGON2, passwords.SCRYPT])


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has new hashes made of this kind."""
    there = passwords._argon2()

    def chosen(kind: str) -> None:
        monkeypatch.setattr(passwords, "_argon2",
                            lambda: there if kind == passwords.ARGON2 else None)
    return chosen


@both
def test_a_password_fits_its_own_hash_and_no_other_does(
    kind: str, use: Callable[[str], None]
) -> None:
    use(kind)
    stored = passwords.hashed(GOOD)
    assert passwords.kind(stored) == kind and stored.isascii() and len(stored) < 200
    assert passwords.verify(stored, GOOD)
    assert not passwords.verify(stored, GOOD + " ")
    assert not passwords.verify(stored, GOOD.title())
    assert passwords.hashed(GOOD) != stored, "each has a salt of its own"
    assert not passwords.needs_rehash(stored)


def test_argon2_writes_and_reads_the_same_text() -> None:
    from argon2 import PasswordHasher, Type

    other = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
    assert other.verify(passwords.hashed(GOOD), GOOD)
    assert passwords.verify(other.hash(GOOD), GOOD)


def test_scrypt_is_of_the_cost_that_its_text_says() -> None:
    """The hash is hashlib's own: scrypt(password, salt, n=2**14, r=8, p=5, dklen=32)."""
    kept = "$AAECAwQFBgcICQoLDA0ODw$1G5RfCzjKRcC/LgE3RJJUhGgvovUaGPhRY2m55Tfpi4"
    assert passwords.verify(passwords.SCRYPT + kept, "correct horse")
    assert passwords.SCRYPT == "$scrypt$ln=14,r=8,p=5"


def test_what_scrypt_kept_is_read_where_argon2_is_and_hashed_anew(
    use: Callable[[str], None]
) -> None:
    use(passwords.SCRYPT)
    stored = passwords.hashed(GOOD)
    use(passwords.ARGON2)
    assert passwords.verify(stored, GOOD) and passwords.needs_rehash(stored)


def test_what_argon2_kept_says_what_to_do_where_argon2_is_not(use: Callable[[str], None]) -> None:
    stored = passwords.hashed(GOOD)
    use(passwords.SCRYPT)
    with pytest.raises(passwords.Unreadable, match="install argon2-cffi"):
        passwords.verify(stored, GOOD)


@pytest.mark.parametrize("stored", [
    "", "x", "$$$", "$1$abc$def", "$argon2id$v=19$m=4294967295,t=2,p=1$AAAA$AAAA", "plain",
    "$scrypt$ln=30,r=8,p=5$AAAA$AAAA", passwords.ARGON2 + "$not base64$AAAA",
])
def test_what_we_have_never_made_is_no_hash_and_costs_nothing(stored: str) -> None:
    with pytest.raises(passwords.Unreadable):
        passwords.verify(stored, GOOD)


@both
def test_nothing_fits_a_dummy(kind: str) -> None:
    assert passwords.kind(passwords.dummy(kind)) == kind
    assert not passwords.verify(passwords.dummy(kind), GOOD)


@pytest.mark.parametrize("password", [
    "12345678", "PassWord1", "qwertyuiop", "iloveyou1", "trustno1", "superman",
])
def test_what_people_choose_most_is_refused_in_any_letters(password: str) -> None:
    assert "guessed first" in str(passwords.fault(password))
    assert "guessed first" in str(passwords.fault(password.upper()))


def test_each_of_the_ten_thousand_most_common_is_refused() -> None:
    assert [text for text in common.most_common(10_000) if passwords.fault(text) is None] == []


def test_the_file_of_common_passwords_is_the_one_that_is_made() -> None:
    assert Path(passwords.COMMON).read_bytes() == common.content()


def test_looking_one_up_is_cheap() -> None:
    begun = time.process_time()
    for number in range(100):
        assert not passwords.is_common(f"quite another password {number}")
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize("password", [
    "b8!x zq7", "ünïcödé", "密码密码密码密码", "    x    y", "tab\tand\nline", "a\0b\0c\0d\0e", "😀" * 8,
    "x7" * 512, "\udc80 half a letter",
])
def test_any_characters_will_do(password: str) -> None:
    text = password if len(password) > 7 else password + " 42"
    assert passwords.fault(text) is None
    assert passwords.verify(passwords.hashed(text), text)


@pytest.mark.parametrize(("password", "says"), [
    ("", "at least 8"), ("1234567", "at least 8"), ("e\u0301" * 7, "at least 8"),
    ("x7" * 512 + "y", "at most 1024"), ("é" * 513, "at most 1024"),
    ("Ann@Example.org", "know of you"), ("ann.smith-jones", "know of you"),
])
def test_a_refusal_says_why(password: str, says: str) -> None:
    address = "ann@example.org" if "@" in password else "ann.smith-jones@example.org"
    assert says in str(passwords.fault(password, address=address, name="Ann Smith"))


def test_a_megabyte_is_refused_before_any_work() -> None:
    begun = time.process_time()
    assert passwords.prepared("é" * 1_000_000) is None
    assert "at most" in str(passwords.fault("é" * 1_000_000))
    assert time.process_time() - begun < 0.01
    with pytest.raises(ValueError, match="1024"):
        passwords.hashed("x" * 1025)


def test_keyboards_that_make_a_letter_of_two_and_wide_spaces_type_the_same_password() -> None:
    stored = passwords.hashed("caf\u00e9 au lait")
    assert passwords.verify(stored, "cafe\u0301\u00a0au\u3000lait")
    assert not passwords.verify(stored, "cafe au lait")
    assert passwords.prepared("\ufb01sh") != passwords.prepared("fish"), "not NFKC"


@given(strategies.text(max_size=200))
@how(max_examples=200)
def test_preparing_twice_is_preparing_once(password: str) -> None:
    once = passwords.prepared(password)
    assert once is not None
    assert passwords.prepared(once.decode("utf-8", "surrogatepass")) == once


def test_a_generated_password_is_taken_and_never_comes_twice() -> None:
    made = {passwords.generated() for _ in range(200)}
    assert len(made) == 200
    assert all(passwords.fault(text) is None and len(text) == 23 for text in made)
