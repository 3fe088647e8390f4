"""Between the password and the session: what changes in the meantime lets nobody in."""
from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest
from pyotp import TOTP

from chapbook.accounts import accounts, signin, totp
from chapbook.accounts.events import SHELL, Who
from chapbook.config import Config
from chapbook.db import Database, connect
from chapbook.session import rows

PASSWORD = "a rather good one"
Person = Callable[..., int]


def good(box: Database, who: Who) -> signin.Outcome:
    outcome = signin.authenticate(box, "ann@example.org", PASSWORD, who)
    assert outcome.account is not None and outcome.mark
    return outcome


def admitted(box: Database, id: int, mark: str) -> bool:
    return box.transact(signin.admit, box, id, mark)


def test_who_has_given_the_password_is_admitted_and_nobody_else(
    box: Database, person: Person, who: Who
) -> None:
    id, other = person("ann"), person("bob")
    mark = good(box, who).mark
    assert admitted(box, id, mark)
    assert not admitted(box, other, mark) and not admitted(box, id, "")
    assert not admitted(box, 99, mark)
    assert signin.authenticate(box, "ann@example.org", "wrong", who).mark == ""


@pytest.mark.parametrize("change", [
    lambda box, id: accounts.change_password(box, id, PASSWORD, SHELL),
    lambda box, id: accounts.disable(box, id, SHELL),
    lambda box, id: accounts.remove(box, id, SHELL),
    lambda box, id: totp.turn_on(box, id, TOTP(totp.begin(box, id)).now()),
], ids=["password", "closed", "deleted", "second factor"])
def test_what_changes_in_the_meantime_lets_nobody_in(
    box: Database, person: Person, who: Who, change: Callable[[Database, int], object]
) -> None:
    id = person("ann")
    mark = good(box, who).mark
    box.transact(change, box, id)
    assert not admitted(box, id, mark)


def test_a_new_password_waits_for_a_sign_in_and_then_ends_it(
    box: Database, person: Person, who: Who, site: Config
) -> None:
    id = person("ann")
    mark = good(box, who).mark

    def change() -> None:
        with connect(site) as own:
            own.transact(accounts.change_password, own, id, "quite another one", SHELL)

    changing = Thread(target=change)
    with box.transaction():
        assert signin.admit(box, id, mark)
        changing.start()
        changing.join(0.3)
        rows.insert(box, rows.new_token(), "{}", id, False, "a test")
    changing.join()
    assert box.value("SELECT COUNT(*) FROM session WHERE account_id = :id", id=id) == 0


def test_it_tells_whether_they_have_signed_in_from_there_before(
    box: Database, person: Person, who: Who
) -> None:
    person("ann")
    assert [good(box, who).is_new_place for _ in range(2)] == [True, False]
    assert good(box, Who(None, "-", "198.51.100.1")).is_new_place
