"""Another address for one's own account: asked for, mailed to both, changed when both agree.

What the page answers does not tell whether the new address has an account. If it has one, its owner
is told, and nothing comes of the wish.
"""
from __future__ import annotations

from chapbook.accounts import accounts, identity, moving, throttle
from chapbook.errors import Invalid
from chapbook.mail.address import BadAddress, checked, is_plain

from . import accountmail, oneself

TYPE_CHECKING = False
if TYPE_CHECKING:
    from chapbook.accounts.moving import Step
    from chapbook.request import Request

# What an account may ask for, and how many mails an address gets by it.
ASKED = throttle.Limit("address asked", 5, 1800)
MAILED = throttle.Limit("address mailed", 3, 3600)
NOT_ONE = "Please give one e-mail address, such as name@example.org."


def ask(request: Request, address: str) -> None:
    """Mail a link to the new address and one to the address on file.

    Invalid for what is no address or is the account's own, and after too many.
    """
    db, account = request.db, oneself.account(request)
    try:
        address = checked(address)
    except BadAddress:
        raise Invalid(address=NOT_ONE) from None
    if not is_plain(address):
        raise Invalid(address="No mail goes to such addresses from here. Please give another one.")
    if identity.key(address) == identity.key(account.address):
        raise Invalid(address="This is your address already.")
    wait = throttle.spend(db, [(ASKED, str(account.id))])
    if wait:
        raise Invalid(f"You have asked for this very often. Please wait for {-(-wait // 60)} min.")
    goes = not throttle.spend(db, [(MAILED, identity.key(address))])
    to_new, to_old = moving.begin(db, account.id, address, oneself.who(request))
    new = accountmail.link(request, "account/address/new", token=to_new)
    if goes:
        _mail_new(request, address, new)
    accountmail.letter(request, account.address, "allow",
                       accountmail.link(request, "account/address/old", token=to_old))


def agree(request: Request, purpose: str, token: str) -> Step | None:
    """Have one of both agree, by the link that was mailed; None for a link that opens nothing."""
    account = oneself.account(request)
    step = moving.take(request.db, purpose, token, account.id, oneself.who(request))
    if step is not None and step.moved:
        throttle.know(request.db, identity.key(step.address), oneself.who(request).network)
        accountmail.notice(request, account, "address changed", to=step.before)
    elif step is not None and step.taken:
        _mail_new(request, step.address, "")
    return step


def _mail_new(request: Request, address: str, link: str) -> None:
    known = accounts.find(request.db, address)
    if known is None:
        accountmail.letter(request, address, "change", link)
    else:
        accountmail.letter(request, known.address, "wanted")
