"""The second factor: the codes of RFC 6238, each good once; its picture; recovery codes."""
from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Callable
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pyotp
import pytest

from chapbook.accounts import recovery, totp
from chapbook.db import Database
from chapbook.errors import Conflict

NOW = 1_800_000_000
# RFC 6238, appendix B, SHA-1; the last six of its eight digits.
RFC_SECRET = b32encode(b"12345678901234567890").decode()
RFC = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924",
       2000000000: "279037", 20000000000: "353130"}


@pytest.fixture
def ann(box: Database, person: Callable[..., int]) -> int:
    return person("ann")


def on(box: Database, id: int, now: int = NOW) -> str:
    """Switches the factor on; gives its secret."""
    secret = box.transact(totp.begin, box, id)
    assert box.transact(totp.turn_on, box, id, pyotp.TOTP(secret).at(now), now)
    return secret


def use(box: Database, id: int, code: str, now: int) -> bool:
    return box.transact(totp.use, box, id, code, now)


@pytest.mark.parametrize(("now", "code"), RFC.items())
def test_the_codes_are_those_of_the_standard(now: int, code: str) -> None:
    assert totp.matching_step(RFC_SECRET, code, now) == now // 30
    assert totp.matching_step(RFC_SECRET, f" {code[:3]} {code[3:]} ", now) == now // 30


@pytest.mark.parametrize("code", [
    "", "28708", "2870822", "２８７０８２", "287o82", "-87082", "28708\n", "٢٨٧٠٨٢", "2" * 10**6,
    " " * 10**6 + "287082", "0x1234", "\ud800" * 6,
])
def test_what_is_no_code_is_none(code: str) -> None:
    assert totp.matching_step(RFC_SECRET, code, 59) is None


def test_a_clock_may_be_half_a_minute_off_and_no_more(box: Database) -> None:
    code = pyotp.TOTP(RFC_SECRET).at(NOW)
    step = NOW // 30
    offsets = [offset for offset in range(-4, 5)
               if totp.matching_step(RFC_SECRET, code, NOW + 30 * offset) == step]
    assert offsets == [-1, 0, 1]


def test_it_is_on_once_a_code_has_shown_that_the_app_has_it(box: Database, ann: int) -> None:
    secret = box.transact(totp.begin, box, ann)
    assert totp.pending(box, ann) == secret and len(secret) == 32
    code = pyotp.TOTP(secret).at(NOW)
    assert not use(box, ann, code, NOW), "it is not on yet"
    assert not box.transact(totp.turn_on, box, ann, "12345", NOW)
    assert box.transact(totp.turn_on, box, ann, code, NOW)
    assert totp.pending(box, ann) is None
    assert not use(box, ann, code, NOW), "that code has been used"
    assert use(box, ann, pyotp.TOTP(secret).at(NOW + 30), NOW + 30)
    with pytest.raises(Conflict):
        box.transact(totp.begin, box, ann)


def test_a_code_and_those_before_it_are_good_once(box: Database, ann: int) -> None:
    app = pyotp.TOTP(on(box, ann, NOW - 3600))
    assert use(box, ann, app.at(NOW), NOW)
    for code in (app.at(NOW), app.at(NOW - 30)):
        assert not use(box, ann, code, NOW + 5)
    assert use(box, ann, app.at(NOW + 30), NOW + 5)


@pytest.mark.parametrize("back", [3600, 86400, 3650 * 86400])
def test_a_clock_that_is_set_back_locks_nobody_out(box: Database, ann: int, back: int) -> None:
    app = pyotp.TOTP(on(box, ann))
    assert use(box, ann, app.at(NOW - back), NOW - back)
    assert not use(box, ann, app.at(NOW - back), NOW - back)


def test_off_is_off_and_a_new_secret_is_another(box: Database, ann: int) -> None:
    old = on(box, ann)
    assert box.transact(totp.turn_off, box, ann)
    assert not box.transact(totp.turn_off, box, ann)
    assert not use(box, ann, pyotp.TOTP(old).at(NOW + 60), NOW + 60)
    assert on(box, ann) != old


def test_an_app_reads_the_address_whatever_the_site_is_called() -> None:
    address = totp.address(RFC_SECRET, "ann+x@example.org", "Jo's: Bakery & <Sons>")
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Jo's  Bakery & <Sons>:ann+x@example.org"
    assert parse_qs(parts.query) == {"secret": [RFC_SECRET], "issuer": ["Jo's  Bakery & <Sons>"]}
    read = pyotp.parse_uri(address)
    assert read.secret == RFC_SECRET and read.name == "ann+x@example.org"


def test_the_picture_is_a_drawing_without_style_or_script() -> None:
    picture = totp.picture(totp.address(RFC_SECRET, "ann@example.org", "Jo's Bakery"))
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search(rb"script|style|\son|href|class", picture)
    assert len(picture) < 50_000


def test_there_are_ten_recovery_codes_and_each_is_good_once(box: Database, ann: int) -> None:
    codes = box.transact(recovery.make, box, ann)
    assert len(set(codes)) == 10 and all(re.fullmatch(r"(\w{4}-){3}\w{4}", code) for code in codes)
    assert recovery.left(box, ann) == 10
    assert box.transact(recovery.use, box, ann, codes[3])
    assert not box.transact(recovery.use, box, ann, codes[3])
    assert recovery.left(box, ann) == 9
    stored = box.all("SELECT code_hash FROM recovery_code ORDER BY code_hash")
    assert not any(code.replace("-", "") in str(stored) for code in codes)


def test_a_recovery_code_is_read_as_people_write_it(box: Database, ann: int) -> None:
    code = box.transact(recovery.make, box, ann)[0]
    written = code.upper().replace("-", " ").replace("0", "O").replace("1", "I")
    assert recovery.read(written) == code.replace("-", "")
    assert box.transact(recovery.use, box, ann, f"  {written} ")


@pytest.mark.parametrize(
    "code", ["", "abcd", "u" * 16, "a" * 17, "é" * 16, "a" * 10**6, "\ud800" * 16])
def test_what_is_no_recovery_code_is_none(box: Database, ann: int, code: str) -> None:
    box.transact(recovery.make, box, ann)
    assert not box.transact(recovery.use, box, ann, code)


def test_recovery_codes_are_of_one_account_and_new_ones_replace_them(
    box: Database, ann: int, person: Callable[..., int]
) -> None:
    bob = person("bob")
    assert recovery._hash(ann, "a" * 16) != recovery._hash(bob, "a" * 16)
    old = box.transact(recovery.make, box, ann)
    assert not box.transact(recovery.use, box, bob, old[0])
    new = box.transact(recovery.make, box, ann)
    assert not box.transact(recovery.use, box, ann, old[0])
    box.transact(recovery.forget, box, ann)
    assert not box.transact(recovery.use, box, ann, new[0])
