"""What waits for who is signed in: a few counts, each asked for only by whom it concerns.

Every section has its permission; what somebody may not do, they do not see, and it costs nothing.
"""
from __future__ import annotations

import time

from chapbook import mail
from chapbook.filters import plural
from chapbook.permissions import admits

from . import errorlog, guestbook, outboxes, permissions, submissions, users

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from chapbook.doctor import Finding
    from chapbook.permissions import Permission
    from chapbook.request import Request

LATE = 3600                   # seconds after which a mail that waits is worth a look
ERRORS_SHOWN = 3
END_OF_LOG = 1 << 18          # bytes of it that are read
# The doctor tells these as well; here they have places of their own.
TOLD_ALREADY = ("mail-failed", "mail-waiting", "cron-missing", "pages-failed")


class Waiting:
    """One thing that waits: `sentence`, the `address` of the page where it is dealt with."""

    __slots__ = ("sentence", "address")

    def __init__(self, sentence: str, address: str) -> None:
        self.sentence, self.address = sentence, address


def may(request: Request, permission: Permission) -> bool:
    """Whether this visitor may do what a page with this permission does."""
    return admits(permission, request, {})


def waiting(request: Request, now: int | None = None) -> list[Waiting]:
    """What waits for this visitor, what people wait for first; empty where nothing does."""
    now = int(time.time()) if now is None else now
    found: list[Waiting] = []
    for permission, look in _LOOKS:
        if may(request, permission):
            found += look(request, now)
    return found


def _forms(request: Request, now: int) -> Iterator[Waiting]:
    fresh, spam = submissions.unread(request.db)
    inbox = request.url_for("admin/inbox")
    if fresh:
        yield Waiting(f"{plural(fresh, 'submission')} not read yet", inbox)
    if spam:
        yield Waiting(f"{plural(spam, 'submission')} taken for spam, not looked at yet", inbox)


def _guestbook(request: Request, now: int) -> Iterator[Waiting]:
    count = guestbook.count(request.db, "waiting")
    if count:
        yield Waiting(f"{plural(count, 'entry', 'entries')} of the guestbook to approve",
                      request.url_for("admin/moderation"))


def _people(request: Request, now: int) -> Iterator[Waiting]:
    count = users.counts(request.db)["waiting"]
    if count:
        yield Waiting(f"{plural(count, 'account')} to approve",
                      request.url_for("admin/users", show="waiting"))


def _mail(request: Request, now: int) -> Iterator[Waiting]:
    failed, late = outboxes.attention(request.db, now - LATE)
    if failed:
        yield Waiting(f"{plural(failed, 'mail')} that could not be sent",
                      request.url_for("admin/outbox", show="failed"))
    if late:
        yield Waiting(f"{plural(late, 'mail')} that has waited for more than an hour" if late == 1
                      else f"{late:,} mails that have waited for more than an hour",
                      request.url_for("admin/outbox", show="waiting"))


_LOOKS: tuple[tuple[Permission, Callable[[Request, int], Iterator[Waiting]]], ...] = (
    (permissions.USERS, _people), (permissions.INBOX, _forms),
    (permissions.MODERATION, _guestbook), (permissions.OUTBOX, _mail),
)


def cron(request: Request) -> dict[str, Any]:
    """When ./chapbook cron was last here (`at`, None for never), and whether it `is_here`."""
    at = mail.cron_seen_at(request.db)
    return {"at": at, "is_here": mail.cron_was_here(request.db)}


def findings(request: Request) -> list[Finding]:
    """What the doctor finds in milliseconds, the grave first, and the page says nowhere else."""
    from chapbook import doctor

    return [finding for finding in doctor.quick(request.config, request.db)
            if finding.name not in TOLD_ALREADY]


def errors(request: Request) -> errorlog.Events:
    """The last events of the log but those that were refused to visitors, from its end alone."""
    return errorlog.latest(request.config, most=ERRORS_SHOWN, grave=True, most_bytes=END_OF_LOG)
