"""The bytes of a message (RFC 5322), made from a row of the outbox: the same ones at every try.

`email.message.EmailMessage` does the writing. Its folding of long and odd names has let a comma or
a line break out before (CVE-2023-27043, CVE-2024-6923, CVE-2025-1795), so every part was checked
when it was queued, and what was written is read back and compared before it goes anywhere.
"""
from __future__ import annotations

from .address import BadAddress, checked
from .transports import Deferred

TYPE_CHECKING = False
if TYPE_CHECKING:
    from email.message import EmailMessage

    from ..config import Config
    from ..db import Row

NAME_MOST = 60                # characters of the site's title in From
_SPECIALS = str.maketrans(dict.fromkeys('()<>[]:;@\\,."?=', " "))


class Unwritable(Exception):
    """No message can be made of this row, however often one tries."""


def sender(config: Config) -> str:
    """The address that mail comes from; Deferred with what to do where none is configured."""
    given = config.mail.sender or config.site.owner
    if not given and config.mail.via == "folder":
        return "site@localhost"               # nothing leaves this machine
    if not given:
        raise Deferred("Nobody is named as the sender. Write your address into site.ini: "
                       "[site] owner = you@example.org", for_all=True)
    try:
        return checked(given)
    except BadAddress as error:
        option = "[mail] sender" if config.mail.sender else "[site] owner"
        raise Deferred(f"{option} in site.ini must be one e-mail address. {error}",
                       for_all=True) from error


def written(config: Config, mail: Row, sender: str) -> bytes:
    """The message with CRLF line ends, 7-bit throughout; Unwritable where it cannot be made."""
    title = " ".join(str(config.site.title).split()).replace("=?", "= ?")[:NAME_MOST].strip()
    plain = " ".join(title.translate(_SPECIALS).split())
    # Most titles are taken as they are; others come out with a space, or worse, where they fold.
    for name in (title, plain, *(title[:most].rstrip() for most in (40, 30, 20, 12)), ""):
        try:
            data = _made(mail, sender, name).as_bytes()
            if _is_as_meant(data, mail, sender, name):
                return data
        except (ValueError, LookupError, TypeError, AttributeError):
            continue                              # of the reader, too: it fails at odd addresses
    if mail.reply_to:                             # the visitor's, who shall not keep it from you
        return written(config, type(mail)({**mail, "reply_to": None}), sender)
    raise Unwritable("No message can be written with this subject and these addresses.")


def _made(mail: Row, sender: str, name: str) -> EmailMessage:
    from datetime import datetime, timezone
    from email import policy
    from email.headerregistry import Address
    from email.message import EmailMessage

    message = EmailMessage(policy.SMTP.clone(cte_type="7bit"))
    message["From"] = Address(name, *sender.rsplit("@", 1))
    message["To"] = Address("", *mail.recipient.rsplit("@", 1))
    if mail.reply_to:
        message["Reply-To"] = Address("", *mail.reply_to.rsplit("@", 1))
    message["Subject"] = mail.subject
    message["Date"] = datetime.fromtimestamp(mail.written_at, timezone.utc)
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"                  # RFC 3834: no automatic answers
    message.set_content(mail.body if mail.body.endswith("\n") else mail.body + "\n")
    return message


def _is_as_meant(data: bytes, mail: Row, sender: str, name: str) -> bool:
    """Whether another reader finds just our headers there, one address in each, and the name."""
    from email import message_from_bytes, policy

    names = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted",
             "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    if not mail.reply_to:
        names.remove("Reply-To")
    head = data.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    unfolded = [line for line in lines if line[:1] not in (b" ", b"\t")]
    if not data.isascii() or b"\0" in data or any(not line.strip() for line in lines) or (
            [line.partition(b":")[0].decode() for line in unfolded] != names):
        return False
    if head.count(b"\r") != len(lines) - 1 or head.count(b"\n") != len(lines) - 1:
        return False
    read = message_from_bytes(data, policy=policy.default)
    expected = {"From": sender, "To": mail.recipient, "Reply-To": mail.reply_to}
    return all(
        [found.addr_spec for found in read[header].addresses] == [address]
        for header, address in expected.items() if address
    ) and read["From"].addresses[0].display_name == name
