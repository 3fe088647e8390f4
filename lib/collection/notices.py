"""The mails about a submission: to the owner all that was filled in, to the visitor a fixed text.

They are queued in the transaction that stores the submission. What a visitor has typed is in the
text of the owner's mail and nowhere else, save for a checked address in Reply-To.
"""
from __future__ import annotations

from chapbook import filters, log, mail
from chapbook.errors import Duplicate

from . import counters, senders
from .counters import DAY
from .formmail import in_order
from .received import LABEL_MAX
from .submissions import about

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from chapbook.config import Config
    from chapbook.db import Database

    from .formmail import Wishes
    from .formsettings import Settings
    from .received import Field, Received

NOTES = {
    "daily": "No mail was sent: the form had sent as many that day as it may.",
    "nobody": "No mail was sent: nobody is named who gets it.",
    "address": "A mail was not sent: what is set as its recipient is no e-mail address.",
}
VALUE_MAX = 20_000            # characters of one answer in a mail; the inbox has all of it
ALL_MAX = 200_000             # and of all answers
BEYOND = "... (there is more in the inbox)"


def plan(
    db: Database, config: Config, received: Received, settings: Settings, to: Sequence[str],
) -> list[str]:
    """Those of `to` who can get a mail; why others cannot is put into the submission's notes.

    Counts the mails for the day, unless it is spam, whose mails are held back.
    """
    good = [address for address in to if _is_plain(address)]
    if not to:
        received.notes.append("nobody")
        log.write(config, "form", form=received.form, detail=(
            "Stored, and no mail was sent, since nobody is named who gets it: write "
            "owner = you@example.org below [site] in site.ini, or to = ... below [form]."))
    if len(good) < len(to):
        received.notes.append("address")
        log.write(config, "form", form=received.form, detail=(
            "The recipients set for this form hold what is no e-mail address: "
            f"{', '.join(sorted({*to} - {*good}))}"))
    if good and not received.reasons and not _spend(db, received, settings, len(good)):
        received.notes.append("daily")
    return good


def queue(
    db: Database, config: Config, id: int, received: Received, settings: Settings, wishes: Wishes,
    to: Sequence[str], page: str, inbox: str,
) -> None:
    """Queue a mail to each of `to`, held back for spam and where the day's number is used up."""
    if not to:
        return
    title = subject(config, received.form, settings, wishes)
    text = body(config, id, received, wishes, page, inbox)
    hold = bool(received.reasons) or "daily" in received.notes
    for address in to:
        mail.queue(db, config, to=address, subject=title, text=text, reply_to=received.reply_to,
                   about=about(id), hold=hold)


def autoreply(
    db: Database, config: Config, id: int, received: Received, settings: Settings, salt: bytes,
) -> None:
    """Queue the fixed answer to the visitor: if there is one, for no spam, and once a day."""
    address = received.reply_to
    if not settings.autoreply or address is None or received.reasons or not _is_plain(address):
        return
    local, _, domain = address.casefold().rpartition("@")
    key = senders.hashed(salt, f"{local.partition('+')[0]}@{domain}")
    try:
        db.run("INSERT INTO autoreply_sent (address_hash, day) VALUES (:key, :day)",
               key=key, day=received.received_at // DAY)
    except Duplicate:
        return
    if _spend(db, received, settings, 1):
        mail.queue(db, config, to=address, subject=_clean(
            settings.autoreply_subject or str(config.site.title), "\t"),
            text=_clean(settings.autoreply, "\t\n"), about=about(id))


def subject(config: Config, form: str, settings: Settings, wishes: Wishes) -> str:
    """The subject that is set, or form and site; then what the page's author asks for, if anything.
    """
    name = " ".join(form.replace("_", " ").replace("-", " ").replace("/", ", ").split())
    frame = settings.subject or f"{name[:1].upper()}{name[1:]}: {config.site.title}"
    return _clean(f"{frame}: {wishes.subject}" if wishes.subject else frame, "")


def body(
    config: Config, id: int, received: Received, wishes: Wishes, page: str, inbox: str
) -> str:
    """All answers with their labels; what a visitor wrote on further lines is indented.

    So nobody can write what looks like another answer, or like our own words below.
    """
    lines: list[str] = []
    left = ALL_MAX
    for field in in_order(wishes, list(received.fields)):
        text = _text(field)
        if not text and not wishes.with_blanks:
            continue
        label = _clean(field.label[:LABEL_MAX], "")
        lines.append(f"{label}:\n  {text}\n" if "\n" in text else f"{label}: {text or '-'}")
        left -= len(lines[-1])
        if left < 0:
            lines.append(BEYOND)
            break
    lines += ["", "-- "]
    sent = filters.made(str(config.site.timezone))["datetime"](received.received_at)
    lines.append(f"Sent with the form {page} on {sent} ({config.site.timezone}).")
    if received.reply_to:
        lines.append(f"An answer to this mail goes to {received.reply_to}.")
    place = f": {inbox}/read/{id}" if "://" in inbox else "."
    lines.append(f"It is no. {id} in the inbox{place}")
    return "\n".join(lines) + "\n"


def _text(field: Field) -> str:
    """The answers of one field and what came with them, further lines indented."""
    text = _clean(field.text[:VALUE_MAX + 1], "\t\n")
    if len(text) > VALUE_MAX:
        text = text[:VALUE_MAX] + BEYOND
    for upload in field.uploads:
        text += (", " if text else "") + (
            f"{_clean(upload.name, '')[:200]} ({filters.size(upload.size)}, in the inbox)")
    return text.replace("\n", "\n  ")


def _spend(db: Database, received: Received, settings: Settings, mails: int) -> bool:
    day = received.received_at // DAY * DAY
    return counters.spend(db, received.form, "mails", day, mails, settings.daily)


def _is_plain(address: str) -> bool:
    from chapbook.mail.address import BadAddress, checked, is_plain

    try:
        return is_plain(checked(address))
    except BadAddress:
        return False


def _clean(text: str, spaces: str) -> str:
    """The text without what no mail may hold: controls, line ends of other kinds, half letters."""
    if text.isprintable():
        return text
    return "".join([
        c if c.isprintable() or c in spaces else "" if c in _JOINERS else " " if c.isspace()
        or c < "\xa0" else "\N{REPLACEMENT CHARACTER}" for c in text
    ])


_JOINERS = "\u200b\u200c\u200d\ufeff"
