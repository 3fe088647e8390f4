"""How mail leaves: chosen, tried with one letter, and its failure explained before it matters."""
from __future__ import annotations

import os
import time

from .. import config as configuration
from ..db import Row
from ..errors import ConfigError, Invalid
from ..mail import message, transports
from ..mail.address import BadAddress, checked
from . import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..config import Config

STEP = "mail"
OPTIONS = ("via", "sender", "host", "port", "user", "password", "tls", "sendmail")
OF_SMTP = ("host", "port", "user", "password", "tls")
PLACES = ("/usr/sbin/sendmail", "/usr/lib/sendmail", "/usr/bin/sendmail", "/usr/bin/msmtp")
ANSWER_WITHIN = "2 s"         # of a mail server, for the trial: twelve times that for all
LETTER = """This is the letter that you had sent from the page that sets up your site, {title}.

It came, so the site can send mail: links for new passwords, and what forms receive.

If it lies among the unwanted mail, have your host set up SPF and DKIM for the domain of the sender.
"""


def program() -> str:
    """The host's program for mail; "" where none of the usual ones is there."""
    return next((path for path in PLACES if os.access(path, os.X_OK)), "")


def taken(config: Config, given: Mapping[str, str], site: Mapping[str, str]) -> dict[str, str]:
    """The answers to keep; Invalid says which must be others. Nothing is sent."""
    kept = {name: given.get(name, "").strip() for name in OPTIONS if given.get(name, "").strip()}
    via = kept.setdefault("via", "folder")
    if via != "smtp":
        kept = {name: text for name, text in kept.items() if name not in OF_SMTP}
    if via != "sendmail":
        kept.pop("sendmail", None)
    elif not os.access(kept.setdefault("sendmail", program() or PLACES[0]), os.X_OK):
        raise Invalid(sendmail=(
            f"There is no program {kept['sendmail']} on this machine. Ask your host for its path, "
            "or choose an SMTP server."))
    if via == "smtp" and not kept.get("host"):
        raise Invalid(host="Your host's pages about mail programs name it: the outgoing server.")
    if kept.get("sender"):
        try:
            kept["sender"] = checked(kept["sender"])
        except BadAddress as error:
            raise Invalid(sender=str(error)) from error
    try:
        with_mail(config, kept, site)
    except ConfigError as error:
        raise Invalid(str(error).removeprefix("overrides: ")) from error
    return kept


def with_mail(config: Config, answers: Mapping[str, str], site: Mapping[str, str]) -> Config:
    """The settings of the site with this way for mail."""
    options = {name: text for name, text in answers.items() if name in OPTIONS}
    known = {name: text for name, text in site.items() if name in ("title", "owner", "base_url")}
    return configuration.load(
        None, {"mail": {"timeout": ANSWER_WITHIN, **options}, "site": known}, config.root)


def send_trial(
    config: Config, answers: Mapping[str, str], site: Mapping[str, str], to: str
) -> str:
    """Send one letter to this address; a sentence about where it is. Invalid says why it is not."""
    try:
        to = checked(to)
    except BadAddress as error:
        raise Invalid(to=str(error)) from error
    chosen = with_mail(config, answers, site)
    state.prepare_var(config)
    now = int(time.time())
    try:
        sender = message.sender(chosen)
        name = f"{os.urandom(12).hex()}@{sender.rpartition('@')[2]}"
        letter = message.written(chosen, Row(
            recipient=to, reply_to=None, subject="Your site can send mail",
            body=LETTER.format(title=chosen.site.title), written_at=now, message_id=name), sender)
        transport = transports.opened(chosen)
        try:
            transport.deliver(sender, to, letter, name, now + transports.lease(chosen))
        finally:
            transport.close()
    except message.Unwritable as error:
        raise Invalid(to=str(error)) from error
    except (transports.Deferred, transports.Refused) as error:
        said = str(error).replace("[mail] ", "").replace(" It is tried again.", "")
        raise Invalid(**{_field(chosen, said): f"The letter was not sent. {said}"}) from error
    if chosen.mail.via == "folder":
        return f"The letter lies as a file in {chosen.mail.folder}: no mail leaves this machine."
    return f"The letter to {to} was taken. Look whether it arrives, among the unwanted mail too."


def _field(config: Config, sentence: str) -> str:
    """The answer that a failure speaks of, as far as its words tell."""
    if config.mail.via == "sendmail":
        return "sendmail"
    for word, field in (("sender", "sender"), ("password", "password"), ("sign", "user"),
                        ("TLS", "tls"), ("recipient", "to")):
        if word in sentence:
            return field
    return "host"
