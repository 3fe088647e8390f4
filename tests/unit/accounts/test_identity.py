"""Who is the same person, and what is the same network."""
from __future__ import annotations

import pytest

from chapbook.accounts import accounts, identity
from chapbook.accounts.events import Who
from chapbook.db import Database
from chapbook.errors import Duplicate
from chapbook.mail.address import BadAddress

# What looks like these letters, or becomes them when its case or its width is changed.
ALIKE = {
    "m": "мｍⓜ𝐦𝗆ᴍᵐꮇмⅿ", "i": "ıіｉⓘ𝐢ⅰíìïīɩιіІÍ", "k": "KκкｋⓚкᏦ𝐤ķḱK", "e": "еéèêëēėęｅⓔ𝐞ℯεЕÉ",
    "x": "хｘⓧ𝐱ⅹ×χХ", "a": "аɑａⓐ𝐚áàâäãåāąᴀαАÁ", "p": "рｐⓟ𝐩ρРṕ", "l": "ⅼｌⓛ𝐥ĺłΙІӏ",
    "o": "оοｏⓞ𝐨óòôöõøōОΟº", "r": "гｒⓡ𝐫ŕřṛ", "g": "ɡｇⓖ𝐠ğģĝ",
}
LOCAL, DOMAIN = "mike", "example.org"
CONFUSABLE = [LOCAL.replace(letter, other) + "@" + DOMAIN
              for letter in LOCAL for other in ALIKE[letter]] + [
    LOCAL + "@" + DOMAIN.replace(letter, other)
    for letter in "examplorg" for other in ALIKE[letter]] + [
    LOCAL.replace(one, a).replace(two, b) + "@" + DOMAIN
    for one, two in ("mi", "ke", "ik", "me") for a, b in zip(ALIKE[one], ALIKE[two])] + [
    f"{LOCAL}{mark}@{DOMAIN}" for mark in "\u00ad\u200b\u200d\u2060\ufeff\u0301\u3164\u202e \t"] + [
    "mike@example。org", "mike@example．org", "mike＠example.org", "mike@example.org.",
    "ＭIKE@example.org", "mike@example.org ", " mike@example.org", "mike@example.org\u200b",
    "mike@xn--exmple-cua.org",
]


def test_the_key_is_in_small_letters_and_the_domain_that_of_the_dns() -> None:
    assert identity.key("Mike.O+x@Example.ORG") == "mike.o+x@example.org"
    assert identity.key("mike@BÜCHER.example") == "mike@xn--bcher-kva.example"
    assert identity.key_or_none("nobody") is None


def test_there_are_two_hundred_that_look_alike() -> None:
    assert len(set(CONFUSABLE)) >= 200


def test_what_looks_alike_is_somebody_else_or_no_address(box: Database, who: Who) -> None:
    mine = box.transact(accounts.create, box, "mike@example.org", "Mike", None, who)
    others = 0
    for address in CONFUSABLE:
        try:
            key = identity.key(address)
        except BadAddress:
            assert accounts.find(box, address) is None
            continue
        found = accounts.find(box, address)
        if key == "mike@example.org":             # the same name in the DNS, written wide
            assert found is not None and found.id == mine
            assert address.isascii() or address.partition("@")[0] == LOCAL
            continue
        others += 1
        assert found is None, ascii(address)
    assert others > 20


def test_the_database_compares_byte_for_byte(box: Database, who: Who) -> None:
    """Collations that ignore case, accents or spaces at the end would make these one."""
    for address in ("ann@example.org", "ann@xn--exmple-cua.org", "ann-@example.org"):
        box.transact(accounts.create, box, address, "Ann", None, who)
    assert box.value("SELECT COUNT(*) FROM account") == 3
    for text in ("ANN@example.org", "ann@example.org ", "ann@example.org\n"):
        assert box.value("SELECT COUNT(*) FROM account WHERE address_key = :key", key=text) == 0


def test_one_address_has_one_account_in_whatever_letters(box: Database, who: Who) -> None:
    box.transact(accounts.create, box, "Ann@Example.org", "Ann", None, who)
    with pytest.raises(Duplicate):
        box.transact(accounts.create, box, "ann@EXAMPLE.org", "Bob", None, who)
    found = accounts.find(box, "aNN@eXample.org")
    assert found is not None and found.address == "Ann@Example.org", "mail goes where it was asked"
