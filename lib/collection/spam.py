"""What speaks for spam: each reason a word that is stored and a sentence for the owner.

Nothing is refused for it but floods: it is stored, and its mail is held back until the owner says
that it is none. Nobody else is asked, and the visitor notices nothing.
"""
from __future__ import annotations

from . import formmail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.db import Database
    from chapbook.forms.submission import Submission
    from chapbook.request import Request

    from .formsettings import Settings
    from .received import Received

REASONS = {
    "honeypot": "A field that people do not see was filled in.",
    "unknown": "It has a field that the form does not have.",
    "fast": "It was sent sooner than anybody can fill in the form.",
    "rate": "The same network sent more within an hour than the form allows.",
    "links": "It has more links than the form allows.",
    "words": "It has a word that is on the form's list.",
    "duplicate": "The same text has come before within a day.",
    "referrer": "It was not sent from a page of this site.",
}
FLOOD = 5                     # times the rate: then it is refused
TYPED_LEAST = 50              # characters: a shorter text may well come twice
DUPLICATE_WITHIN = 86_400     # seconds

_TYPED = frozenset({"text", "search", "textarea", "tel"})
# Sent along by widgets that pages put into their forms.
_WIDGETS = frozenset({
    "_once", "_charset_", "g-recaptcha-response", "h-captcha-response", "cf-turnstile-response",
})


def reasons(
    db: Database, settings: Settings, received: Received, sent: Submission, *, count: int,
    referred: bool,
) -> list[str]:
    """The words for all that speaks for spam, in the order of REASONS.

    `count` is how much this sender has sent within the hour, `referred` whether a page of this site
    is known to be where it came from.
    """
    typed = texts(sent, received)
    signs = {
        "honeypot": trapped(sent), "unknown": strangers(sent),
        "fast": sent.age is not None and sent.age < settings.min_time,
        "rate": 0 < settings.rate < count,
        "links": sum(map(links, typed)) > settings.links,
        "words": has_a_word(typed, settings.words),
        "duplicate": sum(map(len, typed)) >= TYPED_LEAST and has_come(db, received),
        "referrer": not referred,
    }
    return [word for word in REASONS if signs[word]]


def is_flood(settings: Settings, count: int) -> bool:
    """Whether this is so much from one sender that it is not even stored."""
    return 0 < settings.rate * FLOOD < count


def texts(sent: Submission, received: Received) -> list[str]:
    """What was typed freely, where links and words would be."""
    kinds = {control.name: control.type for control in sent.form.controls}
    return [value for field in received.fields if kinds.get(field.name) in _TYPED
            for value, _ in field.values]


def trapped(sent: Submission) -> bool:
    """Whether a field was filled in that is hidden from people."""
    for control in sent.form.controls:
        if formmail.is_trap(sent.form, control):
            value: Any = sent.verdict.values.get(control.name)
            if value not in (None, "", False, []):
                return True
    known = _names(sent)
    return any(value.strip() for name, value in sent.fields.pairs()
               if name not in known and name in formmail.TRAPS)


def strangers(sent: Submission) -> bool:
    """Whether a field was filled in that the form does not have."""
    known = _names(sent)
    return any(
        value.strip() for name, value in sent.fields.pairs()
        if name not in known and name not in formmail.TRAPS and name not in _WIDGETS
    ) or any(name not in known for name in sent.files)


def _names(sent: Submission) -> set[str]:
    """Every name under which a browser could send something of this form."""
    from chapbook.forms.microsyntax import normal

    names = set(sent.verdict.values)
    for control in sent.form.controls:
        names.add(normal(control.name))
    return names


def links(text: str) -> int:
    """How many links are in a text: addresses with their scheme, those that begin with www."""
    small = text.casefold()
    count = small.count("http://") + small.count("https://")
    at = small.find("www.")
    while at >= 0:
        if not small.endswith("://", 0, at) and not small[at - 1:at].isalnum():
            count += 1
        at = small.find("www.", at + 4)
    return count


def has_a_word(texts: list[str], words: list[str]) -> bool:
    """Whether one of the words, or several in a row, stands in one of the texts by itself.

    Capitals do not count; each text is made small once.
    """
    smalls = [text.casefold() for text in texts] if words else []
    return any(_has(small, word.casefold()) for small in smalls for word in words)


def _has(small: str, wanted: str) -> bool:
    at = small.find(wanted)
    while at >= 0 and wanted:
        stop = at + len(wanted)
        if not small[at - 1:at].isalnum() and not small[stop:stop + 1].isalnum():
            return True
        at = small.find(wanted, at + 1)
    return False


def has_come(db: Database, received: Received) -> bool:
    """Whether the form has had the very same content within a day, from whomever."""
    return bool(db.value(
        "SELECT COUNT(*) FROM submission"
        " WHERE form = :form AND content_hash = :content AND received_at > :since",
        form=received.form, content=received.content_hash,
        since=received.received_at - DUPLICATE_WITHIN,
    ))


def is_referred(request: Request) -> bool:
    """Whether the client says that it comes from a page of this site, as every browser does."""
    get = request.headers.get
    if get("Sec-Fetch-Site") == "same-origin" or get("Origin") not in ("", "null"):
        return True                           # another site's Origin was refused before
    host = get("Referer").partition("://")[2].partition("/")[0].lower()
    own = str(request.config.site.base_url).partition("://")[2].partition("/")[0]
    return host != "" and host == (own or get("Host")).lower()
