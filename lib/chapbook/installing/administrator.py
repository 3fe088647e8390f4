"""The first administrator: checked when typed, kept as a hash, and made by the last step, once."""
from __future__ import annotations

import time

from ..accounts import accounts, identity, names, passwords
from ..accounts.events import Who
from ..accounts.turns import turn
from ..db import connect
from ..errors import Conflict, Invalid
from ..mail.address import BadAddress, checked
from . import database

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..config import Config
    from ..db import Database

STEP = "administrator"
ALREADY = ("There is an administrator in this database already. Nobody can be made a second one "
           "here: sign in as the first one, or ./chapbook user add makes another in a shell.")

_THERE = "SELECT COUNT(*) FROM account WHERE role = 'administrator'"
# Two installers of one database: the second has to wait for the first.
_HOLD = {
    "sqlite": "SELECT id FROM account WHERE role = 'administrator' ORDER BY id",
    "mysql": "SELECT id FROM account WHERE role = 'administrator' ORDER BY id FOR UPDATE",
}


def taken(config: Config, given: Mapping[str, str]) -> dict[str, str]:
    """The answers to keep: `name`, `address` and the `hash` of the password.

    `given` has the password twice, as `password` and `again`. Invalid says what must be others.
    """
    faults: dict[str, str] = {}
    address, password = given.get("address", ""), given.get("password", "")
    name = names.cleaned(given.get("name", ""))
    if not 0 < len(name) <= accounts.NAME_MOST:
        faults["name"] = f"A name has 1 to {accounts.NAME_MOST} characters."
    try:
        address = checked(address)
    except BadAddress as error:
        faults["address"] = str(error)
    fault = passwords.fault(password, address=address, name=name)
    if fault is not None:
        faults["password"] = fault
    elif given.get("again", "") != password:
        faults["again"] = "This is not the same as above."
    if faults:
        raise Invalid(**faults)
    with turn(config):
        return {"name": name, "address": address, "hash": passwords.hashed(password)}


def is_there(config: Config) -> bool:
    """Whether the chosen database has an administrator; False where it has no tables yet."""
    if config.database.engine == "sqlite":
        import os

        if not os.path.exists(config.path(config.database.file)):
            return False
    with connect(config) as db:
        return "account" in database.tables_of(db) and bool(db.value(_THERE))


def make(db: Database, answers: Mapping[str, str], who: Who) -> bool:
    """Make the account of these answers, in the caller's transaction; False where it was made.

    Conflict where there is another administrator.
    """
    db.all(_HOLD[db.engine])
    key = identity.key(answers["address"])
    known = db.one("SELECT role, password_hash FROM account WHERE address_key = :key", key=key)
    if known is not None and (known.role, known.password_hash) == (
        "administrator", answers["hash"]
    ):
        return False                              # made before this process was killed
    if db.value(_THERE):
        raise Conflict(ALREADY)
    if known is not None:
        raise Conflict(f"{answers['address']} has an account in this database already, which is no "
                       "administrator. Please go back and write another address.")
    id = accounts.create(db, answers["address"], answers["name"], None, who,
                         role="administrator", confirmed=True)
    db.run("UPDATE account SET password_hash = :hash, password_kind = :kind, password_at = :now"
           " WHERE id = :id", hash=answers["hash"], kind=passwords.kind(answers["hash"]),
           now=int(time.time()), id=id)
    return True
