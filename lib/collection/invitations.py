"""Invitations: an address is mailed a link, by which whoever reads it can make an account.

An invitation is for one role and good for 14 days, once; another one for the same address takes
its place. What is kept of it is a hash of the link and the address.
"""
from __future__ import annotations

import time

from chapbook.accounts import accounts, events, identity, tokens
from chapbook.errors import Invalid

from . import accountmail, oneself

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database, Row
    from chapbook.request import Request

MOST_SHOWN = 200
MOST_WITHDRAWN = 10_000


def waiting(db: Database) -> list[Row]:
    """Who is invited and has not come yet, newest first: about (the address), role, made_at,
    expires_at; the newest 200."""
    return tokens.invitations(db, MOST_SHOWN)


def invite(request: Request, address: str, role: str) -> None:
    """Invite somebody by mail.

    Invalid where the address has an account, or is one that no mail can go to.
    """
    db = request.db
    one = accounts.find(db, address)
    if one is not None:
        raise Invalid(address=f"{one.name} has an account with this address already.")
    key = identity.key_or_none(address)
    if key is None:
        raise Invalid(address="This is no address that mail can go to.")
    token = tokens.make(db, "invite", about=key, role=role)
    link = accountmail.link(request, "account/invitation", token=token)
    if not accountmail.letter(request, address, "invite", link):
        raise Invalid(address="This is no address that mail can go to.")
    events.note(db, "somebody invited", "done", oneself.who(request), None,
                _noted(role, key))


def withdraw(request: Request, address: str) -> bool:
    """Make an invitation worthless; whether there was one that nobody had taken."""
    if not tokens.withdraw(request.db, address):
        return False
    events.note(request.db, "invitation withdrawn", "done", oneself.who(request), None, address)
    return True


def withdraw_of(request: Request, account_id: int) -> int:
    """Make the invitations worthless by which somebody who was an administrator could have others
    made editors and administrators yet; how many those were. Other invitations of theirs hold."""
    db, since = request.db, int(time.time()) - tokens.LIVES["invite"]
    made = events.done_by(db, account_id, "somebody invited", since)
    return sum(withdraw(request, row.about) for row in tokens.invitations(db, MOST_WITHDRAWN)
               if row.role != "member" and _noted(row.role, row.about) in made)


def _noted(role: str, key: str) -> str:
    """What the log of events has of an invitation."""
    return f"{role}: {key}"[:events.ABOUT_MOST]
