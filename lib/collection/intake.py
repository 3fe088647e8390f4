"""What becomes of a filled-in form: looked at for spam, stored with its files, its mails queued.

All of it is part of the caller's transaction: a submission is there with its mails, or not at all.
"""
from __future__ import annotations

from chapbook import forwarded, log
from chapbook.errors import Invalid, TooManyRequests

from . import answers, counters, formmail, formsettings, notices, received, senders, spam
from .counters import HOUR
from .received import Received

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from chapbook.request import Request

    from .formmail import Wishes
    from .formsettings import Settings

NO_ROOM = ("No more files can be taken at the moment. Your answers are still here: send them "
           "without a file, or tell the owner of the site.")


class Taken:
    """A submission that was taken: what was `received`, by which `settings` and `wishes`.

    `id` is None where it had been sent before. `missing` has a sentence on each field that the
    page's own list says is required; then nothing was stored.
    """

    def __init__(self, received: Received, settings: Settings, wishes: Wishes) -> None:
        self.received, self.settings, self.wishes = received, settings, wishes
        self.id: int | None = None
        self.missing: dict[str, str] = {}


def take(request: Request, form: str, page: str, inbox: str) -> Taken:
    """Take what was sent by a form; `page` and `inbox` are addresses for the owner's mail.

    Invalid for files that the settings do not take, TooManyRequests for a flood.
    """
    db, config, sent = request.db, request.config, request.submission
    settings = formsettings.of(db, config, form)
    wishes = formmail.Wishes(sent.form, request.form)
    new = Received(form, answers.read(sent.form, request.form))
    taken = Taken(new, settings, wishes)
    for field in formmail.missing(wishes, list(new.fields), request.form):
        kind = ("type", "email") if field.name == "email" and field.text else ("required", "")
        taken.missing[field.name] = _refusal(request, field.name, *kind)
    if taken.missing:
        return taken
    _check_files(request, new, settings)
    now = new.received_at
    salt = senders.salt(db, now)
    key = new.repeat_key(senders.hashed(salt, _client(request)))
    sender = senders.hashed(salt, forwarded.block(request.remote_address))
    count = counters.count(db, form, f"from {sender}", now // HOUR * HOUR)
    if spam.is_flood(settings, count):
        raise TooManyRequests(
            "More was sent from your network than this form takes within an hour. Please try again "
            "later.", retry_after=HOUR - now % HOUR)
    if received.repeated(db, key, now) is not None:
        return taken
    new.reply_to = formmail.reply_address(settings, sent.form, request.form)
    new.reasons = spam.reasons(
        db, settings, new, sent, count=count, referred=spam.is_referred(request))
    _make_room(request, new, settings)
    to = notices.plan(db, config, new, settings, formmail.recipients(settings, wishes.recipient))
    taken.id = received.store(db, config, new, key)
    if taken.id is None:                          # a double click, at the very same moment
        counters.give_back(db, form, "bytes", sum(upload.size for upload in new.uploads))
    else:
        notices.queue(db, config, taken.id, new, settings, wishes, to, page, inbox)
        notices.autoreply(db, config, taken.id, new, settings, salt)
    return taken


def _client(request: Request) -> str:
    """What tells a double click from another visitor of the same network."""
    get = request.headers.get
    return "\n".join((request.remote_address, get("User-Agent"), get("Accept-Language")))


def _refusal(request: Request, name: str, kind: str, shape: str = "", **facts: Any) -> str:
    """The sentence on a field that the form itself would say of it, in the author's words if any.
    """
    from chapbook.forms import validity, wording
    from chapbook.forms.refused import Refused

    control = validity.by_name(request.submission.form)[name][0]
    if kind == "required" and control.type in _REQUIRED:
        shape = _REQUIRED[control.type]
    return wording.sentence(
        Refused(control, kind, shape, **facts), request.config.site.language)


_REQUIRED = {"checkbox": "checkbox", "radio": "group", "file": "file", "select-one": "select",
             "select-multiple": "select-multiple"}


def _check_files(request: Request, new: Received, settings: Settings) -> None:
    """Invalid where a file is larger, or of another type, than the owner wants."""
    from chapbook.forms import uploads

    faults = {}
    types = uploads.accepted(settings.file_types)
    for field in new.fields:
        for upload in field.uploads:
            if upload.size > settings.file_size:
                faults[field.name] = _refusal(
                    request, field.name, "size", limit=settings.file_size, length=upload.size,
                    file=upload.name)
            elif types and not uploads.fits(upload, types):
                faults[field.name] = _refusal(
                    request, field.name, "accept", kinds=types, file=upload.name)
    if faults:
        raise Invalid(**faults)


def _make_room(request: Request, new: Received, settings: Settings) -> None:
    """Count the files for the form's quota; Invalid where they do not fit any more."""
    size = sum(upload.size for upload in new.uploads)
    if size and not counters.spend(request.db, new.form, "bytes", 0, size, settings.quota):
        log.write(request.config, "form", request.id, form=new.form, detail=(
            "Its files have used up its quota: delete some in the inbox, or raise quota in "
            f"[form {new.form}] of site.ini."))
        field = next(field for field in new.fields if field.uploads)
        raise Invalid(**{field.name: NO_ROOM})
