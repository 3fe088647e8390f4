"""Signing in: who may, what is told to whom, how often one may try, what the time tells."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pyotp
import pytest

from chapbook.accounts import accounts, events, passwords, recovery, signin, totp
from chapbook.accounts.events import Who
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.errors import BadRequest

from tests.support.threads import together

PASSWORD = "a rather good one"
NOW = 1_800_000_000
Person = Callable[..., int]


def at(network: str) -> Who:
    return Who(None, "-", network)


def attempt(
    box: Database, name: str, password: str = PASSWORD, who: Who | None = None, now: int = NOW
) -> signin.Outcome:
    return signin.authenticate(box, f"{name}@example.org", password, who or at("192.0.2.1"), now)


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch, quick: None) -> list[str]:
    """The kind of each hash that was made, to be counted; they cost nothing."""
    made: list[str] = []
    quick_one = passwords._digest

    def digest(kind: str, data: bytes, salt: bytes, size: int) -> bytes:
        made.append(kind)
        return quick_one(kind, data, salt, size)

    monkeypatch.setattr(passwords, "_digest", digest)
    return made


def test_the_right_password_gives_the_account_and_nothing_secret(
    box: Database, person: Person
) -> None:
    id = person("ann", role="editor")
    outcome = signin.authenticate(box, "Ann@EXAMPLE.org", PASSWORD, at("192.0.2.1"), NOW)
    assert outcome.account is not None and outcome.account.id == id
    assert set(outcome.account) == {"id", "address", "name", "role", "state", "totp_at"}
    assert not outcome.wants_code and outcome.retry_after == 0
    found = accounts.by_id(box, id)
    assert found is not None and found.signed_in_at == NOW


@pytest.mark.parametrize(("name", "password", "why"), [
    ("ann", "another good one", "wrong"), ("nobody", PASSWORD, "unknown"),
    ("closed", PASSWORD, "disabled"), ("closed", "another good one", "wrong"),
    ("new", PASSWORD, "waiting"), ("guest", "", "wrong"), ("guest", PASSWORD, "wrong"),
    ("", PASSWORD, "unknown"), ("x@y@", PASSWORD, "unknown"), ("\ud800", PASSWORD, "unknown"),
])
def test_whoever_may_not_costs_one_hash_and_one_event(
    box: Database, person: Person, hashes: list[str], name: str, password: str, why: str,
    who: Who
) -> None:
    person("ann")
    person("closed", state="disabled")
    person("new", state="waiting")
    person("guest", None)
    before = box.value("SELECT COUNT(*) FROM security_event")
    hashes.clear()
    outcome = attempt(box, name, password)
    assert outcome.account is None and outcome.why == why and outcome.retry_after == 0
    assert hashes == [passwords.current()]
    event, = events.latest(box, most=1)
    assert box.value("SELECT COUNT(*) FROM security_event") == before + 1
    assert (event.what, event.outcome, event.network) == ("sign-in", why, "192.0.2.1")
    assert "example" not in str(event) and PASSWORD not in str(event)


def test_two_hundred_guesses_are_ten_hashes(
    box: Database, person: Person, hashes: list[str]
) -> None:
    person("ann")
    hashes.clear()
    outcomes = [attempt(box, "ann", f"guess number {number}") for number in range(200)]
    assert len(hashes) <= 10
    assert all(outcome.retry_after > 0 for outcome in outcomes[10:])
    assert attempt(box, "ann", PASSWORD).why == "throttled", "not even the right one"
    rows = box.all("SELECT outcome FROM security_event WHERE what = 'sign-in' ORDER BY id")
    assert len(rows) == 11, "what was not even looked at is written down once"


def test_two_hundred_guesses_from_as_many_networks_are_ten_hashes(
    box: Database, person: Person, hashes: list[str]
) -> None:
    person("ann")
    hashes.clear()
    for number in range(200):
        attempt(box, "ann", "no idea at all", at(f"198.51.{number // 200}.{number % 200}"))
    assert len(hashes) <= 10


@pytest.mark.parametrize("network", ["203.0.113.9", "2001:db8:7:7::{}"])
def test_two_hundred_guesses_at_as_many_accounts_are_ten_hashes(
    box: Database, hashes: list[str], network: str
) -> None:
    for number in range(200):
        attempt(box, f"person{number}", "no idea at all", at(network.format(number)))
    assert len(hashes) <= 10


def test_two_hundred_guesses_at_the_same_moment_are_ten_hashes(
    box: Database, site: Config, person: Person, hashes: list[str]
) -> None:
    person("ann")
    hashes.clear()

    def some() -> None:
        with connect(site) as own:
            for _ in range(10):
                attempt(own, "ann", "no idea at all")

    together(*[some] * 4)
    assert len(hashes) <= 10


def test_strangers_who_try_without_end_do_not_keep_the_owner_out(
    box: Database, person: Person
) -> None:
    person("ann")
    home = at("192.0.2.1")
    assert attempt(box, "ann", who=home).why == "good"
    for number in range(100):
        attempt(box, "ann", "no idea at all", at(f"198.51.100.{number}"), NOW + 60)
    assert attempt(box, "ann", who=at("198.51.100.250"), now=NOW + 60).why == "throttled"
    assert attempt(box, "ann", who=home, now=NOW + 60).why == "good"


def test_somebody_at_home_guesses_no_faster_than_strangers(
    box: Database, person: Person, hashes: list[str]
) -> None:
    person("ann")
    assert attempt(box, "ann").why == "good"
    hashes.clear()
    for number in range(60):                      # as often as a network may
        attempt(box, "ann", "no idea at all", now=NOW + 30 * (number + 1))
    assert 20 < len(hashes) <= 10 + 60 * 30 // 120


def test_nobody_is_locked_out_for_good(box: Database, person: Person) -> None:
    person("ann")
    for _ in range(50):
        last = attempt(box, "ann", "no idea at all")
    assert 0 < last.retry_after <= 120
    assert attempt(box, "ann", now=NOW + 120).why == "good"


def test_a_class_that_signs_in_from_one_network_is_let_in(box: Database, person: Person) -> None:
    for number in range(30):
        person(f"pupil{number}")
    assert all(attempt(box, f"pupil{number}").account for number in range(30))


def test_a_password_of_a_megabyte_is_refused_at_once(
    box: Database, person: Person, hashes: list[str]
) -> None:
    person("ann")
    hashes.clear()
    begun = time.process_time()
    with pytest.raises(BadRequest):
        attempt(box, "ann", "x" * 1_000_000)
    assert time.process_time() - begun < 0.1 and not hashes


def test_what_many_strangers_leave_in_the_throttle_goes_without_cron_too(
    box: Database, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    for number in range(60):
        attempt(box, f"person{number}", "no idea at all", at(f"198.51.100.{number}"))
    assert box.value("SELECT COUNT(*) FROM throttle") == 120
    monkeypatch.setattr(signin, "SWEPT_BELOW", 256)
    attempt(box, "ann", now=NOW + 86400)
    assert box.value("SELECT COUNT(*) FROM throttle") == 120 + 2 - 50


def test_counts_and_events_stay_when_the_page_refuses(box: Database, person: Person) -> None:
    person("ann")
    with pytest.raises(ZeroDivisionError):
        box.transact(lambda: (attempt(box, "ann", "no idea at all"), 1 / 0), lazy=True)
    assert events.latest(box, most=1)[0].outcome == "wrong"
    assert box.value("SELECT COUNT(*) FROM throttle") == 2


def test_inside_a_transaction_that_writes_already_it_is_part_of_it(
    box: Database, person: Person
) -> None:
    person("ann")
    with box.transaction():
        box.run("UPDATE account SET name = 'Anna' WHERE id = 1")
        assert attempt(box, "ann", "no idea at all").why == "wrong"
        assert attempt(box, "ann").why == "good"
    assert events.latest(box, most=1)[0].outcome == "good"


def test_an_old_hash_is_replaced_at_the_next_sign_in(
    box: Database, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(passwords, "_argon2", lambda: None)
        person("ann")
    kind = "SELECT password_kind FROM account"
    assert box.value(kind) == passwords.SCRYPT
    assert attempt(box, "ann", "no idea at all").why == "wrong"
    assert box.value(kind) == passwords.SCRYPT
    assert attempt(box, "ann").why == "good"
    assert box.value(kind) == passwords.ARGON2
    assert attempt(box, "ann").why == "good"


def test_while_two_kinds_of_hash_are_in_use_everybody_costs_one_of_each(
    box: Database, person: Person, hashes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(passwords, "_argon2", lambda: None)
        person("old")
    person("new")
    for name in ("old", "new", "nobody"):
        hashes.clear()
        assert attempt(box, name, "no idea at all").account is None
        assert sorted(hashes) == [passwords.ARGON2, passwords.SCRYPT]


@pytest.mark.parametrize("change", [
    "UPDATE account SET state = 'disabled'", "UPDATE account SET password_hash = 'another'",
    "DELETE FROM account",
])
def test_an_account_that_is_closed_while_its_password_is_verified_is_not_let_in(
    box: Database, site: Config, person: Person, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    id = person("ann")
    verify = passwords.verify

    def slowly(stored: str, password: str) -> bool:
        with connect(site) as other, other.transaction():
            other.run(change)
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify", slowly)
    outcome = attempt(box, "ann")
    assert outcome.account is None and outcome.why == "changed"
    assert events.of(box, id, most=1)[0].outcome == "changed"


def test_a_hash_that_cannot_be_read_is_no_way_in_and_the_log_says_why(
    box: Database, site: Config, person: Person, hashes: list[str],
    monkeypatch: pytest.MonkeyPatch
) -> None:
    person("ann")
    with box.transaction():
        box.run("UPDATE account SET password_hash = 'x', password_kind = 'x'")
    assert attempt(box, "ann").why == "unreadable"
    with open(site.path("var/log/chapbook.log"), encoding="ascii") as log:
        assert "password" in log.read()


def test_a_second_factor_is_asked_for_before_anybody_is_in(
    box: Database, person: Person, who: Who
) -> None:
    id, secret, codes = with_factor(box, person, who)
    outcome = attempt(box, "ann")
    assert outcome.account is not None and outcome.wants_code
    app = pyotp.TOTP(secret)
    good = app.at(NOW)
    wrong = "000000" if good != "000000" else "111111"
    assert signin.second(box, id, wrong, who, NOW).why == "wrong"
    found = signin.second(box, id, good, who, NOW)
    assert found.account is not None and found.account.id == id
    assert signin.second(box, id, good, who, NOW).account is None, "a code is good once"
    assert signin.second(box, id, codes[0].upper(), who, NOW).account is not None
    assert signin.second(box, id, codes[0], who, NOW).account is None
    assert [row.about for row in events.of(box, id, most=2)] == ["", "recovery code"]
    assert recovery.left(box, id) == 9


def test_codes_are_guessed_five_times_and_then_slowly(
    box: Database, person: Person, who: Who
) -> None:
    id, secret, _ = with_factor(box, person, who)
    guesses = [signin.second(box, id, f"{number:06d}", at(f"198.51.100.{number}"), NOW).why
               for number in range(60)]
    assert guesses.count("throttled") >= 55
    last = signin.second(box, id, pyotp.TOTP(secret).at(NOW), who, NOW)
    assert last.why == "throttled" and 0 < last.retry_after <= 600
    later = NOW + 600
    assert signin.second(box, id, pyotp.TOTP(secret).at(later), who, later).why == "good"


def test_of_two_who_send_the_same_code_at_once_one_is_let_in(
    box: Database, site: Config, person: Person, who: Who
) -> None:
    id, secret, codes = with_factor(box, person, who)
    for code in (pyotp.TOTP(secret).at(NOW), codes[0]):
        def use() -> bool:
            with connect(site) as own:
                return signin.second(own, id, code, who, NOW).account is not None
        assert sorted(together(use, use)) == [False, True]


def test_a_code_does_not_open_an_account_that_was_closed(
    box: Database, person: Person, who: Who
) -> None:
    id, secret, _ = with_factor(box, person, who)
    with box.transaction():
        box.run("UPDATE account SET state = 'disabled' WHERE id = :id", id=id)
    assert signin.second(box, id, pyotp.TOTP(secret).at(NOW), who, NOW).account is None
    assert signin.second(box, id + 99, "123456", who, NOW).account is None


def with_factor(box: Database, person: Person, who: Who) -> tuple[int, str, list[str]]:
    id = person("ann")
    secret = box.transact(totp.begin, box, id)
    before = NOW - 3600
    codes = box.transact(accounts.second_factor_on, box, id, pyotp.TOTP(secret).at(before), who,
                         before)
    assert codes is not None
    return id, secret, codes


def test_the_time_does_not_tell_whether_somebody_has_an_account(sqlite_config: Config) -> None:
    """Real hashes, known and unknown in turn; `tests/bench/accounts.py` has the strict figures."""
    from tests.bench.accounts import alone, differences, prepare

    with connect(sqlite_config) as db:
        prepare(db, sqlite_config)
    for _ in range(5):                            # other programs run here too
        known, unknown = differences(sqlite_config, alone, 60)
        apart = abs(statistics.median(known) - statistics.median(unknown))
        if apart < max(0.003, 0.15 * statistics.median(known)):
            return
    pytest.fail(f"{apart * 1000:.1f} ms between known and unknown")
