"""Having an account: asked for and confirmed, by invitation; and a password that was forgotten.

There is no account before somebody has shown, by a link that was mailed, that the address is
theirs; only then they choose name and password. So nobody can make one in another's name, and wait
for its owner to confirm it. What a page answers does not depend on whether there is an account.
Functions that write are part of the handler's transaction.
"""
from __future__ import annotations

from chapbook import mail
from chapbook.accounts import accounts, events, identity, names, passwords, throttle, tokens
from chapbook.errors import Conflict, Duplicate, Forbidden, Invalid
from chapbook.mail.address import checked, is_plain
from chapbook.response import redirect

from . import accountmail
from .entering import who

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.db import Database, Row
    from chapbook.request import Request
    from chapbook.response import Response

# What a network may ask for, and how many links an address is mailed: so many at once, and then
# one more each so many seconds.
ASKED = throttle.Limit("account asked", 10, 300)
MAILED = throttle.Limit("account mailed", 3, 3600)
TOLD_MOST = 20                # administrators who are told that somebody waits

USED = "This link has just been used, or another one was mailed since."
# What is mailed to an address that has an account, by the account's state.
_KNOWN = {"active": "known", "waiting": "waits", "disabled": "closed"}


def is_open(request: Request) -> bool:
    """Whether anybody may ask for an account."""
    return request.config.accounts.registration in ("open", "approval")


def ask(request: Request, address: str) -> int:
    """Mail a link for an account to an address; 0, or the seconds to wait after too many.

    An address that has an account is mailed that it has. Invalid for one that no mail can go to,
    Forbidden where accounts are not for everybody, Unavailable where no link can be made.
    """
    if not is_open(request):
        raise Forbidden("Accounts of this site are by invitation alone.")
    db, key = request.db, _key(address)
    wait, goes = _may(request, "confirm", key)
    if wait or not goes:
        return wait
    known = accounts.find(db, address)
    _note(request, known, "confirm")
    # The same is done for everybody, so that the time does not tell who has an account.
    token = tokens.make(db, "confirm", about=key)
    link = accountmail.link(request, "account/confirm", token=token)
    if known is None:
        accountmail.letter(request, address, "confirm", link)
    else:
        accountmail.letter(request, known.address, _KNOWN[known.state])
    return 0


def invited(request: Request, purpose: str, token: str) -> Row | None:
    """Whom a link for a new account ("confirm" or "invite") is for: about (the address), role.

    None for one that opens nothing, or nothing any more.
    """
    if purpose == "confirm" and not is_open(request):
        return None
    found = tokens.look(request.db, purpose, token)
    return None if found is None or found.account_id is not None else found


def begin(request: Request, purpose: str, token: str, name: str, password: str) -> Row:
    """The account that somebody has made by a link; it waits where an administrator has to open it,
    and else they are to be signed in.

    Invalid for a name or password that cannot be, Conflict where the link was used at this moment,
    or the address has an account by now.
    """
    db, visitor = request.db, who(request)
    if purpose == "confirm" and not is_open(request):
        raise Forbidden("Accounts of this site are by invitation alone.")
    found = tokens.take(db, purpose, token)
    if found is None or found.account_id is not None:
        raise Conflict(USED)
    address, name = found.about, names.cleaned(name)
    if not name:
        raise Invalid(name="Please give a name that others can read.")
    fault = passwords.fault(password, address=address, name=name)
    if fault is not None:
        raise Invalid(password=fault)
    waits = purpose == "confirm" and request.config.accounts.registration == "approval"
    try:
        id = accounts.create(
            db, address, name[:accounts.NAME_MOST], password, visitor, confirmed=True,
            role=found.role or "member", state="waiting" if waits else "active")
    except Duplicate:
        raise Conflict("This address has an account already: please sign in.") from None
    throttle.know(db, identity.key(address), visitor.network)
    if waits:
        _tell_administrators(request)
    else:
        accounts.signed_in(db, id)
    account = accounts.by_id(db, id)
    assert account is not None
    return account


def joined(request: Request, purpose: str) -> Response:
    """Make the account of a link by its form, and sign in to it unless it has to wait; the way on.

    What `begin` raises, where it cannot be made.
    """
    form = request.form
    account = begin(
        request, purpose, request.query.get("token") or "", form["name"], form["password"])
    if account.state == "waiting":
        return redirect(request.url_for("account/register", sent="waits"))
    request.session.sign_in(account.id)
    request.flash(f"Welcome, {account.name}. This is your account.")
    return redirect(request.url_for("account/me"))


def forgotten(request: Request, address: str) -> int:
    """Mail a link for a new password to an address that has an account; 0, or the seconds to wait.

    Invalid for what no mail can go to, Unavailable where no link can be made.
    """
    db, key = request.db, _key(address)
    wait, goes = _may(request, "reset", key)
    if wait or not goes:
        return wait
    known = accounts.find(db, address)
    _note(request, known, "reset")
    if known is not None and known.state != "active":
        accountmail.letter(request, known.address, _KNOWN[known.state])
        return 0
    # As much is done for an address that nobody has, up to a mail which is not let go.
    id, to = (None, address) if known is None else (known.id, known.address)
    about = f"nobody {request.id}" if id is None else f"account {id}"
    token = tokens.make(db, "reset", id, about="" if id else key)
    link = accountmail.link(request, "account/reset", token=token)
    accountmail.letter(request, to, "reset", link, about=about, hold=True)
    (mail.discard if id is None else mail.release)(db, about)
    return 0


def resettable(db: Database, token: str) -> bool:
    """Whether a link for a new password still opens something."""
    found = tokens.look(db, "reset", token)
    return found is not None and found.account_id is not None


def reset(request: Request, token: str, password: str) -> None:
    """Give the account of a link another password; all its sessions end.

    Invalid for a password that cannot be, Conflict where the link was used at this moment.
    """
    db, visitor = request.db, who(request)
    found = tokens.take(db, "reset", token)
    account = None if found is None or found.account_id is None else accounts.by_id(
        db, found.account_id)
    if account is None or account.state != "active":
        raise Conflict(USED)
    fault = passwords.fault(password, address=account.address, name=account.name)
    if fault is not None:
        raise Invalid(password=fault)
    accounts.change_password(db, account.id, password, visitor)
    if account.confirmed_at is None:          # they read what is mailed there
        accounts.confirm(db, account.id, visitor, activate=False)
    # Strangers who have used up the tries of this account do not keep its owner out.
    throttle.know(db, identity.key(account.address), visitor.network)
    accountmail.notice(request, account, "password changed")


def _key(address: str) -> str:
    """The key of an address that mail can go to, else Invalid."""
    try:
        if is_plain(checked(address)):
            return identity.key(address)
    except ValueError:
        pass
    raise Invalid(address="No mail can go to this address. Please look at it once more.")


def _may(request: Request, what: str, key: str) -> tuple[int, bool]:
    """The seconds that this network has to wait; and whether the address may be mailed one more.

    The first is told, and the second is not: others could have asked for it.
    """
    db = request.db
    accountmail.link(request, "index")        # Unavailable before anything is counted
    wait = throttle.spend(db, [(ASKED, who(request).network)])
    return wait, not wait and not throttle.spend(db, [(MAILED, f"{what}\n{key}")])


def _note(request: Request, known: Row | None, what: str) -> None:
    id = None if known is None else known.id
    events.note(request.db, "link asked", "done", who(request), id, what)


def _tell_administrators(request: Request) -> None:
    db = request.db
    for one in db.all("SELECT id, address FROM account WHERE role = 'administrator'"
                      " AND state = 'active' ORDER BY id LIMIT :most", most=TOLD_MOST):
        if not throttle.spend(db, [(accountmail.NOTICE, f"somebody waits\n{one.id}")]):
            accountmail.letter(request, one.address, "approve")
