"""The mails about accounts: links for whoever asked for one, and notices of what has happened.

They are queued in the transaction of what they are about, and go to the address on file. Nothing
that a visitor has typed is in them, but for the address that they go to: else anybody could have
words of their own sent to anybody. Links begin with `[site] base_url`, never with what was sent.
"""
from __future__ import annotations

import time

from chapbook import filters, forwarded, log, mail
from chapbook.accounts import throttle
from chapbook.errors import Unavailable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.db import Database
    from chapbook.request import Request

# The pages that mails lead to: their scripts, and what they are called where no link can be made.
PLACES = {
    "signin": ("account/signin", "Sign in"),
    "forgotten": ("account/forgotten", "Forgotten password"),
    "users": ("admin/users", "Users"),
}
NOTICE = throttle.Limit("notice", 1, 3600)

_NEW = ("If that was not you, set a new password. That signs all browsers out:\n\n"
        "{forgotten}")
_WRITE = "If you think that this is a mistake, please write to whoever runs the site{owner}."

# What the owner of an account is told: the subject, what has happened, and what can be done.
NOTICES = {
    "signed in": (
        "Somebody has signed in from somewhere new",
        "Somebody has signed in to your account, from a network where you had not signed in for "
        "30 days.", _NEW),
    "too many tries": (
        "Somebody tries to sign in",
        "Somebody has tried several wrong passwords for your account, and did not get in. You can "
        "sign in where you always do; elsewhere you may have to wait for some minutes.", _NEW),
    "too many codes": (
        "Somebody knows your password",
        "Somebody has given the right password for your account, and then several wrong codes. "
        "They did not get in, but they know your password.", _NEW),
    "password changed": ("You have a new password", "Your account has a new password.", _NEW),
    "address changed": (
        "You have a new address",
        "Your account has another e-mail address. Mail about it goes there from now on.",
        "If that was not you, please write to whoever runs the site{owner}."),
    "second factor on": (
        "The second factor is on",
        "Who signs in to your account is asked for a code as well.", _NEW),
    "second factor off": (
        "The second factor is off", "Your account opens with its password alone.", _NEW),
    "recovery code used": (
        "A recovery code was used",
        "Somebody has signed in to your account with a recovery code, which is used up by that.",
        _NEW),
    "recovery codes made": (
        "You have new recovery codes",
        "New recovery codes were made for your account. Those from before are worth nothing.",
        _NEW),
    "role changed": (
        "Your account has another role",
        "An administrator has given your account another role. Please sign in again:\n\n{signin}",
        ""),
    "account opened": (
        "Your account is open",
        "An administrator has opened your account. You can sign in now:\n\n{signin}", ""),
    "account closed": (
        "Your account is closed",
        "An administrator has closed your account. Nobody can sign in to it, and nothing of it was "
        "deleted. " + _WRITE, ""),
    "account deleted": (
        "Your account is deleted",
        "Your account was deleted, and with it all that belonged to it here.", _WRITE),
}

# What is mailed to an address for which somebody has asked for it: the subject, and the text.
LETTERS = {
    "confirm": (
        "Confirm your address",
        "Somebody, hopefully you, wants to have an account here with this address. To go on, open "
        "this page within three days, and choose a name and a password:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: there is no account without this page."),
    "known": (
        "You have an account already",
        "Somebody, hopefully you, wanted to make an account here with this address. It has one "
        "already. To sign in:\n\n{signin}\n\nIf you have forgotten the password:\n\n{forgotten}"
        "\n\nIf it was not you, there is nothing to do."),
    "waits": (
        "Your account waits",
        "Somebody, hopefully you, has asked about an account here with this address. There is one, "
        "and it waits for an administrator to open it. You will get a mail when it is open."),
    "closed": (
        "Your account is closed",
        "Somebody, hopefully you, has asked about an account here with this address. It was closed "
        "by an administrator. " + _WRITE),
    "reset": (
        "Set a new password",
        "Somebody, hopefully you, has forgotten the password of your account here. To choose "
        "another one, open this page within an hour:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: your password is what it was."),
    "change": (
        "Confirm your new address",
        "Somebody, hopefully you, wants this to be the address of their account here. To confirm "
        "it, open this page within a day, signed in to that account:\n\n{link}\n\n"
        "If it was not you, there is nothing to do: without this page nothing changes."),
    "allow": (
        "Your account is to have another address",
        "Somebody who is signed in to your account, and knows its password, wants it to have "
        "another address. If it was you, open this page within a day, signed in:\n\n{link}\n\n"
        "If it was not you, do not open it: nothing changes without it. But somebody knows your "
        "password, so please choose another one:\n\n{forgotten}"),
    "wanted": (
        "Your address was asked for",
        "Somebody, perhaps you, wanted another account here to have this address. It has an "
        "account already, so nothing was changed. If it was you, delete one of the two accounts "
        "first. If it was not you, there is nothing to do."),
    "invite": (
        "You are invited",
        "You are invited to have an account here. To take it, open this page within 14 days, and "
        "choose a name and a password:\n\n{link}\n\n"
        "If you do not know what this is about, there is nothing to do."),
    "approve": (
        "Somebody waits for an account",
        "Somebody has asked for an account and shown that the address is theirs. They wait for an "
        "administrator to open it:\n\n{users}"),
}


def notice(
    request: Request, account: Any, what: str, *, to: str | None = None,
    db: Database | None = None, now: int | None = None,
) -> bool:
    """Tell the owner of an account (a row or User: id, address) one of NOTICES; whether it was new.

    Each at most once an hour. `to` is another address than the account's, such as the one that it
    had before. `db` is another connection, for a handler whose own writes are to be undone.
    """
    now = int(time.time()) if now is None else now
    db = request.db if db is None else db
    if throttle.spend(db, [(NOTICE, f"{what}\n{account.id}")], now):
        return False
    title, happened, advice = NOTICES[what]
    zone = str(request.config.site.timezone)
    facts = f"Account: {account.address}\nWhen: {filters.made(zone)['datetime'](now)} ({zone})"
    if advice:                                # what others have done says nothing of their network
        facts += f"\nFrom: {forwarded.block(request.remote_address) or 'an unknown network'}"
    parts = [_filled(request, happened), facts, _filled(request, advice)]
    return _queue(request, db, to or account.address, title, parts, f"account {account.id}")


def letter(
    request: Request, to: str, what: str, link: str = "", *, about: str = "", hold: bool = False,
) -> bool:
    """Mail one of LETTERS to an address; whether mail can go there. `link` is what it is about.

    `about` and `hold` are those of `mail.queue`. How many go to one address is for the caller to
    count.
    """
    title, text = LETTERS[what]
    return _queue(request, request.db, to, title, [_filled(request, text, link)], about, hold)


def link(request: Request, script: str, **query: object) -> str:
    """The address of a page, for a mail; Unavailable where the site has not been told its own.

    As long as mails are only written into a folder, the site is taken to be on this machine.
    """
    path = request.url_for(script, **query)
    if request.config.site.base_url:
        return request.absolute(path)
    if request.config.mail.via == "folder":
        port = str(request.environ.get("SERVER_PORT", ""))
        return f"http://127.0.0.1{f':{port}' if port.isdecimal() and port != '80' else ''}{path}"
    raise Unavailable(
        "This site cannot mail links, because it has not been told its own address. Please tell "
        "whoever runs it.",
        detail="A link cannot be mailed while [site] base_url is empty: write the public address "
               "of the site into site.ini, as in: base_url = https://www.example.org")


def _filled(request: Request, text: str, its_link: str = "") -> str:
    """One of the texts above with its links."""
    owner = request.config.site.owner
    words = {"owner": f" ({owner})" if owner else "", "link": its_link}
    for name, (script, title) in PLACES.items():
        if f"{{{name}}}" in text:
            try:
                words[name] = link(request, script)
            except Unavailable:               # what happened is to be told all the same
                words[name] = f"The page “{title}” of the site."
    return text.format(**words)


def _queue(
    request: Request, db: Database, to: str, title: str, parts: list[str], about: str,
    hold: bool = False,
) -> bool:
    site = request.config.site
    parts.append(f"-- \n{site.title}{', ' + site.base_url if site.base_url else ''}\n")
    try:
        mail.queue(db, request.config, to=to, subject=f"{title}: {site.title}",
                   text="\n\n".join(part for part in parts if part), about=about, hold=hold)
    except mail.BadAddress as error:
        log.write(request.config, "mail", detail=f"Nothing was mailed to an account: {error}")
        return False
    if db is request.db:                      # else it has not begun, and must not while db writes
        mail.send_soon(request)
    return True
